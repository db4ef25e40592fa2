//! `policy-pending`: a changed policy waits for its approvals.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyPending,
    summary: "A changed policy waits for its approvals",
    message: "policy {serial} is not in force yet[ ({due})]",
    why: "The policy before the change judges the change. So nobody can give themselves rights by editing a file.",
    help: "Run `countersign approve policy/countersign --reason …` as one of the administrators named.",
    weight: Weight::always(Level::Waiting),
};
