//! `history-rewritten`: an earlier report's log is no beginning of this one.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::HistoryRewritten,
    summary: "What an earlier audit saw is no longer part of the history",
    message: "the history does not continue the one of the earlier report: {why}",
    why: "A force-push, or another repository in its place, has removed or changed something that was evidence when the earlier report \
          was made. Whoever trusted that report can no longer see on this branch what it rested on.",
    help: "Find out who rewrote the branch, and restore the line that the earlier report names as its head.",
    weight: Weight::always(Level::Error),
};
