//! `record-unexpected`: a file among the records is no record.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RecordUnexpected,
    summary: "A file among the records is no record",
    message: "this file is neither a decision nor the signature of one[: {why}]",
    why: "The folder `approvals/` is evidence. Anything else there can be mistaken for evidence by people and by other tools.",
    help: "Remove the file, or move it out of `approvals/`.",
    weight: Weight::always(Level::Error),
};
