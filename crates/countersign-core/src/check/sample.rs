//! Ledgers and policies built by hand for tests.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::landing::Facts;
use crate::lifecycle::ledger::{
    Action, Event, LandingRef, Ledger, Outcome, PolicyRef, RecordStanding, RequirementStatus,
    Subject, VersionKey, VersionState,
};
use countersign_harness::Plugins;
use countersign_model::policy::Entry;
use countersign_model::sample;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, ObjectId, Policy, Position, PrincipalName, Risk, State,
    SubjectId, Timestamp, Version,
};

/// A principal's name.
pub fn name(text: &str) -> PrincipalName {
    text.parse().expect("a name")
}

/// A subject's id.
pub fn id(text: &str) -> SubjectId {
    text.parse().expect("a subject")
}

/// The digest of `content`.
pub fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

/// A commit id made of the position.
pub fn commit(position: u32) -> ObjectId {
    let mut bytes = [0x11; 20];
    bytes[..4].copy_from_slice(&position.to_be_bytes());
    ObjectId::from_bytes(&bytes).expect("20 bytes")
}

/// An instant `position` hours after the anchor's.
pub fn time(position: u32) -> Timestamp {
    Timestamp::from_unix(1_793_700_000 + i64::from(position) * 3600)
}

/// A landing.
pub fn landing(position: u32) -> LandingRef {
    LandingRef {
        position: Position(position),
        commit: Some(commit(position)),
        time: Some(time(position)),
    }
}

/// A requirement of `count` owners, met by `have`, open to `candidates`.
pub fn requirement(count: u32, counted: &[&str], candidates: &[&str]) -> RequirementStatus {
    RequirementStatus {
        count,
        from: vec!["owners".to_owned(), "administrators".to_owned()],
        accept: [EvidenceKind::Signature, EvidenceKind::Review]
            .into_iter()
            .collect(),
        line: 31,
        counted: counted
            .iter()
            .map(|person| (name(person), EvidenceKind::Signature))
            .collect(),
        missing: count.saturating_sub(counted.len() as u32),
        candidates: candidates.iter().map(|person| name(person)).collect(),
        keyless: Vec::new(),
    }
}

/// A version whose bytes are those of `content`, landed at `position`; granted there when the state is
/// one that needs a grant.
pub fn version_state(version: &str, content: &str, position: u32, state: State) -> VersionState {
    let granted = matches!(
        state,
        State::Approved | State::Deprecated | State::Archived | State::RolledBack
    );
    let requirement = if granted {
        requirement(1, &["alice"], &["bob"])
    } else {
        requirement(1, &[], &["alice", "bob"])
    };
    let version = if version.is_empty() {
        Version::pseudo(&digest(content))
    } else {
        Version::parse(version).expect("a version")
    };
    VersionState {
        key: VersionKey {
            version,
            digest: digest(content),
        },
        landed: Some(landing(position)),
        present: false,
        baseline: false,
        state,
        granted: granted.then(|| landing(position)),
        basis: Vec::new(),
        expires: None,
        expired: false,
        requirements: vec![requirement],
        rejected_by: BTreeSet::new(),
        contributors: BTreeSet::new(),
        unknown_contributors: BTreeSet::new(),
        outgrown: false,
        blocked_as: std::collections::BTreeSet::new(),
        records: Vec::new(),
    }
}

/// A Skill below `skills/` whose last version is in the tree and whose current version is the highest
/// approved one.
pub fn skill(skill: &str, mut versions: Vec<VersionState>) -> Subject {
    let head = versions.last_mut().map(|version| {
        version.present = true;
        version.key.clone()
    });
    let current = versions
        .iter()
        .filter(|version| version.state == State::Approved)
        .max_by(|a, b| a.key.version.cmp(&b.key.version));
    let current = current.map(|version| version.key.clone());
    versions.sort_by(|a, b| {
        a.key
            .version
            .cmp(&b.key.version)
            .then(a.landed.cmp(&b.landed))
    });
    Subject {
        id: id(&format!("skill/{skill}")),
        paths: vec![format!("skills/{skill}")],
        last_paths: vec![format!("skills/{skill}")],
        owners: BTreeSet::from([name("alice"), name("bob")]),
        owners_written: vec!["data-platform".to_owned()],
        risk: Risk::Medium,
        entry_lines: vec![24],
        rule_lines: vec![31],
        install: None,
        head,
        current,
        previous: None,
        pinned: None,
        git_ids: Vec::new(),
        blocked_all: Vec::new(),
        in_conflict: false,
        ever_granted: versions.iter().any(|version| version.granted.is_some()),
        versions,
    }
}

/// A ledger of `subjects`.
pub fn ledger(subjects: Vec<Subject>) -> Ledger {
    Ledger {
        head: landing(20),
        policy: PolicyRef {
            serial: 7,
            digest: Some(digest("policy")),
            since: landing(0),
        },
        subjects: subjects
            .into_iter()
            .map(|subject| (subject.id.clone(), subject))
            .collect(),
        ..Ledger::default()
    }
}

/// Adds a record about the version to which `key` belongs, and its event. Returns the record's digest.
pub fn record(
    ledger: &mut Ledger,
    subject: &str,
    key: &VersionKey,
    kind: DecisionKind,
    by: &str,
    at: u32,
    outcome: Outcome,
) -> Digest {
    let record = digest(&format!("{subject} {} {kind} {by} {at}", key.version));
    let accepted = matches!(outcome, Outcome::Accepted { .. });
    let refused = match &outcome {
        Outcome::Refused { rule, .. } => Some(*rule),
        Outcome::Accepted { .. } => None,
    };
    let path = format!(
        "approvals/{subject}/{}/{}-{kind}-{by}.yaml",
        key.version,
        time(at).compact()
    );
    let standing = RecordStanding {
        path: path.as_str().into(),
        landing: landing(at),
        decision: Some(kind),
        principal: Some(name(by)),
        recorded_by: None,
        subjects: vec![id(subject)],
        signatures: Vec::new(),
        outcome,
        effects: Vec::new(),
    };
    ledger.records.insert(record, standing);
    let entry = ledger
        .subjects
        .get_mut(&id(subject))
        .expect("the subject is in the ledger");
    entry
        .versions
        .iter_mut()
        .filter(|version| version.key == *key)
        .for_each(|version| version.records.push(record));
    ledger.events.push(Event {
        version: Some(key.version.clone()),
        digest: Some(key.digest),
        principal: Some(name(by)),
        reason: Some("Sends files to an unknown host.".into()),
        evidence: accepted.then_some(EvidenceKind::Signature),
        record: Some(record),
        accepted,
        refused_because: refused,
        ..Event::new(landing(at), Action::Decision(kind), id(subject))
    });
    record
}

/// What an accepted signature leaves behind.
pub fn signed() -> Outcome {
    Outcome::Accepted {
        evidence: EvidenceKind::Signature,
        key: "SHA256:0WWr3rzQPy0c7ZgcXvLxVbU0z0zAGYuyHBtfXPPdL1Y".to_owned(),
    }
}

/// A policy that governs `skills/*`, and `lab/*` with drafts.
pub fn policy() -> Policy {
    Policy {
        serial: 7,
        repository: "github.com/acme/agent-skills".to_owned(),
        entries: vec![entry("skills/*", false, 24), entry("lab/*", true, 25)],
        ..sample::policy()
    }
}

/// An entry for Skills.
pub fn entry(path: &str, drafts: bool, line: u32) -> Entry {
    Entry {
        drafts,
        line,
        ..sample::entry(countersign_model::Kind::Skill, path)
    }
}

/// No path was ever granted, and there are no plugins.
pub fn facts<'f>(policy: &'f Policy, none: &'f BTreeSet<String>) -> Facts<'f> {
    static NO_PLUGINS: LazyLock<Plugins> = LazyLock::new(Plugins::default);
    Facts {
        policy,
        granted_paths: none,
        plugins: &NO_PLUGINS,
        loaded: none,
    }
}
