//! `principal-unknown`: a decision names somebody who is not in the policy.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PrincipalUnknown,
    summary: "A decision names somebody who is not in the policy",
    message: "{principal} is nobody in the policy in force",
    why: "Names come from the policy, and so do keys. Without an entry there is nothing to verify the decision with.",
    help: "Add the principal to countersign.yaml first and let that take effect, then remove this record and decide again.",
    weight: Weight::always(Level::Error),
};
