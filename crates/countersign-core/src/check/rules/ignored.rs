//! `ignored`: what `ignore` hides.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Ignored,
    summary: "The policy's `ignore` hides something that would be governed or reported",
    message: "`ignore` hides[ {count} with {entry}][: {paths}]",
    why: "What `ignore` covers can change without anyone's approval. A reader of the report should see how much that is.",
    help: "Remove the entry from `ignore` in countersign.yaml if these files matter.",
    weight: Weight::always(Level::Info),
};
