//! `review-not-counted`: somebody of the policy reviewed a pull request, and it is no approval here.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ReviewNotCounted,
    summary: "A pull-request review of somebody in the policy does not count as an approval",
    message: "the review of {what} by {principal} in pull request {pull} does not count[: {why}]",
    why: "The forge may show a green tick where the policy asks for another person, for a signature, or for somebody who did not \
          contribute. Without a word about it people would wait for an approval that is already given.",
    help: "Run `countersign explain {subject}` to see who is asked for and which evidence counts.",
    weight: Weight::always(Level::Warning),
};
