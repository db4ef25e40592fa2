//! `schema-invalid`: a file does not have the fields that its schema asks for.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SchemaInvalid,
    summary: "A file does not have the fields that its schema asks for",
    message: "this file does not fit its schema[: {why}]",
    why: "An unknown or mistyped field is ignored by most readers, so a rule that was meant to protect something would silently not \
          exist. Every format of Countersign is closed: what it does not know is an error.",
    help: "Correct the field at the place shown; `countersign schema` prints what is allowed.",
    weight: Weight::always(Level::Error),
};
