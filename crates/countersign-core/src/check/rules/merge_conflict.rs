//! `merge-conflict`: the change does not merge with its base.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::MergeConflict,
    summary: "The change does not merge with its base",
    message: "the change conflicts with its base[: {why}]",
    why: "What would land is unknown until somebody resolves the conflict. So it cannot be judged.",
    help: "Merge or rebase onto the base, resolve the conflict, and run check again.",
    weight: Weight::always(Level::NotEvaluated),
};
