//! `agent-invalid`: an agent definition does not fit its schema.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AgentInvalid,
    summary: "An agent definition does not fit its schema",
    message: "this agent definition is not valid[: {why}]",
    why: "An agent runs with the tools and budget written here. A field that is not understood is a limit that is not kept.",
    help: "Correct the document at the place shown; `countersign schema agent` prints what is allowed.",
    weight: Weight::always(Level::Error),
};
