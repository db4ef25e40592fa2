//! `decision-without-effect`: a decision changes nothing.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::DecisionWithoutEffect,
    summary: "A decision changes nothing",
    message: "the {decision} of {what} by {principal} has no effect[: {why}]",
    why: "Whoever made it believes that something changed. Usually it came too late, or the version was already revoked or in that \
          state.",
    help: "Run `countersign explain {subject}` to see the state, and decide anew if another one is meant.",
    weight: Weight::except(Level::Info, Condition::LastLanding, Level::Warning),
};
