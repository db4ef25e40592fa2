//! `contributor-unknown`: somebody who is nobody in the policy contributed to a version.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContributorUnknown,
    summary: "Somebody who is nobody in the policy contributed to a version",
    message: "{what} has contributions of {who}, who is nobody in the policy",
    why: "Separation of duties compares approvers with contributors. A contributor who maps to nobody might be the approver under \
          another address.",
    help: "Add the address under `emails` of the principal it belongs to in countersign.yaml, or add the person.",
    weight: Weight::except(Level::Warning, Condition::HighRisk, Level::Error),
};
