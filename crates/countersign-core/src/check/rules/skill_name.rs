//! `skill-name`: a Skill's name breaks the specification.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SkillName,
    summary: "A Skill's name breaks the specification",
    message: "the Skill's name does not fit the Agent Skills specification[: {why}]",
    why: "The specification wants the name equal to the folder, in lower case, digits and single hyphens. Harnesses that hold to it do \
          not load a Skill named otherwise, and people approve one name while another is shown.",
    help: "Rename the folder or correct `name` in SKILL.md so that both are equal and fit `[a-z0-9-]`, at most 64 characters.",
    weight: Weight::except(Level::Warning, Condition::StrictProfile, Level::Error),
};
