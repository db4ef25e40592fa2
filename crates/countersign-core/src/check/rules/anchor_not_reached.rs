//! `anchor-not-reached`: the anchor is not on this history's line.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AnchorNotReached,
    summary: "The anchor is not on this history's line",
    message: "the anchor[ {anchor}] is not the landing where governance starts on this line[: {why}]",
    why: "The anchor says which history is meant. Another one, even with the same files, has other approvals and perhaps another owner.",
    help: "Check out the governed branch, and compare `--anchor` with what the owners of the repository published.",
    weight: Weight::always(Level::NotEvaluated),
};
