//! `prompt-invalid`: a prompt cannot be read.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PromptInvalid,
    summary: "A prompt cannot be read",
    message: "this prompt cannot be read[: {why}]",
    why: "A prompt's version stands in its frontmatter. When that cannot be read, nobody can say which version a decision means.",
    help: "Correct the frontmatter, or add PROMPT.md to the prompt's folder.",
    weight: Weight::always(Level::Error),
};
