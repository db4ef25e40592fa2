//! `governance-narrowed`: a policy change stops governing something.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::GovernanceNarrowed,
    summary: "A policy change stops governing something",
    message: "policy {serial} no longer governs {subject}[: {detail}]",
    why: "What falls out of the policy can change without approval from then on. That can be meant, but it must be seen by those who \
          approve the change.",
    help: "Keep the entry in countersign.yaml, or approve the change knowingly.",
    weight: Weight::always(Level::Warning),
};
