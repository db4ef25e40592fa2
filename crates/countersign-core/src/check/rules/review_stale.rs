//! `review-stale`: a pull-request approval is for other bytes than those that land.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ReviewStale,
    summary: "A pull-request approval cannot be shown to be of the bytes that land",
    message: "the approval of {what} by {principal} in pull request {pull} went stale[: {why}]",
    why: "A forge remembers that somebody pressed Approve, and may show it beside commits that came later. It counts only while the \
          package has the very bytes that lay there when the review was submitted.",
    help: "Ask them to look at what is there now and to approve the pull request again.",
    weight: Weight::always(Level::Warning),
};
