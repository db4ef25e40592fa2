//! What other lines have made of decisions that someone can still copy here.
//!
//! A merge makes another line reachable, and whoever may push can copy its signed records to this
//! line afterwards, one by one and in any order. So what that line made of them is kept with the
//! state: [`Lifecycle::join`] fills it in, and whatever raises asks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use countersign_model::Digest;

use super::ledger::VersionKey;
use super::state::Lifecycle;
use super::tracked_version::{TrackedVersion, Vote};

/// What other lines say of decisions that they know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Elsewhere {
    /// Votes that do not count there, with the version for which they do not.
    pub worthless: BTreeSet<(Digest, VersionKey)>,
    /// Unblocks of people and of whole subjects, approvals of policies and rollbacks that have no
    /// effect there.
    pub without_effect: BTreeSet<Digest>,
    /// Votes that count there and do not suffice.
    pub insufficient: BTreeMap<VersionKey, Vec<Insufficient>>,
}

/// Votes on a version that another line knows and does not grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Insufficient {
    pub votes: BTreeSet<Digest>,
    /// The policies by which that line has judged them.
    pub policies: BTreeSet<Digest>,
}

impl Lifecycle {
    /// Whether a vote does not count for this version on another line that knows it.
    pub(super) fn is_worthless(&self, vote: &Vote, row: &TrackedVersion) -> bool {
        self.worthless_elsewhere(&vote.record)
            || !self.elsewhere.worthless.is_empty()
                && self
                    .elsewhere
                    .worthless
                    .contains(&(vote.record, row.key.clone()))
    }

    /// Whether a decision has no effect on another line that knows it.
    pub(super) fn worthless_elsewhere(&self, record: &Digest) -> bool {
        self.elsewhere.without_effect.contains(record)
    }

    /// Whether another line knows all of these votes on a version, has judged them by this policy,
    /// and does not grant it: they came here in another order.
    pub(super) fn is_insufficient<'v>(
        &self,
        key: &VersionKey,
        votes: impl Iterator<Item = &'v Vote> + Clone,
        policy: &Digest,
    ) -> bool {
        let known = self.elsewhere.insufficient.get(key);
        known.into_iter().flatten().any(|known| {
            known.policies.contains(policy)
                && votes.clone().all(|vote| known.votes.contains(&vote.record))
        })
    }
}
