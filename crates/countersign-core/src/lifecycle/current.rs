//! States of versions, the current version, and what a stolen key undoes.

use std::cmp::Ordering;

use crate::evidence::PolicyVersion;
use countersign_model::{
    Digest, Fact, Observation, Place, Position, RuleId, State, SubjectId, Timestamp,
};

use super::compact::{Paths, append};
use super::ledger::{Action, Event, LandingRef, RecordStanding, VersionKey};
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::{Lifted, Standing, TrackedVersion, Vote};

impl Lifecycle {
    /// The strongest flag of a version, leaving aside whether its grant has expired.
    pub(super) fn flags(&self, state: &SubjectState, tracked: &TrackedVersion) -> State {
        if self.is_revoked(tracked) {
            State::Revoked
        } else if !tracked.marks.blocks.is_empty()
            || !state.blocked_all.is_empty()
            || self.barring(tracked).next().is_some()
        {
            State::Blocked
        } else if !tracked.marks.rolled_back.is_empty() {
            State::RolledBack
        } else if !tracked.marks.archived.is_empty() {
            State::Archived
        } else if !tracked.marks.deprecated.is_empty() {
            State::Deprecated
        } else if tracked
            .grant
            .as_ref()
            .is_some_and(|grant| !self.is_disputed(grant))
        {
            State::Approved
        } else {
            State::Draft
        }
    }

    /// The state of a version at the time that `now_at` gives: an expired grant shows as draft.
    pub(super) fn state_at(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        time: Timestamp,
    ) -> State {
        match self.flags(state, tracked) {
            State::Approved | State::Deprecated | State::Archived
                if !tracked.granted(time) && !self.still_met(state, tracked, time) =>
            {
                State::Draft
            }
            flag => flag,
        }
    }

    /// Whether other votes meet the requirement at `time` although the grant itself has ended.
    fn still_met(&self, state: &SubjectState, tracked: &TrackedVersion, time: Timestamp) -> bool {
        let version = self.policy();
        let rejected = tracked
            .marks
            .rejects
            .keys()
            .any(|name| version.policy.principals.contains_key(name));
        let granted =
            tracked.grant.is_some() && !rejected && !super::decide::reused(state, tracked);
        granted
            && self
                .count(version, state, tracked, &tracked.approvals, time)
                .met
    }

    /// Computes the current version of a subject after a landing, and remembers the one before it.
    pub(super) fn settle_current(&mut self, id: &SubjectId) {
        let Some(state) = self.subjects.get(id) else {
            return;
        };
        let (current, keep_pin) = self.current(state, self.now_at());
        let Some(state) = self.subjects.get_mut(id) else {
            return;
        };
        if !keep_pin {
            state.pin = None;
        }
        if state.current != current {
            if state.current.is_some() {
                state.previous = state.current.take();
            }
            state.current = current;
        }
    }

    /// The current version at `time`, and whether a rollback still pins it.
    ///
    /// 1. A rollback pins its target, until a higher version is granted after it; a target that is
    ///    not approved leaves no current version.
    /// 2. Else the highest granted version, while it may be used.
    /// 3. Where that one is stopped or has expired: the one that was current immediately before it
    ///    was granted, while that may be used. One step, never more: going further back takes a
    ///    rollback. A higher version that was granted after the stop comes before it.
    pub(super) fn current(
        &self,
        state: &SubjectState,
        time: Timestamp,
    ) -> (Option<VersionKey>, bool) {
        if let Some(pin) = &state.pin {
            let target = state.index(&pin.to).map(|index| &state.versions[index]);
            let overtaken = state.versions.iter().any(|tracked| {
                let later = tracked
                    .grant
                    .as_ref()
                    .is_some_and(|grant| grant.at.position > pin.position);
                let higher = target.is_none_or(|target| higher(tracked, target));
                later
                    && higher
                    && tracked.key != pin.to
                    && self.state_at(state, tracked, time) == State::Approved
            });
            if !overtaken {
                let holds = target
                    .is_some_and(|target| self.state_at(state, target, time) == State::Approved);
                return ((holds && !pin.holds_only).then(|| pin.to.clone()), true);
            }
        }
        let usable = |tracked: &TrackedVersion| {
            matches!(
                self.state_at(state, tracked, time),
                State::Approved | State::Deprecated
            )
        };
        let granted = || {
            state
                .versions
                .iter()
                .filter(|tracked| tracked.was_granted())
        };
        let Some(highest) =
            granted().reduce(|best, tracked| if higher(tracked, best) { tracked } else { best })
        else {
            return (None, false);
        };
        if usable(highest) {
            return (Some(highest.key.clone()), false);
        }
        let predecessor = highest
            .grant
            .as_ref()
            .and_then(|grant| grant.predecessor.as_ref());
        let predecessor = predecessor
            .and_then(|key| state.index(key))
            .map(|index| &state.versions[index]);
        let stopped = self.stopped_at(state, highest);
        let since = granted().filter(|tracked| {
            let later = tracked
                .grant
                .as_ref()
                .is_some_and(|grant| stopped.is_some_and(|stopped| grant.at.position > stopped));
            later
                && usable(tracked)
                && predecessor.is_none_or(|predecessor| higher(tracked, predecessor))
        });
        let next = since.reduce(|best, tracked| if higher(tracked, best) { tracked } else { best });
        (
            next.or_else(|| predecessor.filter(|tracked| usable(tracked)))
                .map(|tracked| tracked.key.clone()),
            false,
        )
    }

    /// The landing that stopped a granted version; `None` for one that only expired.
    fn stopped_at(&self, state: &SubjectState, tracked: &TrackedVersion) -> Option<Position> {
        let revocations = self
            .revoked
            .get(&tracked.key.digest)
            .into_iter()
            .flatten()
            .filter(|record| !tracked.marks.spared.contains(record));
        let revoked = revocations
            .filter_map(|record| self.records.get(record))
            .map(|standing| standing.landing.position);
        // Where it landed: a merged line that lays it again does not stop the version once more.
        let landed = |record: &Digest, position: Position| {
            let standing = self.records.get(record);
            standing.map_or(position, |standing| standing.landing.position.min(position))
        };
        let blocks = tracked.marks.blocks.iter().chain(&state.blocked_all);
        let blocked = blocks.map(|block| landed(&block.record, block.position));
        let flags = tracked.marks.archived.iter();
        let flagged = flags
            .chain(&tracked.marks.rolled_back)
            .map(|flag| landed(&flag.record, flag.position));
        revoked
            .chain(blocked)
            .chain(flagged)
            .chain(self.barred_at(tracked))
            .max()
    }

    /// Withdraws what rests on a stolen key, under the policy that has just come into force.
    pub(super) fn void_compromised(&mut self, at: LandingRef, version: &PolicyVersion) {
        let mut subjects = std::mem::take(&mut self.subjects);
        for (id, state) in &mut subjects {
            let mut void = self.void_subject(state, version);
            for tracked in &mut state.versions {
                let stolen: Vec<Digest> = tracked
                    .grant
                    .iter()
                    .flat_map(|grant| &grant.basis)
                    .filter(|(_, vote)| self.void(vote, version))
                    .map(|(_, vote)| vote.record)
                    .collect();
                if !stolen.is_empty() {
                    tracked.grant = None;
                    void.extend(stolen);
                }
            }
            void.sort_unstable();
            void.dedup();
            for record in void {
                let mut observation = Observation::new(RuleId::KeyCompromised)
                    .subject(id)
                    .landing(at.position, at.commit);
                let standing = self.records.get(&record);
                append(&mut self.events, voided_event(at, id, record, standing));
                if let Some(standing) = standing {
                    observation = observation.place(Place::file(&*standing.path));
                    observation.principal.clone_from(&standing.principal);
                }
                self.observations.push(observation);
            }
        }
        self.subjects = subjects;
        for digest in self.policy.line.clone() {
            let touched = self.policy.votes.iter().any(|((voted, _), votes)| {
                *voted == digest
                    && votes
                        .values()
                        .flatten()
                        .any(|vote| self.void(vote, version))
            });
            if touched {
                self.observations.push(
                    Observation::new(RuleId::PolicyCompromised)
                        .subject(&SubjectId::policy())
                        .landing(at.position, at.commit)
                        .with(Fact::Digest, digest),
                );
            }
        }
    }

    /// Puts back what a stolen key lifted; the records that are void.
    fn void_subject(&self, state: &mut SubjectState, version: &PolicyVersion) -> Vec<Digest> {
        let stolen = |basis: &[Vote]| basis.iter().any(|vote| self.void(vote, version));
        let mut void: Vec<Digest> = Vec::new();
        let mut note = |basis: &[Vote]| {
            void.extend(
                basis
                    .iter()
                    .filter(|vote| self.void(vote, version))
                    .map(|vote| vote.record),
            );
        };
        for lifted in state.lifted_all.iter().chain(
            state
                .versions
                .iter()
                .flat_map(|tracked| &tracked.marks.lifted),
        ) {
            note(&lifted.basis);
        }
        if let Some(pin) = &state.pin {
            note(&pin.basis);
        }
        let restore = |lifted: &mut Vec<Lifted>, blocks: &mut Vec<Standing>, paths: &mut Paths| {
            let (void, good): (Vec<Lifted>, Vec<Lifted>) = std::mem::take(lifted)
                .into_iter()
                .partition(|lift| stolen(&lift.basis));
            *lifted = good;
            for lift in void {
                blocks.extend(lift.blocks);
                paths.extend(lift.paths);
            }
        };
        restore(
            &mut state.lifted_all,
            &mut state.blocked_all,
            &mut state.blocked_paths,
        );
        for tracked in state
            .versions
            .iter_mut()
            .filter(|tracked| !tracked.marks.lifted.is_empty())
        {
            let marks = &mut *tracked.marks;
            restore(
                &mut marks.lifted,
                &mut marks.blocks,
                &mut marks.blocked_paths,
            );
        }
        if let Some(pin) = state.pin.take_if(|pin| stolen(&pin.basis))
            && let Some(index) = state.index(&pin.from)
        {
            state.versions[index]
                .marks
                .rolled_back
                .retain(|flag| pin.basis.iter().all(|vote| vote.record != flag.record));
        }
        void
    }
}

/// A decision about `subject` that a stolen key made and that has no effect from here on.
fn voided_event(
    landing: LandingRef,
    subject: &SubjectId,
    record: Digest,
    standing: Option<&RecordStanding>,
) -> Event {
    Event {
        principal: standing.and_then(|standing| standing.principal.clone()),
        record: Some(record),
        path: standing.map(|standing| standing.path.clone()),
        ..Event::new(landing, Action::Voided, subject.clone())
    }
}

/// Whether `tracked` ranks above `other`.
pub(super) fn higher(tracked: &TrackedVersion, other: &TrackedVersion) -> bool {
    rank(tracked, other).is_gt()
}

/// The order of versions: by version, pseudo-versions among themselves by landing.
pub(super) fn rank(tracked: &TrackedVersion, other: &TrackedVersion) -> Ordering {
    let landed = |tracked: &TrackedVersion| tracked.landed.map(|landing| landing.position);
    tracked
        .key
        .version
        .rank(&other.key.version)
        .then_with(|| landed(tracked).cmp(&landed(other)))
        .then_with(|| tracked.key.digest.cmp(&other.key.digest))
}
