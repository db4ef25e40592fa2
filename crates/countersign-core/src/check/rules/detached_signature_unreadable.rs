//! `detached-signature-unreadable`: a detached signature cannot be read.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DetachedSignatureUnreadable,
    summary: "A detached signature cannot be read",
    message: "this signature cannot be read[: {why}]",
    why: "A signature that readers parse differently is valid to one and not to another. Only the canonical form counts.",
    help: "Sign the record again with the tool of that format and replace the signature file.",
    weight: Weight::always(Level::Error),
};
