//! One change and everything about it.

use serde::Serialize;

use super::{Approver, LeafProof, Moment, Person};

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
