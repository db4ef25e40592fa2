//! Figures and their series.

use schemars::JsonSchema;
use serde::Serialize;

use countersign_model::{DecisionKind, EvidenceKind, Risk, RuleId, State, Timestamp};

/// Figures. Shares and counts are exact; every one can be recomputed from `events` and `inventory`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Metrics {
    /// Seconds from landing to grant, over packets granted in the period.
    pub lead_time: Distribution,
    /// Seconds since the grant, over the versions approved at the end, at `now`.
    pub approval_age: Distribution,
    /// The values of `lead_time` by how long that is, shortest first.
    pub lead_times: Vec<Tally<&'static str>>,
    /// The values of `approval_age` by how long that is, shortest first.
    pub approval_ages: Vec<Tally<&'static str>>,
    /// Approvals with effect by evidence.
    pub approvals_by_evidence: Vec<Tally<EvidenceKind>>,
    /// Decisions without effect, by rule.
    pub refused_by_rule: Vec<Tally<RuleId>>,
    /// Decisions with effect, by decision.
    pub decisions_by_kind: Vec<Tally<DecisionKind>>,
    /// Subjects in the tree by state.
    pub subjects_by_state: Vec<Tally<State>>,
    /// Subjects in the tree by risk.
    pub subjects_by_risk: Vec<Tally<Risk>>,
    /// The period in equal steps of ledger time, oldest first.
    pub series: Vec<Step>,
}

/// How often a value occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally<T> {
    /// The value.
    pub name: T,
    /// How many.
    pub count: u32,
}

/// Seconds, summarized by order statistics (nearest rank), so that each figure is one that
/// occurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Distribution {
    /// Of how many.
    pub count: u32,
    /// The least.
    pub min: Option<i64>,
    /// Half are at most this.
    pub median: Option<i64>,
    /// Nine in ten are at most this.
    pub p90: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
}

/// One step of the period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Step {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The last position in it, or before it.
    pub position: Option<u32>,
    /// Changes that landed.
    pub landed: u32,
    /// Grants.
    pub granted: u32,
    /// Decisions without effect.
    pub refused: u32,
    /// Blocks and revocations with effect.
    pub stopped: u32,
    /// Subjects in the tree at its end.
    pub subjects: u32,
    /// Of these, those whose bytes were granted at some time and not stopped since.
    pub approved: u32,
    /// Of these, those with an owner, under the policy in force then.
    pub owned: u32,
    /// Versions that came into the tree without being granted.
    pub awaiting_opened: u32,
    /// Versions that had waited and no longer did at its end: granted, stopped, replaced or
    /// removed.
    pub awaiting_closed: u32,
    /// Versions in the tree at its end that wait for their grant.
    pub awaiting: u32,
    /// Findings that remain at the period's end and began in it.
    pub findings_began: u32,
}
