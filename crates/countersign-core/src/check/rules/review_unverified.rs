//! `review-unverified`: a recorded review cannot be verified.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ReviewUnverified,
    summary: "A recorded review cannot be verified",
    message: "the review recorded here cannot be verified[: {why}]",
    why: "A forge's approval speaks of a token and a commit, both of which can change. It counts only if everything about it can be \
          checked against the bytes that landed.",
    help: "Remove the record and approve with a signature: `countersign approve {subject} --reason …`.",
    weight: Weight::always(Level::Error),
};
