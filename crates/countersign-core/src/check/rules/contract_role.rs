//! `contract-role`: a contract names an owner or reviewers unknown to the policy.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContractRole,
    summary: "A contract names an owner or reviewers unknown to the policy",
    message: "`{name}` is nobody in the policy[: {why}]",
    why: "Approval at run time goes to the group named here. If nobody stands behind the name, requests wait for ever or fall back.",
    help: "Name a principal or team of countersign.yaml, or add it there.",
    weight: Weight::always(Level::Error),
};
