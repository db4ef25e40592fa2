//! `key-compromised`: an approval rests on a key that the policy declares stolen.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::KeyCompromised,
    summary: "An approval rests on a key that the policy declares stolen",
    message: "the approval of {what}[ by {principal}] rests on a key declared compromised, so it is void[: {why}]",
    why: "From the landing that the policy names, nobody knows who held the key. Decisions that lower authority still hold, because \
          undoing them could only help the thief.",
    help: "Review what it approved, and decide again with a key that is not compromised.",
    weight: Weight::always(Level::Warning),
};
