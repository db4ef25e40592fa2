//! The result of the replay: what `status`, `explain`, `check`, `log` and the reports are views of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::review::ReviewFault;
use countersign_model::policy_input::InstallInput;
use countersign_model::shared_text::deserialize_shared_option;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, EvidenceKinds, Fact, ObjectId, Observation, Place,
    Position, PrincipalName, ReviewProof, ReviewRef, Risk, RuleId, State, SubjectId, Timestamp,
    Version,
};

/// Everything that history says up to one landing (or up to a candidate on top of it).
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The last landing that was judged.
    pub head: LandingRef,
    /// Position of the policy in force, and the serial and digest it has.
    pub policy: PolicyRef,
    /// A changed policy in the tree that is not in force.
    pub pending: Option<PendingPolicy>,
    /// Policies that took effect on another line, until both lines reject them.
    pub rivals: Vec<RivalPolicy>,
    /// Every subject that ever landed, or was decided about, under a governed path.
    pub subjects: BTreeMap<SubjectId, Subject>,
    /// Every record ever met, by the digest of its bytes.
    pub records: BTreeMap<Digest, RecordStanding>,
    /// Every review that a forge told of in this run and that concerns what landed, in order of its
    /// landing.
    pub reviews: Vec<ReviewStanding>,
    /// Principals whose records do not count.
    pub suspended: BTreeSet<PrincipalName>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Facts for `check`, about the tree at `head` and about history.
    pub observations: Vec<Observation>,
}

/// One landing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LandingRef {
    /// Its number.
    pub position: Position,
    /// Its commit; `None` for a candidate that no commit holds yet.
    pub commit: Option<ObjectId>,
    /// Committer date as written; decides nothing.
    pub time: Option<Timestamp>,
}

/// A policy as something with a place in history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRef {
    /// Serial.
    pub serial: u64,
    /// Package checksum; `None` only in an empty ledger.
    pub digest: Option<Digest>,
    /// Landing that brought it into force.
    pub since: LandingRef,
}

/// A policy change that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingPolicy {
    /// Its serial.
    pub serial: u64,
    /// Its digest.
    pub digest: Digest,
    /// What it takes.
    pub requirement: RequirementStatus,
    /// Who had a hand in it.
    pub authors: BTreeSet<PrincipalName>,
    /// Authors whose approval counts all the same, because too few other administrators could
    /// approve.
    pub exempt: BTreeSet<PrincipalName>,
}

/// A policy that took effect on another line: see `policy-fork`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RivalPolicy {
    /// Its serial.
    pub serial: u64,
    /// Its digest.
    pub digest: Digest,
}

/// A governed thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `kind/name`.
    pub id: SubjectId,
    /// Where it is at the head, sorted; empty when it is not there.
    pub paths: Vec<String>,
    /// Where it lies or last lay, sorted.
    pub last_paths: Vec<String>,
    /// Owners under the policy in force.
    pub owners: BTreeSet<PrincipalName>,
    /// Owners as the policy writes them (teams by name).
    pub owners_written: Vec<String>,
    /// Risk under the policy in force.
    pub risk: Risk,
    /// Lines of `countersign.yaml` whose entries match; the last one gives the owners.
    pub entry_lines: Vec<u32>,
    /// Lines of `countersign.yaml` whose approval rules apply.
    pub rule_lines: Vec<u32>,
    /// Where it should be installed.
    pub install: Option<InstallInput>,
    /// The version that the tree at the head holds.
    pub head: Option<VersionKey>,
    /// The current version.
    pub current: Option<VersionKey>,
    /// The version that was current before it.
    pub previous: Option<VersionKey>,
    /// The version that a rollback went back to, until a higher one is granted; no rollback on which a
    /// merged line casts doubt. It is `current` while it is approved.
    pub pinned: Option<VersionKey>,
    /// Git ids of what is at `paths`, in their order: they also tell refused packages apart, which
    /// have no digest.
    pub git_ids: Vec<ObjectId>,
    /// Records that block every version.
    pub blocked_all: Vec<Digest>,
    /// Whether a merged line made less of a version, and no one has decided about it since:
    /// `line-conflict`.
    pub in_conflict: bool,
    /// Whether any version was ever granted, also when that grant was withdrawn since.
    pub ever_granted: bool,
    /// One version per (version, digest), in order of version, then landing.
    pub versions: Vec<VersionState>,
}

/// What names a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionKey {
    /// The version.
    pub version: Version,
    /// The bytes.
    pub digest: Digest,
}

/// One (version, digest).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct VersionState {
    /// Version and bytes.
    pub key: VersionKey,
    /// The landing at which these bytes were first in the tree under this version; `None` when they
    /// were only decided about.
    pub landed: Option<LandingRef>,
    /// Whether the tree at the head holds it.
    pub present: bool,
    /// Whether the bytes were there at the anchor.
    pub baseline: bool,
    /// The strongest flag.
    pub state: State,
    /// The landing at which the approve requirement was met.
    pub granted: Option<LandingRef>,
    /// The votes on which the grant rests, sorted by person; empty without one.
    pub basis: Vec<GrantVote>,
    /// Whether it was granted, and is now at a place that asks for more.
    pub outgrown: bool,
    /// When the grant ends.
    pub expires: Option<Timestamp>,
    /// Whether the grant has ended.
    pub expired: bool,
    /// One per requirement of every rule that applies; empty when no rule applies, which is never
    /// approved.
    pub requirements: Vec<RequirementStatus>,
    /// People whose reject holds it as a draft.
    pub rejected_by: BTreeSet<PrincipalName>,
    /// Principals who contributed, as they were matched.
    pub contributors: BTreeSet<PrincipalName>,
    /// Addresses of contributors who are not in the policy.
    pub unknown_contributors: BTreeSet<String>,
    /// Records about it, in order of landing.
    pub records: Vec<Digest>,
    /// Other subjects under which these bytes are blocked, and with them this version.
    pub blocked_as: BTreeSet<SubjectId>,
}

/// A vote on which a grant rests, as it was counted then: today's policy may ask for others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantVote {
    /// Who.
    pub principal: PrincipalName,
    /// Proved how.
    pub evidence: EvidenceKind,
    /// The record or, for a review that no record holds, what stands for it.
    pub record: Digest,
}

/// One requirement and who meets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequirementStatus {
    /// How many people.
    pub count: u32,
    /// From whom, as the policy writes it.
    pub from: Vec<String>,
    /// Evidence that counts.
    pub accept: EvidenceKinds,
    /// Line of the rule in `countersign.yaml`.
    pub line: u32,
    /// Who counts.
    pub counted: Vec<(PrincipalName, EvidenceKind)>,
    /// How many are missing.
    pub missing: u32,
    /// Who could still approve: in `from`, a person, no contributor, not yet counted.
    pub candidates: Vec<PrincipalName>,
    /// Those of `candidates` who cannot, because the policy lists no key of theirs that still works
    /// (and no account, where a review would do).
    pub keyless: Vec<PrincipalName>,
}

/// A record and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordStanding {
    /// Where it landed first.
    pub path: Arc<str>,
    /// The landing.
    pub landing: LandingRef,
    /// What it decides; `None` when it could not be read.
    pub decision: Option<DecisionKind>,
    /// Who claims to decide.
    pub principal: Option<PrincipalName>,
    /// Who wrote it down, where it is a review.
    pub recorded_by: Option<PrincipalName>,
    /// About what, in the order of its items; empty when it could not be read.
    pub subjects: Vec<SubjectId>,
    /// The signature files that lay beside it.
    pub signatures: Vec<(String, ObjectId)>,
    /// What was accepted, or why not.
    pub outcome: Outcome,
    /// Items of a record that lowers which have had their effect, by number.
    pub effects: Vec<u32>,
}

/// A review of which a forge told in this run, and what became of it. No record holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewStanding {
    /// Which review.
    pub at: ReviewRef,
    /// Whose; `None` when the account is no one's.
    pub principal: Option<PrincipalName>,
    /// The login that the forge shows; hostile text.
    pub login: Option<String>,
    /// What it is about; `None` when it counts for nothing at all.
    pub about: Option<(SubjectId, VersionKey)>,
    /// The proof, when it is an approval of what landed; it may have no effect all the same, which
    /// its event tells.
    pub outcome: Result<ReviewProof, ReviewFault>,
}

impl RecordStanding {
    /// What `rule` has against the record: where it landed, who decided what about which subject.
    pub fn observe(&self, rule: RuleId) -> Observation {
        let mut observation = Observation::new(rule)
            .place(Place::file(&*self.path))
            .landing(self.landing.position, self.landing.commit);
        observation.principal.clone_from(&self.principal);
        observation.subject = self.subjects.first().cloned();
        match self.decision {
            Some(decision) => observation.with(Fact::Decision, decision),
            None => observation,
        }
    }
}

/// What became of a record's evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Its author is proved.
    Accepted {
        /// By what.
        evidence: EvidenceKind,
        /// With which key.
        key: String,
    },
    /// It has no effect.
    Refused {
        /// The stable reason.
        rule: RuleId,
        /// Details for people; hostile text.
        detail: String,
    },
}

/// One thing that happened at a landing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub landing: LandingRef,
    /// What.
    pub action: Action,
    /// To what.
    pub subject: SubjectId,
    /// To which version.
    pub version: Option<Version>,
    /// To which policy, by serial.
    pub serial: Option<u64>,
    /// Over which bytes.
    pub digest: Option<Digest>,
    /// By whom.
    pub principal: Option<PrincipalName>,
    /// Why, as the record says; hostile text.
    #[serde(deserialize_with = "deserialize_shared_option")]
    pub reason: Option<Arc<str>>,
    /// Proved how.
    pub evidence: Option<EvidenceKind>,
    /// The record.
    pub record: Option<Digest>,
    /// The review that it records, or that was told of in this run.
    pub review: Option<Box<ReviewRef>>,
    /// Where the files or the record lie.
    #[serde(deserialize_with = "deserialize_shared_option")]
    pub path: Option<Arc<str>>,
    /// Whether it had effect.
    pub accepted: bool,
    /// Why not.
    pub refused_because: Option<RuleId>,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A record.
    Decision(DecisionKind),
    /// Bytes came into the tree.
    Landed,
    /// Bytes left the tree.
    Removed,
    /// The requirement of an approval was met.
    Granted,
    /// A changed policy came into the tree.
    PolicyProposed,
    /// A policy took effect.
    PolicyInForce,
    /// An earlier decision lost its effect, because its key was stolen by then.
    Voided,
}

impl Event {
    /// Something that had effect and of which no more is known.
    pub const fn new(landing: LandingRef, action: Action, subject: SubjectId) -> Self {
        Self {
            landing,
            action,
            subject,
            version: None,
            serial: None,
            digest: None,
            principal: None,
            reason: None,
            evidence: None,
            record: None,
            review: None,
            path: None,
            accepted: true,
            refused_because: None,
        }
    }
}

impl Action {
    /// The word shown to people and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision(kind) => kind.as_str(),
            Self::Landed => "landed",
            Self::Removed => "removed",
            Self::Granted => "granted",
            Self::PolicyProposed => "policy-proposed",
            Self::PolicyInForce => "policy-in-force",
            Self::Voided => "voided",
        }
    }
}

impl Ledger {
    /// The event by which a review that a forge told of took effect, or did not.
    pub fn review_event(&self, standing: &ReviewStanding) -> Option<&Event> {
        let (subject, key) = standing.about.as_ref()?;
        let told = |event: &&Event| {
            event.review.as_deref() == Some(&standing.at)
                && event.record.is_none()
                && event.subject == *subject
                && event.digest == Some(key.digest)
        };
        self.events.iter().rev().find(told)
    }

    /// Whether a review that a forge told of is an approval that counts.
    pub fn counts(&self, standing: &ReviewStanding) -> bool {
        standing.outcome.is_ok()
            && self
                .review_event(standing)
                .is_some_and(|event| event.accepted)
    }
}

impl Subject {
    /// The version with this key.
    pub fn version(&self, key: &VersionKey) -> Option<&VersionState> {
        self.versions.iter().rfind(|version| version.key == *key)
    }

    /// The version that the tree at the head holds.
    pub fn head_version(&self) -> Option<&VersionState> {
        self.head.as_ref().and_then(|key| self.version(key))
    }

    /// The current version.
    pub fn current_version(&self) -> Option<&VersionState> {
        self.current.as_ref().and_then(|key| self.version(key))
    }

    /// The version that represents the subject wherever one version is shown: the one in the tree;
    /// where its files are gone, the current one, else the one that landed last. `None` where the
    /// bytes in the tree cannot be identified, and where nothing ever landed.
    pub fn shown_version(&self) -> Option<&VersionState> {
        if !self.paths.is_empty() {
            return self.head_version();
        }
        let last = || {
            self.versions
                .iter()
                .max_by_key(|version| version.landed.map(|landing| landing.position))
        };
        self.current_version().or_else(last)
    }

    /// The state of [`Self::shown_version`]. Without one, a block of every version still applies,
    /// and anything else is a draft.
    pub fn shown_state(&self) -> State {
        match self.shown_version() {
            Some(version) => version.state,
            None if !self.blocked_all.is_empty() => State::Blocked,
            None => State::Draft,
        }
    }
}
