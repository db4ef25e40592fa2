//! Subjects at the period's end, and what comes due.

use schemars::JsonSchema;
use serde::Serialize;

use super::Moment;
use super::acts::serialize_action;
use crate::version_label::VersionLabel;
use countersign_core::lifecycle::ledger::Action;
use countersign_model::{
    Digest, EvidenceKind, Kind, PrincipalName, Risk, RuleId, State, SubjectId, Timestamp, Version,
};

/// One subject at the period's end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InventoryItem {
    /// `kind/name`.
    pub subject: SubjectId,
    /// The kind.
    pub kind: Kind,
    /// Where it is, sorted; empty when its files are gone.
    pub paths: Vec<String>,
    /// Owners as the policy writes them.
    pub owners: Vec<String>,
    /// The people behind them, sorted.
    pub owned_by: Vec<NamedPrincipal>,
    /// Risk.
    pub risk: Risk,
    /// The version in the tree, else the one that is current.
    pub version: Option<Version>,
    /// Its bytes.
    pub digest: Option<Digest>,
    /// Its state.
    pub state: State,
    /// The current version.
    pub current: Option<Version>,
    /// Whether the bytes were there at the anchor.
    pub baseline: bool,
    /// Where it first landed.
    pub landed: Option<Moment>,
    /// Where its requirement was met.
    pub granted: Option<Moment>,
    /// Who approved it and how that is known, sorted by person.
    pub approvers: Vec<CountedApprover>,
    /// End of the approval.
    pub expires: Option<Timestamp>,
    /// When it must be reviewed again, where the policy says how often.
    pub next_review: Option<Timestamp>,
    /// Rules that report something about it, sorted.
    pub findings: Vec<RuleId>,
    /// What happened to it, over all of history, by position.
    pub timeline: Vec<TimelineEntry>,
}

/// A principal with the name that people know them by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct NamedPrincipal {
    /// Name in the policy.
    pub principal: PrincipalName,
    /// Printed name at the time.
    pub name: String,
}

/// A person who counts towards an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountedApprover {
    /// Name in the policy.
    pub principal: PrincipalName,
    /// Printed name.
    pub name: String,
    /// How their approval is proved.
    pub evidence: EvidenceKind,
    /// What that evidence proves, in one sentence.
    pub strength: &'static str,
}

/// One thing in a subject's life.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: Moment,
    /// What: an event's action.
    #[serde(serialize_with = "serialize_action")]
    #[schemars(with = "String")]
    pub action: Action,
    /// Which version.
    pub version: Option<VersionLabel>,
    /// By whom.
    pub principal: Option<PrincipalName>,
    /// Whether it had effect.
    pub effect: bool,
}

/// A review that is due.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewDue {
    /// What.
    pub subject: SubjectId,
    /// Who owns it.
    pub owners: Vec<NamedPrincipal>,
    /// How often the policy requires it, in days.
    pub every_days: i64,
    /// The last time someone decided to keep it.
    pub last: Option<Timestamp>,
    /// When the next one is due; null when no one ever decided, which is overdue.
    pub due: Option<Timestamp>,
    /// Whether that is past.
    pub overdue: bool,
}

/// Something that ends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Expiry {
    /// What sort of thing.
    pub kind: ExpiryKind,
    /// The subject and version, or the principal and key.
    pub what: String,
    /// When.
    pub ends: Timestamp,
    /// Whether it has ended.
    pub ended: bool,
}

/// What can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExpiryKind {
    /// The approval of a version.
    Approval,
    /// A key of the policy.
    Key,
}

impl ExpiryKind {
    /// The word shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Key => "key",
        }
    }
}

/// The records of one kind that there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Retention {
    /// The kind as the policy names it, such as `decisions`.
    pub kind: String,
    /// How long the policy requires it to be kept, in days.
    pub keep_days: i64,
    /// How many there are.
    pub records: u32,
    /// The oldest.
    pub oldest: Option<Timestamp>,
    /// How many are older than that and could be deleted; nothing ever is.
    pub older: u32,
    /// Paths of accepted records that are no longer where they landed, though they must be kept,
    /// sorted.
    pub missing: Vec<String>,
    /// Why there is nothing to say, where the tool keeps no such records.
    pub note: Option<String>,
}
