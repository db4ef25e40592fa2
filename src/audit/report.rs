//! The report as data, `countersign.audit/v1`: what every format shows. Built by `build`, never by a format.
//!
//! Values are the repository's own words: hostile text, that `render` escapes. What is absent is null; lists are sorted as each type says.
//! Field order is the order in JSON. New optional fields may be added, nothing is renamed or removed within v1.

use serde::Serialize;

use super::framework::{Answer, FrameworkReport};

/// Version of the JSON.
pub const SCHEMA: &str = "countersign.audit/v1";

/// One audit.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What made it.
    pub tool: Tool,
    /// What was looked at, and what could not be.
    pub scope: Scope,
    /// From where to where.
    pub period: Period,
    /// The minute's read.
    pub summary: Summary,
    /// Every subject at the period's end, by subject.
    pub inventory: Vec<InventoryItem>,
    /// Every change in the period, by position, subject, version.
    pub changes: Vec<Packet>,
    /// What an auditor should look at: standing findings and refused acts, by position (those without first), kind, subject.
    pub exceptions: Vec<Exception>,
    /// Who could do what under each policy that was in force in the period, by position.
    pub access: Vec<PolicyEra>,
    /// What administrators and others did to the policy and to principals in the period, by position.
    pub administration: Vec<AdministrativeAct>,
    /// Blocks, revocations and roll-backs that began in the period or stand at its end, by position.
    pub incidents: Vec<Incident>,
    /// Reviews that are overdue or come due, by due time, subject.
    pub reviews: Vec<ReviewDue>,
    /// Approvals and keys that end or have ended, by end.
    pub expiring: Vec<Expiry>,
    /// Figures and their series.
    pub metrics: Metrics,
    /// Per kind of record, what is older than the policy wants kept and what is missing.
    pub retention: Vec<Retention>,
    /// What this report says to each evidence query, in the order of the queries.
    pub evidence: Vec<Answer>,
    /// The frameworks that were asked for, by name; evidence supports a control and never decides that it is met.
    pub frameworks: Vec<FrameworkReport>,
    /// Everything that happened in the period, by position.
    pub events: Vec<EventRow>,
    /// The tamper-evident log.
    pub log: LogProof,
}

/// What made a report.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// `countersign`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A landing, told completely.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment {
    /// Its number; the anchor is 0.
    pub position: u32,
    /// Its commit.
    pub commit: String,
    /// Its committer date as written, UTC.
    pub time: String,
}

/// What was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Scope {
    /// The repository's name in the policy in force.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// Where governance began.
    pub anchor: Moment,
    /// Whether the verifier named the anchor.
    pub anchor_pinned: bool,
    /// The last landing that the report covers.
    pub head: Moment,
    /// The instant at which expiry and due dates were judged.
    pub now: String,
    /// The policy in force at the end.
    pub policy: PolicyAt,
    /// The commit that had to be on the line, where one was named.
    pub includes: Option<String>,
    /// The subjects or globs that were asked for; null for everything.
    pub subjects: Option<Vec<String>>,
    /// Sentences about what could not be evaluated or limits what the report can say; empty when there is nothing.
    pub not_evaluated: Vec<String>,
}

/// A policy with its place in history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyAt {
    /// Serial.
    pub serial: u64,
    /// Package checksum.
    pub digest: String,
    /// The landing that brought it into force.
    pub since: Moment,
}

/// From where to where.
#[derive(Clone, Debug, Serialize)]
pub struct Period {
    /// First landing that counts.
    pub since: Bound,
    /// Last landing that counts.
    pub until: Bound,
    /// How many landings that is.
    pub landings: u32,
}

/// One end of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// What the user wrote; null when she left it out.
    pub asked: Option<String>,
    /// The landing that this means.
    pub landing: Moment,
    /// How it was resolved, one sentence.
    pub resolved: String,
}

/// The minute's read. Counts of subjects are at the period's end, all others within the period.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Sentences, the most important first.
    pub sentences: Vec<String>,
    /// Subjects whose files are in the tree.
    pub subjects: u32,
    /// Of these, those whose files are an approved (or deprecated) version.
    pub approved: u32,
    /// Of these, those with an owner who is somebody.
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
    /// Incidents that stand at the end.
    pub incidents_open: u32,
    /// Exceptions by severity.
    pub exceptions: Severities,
    /// Overdue reviews.
    pub reviews_overdue: u32,
    /// Approvals that have expired.
    pub approvals_expired: u32,
}

/// Counts by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Severities {
    /// Errors, and versions that wait for approval.
    pub error: u32,
    /// Warnings.
    pub warning: u32,
    /// Notes.
    pub info: u32,
}

/// One subject at the period's end.
#[derive(Clone, Debug, Serialize)]
pub struct InventoryItem {
    /// `kind/name`.
    pub subject: String,
    /// The kind.
    pub kind: &'static str,
    /// Where it lies, sorted; empty when its files are gone.
    pub paths: Vec<String>,
    /// Owners as the policy writes them.
    pub owners: Vec<String>,
    /// The people behind them, sorted.
    pub owned_by: Vec<Person>,
    /// Risk.
    pub risk: &'static str,
    /// The version in the tree, else the one that is current.
    pub version: Option<String>,
    /// Its bytes.
    pub digest: Option<String>,
    /// Its state.
    pub state: &'static str,
    /// The current version.
    pub current: Option<String>,
    /// Whether the bytes were there at the anchor.
    pub baseline: bool,
    /// Where it first landed.
    pub landed: Option<Moment>,
    /// Where its requirement was met.
    pub granted: Option<Moment>,
    /// Who approved it and how that is known, sorted by person.
    pub approvers: Vec<Approver>,
    /// End of the approval.
    pub expires: Option<String>,
    /// When it must be looked at again, where the policy says how often.
    pub next_review: Option<String>,
    /// Rules that have something to say about it, sorted.
    pub findings: Vec<String>,
    /// What happened to it, over all of history, by position.
    pub timeline: Vec<TimelineEntry>,
}

/// A principal with the name that people know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    /// Name in the policy.
    pub principal: String,
    /// Printed name at the time.
    pub name: String,
}

/// Somebody who counts towards an approval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Approver {
    /// Name in the policy.
    pub principal: String,
    /// Printed name.
    pub name: String,
    /// `signature`, `commit` or `review`.
    pub evidence: &'static str,
    /// What that evidence proves, in one sentence.
    pub strength: &'static str,
}

/// One thing in a subject's life.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Moment,
    /// What: an event's action.
    pub action: &'static str,
    /// Which version.
    pub version: Option<String>,
    /// By whom.
    pub principal: Option<String>,
    /// Whether it had effect.
    pub effect: bool,
}

/// One change and everything about it.
#[derive(Clone, Debug, Serialize)]
pub struct Packet {
    /// `<position>-<kind>-<name>-<version or removed>`: unique and stable in every report about this history.
    pub id: String,
    /// What kind of change.
    pub change: Change,
    /// `kind/name`; `policy/countersign` for a policy.
    pub subject: String,
    /// The version (a policy's serial); null when files were removed.
    pub version: Option<String>,
    /// The bytes; null when they are no valid package or were removed.
    pub digest: Option<String>,
    /// What lay there before.
    pub before: Option<VersionAt>,
    /// The landing.
    pub landed: Moment,
    /// Risk.
    pub risk: &'static str,
    /// The people who own it, sorted.
    pub owners: Vec<Person>,
    /// What it can do now that it could not, or no longer can.
    pub capabilities: Vec<CapabilityChange>,
    /// Whether any of them widens what it can do; null when the bytes could not be compared.
    pub widens: Option<bool>,
    /// What changed in its files, by path.
    pub files: Vec<FileChange>,
    /// Principals who contributed, sorted.
    pub contributors: Vec<Person>,
    /// Addresses of contributors who are nobody in the policy, sorted.
    pub unknown_contributors: Vec<String>,
    /// Whether the bytes were there at the anchor, by people unknown.
    pub baseline: bool,
    /// State at the period's end.
    pub state: Option<&'static str>,
    /// What the policy asks for and who meets it.
    pub requirements: Vec<RequirementMet>,
    /// Where the requirement was met: for a policy, where it took effect.
    pub granted: Option<Moment>,
    /// Seconds from landing to grant; null until then.
    pub lead_time: Option<i64>,
    /// Every decision about these bytes until the period's end, by landing.
    pub decisions: Vec<DecisionMade>,
    /// Rules that have something to say about it at the end, sorted.
    pub findings: Vec<String>,
    /// Its leaves in the log with their proofs: the landing, the decisions, the grant.
    pub proofs: Vec<LeafProof>,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The subject had no files before.
    Added,
    /// Other bytes, or another version.
    Changed,
    /// The files left the tree.
    Removed,
    /// A changed policy came into the tree.
    PolicyProposed,
}

/// A version and its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionAt {
    /// The version.
    pub version: String,
    /// The bytes; null when they were no valid package.
    pub digest: Option<String>,
}

/// One change of capability.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CapabilityChange {
    /// Aspect: tools, scripts, commands, hosts, permissions …
    pub aspect: &'static str,
    /// The thing.
    pub item: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Whether it lets the subject do more.
    pub widens: bool,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileChange {
    /// Path in the package.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
}

/// One requirement and who meets it.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementMet {
    /// How many people.
    pub count: u32,
    /// From whom, as the policy writes it.
    pub from: Vec<String>,
    /// Evidence that counts.
    pub accept: Vec<&'static str>,
    /// Who counts, sorted.
    pub have: Vec<Approver>,
    /// How many are missing.
    pub missing: u32,
}

/// A decision as its record tells it, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionMade {
    /// `approve`, `block` …
    pub decision: &'static str,
    /// What about.
    pub subject: String,
    /// Which version: a version, `all`, or a policy's serial.
    pub version: String,
    /// Over which bytes; null for `all`.
    pub digest: Option<String>,
    /// Who.
    pub by: Person,
    /// What the signature means (21 CFR 11.50); null when the record could not be read again.
    pub meaning: Option<String>,
    /// Why, in the signer's words.
    pub reason: Option<String>,
    /// When, by the signer's clock; null when the record could not be read again.
    pub signed: Option<String>,
    /// When it landed.
    pub landed: Moment,
    /// `signature`, `commit` or `review`; null when nothing was proved.
    pub evidence: Option<&'static str>,
    /// The key that proves it.
    pub key: Option<String>,
    /// Whether it had effect at its landing.
    pub effect: bool,
    /// The rule that denied it effect.
    pub refused_because: Option<String>,
    /// Why it was believed or not, in one sentence.
    pub believed: String,
    /// SHA-256 of the record's bytes.
    pub record: String,
    /// Where the record landed.
    pub path: String,
    /// Links that the record gives.
    pub refs: Vec<String>,
    /// Who recorded a pull-request review, where this is one.
    pub recorded_by: Option<String>,
}

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

/// A block, revocation, roll-back or suspension, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Incident {
    /// `block`, `revoke` or `roll-back`.
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

/// A review that is due.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewDue {
    /// What.
    pub subject: String,
    /// Who owns it.
    pub owners: Vec<Person>,
    /// The policy's word, in days.
    pub every_days: i64,
    /// The last time somebody decided to keep it.
    pub last: Option<String>,
    /// When the next one is due; null when nobody ever decided, which is overdue.
    pub due: Option<String>,
    /// Whether that is past.
    pub overdue: bool,
}

/// Something that ends.
#[derive(Clone, Debug, Serialize)]
pub struct Expiry {
    /// `approval` or `key`.
    pub kind: &'static str,
    /// The subject and version, or the principal and key.
    pub what: String,
    /// When.
    pub ends: String,
    /// Whether it has ended.
    pub ended: bool,
}

/// Figures. Shares and counts are exact; every one can be recomputed from `events` and `inventory`.
#[derive(Clone, Debug, Serialize)]
pub struct Metrics {
    /// Seconds from landing to grant, over packets granted in the period.
    pub lead_time: Distribution,
    /// Seconds since the grant, over the versions approved at the end, at `now`.
    pub approval_age: Distribution,
    /// Approvals with effect by evidence.
    pub approvals_by_evidence: Vec<Tally>,
    /// Decisions without effect, by rule.
    pub refused_by_rule: Vec<Tally>,
    /// Decisions with effect, by decision.
    pub decisions_by_kind: Vec<Tally>,
    /// Subjects in the tree by state.
    pub subjects_by_state: Vec<Tally>,
    /// Subjects in the tree by risk.
    pub subjects_by_risk: Vec<Tally>,
    /// The period in equal steps of ledger time, oldest first.
    pub series: Vec<Step>,
}

/// A number per word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tally {
    /// The word.
    pub name: String,
    /// How many.
    pub count: u32,
}

/// Seconds, summed up by order statistics (nearest rank), so that each figure is one that occurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The first instant.
    pub from: String,
    /// The first instant after it.
    pub to: String,
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
    /// Versions that came into the tree without being granted.
    pub awaiting_opened: u32,
    /// Versions that no longer waited at its end, though they did before or came to: granted, stopped, replaced or removed.
    pub awaiting_closed: u32,
    /// Versions in the tree at its end that wait for their grant.
    pub awaiting: u32,
    /// Findings that stand at the period's end and began in it.
    pub findings_began: u32,
}

/// What is kept of one kind of record.
#[derive(Clone, Debug, Serialize)]
pub struct Retention {
    /// The policy's word for the kind, such as `decisions`.
    pub kind: String,
    /// How long the policy wants it kept, in days.
    pub keep_days: i64,
    /// How many there are.
    pub records: u32,
    /// The oldest.
    pub oldest: Option<String>,
    /// How many are older than that and could be let go; nothing is ever deleted.
    pub older: u32,
    /// Paths of accepted records that are no longer where they landed, though they must be kept, sorted.
    pub missing: Vec<String>,
    /// Why nothing can be said, where the tool keeps no such records.
    pub note: Option<String>,
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

/// The log as this report leaves it. See `docs/audit.md` for how to check it by hand.
#[derive(Clone, Debug, Serialize)]
pub struct LogProof {
    /// Schema of every leaf.
    pub leaf_schema: &'static str,
    /// The log's name, first line of the checkpoint.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Root of the tree (RFC 9162, section 2.1), hex.
    pub root: String,
    /// The checkpoint: a C2SP signed note, or only its text when nobody signed it.
    pub checkpoint: String,
    /// Whether the checkpoint carries a signature.
    pub signed: bool,
    /// The proof that an earlier report's log is a prefix of this one, where one was named.
    pub extends: Option<Extension>,
}

/// A consistency proof (RFC 9162, section 2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// Leaves of the earlier log.
    pub size: u64,
    /// Root of the earlier log, hex.
    pub root: String,
    /// The proof, hex, in the order of the RFC.
    pub proof: Vec<String>,
}

/// An inclusion proof (RFC 9162, section 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeafProof {
    /// Index of the leaf.
    pub index: u64,
    /// The leaf: canonical JSON (RFC 8785), exactly the bytes that are hashed after a zero byte.
    pub leaf: String,
    /// The proof, hex, from the leaf to the root.
    pub proof: Vec<String>,
}
