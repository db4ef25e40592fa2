//! One change and everything about it.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{CountedApprover, Moment, NamedPrincipal};
use crate::leaf::LeafProof;
use crate::version_label::VersionLabel;
use countersign_model::document::capability::Aspect;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, EvidenceKinds, Meaning, PrincipalName, Risk, RuleId, State,
    SubjectId, Timestamp,
};

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn serialize_aspect<S: Serializer>(aspect: &Aspect, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(aspect.as_str())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn serialize_kinds<S: Serializer>(kinds: &EvidenceKinds, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kinds.iter())
}

/// One change and everything about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Packet {
    /// `<position>-<kind>-<name>-<version or removed>`: unique and stable in every report about
    /// this history.
    pub id: String,
    /// What kind of change.
    pub change: ChangeKind,
    /// `kind/name`; `policy/countersign` for a policy.
    pub subject: SubjectId,
    /// The version (a policy's serial); null when files were removed.
    pub version: Option<VersionLabel>,
    /// The bytes; null when they are not a valid package or were removed.
    pub digest: Option<Digest>,
    /// What was there before.
    pub before: Option<VersionAt>,
    /// The landing.
    pub landed: Moment,
    /// Risk.
    pub risk: Risk,
    /// The people who own it, sorted.
    pub owners: Vec<NamedPrincipal>,
    /// What it can do now that it could not, or no longer can.
    pub capabilities: Vec<ChangedCapability>,
    /// Whether any of them widens what it can do; null when the bytes could not be compared.
    pub widens: Option<bool>,
    /// What changed in its files, by path.
    pub files: Vec<ChangedFile>,
    /// Principals who contributed, sorted.
    pub contributors: Vec<NamedPrincipal>,
    /// Addresses of contributors who are not in the policy, sorted.
    pub unknown_contributors: Vec<String>,
    /// Whether the bytes were there at the anchor, by people unknown.
    pub baseline: bool,
    /// State at the period's end.
    pub state: Option<State>,
    /// What the policy requires and who meets it.
    pub requirements: Vec<RequirementMet>,
    /// Where the requirement was met: for a policy, where it took effect.
    pub granted: Option<Moment>,
    /// Seconds from landing to grant; null until then.
    pub lead_time: Option<i64>,
    /// Every decision about these bytes until the period's end, by landing.
    pub decisions: Vec<DecisionMade>,
    /// Rules that report something about it at the end, sorted.
    pub findings: Vec<RuleId>,
    /// Its leaves in the log with their proofs: the landing, the decisions, the grant.
    pub proofs: Vec<LeafProof>,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The subject had no files before.
    Added,
    /// Other bytes, or another version.
    Changed,
    /// The files left the tree.
    Removed,
    /// A changed policy came into the tree.
    PolicyProposed,
}

impl ChangeKind {
    /// The word in CSV and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::PolicyProposed => "policy-proposed",
        }
    }
}

/// A version and its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VersionAt {
    /// The version.
    pub version: VersionLabel,
    /// The bytes; null when they were not a valid package.
    pub digest: Option<Digest>,
}

/// One change of capability.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ChangedCapability {
    /// Tools, scripts, commands, hosts, permissions …
    #[serde(serialize_with = "serialize_aspect")]
    #[schemars(with = "String")]
    pub aspect: Aspect,
    /// The thing.
    pub item: String,
    /// What happened to it.
    pub change: ItemChange,
    /// Whether it lets the subject do more.
    pub widens: bool,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ChangedFile {
    /// Path in the package.
    pub path: String,
    /// What happened to it.
    pub change: ItemChange,
}

/// What a change does to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ItemChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is different.
    Changed,
}

impl ItemChange {
    /// The word shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// One requirement and who meets it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequirementMet {
    /// How many people.
    pub count: u32,
    /// From whom, as the policy writes it.
    pub from: Vec<String>,
    /// Evidence that counts.
    #[serde(serialize_with = "serialize_kinds")]
    #[schemars(with = "Vec<String>")]
    pub accept: EvidenceKinds,
    /// Who counts, sorted.
    pub approvals: Vec<CountedApprover>,
    /// How many are missing.
    pub missing: u32,
}

impl DecisionMade {
    /// What the signature means, in words: a record that only stops something carries a default, which
    /// would read as if someone had approved it.
    pub fn shown_meaning(&self) -> Option<Meaning> {
        self.meaning.filter(|_| self.decision.raises())
    }
}

/// A decision as its record states it, and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DecisionMade {
    /// What was decided.
    pub decision: DecisionKind,
    /// What about.
    pub subject: SubjectId,
    /// Which version: a version, `all`, or a policy's serial.
    pub version: VersionLabel,
    /// Over which bytes; null for `all`.
    pub digest: Option<Digest>,
    /// Who.
    pub by: NamedPrincipal,
    /// What the signature means (21 CFR 11.50); null when the record could not be read again.
    pub meaning: Option<Meaning>,
    /// Why, in the signer's words.
    pub reason: Option<String>,
    /// When, by the signer's clock; null when the record could not be read again.
    pub signed: Option<Timestamp>,
    /// When it landed.
    pub landed: Moment,
    /// How it is proved; null when nothing was proved.
    pub evidence: Option<EvidenceKind>,
    /// The key that proves it.
    pub key: Option<String>,
    /// Whether it had effect at its landing.
    pub effect: bool,
    /// The rule that denied it effect.
    pub refused_because: Option<RuleId>,
    /// On what basis it was accepted or refused, in one sentence.
    pub basis: String,
    /// SHA-256 of the record's bytes.
    pub record: Digest,
    /// Where the record landed.
    pub path: String,
    /// Links that the record gives.
    pub refs: Vec<String>,
    /// Who recorded a pull-request review, where this is one.
    pub recorded_by: Option<PrincipalName>,
}
