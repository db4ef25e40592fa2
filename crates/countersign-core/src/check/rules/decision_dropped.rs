//! `decision-dropped`: a merge dropped a decision on its way in.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DecisionDropped,
    summary: "A merge dropped a decision on its way in",
    message: "the {decision} of {what} by {principal} was accepted on a merged line, and its file is not in the tree[; {effect}]",
    why: "A decision must not get lost in a merge, by accident or on purpose. One that lowers takes effect when its commit becomes part of \
          the history. One that raises and is missing shows that the first-parent line was swapped.",
    help: "Add the record and its signature back at {path}; `git log --all --full-history -- {path}` finds the commit that has them.",
    weight: Weight::always(Level::Error),
};
