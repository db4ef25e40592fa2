//! The report as data, `countersign.audit/v1`: what every format shows. Built by `build`, never by
//! a format.
//!
//! Texts are the repository's own words, which may be hostile: `render` escapes them. What is
//! absent is null; lists are sorted as each type says. Field order is the order in JSON. New
//! optional fields may be added, nothing is renamed or removed within v1.

mod acts;
mod controls;
mod metrics;
mod packet;
mod subjects;

use schemars::JsonSchema;
use serde::Serialize;

pub use acts::{
    AdministrativeAct, EventRow, Exception, ExceptionKind, Incident, PermissionChange,
    PermissionChangeKind, Permissions, PolicyEra,
};
pub use controls::{ControlReport, EvidenceAnswer, FrameworkReport};
pub use metrics::{Distribution, Metrics, Step, Tally};
pub use packet::{
    ChangeKind, ChangedCapability, ChangedFile, DecisionMade, ItemChange, Packet, RequirementMet,
    VersionAt,
};
pub use subjects::{
    CountedApprover, Expiry, ExpiryKind, InventoryItem, NamedPrincipal, Retention, ReviewDue,
    TimelineEntry,
};

use countersign_model::{Digest, ObjectId, Timestamp};

/// Version of the JSON.
pub const SCHEMA: &str = "countersign.audit/v1";

/// One audit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditReport {
    /// `countersign.audit/v1`.
    pub schema: &'static str,
    /// What made it.
    pub tool: Tool,
    /// What was looked at, and what could not be.
    pub scope: AuditScope,
    /// From where to where.
    pub period: Period,
    /// The report in one minute.
    pub summary: Summary,
    /// Every subject at the period's end, by subject.
    pub inventory: Vec<InventoryItem>,
    /// Every change in the period, by position, subject, version.
    pub changes: Vec<Packet>,
    /// What an auditor should look at: findings that remain and refused acts, by severity, those
    /// that remain first, then kind, position (those without first), subject.
    pub exceptions: Vec<Exception>,
    /// Who could do what under each policy that was in force in the period, by position.
    pub access: Vec<PolicyEra>,
    /// What administrators and others did to the policy and to principals in the period, by
    /// position.
    pub administration: Vec<AdministrativeAct>,
    /// Blocks, revocations and rollbacks that began in the period or are in force at its end, by
    /// position.
    pub incidents: Vec<Incident>,
    /// Reviews that are overdue or come due, by due time, subject.
    pub reviews: Vec<ReviewDue>,
    /// Approvals and keys that end or have ended, by end.
    pub expiring: Vec<Expiry>,
    /// Figures and their series.
    pub metrics: Metrics,
    /// For each kind of record, what is older than the policy requires to keep and what is missing.
    pub retention: Vec<Retention>,
    /// What this report says to each evidence query, in the order of the queries.
    pub evidence: Vec<EvidenceAnswer>,
    /// The requested frameworks, by name; evidence supports a control and never decides that it is
    /// met.
    pub frameworks: Vec<FrameworkReport>,
    /// Everything that happened in the period, by position.
    pub events: Vec<EventRow>,
    /// The tamper-evident log.
    pub log: LogProof,
}

/// The sections that come from history, before anything is counted in them. See [`AuditReport`] for
/// each.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields of `AuditReport`")]
pub struct Sections {
    pub scope: AuditScope,
    pub period: Period,
    pub inventory: Vec<InventoryItem>,
    pub changes: Vec<Packet>,
    pub exceptions: Vec<Exception>,
    pub access: Vec<PolicyEra>,
    pub administration: Vec<AdministrativeAct>,
    pub incidents: Vec<Incident>,
    pub reviews: Vec<ReviewDue>,
    pub expiring: Vec<Expiry>,
    pub metrics: Metrics,
    pub retention: Vec<Retention>,
    pub events: Vec<EventRow>,
    pub log: LogProof,
}

/// What made a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// `countersign`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A landing with its commit and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Moment {
    /// Its number; the anchor is 0.
    pub position: u32,
    /// Its commit.
    pub commit: ObjectId,
    /// Its committer date as written, UTC.
    pub time: Timestamp,
}

/// What was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AuditScope {
    /// The repository's name in the policy in force.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// Where governance began.
    pub anchor: Moment,
    /// Whether the verifier named the anchor.
    pub anchor_pinned: bool,
    /// Who signed the anchor, and so accepted what was there as the baseline.
    pub anchor_signature: AnchorSignature,
    /// The last landing that the report covers.
    pub head: Moment,
    /// The instant at which expiry and due dates were judged.
    pub now: Timestamp,
    /// The policy in force at the end.
    pub policy: PolicyAt,
    /// The commit that had to be on the line, where one was named.
    pub includes: Option<ObjectId>,
    /// The requested subjects or globs; null for everything.
    pub subjects: Option<Vec<String>>,
    /// What is in the tree at the end and not governed, also where `subjects` limits the report.
    pub outside: Outside,
    /// Principals who are suspended at the end, by name.
    pub suspended: Vec<NamedPrincipal>,
    /// Sentences about what could not be evaluated or limits what the report can say; empty when
    /// there is nothing.
    pub not_evaluated: Vec<String>,
}

/// The signature of the anchor's commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AnchorSignature {
    /// Whether the commit has one.
    pub signed: bool,
    /// The key, where the signature is good.
    pub key: Option<String>,
    /// Whose key it is in the anchor's policy; null where it does not list the key.
    pub by: Option<NamedPrincipal>,
}

/// What is in the tree and not governed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outside {
    /// One fragment for each entry of the policy's `ignore` that hides something, with the number of
    /// paths and the first of them.
    pub ignored: Vec<String>,
    /// What a harness loads and no entry of the policy governs.
    pub ungoverned: PathCount,
    /// Files with instructions for a harness, which no entry of the policy governs either.
    pub instructions: PathCount,
}

/// Paths that can be many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PathCount {
    /// How many.
    pub count: u32,
    /// The first of them, sorted.
    pub paths: Vec<String>,
}

/// A policy with its place in history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PolicyAt {
    /// Serial.
    pub serial: u64,
    /// Package checksum.
    pub digest: Digest,
    /// The landing that brought it into force.
    pub since: Moment,
}

/// From where to where.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Period {
    /// First landing that counts.
    pub since: Bound,
    /// Last landing that counts.
    pub until: Bound,
    /// How many landings that is.
    pub landings: u32,
}

/// One end of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bound {
    /// The day, instant or commit that the user named; null for none.
    pub requested: Option<String>,
    /// The landing that this means.
    pub landing: Moment,
    /// How it was resolved, one sentence.
    pub resolved: String,
}

/// The report in one minute.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Sentences, the most important first.
    pub sentences: Vec<String>,
    /// What they say, in numbers.
    #[serde(flatten)]
    pub counts: SummaryCounts,
}

/// Counts of subjects are at the period's end, all others within the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SummaryCounts {
    /// Subjects whose files are in the tree.
    pub subjects: u32,
    /// Of these, those whose files are an approved (or deprecated) version.
    pub approved: u32,
    /// Of these, those with an owner.
    pub owned: u32,
    /// Of these, those of high or critical risk.
    pub high_risk: u32,
    /// Packets.
    pub changes: u32,
    /// Packets that are granted at the end.
    pub changes_approved: u32,
    /// Decisions with effect.
    pub decisions: u32,
    /// Decisions without effect.
    pub decisions_refused: u32,
    /// Policy changes that took effect.
    pub policy_changes: u32,
    /// Incidents.
    pub incidents: u32,
    /// Incidents in force at the end whose files are still in the tree.
    pub incidents_open: u32,
    /// Exceptions by severity.
    pub exceptions: Severities,
    /// Overdue reviews.
    pub reviews_overdue: u32,
    /// Approvals that have expired.
    pub approvals_expired: u32,
}

/// Counts by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Severities {
    /// Errors, and versions that await approval.
    pub error: u32,
    /// Warnings.
    pub warning: u32,
    /// Notes.
    pub info: u32,
}

/// The log as this report leaves it. See `docs/audit.md` for how to check it by hand.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LogProof {
    /// Schema of every leaf.
    pub leaf_schema: &'static str,
    /// The log's name, first line of the checkpoint.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Root of the tree (RFC 9162, section 2.1), hex.
    pub root: String,
    /// The checkpoint: a C2SP signed note, or only its text when it is not signed.
    pub checkpoint: String,
    /// Whether the checkpoint carries a signature.
    pub signed: bool,
    /// The proof that an earlier report's log is a prefix of this one, where one was named.
    pub extends: Option<Extension>,
}

/// A consistency proof (RFC 9162, section 2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Extension {
    /// Leaves of the earlier log.
    pub size: u64,
    /// Root of the earlier log, hex.
    pub root: String,
    /// The proof, hex, in the order of the RFC.
    pub proof: Vec<String>,
}
