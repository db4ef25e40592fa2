//! `unanswered`: a decision does not answer the ones it would override.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Unanswered,
    summary: "A decision does not answer the ones it would override",
    message: "the {decision} of {what} by {principal} does not answer [{record}, ]an earlier decision that stands against it",
    why: "A decision that undoes another must say which one. Otherwise an old signed approval could be kept back, landed again after a \
          newer block or reject, and would undo it.",
    help: "Decide again with countersign, which fills in `answers`.",
    weight: Weight::always(Level::Warning),
};
