//! `key-weak`: a signature uses an algorithm that no longer counts.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyWeak,
    summary: "A signature uses an algorithm that no longer counts",
    message: "the signature uses an algorithm that does not count[: {why}]",
    why: "SHA-1, MD5, DSA and RSA below 2048 bits can be forged with known means. A signature made with them proves nothing.",
    help: "Create a new key, for example with `ssh-keygen -t ed25519`, list it in countersign.yaml and decide again.",
    weight: Weight::always(Level::Error),
};
