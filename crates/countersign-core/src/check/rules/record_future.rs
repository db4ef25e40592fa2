//! `record-future`: a decision's time lies after its landing.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RecordFuture,
    summary: "A decision's time lies after its landing",
    message: "this decision claims to be made later than it landed[: {why}]",
    why: "Expiry is counted from this time. A date in the future would make an approval last longer than the policy allows.",
    help: "Remove the file, set the clock right and write the decision again.",
    weight: Weight::always(Level::Error),
};
