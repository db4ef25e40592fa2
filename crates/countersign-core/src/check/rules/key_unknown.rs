//! `key-unknown`: a signature was made with a key that the policy does not list.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyUnknown,
    summary: "A signature was made with a key that the policy does not list",
    message: "the signing key belongs to nobody in the policy in force[: {why}]",
    why: "Identity is the key. One that only a later policy lists, or that was already removed, proves nothing at this landing.",
    help: "Remove the record. Add the key to countersign.yaml, let that take effect, and decide again.",
    weight: Weight::always(Level::Error),
};
