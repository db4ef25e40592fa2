//! `key-revoked`: an `OpenPGP` key was revoked.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyRevoked,
    summary: "An OpenPGP key was revoked",
    message: "the key is revoked by its owner[: {why}]",
    why: "The owner declared that the key is no longer theirs alone. Nothing it signs proves who signed.",
    help: "Replace the key in countersign.yaml, and decide again with the new one.",
    weight: Weight::always(Level::Error),
};
