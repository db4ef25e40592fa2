//! Which votes suffice: what lifts blocks, grants a version, renews its grant and clears its flags.

use std::collections::BTreeMap;

use crate::evidence::PolicyVersion;
use countersign_model::{PrincipalName, SubjectId, Timestamp};

use super::compact::append;
use super::decide::reused;
use super::elsewhere::Effect;
use super::ledger::{Action, Event, LandingRef, VersionKey};
use super::profile::{SubjectProfile, earliest};
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::{Grant, Lifted, TrackedVersion, Vote, lifting};
use super::vote::Count;

impl Lifecycle {
    /// Judges the votes of a subject: lifts blocks, grants, renews, clears flags.
    pub(super) fn judge_subject(&mut self, at: LandingRef, id: &SubjectId, under: &PolicyVersion) {
        let Some(mut state) = self.subjects.remove(id) else {
            return;
        };
        self.bar_bytes(id, &state, under);
        self.lift_all(id, &mut state, under);
        // A grant frees the contributors of versions that landed after it, also of those that are
        // granted: approvals of them that did not count may now do, make a grant hold longer or
        // clear a flag. So versions are judged until none is granted any more: their order must not
        // matter.
        loop {
            let mut earliest = None;
            for index in 0..state.versions.len() {
                if !self.needs_judging(&state.versions[index]) {
                    continue;
                }
                // No version is judged by what it says itself.
                let key = state.versions[index].key.clone();
                let mut tracked =
                    std::mem::replace(&mut state.versions[index], TrackedVersion::new(key));
                tracked.fresh = false;
                let granted = tracked.grant.is_some();
                self.judge_version(at, id, &state, &mut tracked, under);
                if tracked.grant.is_some() && !granted {
                    let landed = tracked.landed.map(|landing| landing.position);
                    earliest = earliest.map_or(landed, |earliest| landed.min(Some(earliest)));
                    state.ever_granted = true;
                }
                state.versions[index] = tracked;
            }
            let Some(earliest) = earliest else { break };
            for tracked in state.versions.iter_mut().filter(|tracked| {
                tracked
                    .landed
                    .is_some_and(|landing| landing.position > earliest)
            }) {
                tracked.fresh = true;
            }
        }
        self.subjects.insert(id.clone(), state);
    }

    /// Votes change a version only when there are some, and a grant that holds only when its bytes or
    /// votes moved.
    fn needs_judging(&self, tracked: &TrackedVersion) -> bool {
        if tracked.approvals.is_empty() && tracked.marks.unblocks.is_empty() {
            return false;
        }
        tracked.fresh || !tracked.granted(self.now_at()) || !tracked.marks.blocks.is_empty()
    }

    fn lift_all(&self, id: &SubjectId, state: &mut SubjectState, under: &PolicyVersion) {
        if state.blocked_all.is_empty() || state.unblocks_all.is_empty() {
            return;
        }
        let unblocks = lifting(&state.unblocks_all, &state.blocked_all);
        let effect = Effect::UnblockAll(id.clone());
        // The requirement of every version that is in the tree, was there last, or was granted:
        // each must be met.
        let concerned = |tracked: &&TrackedVersion| {
            let there = tracked
                .paths
                .iter()
                .any(|path| state.last.contains(&**path) || state.blocked_paths.contains(path));
            tracked.landed.is_some() && (there || tracked.grant.is_some())
        };
        let versions =
            state.versions.iter().filter(concerned).map(|tracked| {
                tracked.to_unblock(&state.blocked_paths, &state.last, &under.policy)
            });
        let count = |tracked: TrackedVersion| {
            self.suffice(&effect, under, state, &tracked, &unblocks)?
                .votes()
        };
        let lifting: Option<Vec<Vec<Vote>>> = versions.map(count).collect();
        if let Some(votes) = lifting.filter(|votes| !votes.is_empty()) {
            let basis = votes.concat();
            let blocks = std::mem::take(&mut state.blocked_all);
            let paths = std::mem::take(&mut state.blocked_paths);
            state.lifted_all.push(Lifted {
                blocks,
                paths,
                basis,
            });
        }
    }

    fn judge_version(
        &mut self,
        at: LandingRef,
        id: &SubjectId,
        state: &SubjectState,
        tracked: &mut TrackedVersion,
        under: &PolicyVersion,
    ) {
        let now = self.now_at();
        if self.is_revoked(tracked) || tracked.landed.is_none() {
            return;
        }
        if !tracked.marks.blocks.is_empty() && !tracked.marks.unblocks.is_empty() {
            let targets =
                tracked.to_unblock(&tracked.marks.blocked_paths, &state.last, &under.policy);
            let unblocks = lifting(&tracked.marks.unblocks, &tracked.marks.blocks);
            let effect = Effect::Unblock(tracked.key.clone());
            let enough = self
                .suffice(&effect, under, state, &targets, &unblocks)
                .and_then(|count| count.votes());
            if let Some(basis) = enough {
                let blocks = std::mem::take(&mut tracked.marks.blocks);
                let paths = std::mem::take(&mut tracked.marks.blocked_paths);
                tracked.marks.lifted.push(Lifted {
                    blocks,
                    paths,
                    basis,
                });
            }
        }
        self.follow_paths(under, state, tracked);
        if !tracked.marks.blocks.is_empty()
            || !state.blocked_all.is_empty()
            || tracked.approvals.is_empty()
            || self.barring(tracked).next().is_some()
        {
            return;
        }
        if tracked
            .marks
            .rejects
            .keys()
            .any(|name| under.policy.principals.contains_key(name))
        {
            return;
        }
        if reused(state, tracked) {
            return;
        }
        let effect = Effect::Grant(tracked.key.clone());
        let Some(count) = self.suffice(&effect, under, state, tracked, &tracked.approvals) else {
            return;
        };
        let renews = tracked
            .grant
            .as_ref()
            .is_none_or(|grant| grant.expired(now));
        let longer = tracked.grant.as_ref().is_some_and(|grant| {
            grant.expires.is_some() && (count.expires.is_none() || count.expires > grant.expires)
        });
        let outlived = self.outlived(state, tracked, under);
        let cleared = outlived.contains(&true);
        if renews || longer || cleared {
            // A longer one is the same grant; only an ended or cleared one starts again.
            let at = tracked
                .grant
                .as_ref()
                .filter(|_| !renews && !cleared)
                .map_or(at, |grant| grant.at);
            let basis = count
                .basis
                .iter()
                .map(|(name, vote)| ((*name).clone(), (*vote).clone()))
                .collect();
            let (expires, policy, mut paths) = (count.expires, under.digest, tracked.paths.clone());
            drop(count);
            paths.extend(
                tracked
                    .grant
                    .iter()
                    .filter(|_| !renews && !cleared)
                    .flat_map(|grant| &grant.paths)
                    .cloned(),
            );
            let was_current = state.current.as_ref() == Some(&tracked.key);
            let known = tracked.grant.take().and_then(|grant| grant.predecessor);
            let predecessor = if was_current || !(renews || cleared) {
                known
            } else {
                state.current.clone().or(known)
            };
            tracked.grant = Some(Box::new(Grant {
                at,
                expires,
                policy,
                basis,
                paths,
                predecessor,
            }));
        }
        if cleared {
            let marks = &mut *tracked.marks;
            let flags = [
                &mut marks.deprecated,
                &mut marks.archived,
                &mut marks.rolled_back,
            ];
            flags
                .into_iter()
                .zip(outlived)
                .filter(|(_, outlived)| *outlived)
                .for_each(|(flags, _)| flags.clear());
        }
        if renews || cleared {
            self.granted_paths
                .extend(tracked.paths.iter().map(ToString::to_string));
            append(&mut self.events, granted_event(at, id, &tracked.key));
        }
    }

    /// Which flags (deprecated, archived, rolled back) are cleared, because the votes that were
    /// cast over them meet the requirement on their own.
    fn outlived(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        under: &PolicyVersion,
    ) -> [bool; 3] {
        [
            &tracked.marks.deprecated,
            &tracked.marks.archived,
            &tracked.marks.rolled_back,
        ]
        .map(|flags| {
            if flags.is_empty() {
                return false;
            }
            let later = |vote: &&Vote| flags.iter().all(|flag| flag.is_cleared_by(vote));
            let votes = tracked
                .approvals
                .iter()
                .map(|(name, votes)| (name.clone(), votes.iter().filter(later).cloned().collect()))
                .collect();
            let effect = Effect::ClearFlags(tracked.key.clone());
            self.suffice(&effect, under, state, tracked, &votes)
                .is_some()
        })
    }

    /// The count of votes that suffice for an effect: under the policy in force, the one that this
    /// landing brings into force, and those of other lines that know them. `None` if they do not.
    fn suffice<'c>(
        &self,
        effect: &Effect,
        under: &'c PolicyVersion,
        state: &SubjectState,
        tracked: &TrackedVersion,
        votes: &'c BTreeMap<PrincipalName, Vec<Vote>>,
    ) -> Option<Count<'c>> {
        let now = self.now_at();
        let mut count = self.count(under, state, tracked, votes, now);
        if !count.met || !self.met_next(state, tracked, votes) {
            return None;
        }
        if self.elsewhere.is_limited(effect) {
            count.rest_on_all();
            let basis = count.basis.iter().map(|(_, vote)| *vote);
            let until = self
                .elsewhere
                .sufficient_until(effect, basis.clone(), &under.digest);
            if self.elsewhere.is_insufficient(effect, basis, &under.digest)
                || until.is_some_and(|until| now >= until)
            {
                return None;
            }
            count.expires = earliest(count.expires, until);
        }
        Some(count)
    }

    /// Whether votes also suffice under the policy that this landing brings into force, where it
    /// brings one. Trust rule 2.
    fn met_next(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
    ) -> bool {
        self.successor
            .as_ref()
            .is_none_or(|next| self.count(next, state, tracked, votes, self.now_at()).met)
    }

    /// The same bytes at a path whose rules ask for more are asked for again. What an earlier
    /// policy asked for says nothing of a new path.
    pub(super) fn follow_paths(
        &self,
        under: &PolicyVersion,
        state: &SubjectState,
        tracked: &mut TrackedVersion,
    ) {
        let Some(grant) = &tracked.grant else { return };
        if tracked.paths.iter().all(|path| grant.paths.contains(path)) {
            return;
        }
        let Some(described) = tracked.described.clone() else {
            return;
        };
        let profile = |path: &str| described.profile(&under.policy, path);
        let known: Vec<SubjectProfile<'_>> = grant.paths.iter().map(|path| profile(path)).collect();
        let same = grant.policy == under.digest
            && tracked
                .paths
                .iter()
                .filter(|path| !grant.paths.contains(path))
                .all(|path| {
                    let here = profile(path);
                    known.iter().any(|there| {
                        there.rules == here.rules
                            && there.owners == here.owners
                            && there.risk == here.risk
                    })
                });
        let met = same
            || self
                .count(under, state, tracked, &tracked.approvals, self.now_at())
                .met;
        let paths = tracked.paths.clone();
        if met {
            tracked
                .grant
                .as_mut()
                .expect("checked above")
                .paths
                .extend(paths);
        } else {
            tracked.marks.outgrown = tracked.grant.take();
        }
    }

    /// The time at which expiry is judged: ledger time during the replay.
    pub(super) const fn now_at(&self) -> Timestamp {
        self.ledger_time
    }
}

fn granted_event(landing: LandingRef, subject: &SubjectId, key: &VersionKey) -> Event {
    Event {
        version: Some(key.version.clone()),
        digest: Some(key.digest),
        ..Event::new(landing, Action::Granted, subject.clone())
    }
}
