//! `policy-compromised`: a policy in force was approved with a key now declared stolen.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyCompromised,
    summary: "A policy in force was approved with a key now declared stolen",
    message: "the policy {digest} took effect with a key that is declared compromised",
    why: "A policy that took effect is not undone, because everything since was judged by it. What it allowed should be looked at.",
    help: "Compare the policies with `countersign policy diff`, and change back what should not be there.",
    weight: Weight::always(Level::Warning),
};
