//! `key-expired`: an `OpenPGP` key was not alive when the signature was made.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyExpired,
    summary: "An OpenPGP key was not alive when the signature was made",
    message: "the key was not valid at the time of the signature[: {why}]",
    why: "Expiry is the owner's own statement on how long the key may be trusted. A signature from outside that time may come from \
          somebody else.",
    help: "Extend the key, update its certificate through a policy change, and decide again.",
    weight: Weight::always(Level::Error),
};
