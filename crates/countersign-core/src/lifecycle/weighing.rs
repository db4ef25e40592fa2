//! What a line makes of the votes that it knows, told to another line that may know them, too.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::PolicyVersion;
use countersign_model::{DecisionKind, Digest, PrincipalName, SubjectId};

use super::ledger::{Outcome, RecordStanding};
use super::state::{Lifecycle, SubjectState};
use super::step::principal_of;
use super::tracked_version::{TrackedVersion, Vote};

/// What a line makes of the votes on a version.
pub(super) struct Weighed {
    /// Those that do not count.
    pub worthless: Vec<Digest>,
    /// Those that count, whether or not they suffice.
    pub counting: BTreeSet<Digest>,
    /// Those of people for whom the line has asked, and that do not count.
    pub uncounted: Vec<Digest>,
    /// Votes on bytes that never landed there, with the policy under which each was cast: who is
    /// asked for them follows from where they land.
    pub early: Vec<(Digest, Digest)>,
}

impl Weighed {
    /// Every vote that the line judges.
    pub fn all(&self) -> impl Iterator<Item = Digest> {
        self.counting.iter().chain(&self.uncounted).copied()
    }
}

impl Lifecycle {
    /// Which votes on a version that this line knows count here, and which do not.
    ///
    /// Of a version that is granted here for good, only the votes that someone replaced by a later
    /// one do not count any more.
    pub(super) fn weigh(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        lasting: bool,
    ) -> Weighed {
        let not_suspended = |name: &PrincipalName| !self.suspended(name);
        let counting = self.counting_by(state, tracked, &not_suspended);
        // A suspension is told by itself. What it silences counts again when it is lifted.
        let but_for_suspensions = self.counting_by(state, tracked, &|_| true);
        let vote_of = |who: &PrincipalName, record: &Digest| {
            let mut votes = tracked.approvals.get(who).into_iter().flatten();
            votes
                .find(|vote| vote.record == *record)
                .map(|vote| vote.position)
        };
        let replaced = |who: &PrincipalName, record: &Digest| {
            let mut votes = tracked.approvals.get(who).into_iter().flatten();
            votes.any(|vote| {
                counting.contains(&vote.record)
                    && vote_of(who, record).is_some_and(|position| position < vote.position)
            })
        };
        let idle = |record: &&Digest| {
            let Some(standing) = self.records.get(*record) else {
                return false;
            };
            let votes = matches!(
                standing.decision,
                Some(DecisionKind::Approve | DecisionKind::Unblock)
            );
            let accepted = matches!(standing.outcome, Outcome::Accepted { .. });
            let Some(who) = standing.principal.as_ref().filter(|_| votes && accepted) else {
                return false;
            };
            let lifts = standing.decision == Some(DecisionKind::Unblock);
            !but_for_suspensions.contains(*record)
                && (!lifts || !tracked.marks.blocks.is_empty())
                && self.ever_asked(tracked, who)
        };
        let uncounted: Vec<Digest> = tracked
            .records
            .iter()
            .filter(idle)
            .filter(|record| self.says_alone(record, tracked))
            .copied()
            .collect();
        let falls = |record: &&Digest| {
            let Some(standing) = self.records.get(*record) else {
                return false;
            };
            let lifts = standing.decision == Some(DecisionKind::Unblock);
            let mut who = standing.principal.iter();
            lifts || !lasting || who.any(|who| replaced(who, record))
        };
        Weighed {
            worthless: uncounted.iter().filter(falls).copied().collect(),
            counting: counting
                .iter()
                .filter(|record| self.says_alone(record, tracked))
                .copied()
                .collect(),
            uncounted,
            early: Self::early_votes(tracked),
        }
    }

    /// Votes on bytes that never landed here, with the policy under which each was cast.
    fn early_votes(tracked: &TrackedVersion) -> Vec<(Digest, Digest)> {
        let votes = tracked.approvals.values().flatten();
        let early = votes.filter(|_| tracked.landed.is_none());
        early.map(|vote| (vote.record, vote.policy)).collect()
    }

    /// The approvals and unblocks of a version by some people that count, whether or not they
    /// suffice.
    fn counting_by(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        people: &dyn Fn(&PrincipalName) -> bool,
    ) -> BTreeSet<Digest> {
        let mut counting = self.counting(state, tracked, &tracked.approvals, people);
        if !tracked.marks.blocks.is_empty() {
            let targets = tracked.to_unblock(
                &tracked.marks.blocked_paths,
                &state.last,
                &self.policy().policy,
            );
            counting.extend(self.counting(state, &targets, &tracked.marks.unblocks, people));
        }
        counting
    }

    /// Those of `votes` by some people that count for a version, whether or not they suffice.
    fn counting(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
        people: &dyn Fn(&PrincipalName) -> bool,
    ) -> BTreeSet<Digest> {
        let version = self.policy();
        let people = votes.keys().filter(|name| people(name));
        if tracked.described.is_none() {
            // It never landed: nothing is asked for it yet.
            let valid = |vote: &&Vote| {
                !self.void(vote, version) && !self.elsewhere.is_worthless(vote, tracked)
            };
            let latest = |name: &PrincipalName| {
                let valid = votes[name].iter().filter(valid);
                valid.max_by_key(|vote| vote.position)
            };
            return people.filter_map(latest).map(|vote| vote.record).collect();
        }
        let profiles = Self::profiles(&version.policy, tracked);
        let excluded = if version.policy.separation_of_duties {
            self.exclusion(version, state, tracked, &profiles).excluded
        } else {
            BTreeMap::default()
        };
        let mut counting = BTreeSet::new();
        for name in people.filter(|name| !excluded.contains_key(*name)) {
            let asking = profiles
                .iter()
                .filter(|profile| profile.asks(&version.policy, name));
            counting.extend(asking.filter_map(|profile| {
                let vote = self.latest_valid(version, tracked, profile, votes, name)?;
                Some(vote.record)
            }));
        }
        counting
    }

    /// Whether any policy of this line asks for someone's vote on a version.
    fn ever_asked(&self, tracked: &TrackedVersion, who: &PrincipalName) -> bool {
        tracked.described.is_none()
            || self.policy_line().any(|version| {
                Self::profiles(&version.policy, tracked)
                    .iter()
                    .any(|profile| profile.asks(&version.policy, who))
            })
    }

    /// Whether no policy of this line lists the author of a decision about people as an
    /// administrator.
    pub(super) fn never_asked_about_people(&self, record: &Digest) -> bool {
        let standing = self.records.get(record);
        let who = standing.and_then(|standing| standing.principal.as_ref());
        who.is_some_and(|who| !self.ever_administrator(who))
    }

    /// Whether any policy of this line lists someone as an administrator.
    fn ever_administrator(&self, who: &PrincipalName) -> bool {
        self.policy_line()
            .any(|version| version.policy.administrators.contains(who))
    }

    /// Decisions without effect on this line that are about people, whole subjects, policies, or
    /// which version to go back to.
    pub(super) fn idle_decisions(&self) -> Vec<Digest> {
        let idle = |record: &Digest, standing: &RecordStanding| {
            let Outcome::Accepted { .. } = standing.outcome else {
                return false;
            };
            let Some(who) = &standing.principal else {
                return false;
            };
            match standing.decision {
                Some(DecisionKind::Approve) => {
                    self.policy.unauthorized.contains(record) && self.ever_administrator(who)
                }
                Some(DecisionKind::Unblock) => standing
                    .subjects
                    .iter()
                    .any(|id| self.unblock_is_idle(record, who, id)),
                _ => false,
            }
        };
        let mut records = self.records.iter().collect::<Vec<_>>();
        records.retain(|(record, standing)| {
            idle(record, standing)
                && !self.came_with_a_policy(record, |before, next| {
                    self.decides_alike(before, next, standing)
                })
        });
        records.into_iter().map(|(record, _)| *record).collect()
    }

    /// Rollbacks without effect on this line, by subject: one record may decide about several.
    pub(super) fn idle_rollbacks(&self) -> Vec<(Digest, SubjectId)> {
        let mut idle = Vec::new();
        for (record, standing) in &self.records {
            if standing.decision != Some(DecisionKind::Rollback)
                || !matches!(standing.outcome, Outcome::Accepted { .. })
                || standing.principal.is_none()
            {
                continue;
            }
            let alike = |before: &PolicyVersion, next: &PolicyVersion| {
                self.decides_alike(before, next, standing)
            };
            let items = standing.subjects.iter().enumerate();
            let without_effect = items.filter(|(item, id)| {
                !standing.effects.contains(&(*item as u32)) && !self.came_with_another(record, id)
            });
            if !self.came_with_a_policy(record, alike) {
                idle.extend(without_effect.map(|(_, id)| (*record, id.clone())));
            }
        }
        idle
    }

    /// Whether an unblock of a person or of a whole subject does not count, and the block is still
    /// in effect.
    fn unblock_is_idle(&self, record: &Digest, who: &PrincipalName, id: &SubjectId) -> bool {
        let among = |votes: &BTreeMap<PrincipalName, Vec<Vote>>| {
            let mut votes = votes.values().flatten();
            votes.any(|vote| vote.record == *record)
        };
        if let Some(name) = principal_of(id) {
            return self.suspensions.get(&name).is_some_and(|suspension| {
                suspension
                    .blocks
                    .iter()
                    .any(|block| self.ordered(record, &block.record))
                    && !among(&suspension.unblocks)
                    && self.ever_administrator(who)
            });
        }
        let ordered = |state: &&SubjectState| {
            let mut blocks = state.blocked_all.iter();
            blocks.any(|block| self.ordered(record, &block.record))
        };
        let Some(state) = self.subjects.get(id).filter(ordered) else {
            return false;
        };
        let landed = || {
            state
                .versions
                .iter()
                .filter(|tracked| tracked.landed.is_some())
        };
        let counts = landed().any(|tracked| {
            let not_suspended = |name: &PrincipalName| !self.suspended(name);
            self.counting(state, tracked, &state.unblocks_all, &not_suspended)
                .contains(record)
        });
        let mut lifted = state.versions.iter().flat_map(|tracked| &tracked.records);
        !counts
            && !lifted.any(|known| known == record)
            && landed().any(|tracked| self.ever_asked(tracked, who))
    }

    /// Who may not approve a version because of what they did to it, where the policy separates
    /// duties.
    pub(super) fn authors_of(
        &self,
        state: &SubjectState,
        tracked: &TrackedVersion,
    ) -> Vec<PrincipalName> {
        let version = self.policy();
        if !version.policy.separation_of_duties {
            return Vec::new();
        }
        let profiles = Self::profiles(&version.policy, tracked);
        self.exclusion(version, state, tracked, &profiles)
            .excluded
            .into_keys()
            .collect()
    }
}
