//! An agent definition: one YAML file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state::Risk;

/// The schema that an agent file names.
pub const AGENT_SCHEMA: &str = "countersign.agent/v1";
/// The schema that a budget block names.
pub const BUDGET_SCHEMA: &str = "countersign.budget/v1";
/// The schema that a handoffs block names.
pub const HANDOFFS_SCHEMA: &str = "countersign.handoffs/v1";

/// An agent: a model, what it uses, what it may call and what it may spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Countersign agent")]
pub struct AgentInput {
    /// `countersign.agent/v1`.
    pub schema: String,
    /// Semantic version without build metadata.
    pub version: String,
    /// A principal or team that the policy lists as owner.
    pub owner: String,
    /// What the agent is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// May only raise the risk that the policy sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The model it runs on, as its provider names it.
    #[schemars(length(min = 1, max = 256))]
    pub model: String,
    /// What it is built from: `kind/name@range`, with Cargo-style ranges, such as
    /// `skill/pdf-tools@^1.2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub uses: Vec<String>,
    /// Tools it may call, as its harness names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024))]
    pub tools: Vec<String>,
    /// What one run may spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetInput>,
    /// Agents that it may hand off to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoffs: Option<HandoffsInput>,
}

/// What one run may spend; an absent limit is not set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetInput {
    /// `countersign.budget/v1`.
    pub schema: String,
    /// Turns of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    /// Calls of tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tool_calls: Option<u32>,
    /// Tokens, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Time from start to end, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u64>,
    /// Cost in US cents, as a whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_cents: Option<u64>,
    /// What happens at the limit.
    #[serde(default)]
    pub on_limit: OnLimit,
}

/// What happens when a budget is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnLimit {
    /// The run ends.
    #[default]
    Stop,
    /// A person is asked.
    Ask,
}

/// Agents that an agent may hand off to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoffsInput {
    /// `countersign.handoffs/v1`.
    pub schema: String,
    /// The targets; none means it never hands off.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub to: Vec<HandoffInput>,
}

/// One handoff target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoffInput {
    /// `agent/name@range`.
    pub agent: String,
    /// When, for people and the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether a person must agree first.
    #[serde(default)]
    pub approval: bool,
}
