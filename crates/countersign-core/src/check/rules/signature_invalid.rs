//! `signature-invalid`: a signature does not fit the bytes it should sign.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SignatureInvalid,
    summary: "A signature does not fit the bytes it should sign",
    message: "the signature does not verify over these bytes[: {why}]",
    why: "Either the record was changed after it was signed, or the signature belongs to another file. In both cases nobody decided what \
          stands here.",
    help: "Restore the record as it was signed, or remove it and decide again.",
    weight: Weight::always(Level::Error),
};
