//! `key-compromised`: a decision was signed with a key that the policy declares stolen.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyCompromised,
    summary: "A decision was signed with a key that the policy declares stolen",
    message: "the key[ {key}] of {principal} is declared compromised, so this decision is void[: {detail}]",
    why: "From the landing that the policy names, nobody knows who held the key. Decisions that lower authority still hold, because \
          undoing them could only help the thief.",
    help: "Review what it approved, and decide again with a key that is not compromised.",
    weight: Weight::always(Level::Warning),
};
