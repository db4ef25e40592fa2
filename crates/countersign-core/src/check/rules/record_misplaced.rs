//! `record-misplaced`: a decision's path does not fit its content.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RecordMisplaced,
    summary: "A decision's path does not fit its content",
    message: "this decision lies in the wrong place[: {why}][: it belongs at {expected}][{?holds}; it lowers authority, so it holds all the \
          same]",
    why: "People find decisions by path. A record filed under another subject, version or name misleads them, so it gives no authority.",
    help: "Remove the file and write the decision again with countersign, which files it itself.",
    weight: Weight::except(Level::Error, Condition::Holds, Level::Warning),
};
