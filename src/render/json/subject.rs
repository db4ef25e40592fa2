//! A subject as `status` and `check` show it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::check::Finding;
use crate::check::due::eligible;
use crate::check::logins::Logins;
use crate::lifecycle::ledger::{LandingRef, RequirementStatus, Subject, VersionState};

/// One governed thing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SubjectOut {
    /// `kind/name`.
    pub subject: String,
    /// The kind alone.
    pub kind: &'static str,
    /// Its path, or its last one; the first in byte order when there are several.
    pub path: Option<String>,
    /// Whether it is in the tree.
    pub present: bool,
    /// The version in the tree; when it is gone, the current one, else the last that landed.
    pub version: Option<String>,
    /// That version's package checksum.
    pub digest: Option<String>,
    /// That version's state.
    pub state: &'static str,
    /// The current version.
    pub current: Option<String>,
    /// Whether the bytes are from the anchor.
    pub baseline: bool,
    /// People who own it, sorted.
    pub owners: Vec<String>,
    /// Risk.
    pub risk: &'static str,
    /// Where these bytes first landed under this version.
    pub landed: Option<Landed>,
    /// Principals who contributed, sorted, then unknown addresses, sorted.
    pub contributors: Vec<String>,
    /// In the order of the policy.
    pub requirements: Vec<RequirementOut>,
    /// People whose reject applies, sorted.
    pub rejected_by: Vec<String>,
    /// When the grant ends.
    pub expires: Option<String>,
    /// Ids of the rules that found something, sorted.
    pub findings: Vec<&'static str>,
    /// Every known version, sorted by version, then landing.
    pub versions: Vec<VersionOut>,
}

/// A landing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Landed {
    /// Its commit; null for a candidate.
    pub commit: Option<String>,
    /// Its position.
    pub position: u32,
    /// Committer date as written.
    pub time: Option<String>,
}

/// One requirement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequirementOut {
    /// How many people.
    pub count: u32,
    /// From whom, as the policy writes it.
    pub from: Vec<String>,
    /// Evidence that counts, in the order signature, commit, review.
    pub accept: Vec<&'static str>,
    /// Who counts, sorted by principal.
    pub approvals: Vec<ApprovalOut>,
    /// How many are missing.
    pub missing: u32,
    /// Who could give what is missing, in the order of the policy; empty where nothing is.
    pub eligible: Vec<EligibleOut>,
}

/// Someone who could approve.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EligibleOut {
    /// Who.
    pub principal: String,
    /// Their account, as `forge/login`: on the repository's own forge if they have one there; null
    /// where the policy has none.
    pub account: Option<String>,
}

/// Someone who counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ApprovalOut {
    /// Who.
    pub principal: String,
    /// Proved how.
    pub evidence: &'static str,
}

/// One version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionOut {
    /// The version.
    pub version: String,
    /// Its bytes.
    pub digest: String,
    /// Its state.
    pub state: &'static str,
    /// Where it first landed; null when it was only decided about.
    pub landed: Option<Landed>,
}

impl SubjectOut {
    /// The view of `subject`; `findings` may be about anything, those about it are used.
    pub fn new(subject: &Subject, findings: &[Finding], logins: &Logins) -> Self {
        let version = subject.shown_version();
        let mut rules: Vec<&'static str> = findings
            .iter()
            .filter(|finding| finding.subject.as_ref() == Some(&subject.id))
            .map(|finding| finding.rule.as_str())
            .collect();
        rules.sort_unstable();
        rules.dedup();
        Self {
            subject: subject.id.to_string(),
            kind: subject.id.kind.as_str(),
            path: subject
                .paths
                .first()
                .or_else(|| subject.last_paths.first())
                .cloned(),
            present: !subject.paths.is_empty(),
            version: version.map(|version| version.key.version.to_string()),
            digest: version.map(|version| version.key.digest.to_string()),
            state: subject.shown_state().as_str(),
            current: subject.current.as_ref().map(|key| key.version.to_string()),
            baseline: version.is_some_and(|version| version.baseline),
            owners: subject.owners.iter().map(ToString::to_string).collect(),
            risk: subject.risk.as_str(),
            landed: version
                .and_then(|version| version.landed.as_ref())
                .map(Landed::new),
            contributors: version.map(contributors).unwrap_or_default(),
            requirements: version
                .map(|version| requirements(version, logins))
                .unwrap_or_default(),
            rejected_by: version.map(rejected_by).unwrap_or_default(),
            expires: version
                .and_then(|version| version.expires)
                .map(|time| time.to_string()),
            findings: rules,
            versions: subject.versions.iter().map(VersionOut::new).collect(),
        }
    }
}

pub(super) fn requirements(version: &VersionState, logins: &Logins) -> Vec<RequirementOut> {
    let requirements = version.requirements.iter();
    requirements
        .map(|requirement| RequirementOut::new(requirement, logins))
        .collect()
}

pub(super) fn rejected_by(version: &VersionState) -> Vec<String> {
    version
        .rejected_by
        .iter()
        .map(ToString::to_string)
        .collect()
}

pub(super) fn contributors(version: &VersionState) -> Vec<String> {
    version
        .contributors
        .iter()
        .map(ToString::to_string)
        .chain(version.unknown_contributors.iter().cloned())
        .collect()
}

impl Landed {
    /// The view of a landing.
    pub fn new(landing: &LandingRef) -> Self {
        Self {
            commit: landing.commit.map(|commit| commit.to_string()),
            position: landing.position.0,
            time: landing.time.map(|time| time.to_string()),
        }
    }
}

impl RequirementOut {
    /// The view of a requirement, with people's accounts.
    pub fn new(requirement: &RequirementStatus, logins: &Logins) -> Self {
        let approvals = requirement
            .counted
            .iter()
            .map(|(principal, evidence)| ApprovalOut {
                principal: principal.to_string(),
                evidence: evidence.as_str(),
            });
        let mut approvals: Vec<ApprovalOut> = approvals.collect();
        approvals.sort();
        Self {
            count: requirement.count,
            from: requirement.from.clone(),
            accept: requirement.accept.words().collect(),
            approvals,
            missing: requirement.missing,
            eligible: eligible(requirement)
                .map(|name| EligibleOut {
                    principal: name.to_string(),
                    account: logins.account(name),
                })
                .collect(),
        }
    }
}

impl VersionOut {
    fn new(version: &VersionState) -> Self {
        Self {
            version: version.key.version.to_string(),
            digest: version.key.digest.to_string(),
            state: version.state.as_str(),
            landed: version.landed.as_ref().map(Landed::new),
        }
    }
}
