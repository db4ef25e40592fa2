//! `key-reassigned`: a policy gives one person's earlier key to another.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyReassigned,
    summary: "A policy gives one person's earlier key to another",
    message: "the proposed policy lists a key[ ({key})] for {principal} that belonged to {from} under an earlier policy; it cannot take effect",
    why: "A key is one identity forever. Under a second name it could approve the same version twice.",
    help: "List a new key for {principal}, made for example by `ssh-keygen -t ed25519`, or keep the name {from}.",
    weight: Weight::always(Level::Error),
};
