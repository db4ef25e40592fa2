//! `schema-unknown`: a file names a schema version that this binary does not know.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::SchemaUnknown,
    summary: "A file names a schema version that this binary does not know",
    message: "the schema `{schema}` is not known to this version of countersign",
    why: "A newer format may carry conditions that an older binary would skip, and skipping a condition is how a wrong pass comes about. \
          So an unknown version is refused.",
    help: "Upgrade countersign, or correct the `schema` line when it is a typing mistake.",
    weight: Weight::always(Level::Error),
};
