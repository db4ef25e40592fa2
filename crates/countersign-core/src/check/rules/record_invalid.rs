//! `record-invalid`: a decision file cannot be read.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RecordInvalid,
    summary: "A decision file cannot be read",
    message: "this decision cannot be read[: {why}]",
    why: "A record that cannot be read decides nothing. Yet it looks like a decision to whoever lists the folder.",
    help: "Remove the file and write the decision again with the command of its name, such as `countersign approve`.",
    weight: Weight::always(Level::Error),
};
