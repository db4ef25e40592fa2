//! What other lines have made less here: found by comparing before and after, and reported until
//! someone with authority decides about it.

use std::collections::{BTreeMap, BTreeSet};

use countersign_model::{Fact, Observation, Position, PrincipalName, RuleId, State, SubjectId};

use super::elsewhere::{Conflict, SubjectStates, VersionStanding};
use super::ledger::{LandingRef, VersionKey};
use super::state::{Lifecycle, SubjectState};
use super::step::{principal_of, subject_of};
use super::tracked_version::{Grant, Lifted, TrackedVersion, Vote};

impl Lifecycle {
    /// A grant that other votes make, too, is the same grant: it did not begin here.
    pub(super) fn keep_dates(&mut self, taken_back: Vec<(SubjectId, VersionKey, Grant)>) {
        for (id, key, old) in taken_back {
            let Some(state) = self.subjects.get_mut(&id) else {
                continue;
            };
            let tracked = state.tracked_mut(&key);
            match &mut tracked.grant {
                Some(grant) => {
                    grant.at = old.at;
                    grant.predecessor = old.predecessor;
                }
                None => tracked.marks.taken_back = true,
            }
        }
    }

    /// Notes what became less by the comparison. It is reported until someone decides about it:
    /// without that, a version would be lowered by the author of the other line.
    pub(super) fn note_conflicts(
        &mut self,
        at: LandingRef,
        before: BTreeMap<SubjectId, SubjectStates>,
    ) {
        let after = self.states();
        for (id, was) in before {
            let is = after.get(&id).cloned().unwrap_or_default();
            for (key, had) in &was.versions {
                let has = is.versions.get(key).copied().unwrap_or(*had);
                let was_current = was.current.as_ref() == Some(key);
                let now = if has.state != had.state {
                    has.state.as_str().to_owned()
                } else if had.granted && !has.granted {
                    format!("{} without its approval", has.state)
                } else if had.granted && has.expires != had.expires {
                    let end = has.expires.map(|end| end.to_string()).unwrap_or_default();
                    format!("{} until {end}", has.state)
                } else if was_current && is.current != was.current {
                    format!("{} and not current", has.state)
                } else {
                    continue;
                };
                let conflict = Conflict {
                    at,
                    was: had.state.to_string(),
                    is: now,
                };
                let about = (id.clone(), Some(key.clone()));
                self.conflicts.insert(about, conflict);
            }
        }
    }

    /// Notes current versions that another line knows, approved by the same votes, and has another
    /// one in place of: the order of the two lines decides which, and cannot be seen.
    pub(super) fn note_current_with(&mut self, at: LandingRef, line: &Self) {
        for (id, theirs) in &line.subjects {
            let Some(state) = self.subjects.get(id) else {
                continue;
            };
            let (Some(ours), (Some(other), _)) =
                (&state.current, line.current(theirs, line.now_at()))
            else {
                continue;
            };
            let known = theirs.index(ours).is_some_and(|index| {
                let tracked = &theirs.versions[index];
                let state = line.state_at(theirs, tracked, line.now_at());
                tracked.landed.is_some() && state == State::Approved
            });
            // A new approval here decides which of the two it is.
            let same_votes = state.index(ours).is_some_and(|index| {
                let mut votes = state.versions[index].approvals.values().flatten();
                votes.all(|vote| line.records.contains_key(&vote.record))
            });
            let granted_here = state
                .index(&other)
                .is_some_and(|index| state.versions[index].granted(self.now_at()));
            let pinned = state.pin.is_some() || theirs.pin.is_some();
            if *ours != other && known && same_votes && granted_here && !pinned {
                let conflict = Conflict {
                    at,
                    was: "current".to_owned(),
                    is: format!("older than {}", other.version.label()),
                };
                let about = (id.clone(), Some(ours.clone()));
                self.conflicts.insert(about, conflict);
            }
        }
    }

    /// Whether a suspension came with a merged line, and no one has decided about it since: it must
    /// not leave others as the only ones who could approve.
    pub(super) fn is_suspension_disputed(&self, name: &PrincipalName) -> bool {
        subject_of(name).is_some_and(|id| self.is_in_conflict(&id))
    }

    /// Who is suspended, before or after a comparison.
    pub(super) fn suspended_people(&self) -> BTreeSet<PrincipalName> {
        let people = self.suspensions.keys();
        people
            .filter(|name| self.suspended(name))
            .cloned()
            .collect()
    }

    /// What became less because of another line, and what no one has decided about since.
    pub(super) fn observe_conflicts(&self, observations: &mut Vec<Observation>) {
        for ((id, key), conflict) in &self.conflicts {
            if self.is_settled_since(id, key.as_ref(), conflict) {
                continue;
            }
            let mut observation = Observation::new(RuleId::LineConflict)
                .subject(id)
                .landing(conflict.at.position, conflict.at.commit)
                .with(Fact::Expected, &conflict.was)
                .with(Fact::Found, &conflict.is);
            observation = match (key, conflict.is.as_str()) {
                (None, _) => observation.with(Fact::Who, id.name.as_str()),
                (Some(key), "revoked") => observation
                    .version(&key.version)
                    .with(Fact::Revoked, key.version.label()),
                (Some(key), is) => {
                    let (how, with) = match is {
                        "blocked" => ("unblock", "revoke"),
                        _ => ("approve", "block"),
                    };
                    observation
                        .version(&key.version)
                        .with(Fact::How, how)
                        .with(Fact::With, with)
                }
            };
            observations.push(observation);
        }
    }

    /// Whether a comparison lowered a version of this subject, and no one has decided about it since.
    pub(super) fn is_in_conflict(&self, id: &SubjectId) -> bool {
        let mut about = self.conflicts.iter().filter(|((of, _), _)| of == id);
        about.any(|((_, key), conflict)| !self.is_settled_since(id, key.as_ref(), conflict))
    }

    /// Whether someone has decided about a version since a comparison lowered it: an approval of it
    /// or of one that takes its place, which was not there yet and counts, an unblock, or a decision
    /// that takes more of it away. Anyone can land bytes that were approved before, and old
    /// decisions about other versions.
    fn is_settled_since(
        &self,
        id: &SubjectId,
        key: Option<&VersionKey>,
        conflict: &Conflict,
    ) -> bool {
        let later = |position: Position| position > conflict.at.position;
        if let Some(name) = principal_of(id) {
            let listed = self.policy().policy.principals.contains_key(&name);
            let suspension = self.suspensions.get(&name);
            let mut blocks = suspension.iter().flat_map(|known| &known.blocks);
            let again = blocks.any(|block| later(block.position));
            return !listed || again || !self.suspended(&name);
        }
        let Some(state) = self.subjects.get(id) else {
            return true;
        };
        let granted = |tracked: &TrackedVersion| {
            let since = |votes: &Vec<Vote>| -> Vec<Vote> {
                let votes = votes.iter().filter(|vote| later(vote.seen));
                votes.cloned().collect()
            };
            let votes = tracked.approvals.iter();
            let votes = votes.map(|(name, votes)| (name.clone(), since(votes)));
            let (votes, now) = (votes.collect(), self.now_at());
            tracked.granted(now) && {
                let count = self.count(self.policy(), state, tracked, &votes, now);
                !count.counting.is_empty()
            }
        };
        let decided = |tracked: &TrackedVersion| {
            let mut records = tracked
                .records
                .iter()
                .filter_map(|record| self.records.get(record));
            records.any(|standing| {
                let lowers = standing.decision.is_some_and(|kind| !kind.raises());
                lowers && later(standing.landing.position) && !standing.effects.is_empty()
            })
        };
        let lifted = |lifts: &[Lifted]| {
            let mut votes = lifts.iter().flat_map(|lift| &lift.basis);
            votes.any(|vote| later(vote.seen))
        };
        let whole = state.blocked_all.iter().any(|block| later(block.position))
            || lifted(&state.lifted_all);
        let concerned = |tracked: &TrackedVersion| key.is_none_or(|key| tracked.key == *key);
        let replaces = |tracked: &TrackedVersion| {
            key.is_none_or(|key| tracked.key.version.rank(&key.version).is_ge())
        };
        whole
            || state.versions.iter().any(|tracked| {
                replaces(tracked) && granted(tracked)
                    || concerned(tracked) && (decided(tracked) || lifted(&tracked.marks.lifted))
            })
    }

    /// What every subject comes to, before or after a comparison.
    pub(super) fn states(&self) -> BTreeMap<SubjectId, SubjectStates> {
        let standing = |state: &SubjectState, tracked: &TrackedVersion| VersionStanding {
            state: self.state_at(state, tracked, self.now_at()),
            granted: tracked.grant.is_some(),
            expires: tracked.grant.as_ref().and_then(|grant| grant.expires),
        };
        let of = |state: &SubjectState| SubjectStates {
            versions: state
                .versions
                .iter()
                .map(|tracked| (tracked.key.clone(), standing(state, tracked)))
                .collect(),
            current: state.current.clone(),
        };
        self.subjects
            .iter()
            .map(|(id, state)| (id.clone(), of(state)))
            .collect()
    }
}
