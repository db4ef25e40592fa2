//! `skill-portability`: a Skill relies on what only some harnesses load.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SkillPortability,
    summary: "A Skill relies on what only some harnesses load",
    message: "this Skill is not portable[: {why}]",
    why: "The lenient profile accepts what real harnesses load. Others hold to the specification and skip the field or the whole Skill, \
          so two people with the same approved version see different behavior.",
    help: "Move extra fields below `metadata` and write plain block YAML, or accept the note if only one harness matters.",
    weight: Weight::always(Level::Warning),
};
