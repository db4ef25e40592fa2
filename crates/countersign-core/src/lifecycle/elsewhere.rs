//! What other lines have made of decisions that someone can still copy here.
//!
//! A merge makes another line reachable, and anyone who may push can copy its signed records to
//! this line afterwards, one by one and in any order. So what that line made of them is kept with the
//! state: `other_line` fills it in, and whatever raises asks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use countersign_model::{Digest, PrincipalName, State, SubjectId, Timestamp};

use super::ledger::{LandingRef, VersionKey};
use super::tracked_version::{TrackedVersion, Vote};

/// What other lines say of decisions that they know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    /// Votes that do not count there, with the version for which they do not.
    pub worthless: BTreeSet<(Digest, VersionKey)>,
    /// Unblocks of people and of whole subjects and approvals of policies that have no effect there.
    pub without_effect: BTreeSet<Digest>,
    /// Rollbacks that have no effect there on a subject.
    pub rollbacks: BTreeSet<(Digest, SubjectId)>,
    /// Votes on bytes that never landed there.
    pub early: BTreeMap<Digest, Vec<EarlyVote>>,
    /// Votes that count there and do not suffice, or not for good.
    pub limits: BTreeMap<Effect, Vec<Limit>>,
}

/// A vote that another line took in before its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EarlyVote {
    /// The policy under which it was cast there.
    pub under: Digest,
    /// Every policy of that line.
    pub policies: BTreeSet<Digest>,
}

/// What votes can bring about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Effect {
    Grant(VersionKey),
    ClearFlags(VersionKey),
    Unblock(VersionKey),
    UnblockAll(SubjectId),
    Readmit(PrincipalName),
    RollBackFrom(VersionKey),
}

/// Votes that another line knows, and what they come to there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limit {
    pub votes: BTreeSet<Digest>,
    /// The policies by which that line has judged them.
    pub policies: BTreeSet<Digest>,
    /// Until when they suffice there; `None` if they do not.
    pub until: Option<Timestamp>,
}

impl Elsewhere {
    /// Adds what another line says of the votes for an effect.
    pub fn limit(&mut self, effect: Effect, limit: Limit) {
        if limit.votes.is_empty() || limit.policies.is_empty() {
            return;
        }
        let known = self.limits.entry(effect).or_default();
        if !known.contains(&limit) {
            known.push(limit);
        }
    }

    /// Keeps under which policy another line took a vote in before its bytes.
    pub fn note_early(&mut self, record: Digest, vote: EarlyVote) {
        let known = self.early.entry(record).or_default();
        if !known.contains(&vote) {
            known.push(vote);
        }
    }

    /// Whether a vote does not count for this version on another line that knows it.
    pub fn is_worthless(&self, vote: &Vote, tracked: &TrackedVersion) -> bool {
        self.without_effect.contains(&vote.record)
            || !self.worthless.is_empty()
                && self.worthless.contains(&(vote.record, tracked.key.clone()))
    }

    /// Whether any other line limits what votes can bring about.
    pub fn is_limited(&self, effect: &Effect) -> bool {
        self.limits.contains_key(effect)
    }

    /// Whether another line knows all of these votes, has judged them by this policy, and they do
    /// not suffice there: they came here in another order.
    pub fn is_insufficient<'v>(
        &self,
        effect: &Effect,
        votes: impl Iterator<Item = &'v Vote> + Clone,
        policy: &Digest,
    ) -> bool {
        self.limits_of(effect, votes, policy)
            .any(|limit| limit.until.is_none())
    }

    /// Until when these votes suffice on other lines that know all of them; `None` for good.
    pub fn sufficient_until<'v>(
        &self,
        effect: &Effect,
        votes: impl Iterator<Item = &'v Vote> + Clone,
        policy: &Digest,
    ) -> Option<Timestamp> {
        self.limits_of(effect, votes, policy)
            .filter_map(|limit| limit.until)
            .min()
    }

    fn limits_of<'l, 'v>(
        &'l self,
        effect: &Effect,
        votes: impl Iterator<Item = &'v Vote> + Clone,
        policy: &Digest,
    ) -> impl Iterator<Item = &'l Limit> {
        let limits = self.limits.get(effect).into_iter().flatten();
        limits.filter(move |limit| {
            limit.policies.contains(policy)
                && votes.clone().all(|vote| limit.votes.contains(&vote.record))
        })
    }
}

/// What a subject comes to, before or after other lines are compared.
#[derive(Clone, Debug, Default)]
pub(super) struct SubjectStates {
    pub versions: BTreeMap<VersionKey, VersionStanding>,
    pub current: Option<VersionKey>,
}

/// What a version comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VersionStanding {
    pub state: State,
    pub granted: bool,
    /// When the grant ends.
    pub expires: Option<Timestamp>,
}

/// What became less because of another line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Conflict {
    /// The landing that brought the line.
    pub at: LandingRef,
    pub was: String,
    pub is: String,
}
