//! Files among the records: whether each can be read, and where it is.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::RecordInvalid,
        summary: "A decision file cannot be read",
        message: "this decision cannot be read[: {why}]",
        why: "A record that cannot be read decides nothing. Yet it looks like a decision to anyone who \
              lists the folder.",
        help: "Remove the file and write the decision again with the command of its name, such as \
               `countersign approve`.",
        detected_in: "countersign_model::document::decision",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RecordMisplaced,
        summary: "A decision's path does not match its content",
        message: "this decision is in the wrong place[: {why}][: it belongs at {expected}]\
                  [{?lowers-authority}; it lowers authority, so it applies all the same]",
        why: "People find decisions by path. A record filed under another subject, version or name \
              misleads them, so it gives no authority.",
        help: "Remove the file and write the decision again with countersign, which chooses the path.",
        detected_in: "countersign_core::lifecycle::decide",
        weight: Weight::except(Level::Error, Condition::LowersAuthority, Level::Warning),
    },
    Rule {
        id: RuleId::RecordUnexpected,
        summary: "A file among the records is not a record",
        message: "this file is neither a decision nor the signature of one[: {why}]",
        why: "The folder `approvals/` is evidence. People and other tools can mistake anything else there \
              for evidence.",
        help: "Remove the file, or move it out of `approvals/`.",
        detected_in: "countersign_core::replay::tip",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::RecordFuture,
        summary: "A decision's time is after its landing",
        message: "this decision's time is after its landing[: {why}]",
        why: "Expiry is counted from this time. A date in the future would make an approval last longer \
              than the policy allows.",
        help: "Remove the file, correct the clock and write the decision again.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
    Rule {
        id: RuleId::WrongRepository,
        summary: "A decision was made for another repository",
        message: "this decision is for another repository[: {why}]",
        why: "Every decision names its repository so that an approval signed for one cannot be replayed in \
              another. What was approved there may be dangerous here.",
        help: "Remove the file and decide again here.",
        detected_in: "countersign_core::evidence::attribute",
        weight: Weight::always(Level::Error),
    },
];
