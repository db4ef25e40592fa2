//! `skill-file-missing`: a Skill's folder has no SKILL.md.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SkillFileMissing,
    summary: "A Skill's folder has no SKILL.md",
    message: "{subject} has no SKILL.md[: {why}]",
    why: "Without SKILL.md no harness loads the folder, so nothing that could be approved is there. A spelling such as skill.md is \
          loaded on some systems and not on others.",
    help: "Add SKILL.md in exactly this spelling, or take the path out of the policy's `subjects`.",
    weight: Weight::always(Level::Error),
};
