//! `governance-narrowed`: a policy change stops governing something.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::GovernanceNarrowed,
    summary: "A policy change stops governing something",
    message: "the change of the policy stops governing {subject}[: {why}]",
    why: "What falls out of the policy can change without approval from then on. That can be meant, but it must be seen by those who \
          approve the change.",
    help: "Keep the entry in countersign.yaml, or approve the change knowingly.",
    weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
};
