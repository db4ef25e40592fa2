//! One version of a subject: what was decided about it, by whom, and on which evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use countersign_model::{
    Digest, EvidenceKind, Name, Policy, Position, PrincipalName, Risk, SubjectId, Timestamp,
    Version,
};
use countersign_signature::KeyHandle;

use super::compact::Paths;
use super::input::PackageAt;
use super::ledger::{GrantVote, LandingRef, VersionKey};
use super::profile::SubjectProfile;

/// A raising decision of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vote {
    pub record: Digest,
    pub position: Position,
    /// The landing that made the first copy of the record reachable, on whatever line it was.
    pub seen: Position,
    pub time: Timestamp,
    pub expires: Option<Timestamp>,
    pub evidence: EvidenceKind,
    pub key: Option<KeyHandle>,
    pub listings: Vec<KeyHandle>,
    /// The policy in force at its landing: who was not asked for then has not decided.
    pub policy: Digest,
    pub answers: Vec<Digest>,
}

/// A deprecation, archiving or rollback of a version that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flag {
    pub record: Digest,
    pub position: Position,
    /// When the record says that it was made.
    pub time: Timestamp,
}

impl Flag {
    /// Whether `vote` was cast over the flag: it names the flag's record, or it became reachable
    /// later and was signed later.
    ///
    /// A vote that names the record is the later decision, no matter which of the two lands first:
    /// a merge can bring them in either order. Only within one landing the flag wins. Without the name, position alone is not enough: a
    /// person who held back an older approval, or copies it to another line, chooses where it
    /// lands. A review can be learned or recorded long after it was given, so it never clears a
    /// flag.
    pub fn is_cleared_by(&self, vote: &Vote) -> bool {
        let signed_over_it = vote.answers.contains(&self.record) && vote.position != self.position
            || vote.seen > self.position && vote.time > self.time;
        vote.evidence != EvidenceKind::Review && signed_over_it
    }

    /// Whether `vote` was signed over the flag, as far as its own text says, wherever either landed.
    pub fn was_signed_before(&self, vote: &Vote) -> bool {
        let later = vote.time > self.time || vote.answers.contains(&self.record);
        vote.evidence != EvidenceKind::Review && later
    }
}

/// A record that stands, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub record: Digest,
    pub position: Position,
}

/// Blocks that an unblock lifted, kept so that a stolen key's unblock can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lifted {
    pub blocks: Vec<Standing>,
    /// What `blocked_paths` held then.
    pub paths: Paths,
    pub basis: Vec<Vote>,
}

/// The unblocks that lift all of `blocks`: those that name each of them. Which of the two landed
/// first does not matter, because what a decision names was there when it was made; only within one
/// landing the block wins.
pub(super) fn lifting(
    unblocks: &BTreeMap<PrincipalName, Vec<Vote>>,
    blocks: &[Standing],
) -> BTreeMap<PrincipalName, Vec<Vote>> {
    let names_all = |vote: &&Vote| {
        blocks
            .iter()
            .all(|block| vote.answers.contains(&block.record) && vote.position != block.position)
    };
    unblocks
        .iter()
        .map(|(name, votes)| {
            (
                name.clone(),
                votes.iter().filter(names_all).cloned().collect(),
            )
        })
        .collect()
}

/// One (version, digest).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TrackedVersion {
    pub key: VersionKey,
    pub landed: Option<LandingRef>,
    /// The last landing at which these bytes came (back) into the tree.
    pub landed_last: Option<Position>,
    pub baseline: bool,
    /// Whether they left the place that they had at the anchor, here or on a line that was merged.
    pub left: bool,
    /// What its documents said where it lies or last lay.
    pub described: Option<Described>,
    pub paths: Paths,
    pub approvals: BTreeMap<PrincipalName, Vec<Vote>>,
    pub marks: Marks,
    pub grant: Option<Box<Grant>>,
    pub records: Vec<Digest>,
    /// Whether bytes or votes moved since the version was judged.
    pub fresh: bool,
}

/// What was decided about a version but its approval. Most versions have none of it, and then it
/// takes no memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Marks(Option<Box<Decided>>);

/// What [`Marks`] hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Decided {
    /// Revocations of these bytes, or of a file in them, that do not bind this version.
    pub spared: Vec<Digest>,
    pub rejects: BTreeMap<PrincipalName, Standing>,
    pub blocks: Vec<Standing>,
    pub blocked_paths: Paths,
    pub unblocks: BTreeMap<PrincipalName, Vec<Vote>>,
    pub lifted: Vec<Lifted>,
    pub deprecated: Vec<Flag>,
    pub archived: Vec<Flag>,
    pub rolled_back: Vec<Flag>,
    pub rollbacks: BTreeMap<Version, BTreeMap<PrincipalName, Vote>>,
    /// Who may not approve these bytes by what another line knows of their authors.
    pub authors: BTreeSet<PrincipalName>,
    /// Whether another line took its grant back. It keeps its name and its rank all the same.
    pub taken_back: bool,
    /// The grant that a stricter place took away.
    pub outgrown: Option<Box<Grant>>,
}

impl Decided {
    /// Records that lower the version, as long as they are in force.
    pub fn lowering(&self) -> impl Iterator<Item = Digest> + '_ {
        let flags = self
            .deprecated
            .iter()
            .chain(&self.archived)
            .chain(&self.rolled_back)
            .map(|flag| flag.record);
        self.blocks.iter().map(|block| block.record).chain(flags)
    }

    /// Whether anything lowers the version.
    pub fn is_lowered(&self) -> bool {
        self.lowering().next().is_some()
    }
}

impl Deref for Marks {
    type Target = Decided;

    fn deref(&self) -> &Decided {
        static NOTHING: Decided = Decided {
            spared: Vec::new(),
            rejects: BTreeMap::new(),
            blocks: Vec::new(),
            blocked_paths: Paths::new(),
            unblocks: BTreeMap::new(),
            lifted: Vec::new(),
            deprecated: Vec::new(),
            archived: Vec::new(),
            rolled_back: Vec::new(),
            rollbacks: BTreeMap::new(),
            authors: BTreeSet::new(),
            taken_back: false,
            outgrown: None,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Marks {
    fn deref_mut(&mut self) -> &mut Decided {
        self.0.get_or_insert_default()
    }
}

/// What decides, beside the paths, over the rules that apply.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Described {
    pub subject: SubjectId,
    pub declared_name: Option<Name>,
    pub risk: Option<Risk>,
}

impl Described {
    pub fn of(package: &PackageAt) -> Self {
        Self {
            subject: package.subject.clone(),
            declared_name: package.declared_name.clone(),
            risk: package.risk,
        }
    }

    /// What is asked for at `path`.
    pub fn profile<'p>(&self, policy: &'p Policy, path: &str) -> SubjectProfile<'p> {
        SubjectProfile::of(
            policy,
            &self.subject,
            path,
            self.declared_name.as_ref(),
            self.risk,
        )
    }
}

/// A met requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    pub at: LandingRef,
    pub expires: Option<Timestamp>,
    pub policy: Digest,
    pub basis: Box<[(PrincipalName, Vote)]>,
    pub paths: Paths,
    /// The version that was current immediately before.
    pub predecessor: Option<VersionKey>,
}

impl Grant {
    pub fn expired(&self, at: Timestamp) -> bool {
        self.expires.is_some_and(|end| at >= end)
    }

    /// What it rests on, for views.
    pub fn votes(&self) -> Vec<GrantVote> {
        let vote = |(principal, vote): &(PrincipalName, Vote)| GrantVote {
            principal: principal.clone(),
            evidence: vote.evidence,
            record: vote.record,
        };
        let mut votes: Vec<GrantVote> = self.basis.iter().map(vote).collect();
        votes.sort();
        votes
    }
}

impl TrackedVersion {
    pub fn new(key: VersionKey) -> Self {
        Self {
            key,
            landed: None,
            landed_last: None,
            baseline: false,
            left: false,
            described: None,
            paths: Paths::default(),
            approvals: BTreeMap::new(),
            marks: Marks::default(),
            grant: None,
            records: Vec::new(),
            fresh: true,
        }
    }

    /// The version as if it also lay where it was blocked, and wherever `policy` governs a place for
    /// which it was granted: lifting a block takes what is asked for at each of them. Where it
    /// governs none of them, what is asked for where the subject lies or last lay.
    pub fn to_unblock(&self, blocked: &Paths, last: &BTreeSet<String>, policy: &Policy) -> Self {
        let mut tracked = self.clone();
        tracked.paths.extend(blocked.iter().cloned());
        let governed = |path: &&Arc<str>| policy.entries_for(path.as_bytes()).next().is_some();
        tracked.paths.extend(
            self.grant
                .iter()
                .flat_map(|grant| grant.paths.iter().filter(governed))
                .cloned(),
        );
        if !tracked.paths.iter().any(|path| governed(&path)) {
            tracked.paths.extend(
                last.iter()
                    .map(|path| Arc::from(path.as_str()))
                    .filter(|path| governed(&path)),
            );
        }
        tracked
    }

    /// Whether the version is granted, or would be if another line did not know better.
    pub fn was_granted(&self) -> bool {
        self.grant.is_some() || self.marks.taken_back
    }

    /// Whether an approval of `name` names one of their own rejects, and so was made after it.
    pub fn is_answered_by(&self, name: &PrincipalName, reject: &Digest) -> bool {
        let votes = self.approvals.get(name).into_iter().flatten();
        votes.into_iter().any(|vote| vote.answers.contains(reject))
    }

    /// Whether the grant holds at `time`.
    pub fn granted(&self, time: Timestamp) -> bool {
        self.grant
            .as_ref()
            .is_some_and(|grant| !grant.expired(time))
    }
}
