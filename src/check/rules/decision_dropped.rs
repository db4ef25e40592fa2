//! `decision-dropped`: a merge dropped a block or revocation on its way in.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DecisionDropped,
    summary: "A merge dropped a block or revocation on its way in",
    message: "the {decision} of {what} by {principal} was in a merged branch and its file is not in the tree; it holds",
    why: "An urgent stop must not get lost in a merge, by accident or on purpose. It took effect when its commit became part of the \
          history.",
    help: "Add the record and its signature back at {path}, or lift it with `countersign unblock {subject} --reason …`.",
    weight: Weight::always(Level::Error),
};
