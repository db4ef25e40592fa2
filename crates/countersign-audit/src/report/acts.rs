//! What people did, what had no effect, and who could have done what.

use serde::Serialize;

use super::{Moment, Person, PolicyAt};

/// Something that an auditor should look at.
#[derive(Clone, Debug, Serialize)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// The rule.
    pub rule: String,
    /// Its weight: `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What is the matter.
    pub message: String,
    /// What mends it.
    pub help: String,
    /// About what.
    pub subject: Option<String>,
    /// Which version.
    pub version: Option<String>,
    /// Where.
    pub path: Option<String>,
    /// By whom.
    pub principal: Option<String>,
    /// Which landing.
    pub position: Option<u32>,
    /// Its commit.
    pub commit: Option<String>,
    /// Whether it stands at the period's end (a finding) or happened within it (an act).
    pub stands: bool,
}

/// Kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// A version is in the tree without the approval it takes.
    UnapprovedLanding,
    /// Somebody's approval of her own work was refused.
    SelfApproval,
    /// A record was changed, moved or deleted after it was accepted.
    RecordAltered,
    /// A decision or its evidence was refused.
    RefusedEvidence,
    /// History is incomplete, rewritten or not pinned.
    HistoryGap,
    /// About the policy or its change.
    Policy,
    /// Files that nobody governs, or that are no valid package.
    Content,
    /// Everything else.
    Other,
}

/// One policy while it was in force.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyEra {
    /// The policy.
    pub policy: PolicyAt,
    /// The landing at which the next one took over; null while it is in force.
    pub until: Option<Moment>,
    /// Who approved it, sorted; empty for the first, which judges itself.
    pub approved_by: Vec<Person>,
    /// How many administrators a change takes.
    pub policy_changes: u32,
    /// Whether contributors may not approve.
    pub separation_of_duties: bool,
    /// Everybody in it and what they could do, by principal.
    pub principals: Vec<Permissions>,
    /// What this policy permits and the one before did not, and the other way round, by principal; empty for the first.
    pub changes: Vec<PermissionChange>,
}

/// What one principal could do under one policy.
#[derive(Clone, Debug, Serialize)]
pub struct Permissions {
    /// Who.
    pub principal: Person,
    /// `person` or `machine`.
    pub kind: &'static str,
    /// Keys by fingerprint, sorted.
    pub keys: Vec<String>,
    /// Teams, sorted.
    pub teams: Vec<String>,
    /// May change the policy, suspend principals and lower everything.
    pub administrator: bool,
    /// Subjects (globs) that she may lower as an operator.
    pub operates: Vec<String>,
    /// Subjects (globs) whose reviews it may record.
    pub records: Vec<String>,
    /// Listed as a viewer.
    pub viewer: bool,
    /// Paths (globs) that she owns.
    pub owns: Vec<String>,
    /// Approval rules, as lines of the policy, in which she counts.
    pub approves: Vec<String>,
    /// Where the principal was suspended while this policy was in force.
    pub suspended_at: Option<Moment>,
}

/// A permission that came or went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PermissionChange {
    /// Whose.
    pub principal: String,
    /// `gained` or `lost`.
    pub change: &'static str,
    /// Which, in words.
    pub permission: String,
}

/// An act upon the policy or a principal.
#[derive(Clone, Debug, Serialize)]
pub struct AdministrativeAct {
    /// When.
    pub at: Moment,
    /// An event's action.
    pub action: &'static str,
    /// `policy/countersign` or `principal/<name>`.
    pub subject: String,
    /// The policy's serial.
    pub serial: Option<u64>,
    /// By whom.
    pub by: Option<Person>,
    /// Why.
    pub reason: Option<String>,
    /// Whether it had effect.
    pub effect: bool,
    /// The rule that denied it.
    pub refused_because: Option<String>,
}

/// A block, revocation, rollback or suspension, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Incident {
    /// `block`, `revoke` or `rollback`.
    pub action: &'static str,
    /// What.
    pub subject: String,
    /// Which version; `all` for every one.
    pub version: String,
    /// The bytes.
    pub digest: Option<String>,
    /// By whom.
    pub by: Person,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Moment,
    /// Where the bytes first landed; null for `all` and where they never did.
    pub landed: Option<Moment>,
    /// Seconds from that landing to the incident: how long the bytes were there before somebody stopped them.
    pub exposed: Option<i64>,
    /// Where the bytes left the tree, or the block was lifted; null while neither.
    pub ended: Option<Moment>,
    /// Seconds from the incident to that.
    pub lasted: Option<i64>,
    /// Whether the version is still in that state at the period's end.
    pub stands: bool,
    /// Whether the bytes are still in the tree at the period's end.
    pub present: bool,
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// Index of its leaf in the log; null where it was judged only now.
    pub leaf: Option<u64>,
    /// When.
    pub at: Moment,
    /// What: a decision, `landed`, `removed`, `granted`, `policy-proposed`, `policy-in-force`.
    pub action: &'static str,
    /// To what.
    pub subject: String,
    /// Which version; `all`, or a policy's serial.
    pub version: Option<String>,
    /// Over which bytes.
    pub digest: Option<String>,
    /// By whom.
    pub by: Option<Person>,
    /// Why.
    pub reason: Option<String>,
    /// Proved how.
    pub evidence: Option<&'static str>,
    /// The record.
    pub record: Option<String>,
    /// Whether it had effect.
    pub effect: bool,
    /// The rule that denied it.
    pub refused_because: Option<String>,
}
