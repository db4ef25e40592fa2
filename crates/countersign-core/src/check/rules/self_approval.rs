//! `self-approval`: somebody approved their own work.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SelfApproval,
    summary: "Somebody approved their own work",
    message: "the approval by {principal} does not count: they contributed to {what}[ ({role})]",
    why: "Separation of duties means that a second person has read it. The approval is kept in the history and simply not counted.",
    help: "Ask somebody who did not contribute to approve it.",
    weight: Weight::always(Level::Warning),
};
