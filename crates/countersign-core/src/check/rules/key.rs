//! Keys: who holds them, and whether they count.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::KeyUnknown,
        summary: "A signature was made with a key that the policy does not list",
        message: "the signing key belongs to no one in the current policy[: {why}]",
        why: "Identity is the key. One that only a later policy lists, or that was already removed, proves \
              nothing at this landing.",
        help: "Remove the record. Add the key to countersign.yaml, wait until that is in force, and decide \
               again.",
        detected_in: "countersign_core::evidence::own_key",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::KeyMismatch,
        summary: "A signature was made with someone else's key",
        message: "the record names {principal}, and the key that signed it is not theirs[: {why}]",
        why: "One person's signature never speaks for another. Such a record is a mistake with `--as` or \
              an attempt to decide in someone else's name.",
        help: "Remove the record, and let the person named decide with their own key (`--as` names who \
               decides).",
        detected_in: "countersign_core::evidence::own_key",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::KeyWeak,
        summary: "A signature uses an algorithm that no longer counts",
        message: "the signature uses an algorithm that does not count[: {why}]",
        why: "SHA-1, MD5, DSA and RSA below 2048 bits can be forged with known means. A signature made \
              with them proves nothing.",
        help: "Create a new key, for example with `ssh-keygen -t ed25519`, list it in countersign.yaml and \
               decide again.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::KeyExpired,
        summary: "An OpenPGP key was not valid when the signature was made, or is listed after its end",
        message: "the key was not valid at the time of the signature[: {why}]",
        why: "Expiry is the owner's own statement of how long the key may be trusted. A signature from \
              outside that time may come from someone else.",
        help: "Extend the key, update its certificate through a policy change, and decide again.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::KeyRevoked,
        summary: "An OpenPGP key was revoked",
        message: "the key is revoked by its owner[: {why}]",
        why: "The owner declared that the key is no longer theirs alone. Nothing it signs proves who \
              signed.",
        help: "Replace the key in countersign.yaml, and decide again with the new one.",
        detected_in: "countersign_signature::fault",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::KeyCompromised,
        summary: "An approval was made with a key that the policy declares stolen",
        message: "the approval of {what}[ by {principal}] was made with a key declared compromised, so it \
                  is void[: {why}]",
        why: "From the landing that the policy names, no one knows who held the key. Decisions that lower \
              authority still apply, because undoing them could only help the thief.",
        help: "Review what it approved, and decide again with a key that is not compromised.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Warning),
    },
    Rule {
        id: RuleId::KeyReassigned,
        summary: "A policy gives one person's earlier key to another",
        message: "the proposed policy lists a key[ ({key})] for {principal} that belonged to {from} under \
                  an earlier policy; it cannot take effect",
        why: "A key is one identity forever. Under a second name it could approve the same version twice.",
        help: "List a new key for {principal}, made for example by `ssh-keygen -t ed25519`, or keep the \
               name {from}.",
        detected_in: "countersign_core::lifecycle",
        weight: Weight::always(Level::Error),
    },
];
