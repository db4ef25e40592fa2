//! What people did, what had no effect, and who could have done what.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{Moment, NamedPrincipal, PolicyAt};
use crate::version_label::VersionLabel;
use countersign_core::lifecycle::ledger::Action;
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, ObjectId, PrincipalName, RuleId, Severity, SubjectId,
};

/// The word of an event's action.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn serialize_action<S: Serializer>(
    action: &Action,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.as_str())
}

/// Something that an auditor should look at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// The rule.
    pub rule: RuleId,
    /// How much it weighs.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// About what.
    pub subject: Option<SubjectId>,
    /// Which version.
    pub version: Option<VersionLabel>,
    /// Where.
    pub path: Option<String>,
    /// By whom.
    pub principal: Option<PrincipalName>,
    /// Which landing.
    pub position: Option<u32>,
    /// Its commit.
    pub commit: Option<ObjectId>,
    /// Whether it remains at the period's end (a finding) or happened within it (an act).
    pub open: bool,
}

/// Kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// A version is in the tree without the approval it needs.
    UnapprovedLanding,
    /// Someone approved their own work, and that was refused.
    SelfApproval,
    /// A record was changed, moved or deleted after it was accepted.
    RecordAltered,
    /// A decision or its evidence was refused.
    RefusedEvidence,
    /// History is incomplete, rewritten or not pinned.
    HistoryGap,
    /// About the policy or its change.
    Policy,
    /// Files that no policy entry governs, or that are not a valid package.
    Content,
    /// Everything else.
    Other,
}

impl ExceptionKind {
    /// The word in CSV and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnapprovedLanding => "unapproved-landing",
            Self::SelfApproval => "self-approval",
            Self::RecordAltered => "record-altered",
            Self::RefusedEvidence => "refused-evidence",
            Self::HistoryGap => "history-gap",
            Self::Policy => "policy",
            Self::Content => "content",
            Self::Other => "other",
        }
    }
}

/// One policy while it was in force.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyEra {
    /// The policy.
    pub policy: PolicyAt,
    /// The landing at which the next one took over; null while it is in force.
    pub until: Option<Moment>,
    /// Who approved it, sorted; empty for the first, which judges itself.
    pub approved_by: Vec<NamedPrincipal>,
    /// How many administrators a change needs.
    pub policy_changes: u32,
    /// Whether contributors may not approve.
    pub separation_of_duties: bool,
    /// Everyone in it and what they could do, by principal.
    pub principals: Vec<Permissions>,
    /// What this policy permits and the one before did not, and the other way round, by principal;
    /// empty for the first.
    pub changes: Vec<PermissionChange>,
}

/// What one principal could do under one policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Permissions {
    /// Who.
    pub principal: NamedPrincipal,
    /// A person or a machine.
    pub kind: PrincipalKind,
    /// Keys by fingerprint, sorted.
    pub keys: Vec<String>,
    /// Teams, sorted.
    pub teams: Vec<String>,
    /// May change the policy, suspend principals and lower everything.
    pub administrator: bool,
    /// Subjects (globs) that they may lower as an operator.
    pub operates: Vec<String>,
    /// Subjects (globs) whose reviews they may record.
    pub records: Vec<String>,
    /// Listed as a viewer.
    pub viewer: bool,
    /// Paths (globs) that they own.
    pub owns: Vec<String>,
    /// Approval rules, as lines of the policy, in which they count.
    pub approves: Vec<String>,
    /// Where the principal was suspended while this policy was in force.
    pub suspended_at: Option<Moment>,
}

/// A permission that came or went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PermissionChange {
    /// Whose.
    pub principal: PrincipalName,
    /// Whether it came or went.
    pub change: PermissionChangeKind,
    /// Which, in words.
    pub permission: String,
}

/// The two ways in which a permission changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PermissionChangeKind {
    /// It came.
    Gained,
    /// It went.
    Lost,
}

impl PermissionChangeKind {
    /// The word shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
        }
    }
}

/// An act on the policy or a principal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AdministrativeAct {
    /// When.
    pub at: Moment,
    /// An event's action.
    #[serde(serialize_with = "serialize_action")]
    #[schemars(with = "String")]
    pub action: Action,
    /// `policy/countersign` or `principal/<name>`.
    pub subject: SubjectId,
    /// The policy's serial.
    pub serial: Option<u64>,
    /// By whom.
    pub by: Option<NamedPrincipal>,
    /// Why.
    pub reason: Option<String>,
    /// Whether it had effect.
    pub effect: bool,
    /// The rule that denied it.
    pub refused_because: Option<RuleId>,
}

/// A block, revocation, rollback or suspension, and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Incident {
    /// The decision: a block, a revocation or a rollback.
    pub action: DecisionKind,
    /// What.
    pub subject: SubjectId,
    /// Which version; `all` for every one.
    pub version: VersionLabel,
    /// The bytes.
    pub digest: Option<Digest>,
    /// By whom.
    pub by: NamedPrincipal,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: Moment,
    /// Where the bytes first landed; null for `all` and where they never did.
    pub landed: Option<Moment>,
    /// Seconds from that landing to the incident: how long the bytes were there before someone
    /// stopped them.
    pub exposure: Option<i64>,
    /// Where the bytes left the tree, or the block was lifted; null while neither.
    pub ended: Option<Moment>,
    /// Seconds from the incident to that.
    pub duration: Option<i64>,
    /// Whether the version is still in that state at the period's end.
    pub in_force: bool,
    /// Whether the bytes are still in the tree at the period's end.
    pub present: bool,
}

/// One event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventRow {
    /// Index of its leaf in the log; null where it was judged only now.
    pub leaf: Option<u64>,
    /// When.
    pub at: Moment,
    /// What.
    #[serde(serialize_with = "serialize_action")]
    #[schemars(with = "String")]
    pub action: Action,
    /// To what.
    pub subject: SubjectId,
    /// Which version; `all`, or a policy's serial.
    pub version: Option<VersionLabel>,
    /// Over which bytes.
    pub digest: Option<Digest>,
    /// By whom.
    pub by: Option<NamedPrincipal>,
    /// Why.
    pub reason: Option<String>,
    /// Proved how.
    pub evidence: Option<EvidenceKind>,
    /// The record.
    pub record: Option<Digest>,
    /// Whether it had effect.
    pub effect: bool,
    /// The rule that denied it.
    pub refused_because: Option<RuleId>,
}
