//! Approvals of another line that never came into the tree, and whether they are missed.

use std::collections::BTreeSet;

use countersign_model::Digest;

use super::current::higher;
use super::ledger::{RecordStanding, VersionKey};
use super::state::{LeftBehind, Lifecycle, SubjectState};
use super::tracked_version::{Grant, TrackedVersion};

impl Lifecycle {
    /// Notes the highest granted version of each subject of the other line, where the records that
    /// granted it never came into the tree.
    pub(super) fn note_left_behind(&mut self, line: &Self) {
        for (id, theirs) in &line.subjects {
            let granted = || {
                theirs
                    .versions
                    .iter()
                    .filter(|tracked| ever_granted(tracked).is_some())
            };
            let Some(highest) = granted()
                .reduce(|best, tracked| if higher(tracked, best) { tracked } else { best })
            else {
                continue;
            };
            let below: BTreeSet<VersionKey> = granted()
                .map(|tracked| tracked.key.clone())
                .filter(|key| *key != highest.key)
                .collect();
            // Two grants of one version are an error on that line, so both have to be known here.
            for tracked in granted().filter(|tracked| tracked.key.version == highest.key.version) {
                for (_, vote) in ever_granted(tracked)
                    .into_iter()
                    .flat_map(|grant| &grant.basis)
                {
                    let Some(standing) = line.records.get(&vote.record) else {
                        continue;
                    };
                    let standing = RecordStanding {
                        landing: self.head,
                        ..standing.clone()
                    };
                    let kept = line.record_files.get(&standing.path) == Some(&vote.record)
                        || line.is_taken_back_late(theirs, tracked, &vote.record);
                    let left = LeftBehind {
                        standing,
                        subject: id.clone(),
                        key: tracked.key.clone(),
                        below: below.clone(),
                        kept,
                    };
                    self.left_behind.insert((vote.record, id.clone()), left);
                    // So that someone can decide about it here.
                    let state = self.subjects.entry(id.clone()).or_default();
                    let known = &mut state.tracked_mut(&tracked.key).records;
                    if !known.contains(&vote.record) {
                        known.push(vote.record);
                    }
                }
            }
        }
    }

    /// Approvals of another line that granted nothing here although nothing that was granted here
    /// takes the place of what they granted, and the tree does not hold it either: then the
    /// first-parent line was swapped, and an older version passes for the newest. That the files of
    /// the approvals are here does not matter: anyone can copy them.
    pub(super) fn left_behind(&self) -> impl Iterator<Item = (&Digest, &LeftBehind)> {
        let all = self.left_behind.iter();
        let all = all.map(|((record, _), left)| (record, left));
        all.filter(|(_, left)| {
            let state = self.subjects.get(&left.subject);
            let twin = |key: &VersionKey| key.version == left.key.version && left.kept;
            let replaced = state.is_some_and(|state| {
                let others = state
                    .versions
                    .iter()
                    .filter(|tracked| tracked.grant.is_some() && tracked.key != left.key);
                // Only the same version or a higher one takes its place: a lower one may be approved
                // later, and is older all the same.
                let replaces =
                    |tracked: &TrackedVersion| tracked.key.version.rank(&left.key.version).is_ge();
                others.into_iter().any(|tracked| {
                    !left.below.contains(&tracked.key) && !twin(&tracked.key) && replaces(tracked)
                })
            });
            let granted_here = state.is_some_and(|state| {
                state
                    .versions
                    .iter()
                    .any(|tracked| tracked.grant.is_some() && tracked.key == left.key)
            });
            let head = state.and_then(|state| self.head_key(state));
            let there = head.as_ref() == Some(&left.key);
            // What is in the tree passes for nothing yet, and is an error of its own. Only what was
            // there before governance passes without a grant: `weigh_with` has noted that another
            // line granted a version, which ends every other exception.
            let draft = state.zip(head).is_some_and(|(state, head)| {
                state.index(&head).is_some_and(|index| {
                    let tracked = &state.versions[index];
                    tracked.grant.is_none() && !tracked.baseline
                })
            });
            let decided = state.is_some_and(|state| self.is_refused_since(state, left));
            !granted_here && !replaced && !there && !draft && !decided
        })
    }
}

impl Lifecycle {
    /// Whether an approval's file left the tree after other bytes of its version were approved: then
    /// these did not take its place.
    fn is_taken_back_late(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        record: &Digest,
    ) -> bool {
        let Some(removed) = self.removed_records.get(record) else {
            return false;
        };
        let twins = state.versions.iter().filter(|other| {
            other.key.version == tracked.key.version && other.key.digest != tracked.key.digest
        });
        let mut votes = twins.flat_map(|twin| twin.approvals.values().flatten());
        votes.any(|vote| vote.position < *removed)
    }

    /// Whether someone has decided against a version since the line that approved it came.
    fn is_refused_since(&self, state: &SubjectState, left: &LeftBehind) -> bool {
        let tracked = state.index(&left.key).map(|index| &state.versions[index]);
        let mut records = tracked.into_iter().flat_map(|tracked| &tracked.records);
        records.any(|record| {
            self.records.get(record).is_some_and(|standing| {
                let lowers = standing.decision.is_some_and(|kind| !kind.raises());
                let later = standing.landing.position > left.standing.landing.position;
                lowers && later && !standing.effects.is_empty()
            })
        })
    }
}

/// The grant of a version, also one that a stricter place took away.
pub(super) fn ever_granted(tracked: &TrackedVersion) -> Option<&Grant> {
    tracked
        .grant
        .as_deref()
        .or(tracked.marks.outgrown.as_deref())
}
