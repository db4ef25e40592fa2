//! `decision-altered`: a decision that took effect was edited, moved or deleted.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DecisionAltered,
    summary: "A decision that took effect was edited, moved or deleted",
    message: "the {decision} by {principal} is {how} in the tree; it holds as it landed",
    why: "Records are append-only. If they could be changed afterwards, nobody could trust what they say, and a revocation could be \
          undone by deleting a file.",
    help: "Restore the record and its signature exactly as they landed, at {path}.",
    weight: Weight::always(Level::Error),
};
