//! `wrong-repository`: a decision was made for another repository.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::WrongRepository,
    summary: "A decision was made for another repository",
    message: "this decision is for another repository[: {why}]",
    why: "Every decision names its repository so that a signed approval of one cannot be replayed in another. What was approved here may \
          be dangerous there.",
    help: "Remove the file and decide again here.",
    weight: Weight::always(Level::Error),
};
