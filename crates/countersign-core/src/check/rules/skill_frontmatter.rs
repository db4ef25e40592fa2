//! `skill-frontmatter`: a SKILL.md has no frontmatter that can be read.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SkillFrontmatter,
    summary: "A SKILL.md has no frontmatter that can be read",
    message: "the frontmatter of this Skill cannot be read[: {why}]",
    why: "Harnesses find a Skill through its frontmatter. One that cannot be read is either not loaded or loaded differently by each of \
          them, and its version cannot be known.",
    help: "Begin SKILL.md with `---`, the fields `name` and `description`, and a closing `---` on a line of its own.",
    weight: Weight::always(Level::Error),
};
