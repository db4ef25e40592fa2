//! `countersign.status/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::{RequirementOut, SubjectOut};
use crate::check::Finding;
use crate::check::governance::PrincipalView;
use crate::check::logins::Logins;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::PendingPolicy;
use crate::render::Context;
use crate::render::status::Shown;

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
    /// The people that were named, in order of their names; empty when none was.
    pub people: Vec<PersonOut>,
    /// Sorted by subject.
    pub subjects: Vec<SubjectOut>,
    /// Merged pull requests, by number, whose reviews could approve what waits and are not recorded
    /// here: `--live` or `reviews record` counts them. Taken from messages of commits.
    pub unrecorded_pull_requests: Vec<u64>,
}

impl Pending {
    pub(super) fn new(pending: &PendingPolicy, logins: &Logins) -> Self {
        Self {
            serial: pending.serial,
            digest: pending.digest.to_string(),
            requirement: RequirementOut::new(&pending.requirement, logins),
        }
    }
}

/// One person, or a machine.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PersonOut {
    /// The name that records use.
    pub name: String,
    /// Whether they are suspended.
    pub suspended: bool,
    /// What the policy lets them do, in its order.
    pub roles: Vec<String>,
    /// Fingerprints, in the order of the policy.
    pub keys: Vec<String>,
    /// `forge/login`, in the order of the policy.
    pub accounts: Vec<String>,
    /// Subjects that they own, sorted.
    pub owns: Vec<String>,
}

impl PersonOut {
    fn new(view: &PrincipalView) -> Self {
        Self {
            name: view.name.to_string(),
            suspended: view.suspended.is_some(),
            roles: view.roles.clone(),
            keys: view.keys.clone(),
            accounts: view.accounts.clone(),
            owns: view.owns.iter().map(ToString::to_string).collect(),
        }
    }
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

/// The view of `ledger`.
pub fn status(context: &Context, ledger: &Ledger, findings: &[Finding], shown: &Shown) -> Status {
    let subjects = ledger
        .subjects
        .values()
        .filter(|subject| shown.has(&subject.id));
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
            pending: ledger
                .pending
                .as_ref()
                .map(|pending| Pending::new(pending, &shown.logins)),
        },
        suspended: ledger.suspended.iter().map(ToString::to_string).collect(),
        people: shown.people.iter().map(PersonOut::new).collect(),
        subjects: subjects
            .map(|subject| SubjectOut::new(subject, findings, &shown.logins))
            .collect(),
        unrecorded_pull_requests: shown.unrecorded.iter().copied().collect(),
    }
}
