//! `forge-unanswered`: a forge was to be asked and gave no answer.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ForgeUnanswered,
    summary: "The forge gave no answer about a pull request",
    message: "the forge gave no answer that could be judged[: {why}]",
    why: "Whether a review counts takes everything that the forge knows about its pull request. Half an answer could leave out the push \
          or the dismissal that voids it.",
    help: "Try again, with a token that may read pull requests; without --live or --answers only what was recorded counts.",
    weight: Weight::always(Level::NotEvaluated),
};
