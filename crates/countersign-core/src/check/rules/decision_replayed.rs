//! `decision-replayed`: a decision was copied from another line on which it does not count.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DecisionReplayed,
    summary: "A decision was copied from another line on which it does not count",
    message: "the {decision} of {what} by {principal} does not count on the line that it was copied from, so it does not count here",
    why: "A merge can swap the first-parent line and copy signed decisions in another order. What a decision is worth is decided where it was landed.",
    help: "Find out which line is right with `git log --graph`, then decide again with `countersign approve {subject} --reason …`.",
    weight: Weight::always(Level::Error),
};
