//! `policy-invalid`: the policy in the tree is not valid.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyInvalid,
    summary: "The policy in the tree is not valid",
    message: "this policy is not valid, so it cannot take effect[: {why}]",
    why: "An invalid policy is never put in force: the one before it stays. Leaving it in the tree makes people believe in rules that do \
          not hold.",
    help: "Correct countersign.yaml at the place shown.",
    weight: Weight::always(Level::Error),
};
