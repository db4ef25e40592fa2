//! `countersign.policy-diff/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::policy_comparison::Effect;
use crate::render::policy::PolicyDiff;

/// The output of `policy diff`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyDiffOut {
    /// `countersign.policy-diff/v1`.
    pub schema: &'static str,
    /// The policy in force.
    pub before: PolicySide,
    /// The policy that it was compared with.
    pub after: PolicySide,
    /// Whether both are the same, byte for byte.
    pub same: bool,
    /// Whether something becomes allowed that was not, or stops being governed.
    pub widens: bool,
    /// What widens first, then what narrows, then the rest; within, by part.
    pub changes: Vec<PolicyChangeOut>,
    /// Packages at HEAD that are governed differently, sorted by path.
    pub governed: Vec<GovernedOut>,
    /// What to know before it lands, one sentence each.
    pub cautions: Vec<String>,
}

/// One of the policies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicySide {
    /// Where it was read.
    pub name: String,
    /// Serial.
    pub serial: u64,
    /// Package checksum.
    pub digest: String,
}

/// One change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyChangeOut {
    /// `widens`, `narrows` or `changes`.
    pub effect: &'static str,
    /// The part of the policy.
    pub part: &'static str,
    /// In words.
    pub what: String,
}

/// A package that is governed differently.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GovernedOut {
    /// Its path.
    pub path: String,
    /// Its subject before; null when it was not governed.
    pub before: Option<String>,
    /// Its subject after; null when it is no longer governed.
    pub after: Option<String>,
}

/// The view of a policy change.
pub fn policy_diff(of: &PolicyDiff<'_>) -> PolicyDiffOut {
    let side = |name: &str, (serial, digest): (u64, crate::model::Digest)| PolicySide {
        name: name.to_owned(),
        serial,
        digest: digest.to_string(),
    };
    let comparison = of.comparison;
    PolicyDiffOut {
        schema: "countersign.policy-diff/v1",
        before: side("in force", of.before),
        after: side(&of.name, of.after),
        same: of.before.1 == of.after.1,
        widens: comparison
            .changes
            .iter()
            .any(|change| change.effect == Effect::Widens)
            || comparison
                .governed
                .iter()
                .any(|change| change.after.is_none()),
        changes: comparison
            .changes
            .iter()
            .map(|change| PolicyChangeOut {
                effect: change.effect.as_str(),
                part: change.part,
                what: change.what.clone(),
            })
            .collect(),
        governed: comparison
            .governed
            .iter()
            .map(|change| GovernedOut {
                path: change.path.clone(),
                before: change.before.as_ref().map(ToString::to_string),
                after: change.after.as_ref().map(ToString::to_string),
            })
            .collect(),
        cautions: of.cautions.clone(),
    }
}
