//! `draft-allowed`: a version that is not approved is on the branch, and the policy allows it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DraftAllowed,
    summary: "A version that is not approved is on the branch, and the policy allows it",
    message: "{what} is a draft that the policy lets stay here: {because}",
    why: "It is never current and nobody has approved it, so installers must leave it alone. The note keeps it visible.",
    help: "Run `countersign approve {subject} --reason …` when it is ready.",
    weight: Weight::always(Level::Info),
};
