//! `skill-field`: a field of a Skill breaks the specification.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SkillField,
    summary: "A field of a Skill breaks the specification",
    message: "a field of this Skill breaks the Agent Skills specification[: {why}]",
    why: "Fields that are too long or of the wrong type are cut or dropped by some harnesses. The Skill that was reviewed is then not \
          the one that the model reads.",
    help: "Correct the field at the place shown.",
    weight: Weight::except(Level::Warning, Condition::StrictProfile, Level::Error),
};
