//! `countersign.status/v1`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::{RequirementOut, SubjectOut};
use crate::check::Finding;
use crate::lifecycle::Ledger;
use crate::model::SubjectId;
use crate::render::Context;

/// The output of `status`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Status {
    /// `countersign.status/v1`.
    pub schema: &'static str,
    /// The repository's name in the policy.
    pub repository: Option<String>,
    /// The governed branch.
    pub branch: Option<String>,
    /// The commit judged.
    pub head: Option<String>,
    /// The anchor.
    pub anchor: Option<String>,
    /// Whether the verifier pinned it.
    pub anchor_pinned: bool,
    /// The time at which expiry was judged.
    pub now: String,
    /// Serial of the policy in force.
    pub policy_serial: u64,
    /// The policy.
    pub policy: PolicyOut,
    /// Principals whose records do not count, sorted.
    pub suspended: Vec<String>,
    /// Sorted by subject.
    pub subjects: Vec<SubjectOut>,
}

/// The policy in force.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyOut {
    /// Serial.
    pub serial: u64,
    /// Package checksum.
    pub digest: Option<String>,
    /// A change that is not in force yet.
    pub pending: Option<Pending>,
}

/// A pending policy change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pending {
    /// Its serial.
    pub serial: u64,
    /// Its package checksum.
    pub digest: String,
    /// What it needs.
    pub requirement: RequirementOut,
}

/// The view of `ledger`; `wanted` limits it to some subjects.
pub fn status(
    context: &Context,
    ledger: &Ledger,
    findings: &[Finding],
    wanted: Option<&BTreeSet<SubjectId>>,
) -> Status {
    let subjects = ledger
        .subjects
        .values()
        .filter(|subject| wanted.is_none_or(|wanted| wanted.contains(&subject.id)));
    Status {
        schema: "countersign.status/v1",
        repository: context.repository.clone(),
        branch: context.branch.clone(),
        head: context.head.map(|commit| commit.to_string()),
        anchor: context.anchor.map(|commit| commit.to_string()),
        anchor_pinned: context.anchor_pinned,
        now: context.now.to_string(),
        policy_serial: ledger.policy.serial,
        policy: PolicyOut {
            serial: ledger.policy.serial,
            digest: ledger.policy.digest.map(|digest| digest.to_string()),
            pending: ledger.pending.as_ref().map(|pending| Pending {
                serial: pending.serial,
                digest: pending.digest.to_string(),
                requirement: RequirementOut::new(&pending.requirement),
            }),
        },
        suspended: ledger.suspended.iter().map(ToString::to_string).collect(),
        subjects: subjects
            .map(|subject| SubjectOut::new(subject, findings))
            .collect(),
    }
}
