//! What the replay carries from landing to landing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::{CompromisedKeys, PolicyVersion};
use countersign_model::{
    Decision, Digest, ObjectId, Observation, Position, PrincipalName, SubjectId, Timestamp,
};

use super::compact::{Paths, append};
use super::elsewhere::{Conflict, Elsewhere, SubjectStates};
use super::input::{PackageAt, PolicyTree};
use super::ledger::{Event, LandingRef, PolicyRef, RecordStanding, ReviewStanding, VersionKey};
use super::provenance::Provenance;
use super::tracked_version::{Grant, Lifted, Standing, TrackedVersion, Vote};

/// The state machine: feed it landings in order, then ask for the ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lifecycle {
    pub(super) now: Timestamp,
    pub(super) ledger_time: Timestamp,
    /// Whether some landing's date lay after `now`, so that another `now` could give another ledger
    /// time.
    pub(super) saw_future: bool,
    pub(super) landings: Vec<Option<ObjectId>>,
    pub(super) head: LandingRef,
    pub(super) candidate: bool,
    pub(super) policy: PolicyState,
    pub(super) provenance: Provenance,
    pub(super) packages: BTreeMap<String, PackageAt>,
    /// Kept apart; see [`Subjects`].
    #[serde(skip)]
    pub(super) subjects: BTreeMap<SubjectId, SubjectState>,
    /// Records that revoke, by the digest that they revoke.
    pub(super) revoked: BTreeMap<Digest, Vec<Digest>>,
    /// Records that block bytes, by the digest of these and with the subject that each names. Kept
    /// when a block is lifted.
    pub(super) barred: BTreeMap<Digest, BTreeSet<(Digest, SubjectId)>>,
    /// Content of every one-file package, by its package digest.
    pub(super) one_file: BTreeMap<Digest, Digest>,
    /// Paths that a granted version ever occupied.
    pub(super) granted_paths: BTreeSet<String>,
    /// Paths of packages at which the bytes of the anchor were replaced or removed while governed.
    pub(super) left_baseline: BTreeSet<String>,
    pub(super) records: BTreeMap<Digest, RecordStanding>,
    /// Records that took effect although no landing brought their file into the tree.
    pub(super) dropped: BTreeSet<Digest>,
    /// Records that raise or reject a policy, by the first landing that made a copy of them on a
    /// side line reachable.
    pub(super) seen_on_side: BTreeMap<Digest, Position>,
    /// The policy that the landing being judged brings into force: what it raises must be met under
    /// that one, too.
    #[serde(skip)]
    pub(super) successor: Option<Arc<PolicyVersion>>,
    /// What the last landing brought from other lines.
    #[serde(skip)]
    pub(super) arriving: Arriving,
    /// What other lines say of decisions that they know.
    pub(super) elsewhere: Elsewhere,
    /// What came to less because of another line, until someone decides about it: by version, or by
    /// person.
    pub(super) conflicts: BTreeMap<(SubjectId, Option<VersionKey>), Conflict>,
    /// Landings that brought decisions or policies.
    pub(super) decided_at: BTreeSet<Position>,
    /// Landings with a decision that would have lowered something, and had no effect.
    pub(super) idle_at: BTreeSet<Position>,
    /// Approvals that granted a version on another line and that the tree never held.
    pub(super) left_behind: BTreeMap<(Digest, SubjectId), LeftBehind>,
    /// Batches of this landing of which other items have been judged already.
    pub(super) partly: BTreeSet<Digest>,
    pub(super) record_files: BTreeMap<Arc<str>, Digest>,
    /// Where the file of a record left the tree last.
    pub(super) removed_records: BTreeMap<Digest, Position>,
    /// What a forge told in this run; never kept.
    #[serde(skip)]
    pub(super) reviews: Vec<ReviewStanding>,
    pub(super) suspensions: BTreeMap<PrincipalName, Suspension>,
    /// Kept apart, too.
    #[serde(skip)]
    pub(super) events: Vec<Event>,
    pub(super) observations: Vec<Observation>,
}

/// What the state says of each subject. It is much of what a cache keeps, and so kept that its
/// parts can be read at once.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Subjects(BTreeMap<SubjectId, SubjectState>);

/// What the commits of one landing bring from other lines, until those lines are judged; see
/// `other_line`.
#[derive(Clone, Debug, Default)]
pub(super) struct Arriving {
    /// Whether another line has to be judged before the next landing.
    pub lines_wanted: bool,
    /// Whether these commits bring work of someone of the policy that is known here already.
    pub copied_work: bool,
    /// Decisions that raise, for those lines to say what they are worth.
    pub raising: Vec<(Digest, Arc<Decision>)>,
    /// Those of these commits that bring decisions or policies.
    pub deciding: BTreeSet<ObjectId>,
    /// Where commits of side lines bring files that belong to packages, or could.
    pub side_roots: BTreeSet<String>,
    /// Whether they change or remove something of a package that is as it was at the anchor.
    pub touches_baseline: bool,
    /// Who was suspended before.
    pub suspended: BTreeSet<PrincipalName>,
    /// What every version came to before; `None` where no line was compared.
    pub before: Option<BTreeMap<SubjectId, SubjectStates>>,
    /// Grants that those lines took back, until it is known whether other votes suffice.
    pub taken_back: Vec<(SubjectId, VersionKey, Grant)>,
    /// Subjects of which those lines changed something.
    pub dirty: BTreeSet<SubjectId>,
}

/// The policy in force, those before it, and what is proposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PolicyState {
    #[serde(skip)]
    pub versions: BTreeMap<Digest, Arc<PolicyVersion>>,
    pub in_force: Digest,
    pub since: PolicyRef,
    /// Every policy that was ever in force on this line.
    pub line: Vec<Digest>,
    /// The landing at which each of them came into force.
    pub began: BTreeMap<Digest, Position>,
    /// Keys that policies declare stolen, looked up once.
    #[serde(skip)]
    pub stolen: BTreeMap<Digest, CompromisedKeys>,
    /// The first principal under any of them to whom a key belonged, by its material.
    #[serde(skip)]
    pub holders: BTreeMap<Digest, PrincipalName>,
    pub tree: TreePolicy,
    /// By digest and serial, as the records name them.
    pub votes: BTreeMap<PolicyKey, BTreeMap<PrincipalName, Vec<Vote>>>,
    pub rejects: BTreeMap<PolicyKey, BTreeMap<PrincipalName, Digest>>,
    pub forks: Vec<Fork>,
    /// Forks that both lines have rejected.
    pub resolved: BTreeSet<Digest>,
    /// Policies that commits of side lines introduced.
    pub side: BTreeSet<Digest>,
    /// Administrators who approved a policy, by that policy and the one of this line under which
    /// they did.
    pub side_votes: BTreeMap<(Digest, Digest), BTreeSet<PrincipalName>>,
    /// Approvals of policies by people who were no administrators where these landed.
    pub unauthorized: BTreeSet<Digest>,
    /// Rejects of policies that their authors answered with an approval, on whatever line.
    pub answered: BTreeSet<(PrincipalName, Digest)>,
    /// The candidate's own policy, when it has every approval it takes.
    pub accepted: Option<Digest>,
    /// Set when the policy in force changed at the landing before: everything is judged again.
    pub changed: bool,
}

impl PolicyState {
    /// The landing at which a policy of this line was replaced by the next one.
    pub fn replaced_at(&self, digest: &Digest) -> Option<Position> {
        let index = self.line.iter().position(|known| known == digest)?;
        self.began.get(self.line.get(index + 1)?).copied()
    }
}

/// What names a policy in a decision.
pub(super) type PolicyKey = (Digest, u64);

/// [`PolicyTree`] by digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum TreePolicy {
    Version(Digest),
    Invalid(String),
    Missing,
    Irregular { path: String, why: String },
}

impl From<&PolicyTree> for TreePolicy {
    fn from(tree: &PolicyTree) -> Self {
        match tree {
            PolicyTree::Valid(version) => Self::Version(version.digest),
            PolicyTree::Invalid(why) => Self::Invalid(why.clone()),
            PolicyTree::Missing => Self::Missing,
            PolicyTree::Irregular { path, why } => Self::Irregular {
                path: path.clone(),
                why: why.clone(),
            },
        }
    }
}

/// A fully approved policy of another line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Fork {
    pub digest: Digest,
    pub serial: u64,
    pub at: LandingRef,
    /// The first landing that the two lines do not share.
    pub parted: Position,
    /// Rejects that were made once the fork was known here.
    pub rejects: BTreeMap<PrincipalName, Vec<Vote>>,
}

impl Fork {
    /// A rival that no one has rejected yet.
    pub fn new(version: &PolicyVersion, at: LandingRef, parted: Position) -> Self {
        Self {
            digest: version.digest,
            serial: version.policy.serial,
            at,
            parted,
            rejects: BTreeMap::new(),
        }
    }
}

/// An approval of the highest version that another line granted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LeftBehind {
    pub standing: RecordStanding,
    pub subject: SubjectId,
    pub key: VersionKey,
    /// What that line granted before.
    pub below: BTreeSet<VersionKey>,
    /// Whether that line had the record's file until others approved other bytes of this version. A
    /// branch that took it back first, and then tried again, had not.
    pub kept: bool,
}

/// A suspended principal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Suspension {
    pub blocks: Vec<Standing>,
    pub unblocks: BTreeMap<PrincipalName, Vec<Vote>>,
    pub lifted: Vec<Lifted>,
}

/// A subject.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SubjectState {
    pub versions: Vec<TrackedVersion>,
    /// Governed paths where it lies.
    pub present: BTreeSet<String>,
    /// Governed paths where it lies or last lay.
    pub last: BTreeSet<String>,
    /// Which digest lay there from which landing on; `None`: nothing, or not one digest.
    pub history: Vec<(Position, Option<Digest>)>,
    pub blocked_all: Vec<Standing>,
    /// Where the subject lay when it was blocked: lifting takes what is asked for there, too.
    pub blocked_paths: Paths,
    pub unblocks_all: BTreeMap<PrincipalName, Vec<Vote>>,
    pub lifted_all: Vec<Lifted>,
    pub pin: Option<Pin>,
    pub current: Option<VersionKey>,
    pub previous: Option<VersionKey>,
    pub ever_granted: bool,
}

/// A rollback's hold on the current version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pin {
    pub to: VersionKey,
    pub from: VersionKey,
    pub position: Position,
    pub basis: Vec<Vote>,
    /// Whether it only holds the other versions back, and makes none current: another line knows
    /// the rollback, and it has no such effect there; or it has it only there.
    pub holds_only: bool,
}

impl SubjectState {
    pub fn index(&self, key: &VersionKey) -> Option<usize> {
        self.versions
            .iter()
            .rposition(|tracked| tracked.key == *key)
    }

    pub fn tracked_mut(&mut self, key: &VersionKey) -> &mut TrackedVersion {
        let index = self.index(key).unwrap_or_else(|| {
            append(&mut self.versions, TrackedVersion::new(key.clone()));
            self.versions.len() - 1
        });
        &mut self.versions[index]
    }
}

impl Lifecycle {
    /// A state machine whose first landing will be the anchor, judged under its own policy.
    pub fn new(anchor_policy: Arc<PolicyVersion>, now: Timestamp) -> Self {
        let digest = anchor_policy.digest;
        let serial = anchor_policy.policy.serial;
        let mut new = Self {
            now,
            ledger_time: Timestamp::from_unix(i64::MIN),
            saw_future: false,
            landings: Vec::new(),
            head: LandingRef::default(),
            candidate: false,
            policy: PolicyState {
                versions: BTreeMap::from([(digest, anchor_policy)]),
                in_force: digest,
                since: PolicyRef {
                    serial,
                    digest: Some(digest),
                    since: LandingRef::default(),
                },
                line: vec![digest],
                began: BTreeMap::from([(digest, Position(0))]),
                stolen: BTreeMap::new(),
                holders: BTreeMap::new(),
                tree: TreePolicy::Version(digest),
                votes: BTreeMap::new(),
                rejects: BTreeMap::new(),
                forks: Vec::new(),
                resolved: BTreeSet::new(),
                side: BTreeSet::new(),
                side_votes: BTreeMap::new(),
                unauthorized: BTreeSet::new(),
                answered: BTreeSet::new(),
                accepted: None,
                changed: false,
            },
            provenance: Provenance::default(),
            packages: BTreeMap::new(),
            subjects: BTreeMap::new(),
            revoked: BTreeMap::new(),
            barred: BTreeMap::new(),
            one_file: BTreeMap::new(),
            granted_paths: BTreeSet::new(),
            left_baseline: BTreeSet::new(),
            records: BTreeMap::new(),
            dropped: BTreeSet::new(),
            seen_on_side: BTreeMap::new(),
            successor: None,
            arriving: Arriving::default(),
            elsewhere: Elsewhere::default(),
            conflicts: BTreeMap::new(),
            decided_at: BTreeSet::new(),
            idle_at: BTreeSet::new(),
            left_behind: BTreeMap::new(),
            partly: BTreeSet::new(),
            record_files: BTreeMap::new(),
            removed_records: BTreeMap::new(),
            reviews: Vec::new(),
            suspensions: BTreeMap::new(),
            events: Vec::new(),
            observations: Vec::new(),
        };
        let anchor = Arc::clone(new.policy());
        new.policy.hold_keys(&anchor);
        new
    }

    /// The policy under which the next landing will be judged.
    pub fn policy(&self) -> &Arc<PolicyVersion> {
        self.policy
            .versions
            .get(&self.policy.in_force)
            .expect("every policy that comes into force is kept in `versions`")
    }

    /// Every policy that was ever in force on this line, oldest first.
    pub fn policy_line(&self) -> impl Iterator<Item = &Arc<PolicyVersion>> {
        self.policy
            .line
            .iter()
            .filter_map(|digest| self.policy.versions.get(digest))
    }

    /// Whether some landing's date lies after `now`, so that another `now` could give another
    /// ledger time.
    pub const fn saw_future(&self) -> bool {
        self.saw_future
    }

    /// The digest of the record file at `path` in the tree of the last landing.
    pub fn record_file(&self, path: &str) -> Option<Digest> {
        self.record_files.get(path).copied()
    }

    /// Paths of the record files in that tree whose records landed at `position` or later.
    pub fn record_files_since(&self, position: usize) -> impl Iterator<Item = &str> {
        let since = move |digest: &Digest| {
            self.records
                .get(digest)
                .is_none_or(|known| known.landing.position.0 as usize >= position)
        };
        self.record_files
            .iter()
            .filter(move |(_, digest)| since(digest))
            .map(|(path, _)| &**path)
    }

    /// Every policy that the state refers to, for a cache to keep beside it.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<PolicyVersion>> {
        self.policy.versions.values()
    }

    /// What [`Subjects`] reads.
    pub fn subjects(&self) -> impl Serialize + '_ {
        &self.subjects
    }

    /// What has happened so far and was not taken.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Gives back the subjects and the events after the rest of the state was read.
    #[must_use]
    pub fn whole(self, subjects: Subjects, events: Vec<Event>) -> Self {
        Self {
            subjects: subjects.0,
            events,
            ..self
        }
    }

    /// Gives back the policies after the state was read from a cache; `false` when one is missing.
    pub fn restore(&mut self, versions: Vec<Arc<PolicyVersion>>) -> bool {
        self.policy.versions = versions
            .into_iter()
            .map(|version| (version.digest, version))
            .collect();
        let known = |digest: &Digest| self.policy.versions.contains_key(digest);
        let tree = match &self.policy.tree {
            TreePolicy::Version(digest) => known(digest),
            _ => true,
        };
        let whole = tree
            && known(&self.policy.in_force)
            && self.policy.line.iter().all(known)
            && self.policy.side.iter().all(known)
            && self.policy.forks.iter().all(|fork| known(&fork.digest));
        for version in self.policy_line().cloned().collect::<Vec<_>>() {
            self.policy.hold_keys(&version);
        }
        for version in self.policy.versions.values().cloned().collect::<Vec<_>>() {
            self.note_stolen(&version);
        }
        whole
    }

    /// Whether the state would be the same had it been built with this `now`; if so it is from here
    /// on.
    pub fn adopt_now(&mut self, now: Timestamp) -> bool {
        let same = !self.saw_future && now >= self.ledger_time;
        if same {
            self.now = now;
        }
        same
    }

    /// The landings so far, the anchor first; `None` where no commit holds one.
    pub fn landings(&self) -> impl Iterator<Item = Option<ObjectId>> {
        self.landings.iter().copied()
    }

    /// The blobs from which work at `path` may have come, each once, when a landing removes what is
    /// at the `removed` paths.
    pub fn sources<'p>(
        &self,
        path: &[u8],
        removed: impl Iterator<Item = &'p [u8]>,
    ) -> Vec<ObjectId> {
        self.provenance.sources(path, removed)
    }

    /// Every commit that has arrived: the landings and what they brought.
    pub fn arrived(&self) -> impl Iterator<Item = ObjectId> {
        self.landings
            .iter()
            .copied()
            .flatten()
            .chain(self.provenance.commits())
    }

    /// Whether a record with this digest has been judged.
    pub fn knows_record(&self, digest: &Digest) -> bool {
        self.records.contains_key(digest)
    }

    /// Whether the policy in force changed at the last landing, so that packages must be identified
    /// again with [`Self::remap`].
    pub const fn policy_changed(&self) -> bool {
        self.policy.changed
    }

    /// Paths and packages as last told.
    pub const fn packages(&self) -> &BTreeMap<String, PackageAt> {
        &self.packages
    }
}
