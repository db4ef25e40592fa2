//! A policy whose every field has been checked and whose teams are resolved to people.
//!
//! Keys are still text here: parsing them needs cryptography, which `evidence::Roster` does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::evidence_kinds::EvidenceKinds;
use super::glob::Glob;
use super::identity::PrincipalName;
use super::key::KeySource;
use super::name::Kind;
use super::object_id::ObjectId;
use super::policy_input::{
    AccountInput, Baseline, CoAuthors, InstallInput, LimitsInput, MergeMethod, PrincipalKind,
    Profile, RuleLevel, SignedCommits, Unapproved,
};
use super::rule::RuleId;
use super::state::{EvidenceKind, Risk};
use super::time::Span;

/// The checked policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Increases with every change.
    pub serial: u64,
    /// Digest of the policy that this one replaces.
    pub previous: Option<Digest>,
    /// What every decision must name.
    pub repository: String,
    /// The governed branch.
    pub branch: String,
    /// What the forge allows.
    pub merge_methods: BTreeSet<MergeMethod>,
    /// People and machines.
    pub principals: BTreeMap<PrincipalName, Principal>,
    /// Teams; every member is a principal.
    pub teams: BTreeMap<PrincipalName, BTreeSet<PrincipalName>>,
    /// Keys of the forge.
    pub platform_keys: Vec<PolicyKey>,
    /// Stolen keys: fingerprint text as written, and the landing.
    pub compromised: Vec<Compromised>,
    /// Further protected paths, exact.
    pub protect: Vec<String>,
    /// People who are administrators.
    pub administrators: BTreeSet<PrincipalName>,
    /// Scopes of operators.
    pub operators: Vec<Operator>,
    /// Scopes of recorders.
    pub recorders: Vec<Recorder>,
    /// Listed for reports.
    pub viewers: BTreeSet<PrincipalName>,
    /// Governed paths, in file order.
    pub entries: Vec<Entry>,
    /// Paths that are not governed.
    pub ignore: Vec<Glob>,
    /// Approval rules, in file order.
    pub rules: Vec<ApprovalRule>,
    /// How many administrators a policy change needs; 0 means it can never change.
    pub policy_changes: u32,
    /// Separation of duties.
    pub separation_of_duties: bool,
    /// Meaning of trailers.
    pub co_authors: CoAuthors,
    /// Whether unapproved release versions may land.
    pub unapproved: Unapproved,
    /// What the bytes at the anchor need.
    pub baseline: Baseline,
    /// Which landings must be signed.
    pub signed_commits: SignedCommits,
    /// Strictness toward Skills.
    pub profile: Profile,
    /// Levels of rules about documents, in file order; where several match, the last one applies.
    pub levels: Vec<LevelEntry>,
    /// Largest package.
    pub limits: LimitsInput,
    /// Retention per kind of record.
    pub retention: BTreeMap<String, Span>,
    /// A restart: the last landing before it, and the reason.
    pub restart: Option<(ObjectId, String)>,
}

/// A person or machine.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Printed name; the principal's own name when none is given.
    pub printed: String,
    /// Person or machine.
    pub kind: PrincipalKind,
    /// Accounts on forges.
    pub accounts: Vec<AccountInput>,
    /// Lower-cased addresses.
    pub emails: BTreeSet<String>,
    /// Keys as written.
    pub keys: Vec<PolicyKey>,
    /// 1-based line in `countersign.yaml`.
    pub line: u32,
}

/// One key as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyKey {
    /// Where it comes from.
    pub source: KeySource,
    /// Minisign: accept the legacy form.
    pub legacy: bool,
    /// 1-based line in `countersign.yaml`.
    pub line: u32,
}

/// A stolen key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compromised {
    /// Fingerprint as written.
    pub key: String,
    /// The landing from which it is void.
    pub since: ObjectId,
    /// 1-based line.
    pub line: u32,
}

/// A scope in which some people may lower.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Resolved people.
    pub members: BTreeSet<PrincipalName>,
    /// Globs over `kind/name`.
    pub subjects: Vec<Glob>,
}

/// A scope in which a machine may record reviews.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// The machine.
    pub principal: PrincipalName,
    /// Globs over `kind/name`.
    pub subjects: Vec<Glob>,
}

/// Governed paths.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Kind of the packages.
    pub kind: Kind,
    /// Each path that matches is one package.
    pub path: Glob,
    /// Template of the name.
    pub name: Option<String>,
    /// Resolved owners.
    pub owners: BTreeSet<PrincipalName>,
    /// Owners as written, for people.
    pub owners_written: Vec<String>,
    /// Risk.
    pub risk: Option<Risk>,
    /// Review period.
    pub review_every: Option<Span>,
    /// Where to install.
    pub install: Option<InstallInput>,
    /// Files every package must have.
    pub required_files: Vec<String>,
    /// Pre-releases may be here without approval.
    pub drafts: bool,
    /// 1-based line.
    pub line: u32,
}

/// A member of a requirement's `from`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Approver {
    /// The owners of the subject at hand.
    Owners,
    /// The administrators.
    Administrators,
    /// A team, resolved on use.
    Team(PrincipalName),
    /// One person.
    Person(PrincipalName),
}

impl Approver {
    /// The word in the policy.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Owners => "owners",
            Self::Administrators => "administrators",
            Self::Team(name) | Self::Person(name) => name.as_str(),
        }
    }
}

/// This many different people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// How many; zero cannot be met.
    pub count: u32,
    /// Who may approve; an empty list cannot be met.
    pub from: Vec<Approver>,
}

/// One approval rule.
#[derive(Clone, Debug)]
pub struct ApprovalRule {
    /// Globs over `kind/name`; `None` is every subject.
    pub subjects: Option<Vec<Glob>>,
    /// Risks; `None` is every risk.
    pub risk: Option<BTreeSet<Risk>>,
    /// Each needs different people.
    pub require: Vec<Requirement>,
    /// Evidence that counts.
    pub accept: EvidenceKinds,
    /// How long a grant is valid.
    pub expire_after: Option<Span>,
    /// 1-based line.
    pub line: u32,
}

/// The level of one rule at some paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelEntry {
    /// One of [`RuleId::LEVELED`].
    pub rule: RuleId,
    /// Globs over paths of files.
    pub paths: Vec<Glob>,
    /// What a finding counts as there.
    pub level: RuleLevel,
    /// The reason, for people.
    pub reason: String,
    /// 1-based line.
    pub line: u32,
}

/// Some, and possibly one more.
type Named<'p> = (&'p BTreeSet<PrincipalName>, Option<&'p PrincipalName>);

impl Policy {
    /// Path of the policy in every governed repository.
    pub const PATH: &'static str = "countersign.yaml";
    /// Folder of the records.
    pub const APPROVALS: &'static str = "approvals";

    /// Whether anyone's key, or the forge's, is an OpenPGP certificate.
    pub fn lists_openpgp(&self) -> bool {
        let mut keys = self
            .principals
            .values()
            .flat_map(|principal| &principal.keys)
            .chain(&self.platform_keys);
        keys.any(|key| {
            matches!(
                key.source,
                KeySource::OpenPgpFile(_) | KeySource::OpenPgpArmor(_)
            )
        })
    }

    /// The principals that one member of `from` names: some, and possibly one more. They need not
    /// be people.
    fn named<'p>(
        &'p self,
        approver: &'p Approver,
        owners: &'p BTreeSet<PrincipalName>,
    ) -> Named<'p> {
        static NO_MEMBERS: BTreeSet<PrincipalName> = BTreeSet::new();
        match approver {
            Approver::Owners => (owners, None),
            Approver::Administrators => (&self.administrators, None),
            Approver::Team(team) => (self.teams.get(team).unwrap_or(&NO_MEMBERS), None),
            Approver::Person(name) => (&NO_MEMBERS, Some(name)),
        }
    }

    /// Whether one member of `from` includes the person `name`.
    pub fn asks(
        &self,
        approver: &Approver,
        owners: &BTreeSet<PrincipalName>,
        name: &PrincipalName,
    ) -> bool {
        let (some, one) = self.named(approver, owners);
        (some.contains(name) || one == Some(name)) && self.is_person(name)
    }

    /// The people that one member of `from` includes, sorted.
    pub fn people<'p>(
        &'p self,
        approver: &'p Approver,
        owners: &'p BTreeSet<PrincipalName>,
    ) -> impl Iterator<Item = &'p PrincipalName> {
        let (some, one) = self.named(approver, owners);
        some.iter().chain(one).filter(|name| self.is_person(name))
    }

    /// How many principals it names, people or not.
    pub fn count_named(&self, approver: &Approver, owners: &BTreeSet<PrincipalName>) -> usize {
        let (some, one) = self.named(approver, owners);
        some.len() + usize::from(one.is_some())
    }

    /// Whether `name` is a person of this policy; machines never count.
    pub fn is_person(&self, name: &PrincipalName) -> bool {
        self.principals
            .get(name)
            .is_some_and(|principal| principal.kind == PrincipalKind::Person)
    }

    /// Whether `name` can give evidence of one of these kinds at all: by a key for a signature or a
    /// signed commit, by an account for a review.
    pub fn has_means(&self, name: &PrincipalName, accept: EvidenceKinds) -> bool {
        self.principals.get(name).is_some_and(|principal| {
            let keyed =
                accept.contains(EvidenceKind::Signature) || accept.contains(EvidenceKind::Commit);
            (keyed && !principal.keys.is_empty())
                || (accept.contains(EvidenceKind::Review) && !principal.accounts.is_empty())
        })
    }

    /// How many people there are.
    pub fn person_count(&self) -> usize {
        self.principals
            .values()
            .filter(|principal| principal.kind == PrincipalKind::Person)
            .count()
    }

    /// Paths of key files that the policy names, sorted, without duplicates.
    pub fn named_files(&self) -> BTreeSet<&str> {
        let keys = self
            .principals
            .values()
            .flat_map(|principal| &principal.keys)
            .chain(&self.platform_keys);
        let files = keys.filter_map(|key| match &key.source {
            KeySource::OpenPgpFile(path) => Some(path.as_str()),
            _ => None,
        });
        files
            .chain(self.protect.iter().map(String::as_str))
            .collect()
    }

    /// Whether `path` is exempt from being governed.
    pub fn ignores(&self, path: &[u8]) -> bool {
        self.ignore.iter().any(|glob| glob.matches(path))
    }

    /// The entries that match a package at `path`, in file order.
    pub fn entries_for<'p>(&'p self, path: &'p [u8]) -> impl Iterator<Item = &'p Entry> + 'p {
        self.entries
            .iter()
            .filter(move |entry| entry.path.matches(path))
    }
}

impl LevelEntry {
    /// Whether it is about a finding of `rule` at `path`.
    pub fn applies(&self, rule: RuleId, path: &str) -> bool {
        self.rule == rule && self.paths.iter().any(|glob| glob.matches(path.as_bytes()))
    }
}

impl Entry {
    /// The subject's name for a package at `path` (which matches this entry), without any check of
    /// its characters.
    pub fn name_at(&self, path: &[u8]) -> Option<String> {
        let Some(template) = &self.name else {
            let last = path.rsplit(|b| *b == b'/').next()?;
            return Some(String::from_utf8_lossy(last).into_owned());
        };
        let captures = self.path.captures(path)?;
        let mut name = template.clone();
        for (index, capture) in captures.iter().enumerate().rev() {
            name = name.replace(
                &format!("{{{}}}", index + 1),
                &String::from_utf8_lossy(capture),
            );
        }
        Some(name)
    }

    /// Whether a package of this entry may also be one file whose stem is the name.
    pub const fn takes_files(&self) -> bool {
        !matches!(self.kind, Kind::Skill)
    }
}

impl ApprovalRule {
    /// Whether the rule applies to what is known as any of `subjects` (`kind/name`) with this risk.
    pub fn applies(&self, subjects: &[String], risk: Risk) -> bool {
        let matches = |subject: &String, globs: &[Glob]| {
            globs.iter().any(|glob| glob.matches(subject.as_bytes()))
        };
        let chosen = self
            .subjects
            .as_ref()
            .is_none_or(|globs| subjects.iter().any(|subject| matches(subject, globs)));
        chosen && self.risk.as_ref().is_none_or(|risks| risks.contains(&risk))
    }
}
