//! `agent-dependency`: an agent uses something that is not governed here.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AgentDependency,
    summary: "An agent uses something that is not governed here",
    message: "the agent uses {uses}[, which {why}]",
    why: "An agent is only as approved as what it uses. A reference to nothing, or to no version in the range, is resolved by each \
          harness in its own way.",
    help: "Add what it names, widen the range, or remove the line from `uses`.",
    weight: Weight::always(Level::Error),
};
