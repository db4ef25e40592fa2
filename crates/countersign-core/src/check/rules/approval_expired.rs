//! `approval-expired`: the approval of a version has expired.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ApprovalExpired,
    summary: "The approval of a version has expired",
    message: "the approval of {what} expired[ on {expires}][ ({due})]",
    why: "The policy limits how long an approval holds so that somebody looks again. After that date nobody answers for these bytes.",
    help: "Review it again and run `countersign approve {subject} --reason …`.",
    weight: Weight::always(Level::Waiting),
};
