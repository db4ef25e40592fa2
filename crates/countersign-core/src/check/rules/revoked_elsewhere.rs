//! `revoked-elsewhere`: bytes that were revoked under another subject stay approved here.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RevokedElsewhere,
    summary: "Bytes that were revoked or blocked under another subject stay approved here",
    message: "the bytes of {what}, or a file in it, were {how}[ as {revoked}][ by {principal}], who may not lower {subject}; its approval stays",
    why: "A revocation or a block binds what its signer may lower. Whoever owns one subject must not be able to stop another one, but its owners should know that someone found these bytes bad.",
    help: "Look at the reason with `countersign log {revoked}`, and revoke or block {subject} yourself if it applies.",
    weight: Weight::always(Level::Warning),
};
