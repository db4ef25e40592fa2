//! A tool-governance contract: one YAML file that says what an agent may do with one tool.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state::Risk;

/// The schema that a contract names.
pub const CONTRACT_SCHEMA: &str = "countersign.contract/v1";

/// A governance contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Countersign governance contract")]
pub struct ContractInput {
    /// `countersign.contract/v1`.
    pub schema: String,
    /// Semantic version without build metadata.
    pub version: String,
    /// What is governed and how.
    #[serde(rename = "agentToolGovernance")]
    pub governance: GovernanceInput,
    /// Reserved for the evaluation of requests: must be empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spec: BTreeMap<String, serde_json::Value>,
}

/// How far a tool may go.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Never called.
    Off,
    /// Recorded, not called.
    Observe,
    /// Read only.
    SearchOnly,
    /// Writes drafts that a person sends.
    DraftWrite,
    /// Acts after a person has agreed.
    ApprovalRequired,
    /// Another procedure is used; not comparable with the others.
    Fallback,
}

impl Mode {
    /// Place in the order of increasing reach; `None` for `fallback`, which has none.
    pub const fn rank(self) -> Option<u8> {
        match self {
            Self::Off => Some(0),
            Self::Observe => Some(1),
            Self::SearchOnly => Some(2),
            Self::DraftWrite => Some(3),
            Self::ApprovalRequired => Some(4),
            Self::Fallback => None,
        }
    }

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::SearchOnly => "search_only",
            Self::DraftWrite => "draft_write",
            Self::ApprovalRequired => "approval_required",
            Self::Fallback => "fallback",
        }
    }
}

/// What an agent may do with one tool in one workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GovernanceInput {
    /// The workflow in which the tool is used.
    #[schemars(length(min = 1))]
    pub workflow: String,
    /// A principal or team of the policy that also owns this subject.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// The tool.
    #[schemars(length(min = 1))]
    pub tool: String,
    /// Risk of the tool; may only raise the risk that the policy sets.
    pub risk_class: Risk,
    /// The mode at the start; one of `allowedModes`, never `fallback`.
    pub default_mode: Mode,
    /// Every mode that may be switched to.
    #[schemars(length(min = 1, max = 6))]
    pub allowed_modes: Vec<Mode>,
    /// Limits that apply in every mode.
    pub hard_boundary: HardBoundaryInput,
    /// The switches read at run time.
    pub runtime_controls: RuntimeControlsInput,
    /// Who must agree to what.
    pub approval: ContractApprovalInput,
    /// What is logged.
    pub evidence: EvidenceInput,
    /// How to roll back.
    pub rollback: RollbackInput,
}

/// Limits that apply in every mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HardBoundaryInput {
    /// The identity under which the tool is called.
    #[schemars(length(min = 1))]
    pub service_identity: String,
    /// What that identity may do: one scope or several, without wildcards.
    pub api_scope: Scopes,
    /// What it may never do; no overlap with `apiScope`.
    pub blocked_scopes: Vec<String>,
}

/// One scope or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scopes {
    /// A single scope.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Scopes {
    /// Every scope in the order written.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(scope) => std::slice::from_ref(scope).iter(),
            Self::Many(scopes) => scopes.iter(),
        }
        .map(String::as_str)
    }
}

/// Names of the switches read at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(
    clippy::struct_field_names,
    reason = "the contract format defines them"
)]
pub struct RuntimeControlsInput {
    /// The switch with the mode.
    #[schemars(length(min = 1))]
    pub mode_flag: String,
    /// The switch that says whether approval is needed.
    #[schemars(length(min = 1))]
    pub approval_flag: String,
    /// The switch that lists what is denied.
    #[schemars(length(min = 1))]
    pub denylist_flag: String,
    /// The switch that says when to fall back.
    #[schemars(length(min = 1))]
    pub fallback_flag: String,
}

/// Who must agree to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "ApprovalInput")]
pub struct ContractApprovalInput {
    /// Actions that need a person's approval.
    pub required_for: Vec<String>,
    /// A team or principal of the policy.
    #[schemars(length(min = 1))]
    pub reviewer_group: String,
    /// The mode after a timeout; one of `allowedModes`, not above the default.
    pub timeout_fallback: Mode,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the contract format defines them"
)]
pub struct EvidenceInput {
    /// Each decision.
    pub log_decision: bool,
    /// The values of the switches at that time.
    pub log_policy_values: bool,
    /// Who agreed.
    pub log_reviewer: bool,
    /// Whether sensitive inputs are not logged.
    pub avoid_sensitive_inputs: bool,
}

/// How to roll back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RollbackInput {
    /// The mode to return to; one of `allowedModes`, not above the default, never `fallback`.
    pub safest_mode: Mode,
    /// A principal or team of the policy.
    #[schemars(length(min = 1))]
    pub owner: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_rank_as_the_design_says_and_fallback_has_no_rank() {
        let order = [
            Mode::Off,
            Mode::Observe,
            Mode::SearchOnly,
            Mode::DraftWrite,
            Mode::ApprovalRequired,
        ];
        assert!(order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
        assert_eq!(Mode::Fallback.rank(), None);
    }
}
