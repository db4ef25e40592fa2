//! What this line may not make of votes that another one knows, too.
//!
//! The person who merges chooses the order in which a line takes decisions in: an approval before
//! the reject that it came after, before the policy under which its author may not give it, or
//! after the approval that replaced it. Nothing on the line that they made shows it. The other line
//! does: it knows every one of these votes, and it has judged them.
//!
//! A line is no judge of what it never asked. Where none of its policies asked for someone, their
//! vote is as good as new here; and what suffices under a policy that it never had may be more than
//! it knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::PolicyVersion;
use countersign_model::{DecisionKind, Digest, Position, PrincipalName, RuleId, SubjectId};

use super::decide::reused;
use super::elsewhere::Insufficient;
use super::ledger::{LandingRef, Outcome, RecordStanding, VersionKey};
use super::state::{Fork, Lifecycle, SubjectState};
use super::step::principal_of;
use super::tracked_version::{Grant, Standing, TrackedVersion, Vote};

impl Lifecycle {
    /// Takes over what the other line refused for good: it is refused here, also where its file
    /// comes into the tree later. What has no good signature there may still get one.
    pub(super) fn refuse_with(&mut self, line: &Self, dirty: &mut BTreeSet<SubjectId>) {
        let side = std::mem::take(&mut self.arriving.raising);
        for (record, decision) in &side {
            let Some(theirs) = line.records.get(record) else {
                continue;
            };
            if !line.refuses_for_good(&self.policy.in_force, theirs) {
                continue;
            }
            if decision.kind == DecisionKind::Approve {
                for item in &decision.items {
                    let (Some(version), Some(digest)) =
                        (item.version.version(), item.version.digest())
                    else {
                        continue;
                    };
                    let key = VersionKey {
                        version: version.clone(),
                        digest: *digest,
                    };
                    self.elsewhere.worthless.insert((*record, key));
                    dirty.insert(item.subject.clone());
                }
            }
            let landing = self.head;
            self.records
                .entry(*record)
                .or_insert_with(|| RecordStanding {
                    landing,
                    ..theirs.clone()
                });
        }
        self.arriving.raising = side;
    }

    /// Whether this line refused a record, and not only because it never had the policy `under`.
    fn refuses_for_good(&self, under: &Digest, standing: &RecordStanding) -> bool {
        match &standing.outcome {
            Outcome::Accepted { .. } => false,
            Outcome::Refused { rule, .. } => {
                let of_policy = matches!(rule, RuleId::KeyUnknown | RuleId::PrincipalUnknown);
                !of_policy || self.policy.line.contains(under)
            }
        }
    }

    /// Keeps what the other line made of its votes, and takes back what was granted here by them
    /// since the lines parted.
    pub(super) fn weigh_with(
        &mut self,
        at: LandingRef,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        for (id, theirs) in &line.subjects {
            if let Some(state) = self.subjects.get_mut(id) {
                state.ever_granted |= theirs.ever_granted;
            }
            for row in &theirs.versions {
                if self.weigh_version(at, line, (id, theirs), row, parted) {
                    dirty.insert(id.clone());
                }
            }
        }
        self.granted_paths
            .extend(line.granted_paths.iter().cloned());
        self.elsewhere.without_effect.extend(line.idle_decisions());
        let idle = &self.elsewhere.without_effect;
        for (id, state) in &mut self.subjects {
            let copied = |votes: &[Vote]| votes.iter().all(|vote| idle.contains(&vote.record));
            if let Some(pin) = state.pin.as_mut().filter(|pin| copied(&pin.basis)) {
                pin.holds_only = true;
                dirty.insert(id.clone());
            }
        }
    }

    /// The same for one version; says whether anything changed.
    fn weigh_version(
        &mut self,
        at: LandingRef,
        line: &Self,
        (id, theirs): (&SubjectId, &SubjectState),
        their_row: &TrackedVersion,
        parted: Position,
    ) -> bool {
        let granted = is_granted(line, their_row);
        let weighed = line.weigh(theirs, their_row, granted);
        let key = &their_row.key;
        // Of two approved versions of one name, neither line knows better which was meant; see
        // `note_left_behind`.
        let knows_better = !granted && !reused(theirs, their_row);
        let mut rejects = BTreeMap::new();
        if knows_better {
            rejects.clone_from(&their_row.marks.rejects);
            self.keep_insufficient(line, their_row, &weighed);
        }
        let worthless = weighed.worthless.iter();
        self.elsewhere
            .worthless
            .extend(worthless.map(|record| (*record, key.clone())));
        let known_here = self
            .subjects
            .get(id)
            .is_some_and(|state| state.index(key).is_some());
        if !known_here && rejects.is_empty() {
            return false;
        }
        let state = self.subjects.entry(id.clone()).or_default();
        let row = state.row_mut(key);
        let mut changed = adopt_rejects(line, row, &rejects, at);
        let is_new = row.landed_last.is_some_and(|landed| landed >= parted);
        if is_new && their_row.landed.is_some() {
            for name in line.authors_of(theirs, their_row) {
                changed |= row.marks.authors.insert(name);
            }
        }
        let row = row.clone();
        let since = row
            .grant
            .as_deref()
            .filter(|grant| grant.at.position >= parted);
        // By someone who is suspended there, or who wrote it: what that line does not know is no
        // better.
        let barred = |name: &PrincipalName| {
            knows_better
                && their_row.landed.is_some()
                && (line.suspended(name) || row.marks.authors.contains(name))
        };
        // A reject that applies there came before the grant that its votes make here.
        let rejected = rejects
            .keys()
            .any(|name| row.marks.rejects.contains_key(name));
        let falls = |grant: &Grant| {
            let mut votes = grant.basis.iter().map(|(_, vote)| vote);
            grant.basis.iter().any(|(name, vote)| {
                barred(name)
                    || self
                        .elsewhere
                        .worthless
                        .contains(&(vote.record, key.clone()))
            }) || self.is_insufficient(key, votes.clone(), &grant.policy)
                || rejected && votes.all(|vote| line.records.contains_key(&vote.record))
        };
        if let Some(grant) = since.filter(|grant| falls(grant)) {
            let of_barred = grant
                .basis
                .iter()
                .filter(|(name, _)| barred(name))
                .map(|(_, vote)| (vote.record, key.clone()));
            self.elsewhere.worthless.extend(of_barred);
            self.version_mut(id, key).grant = None;
            changed = true;
        }
        if changed {
            self.version_mut(id, key).fresh = true;
        }
        changed
    }

    fn version_mut(&mut self, id: &SubjectId, key: &VersionKey) -> &mut TrackedVersion {
        self.subjects.entry(id.clone()).or_default().row_mut(key)
    }

    /// Keeps that the votes that count there do not suffice there: under none of its policies, or
    /// where the version never landed there, under none but its last.
    fn keep_insufficient(&mut self, line: &Self, their_row: &TrackedVersion, weighed: &Weighed) {
        let mut policies: BTreeSet<Digest> = line.policy.line.iter().copied().collect();
        if their_row.landed.is_none() {
            policies.remove(&line.policy.in_force);
        }
        if weighed.counting.is_empty() || policies.is_empty() {
            return;
        }
        let known = self
            .elsewhere
            .insufficient
            .entry(their_row.key.clone())
            .or_default();
        let insufficient = Insufficient {
            votes: weighed.counting.clone(),
            policies,
        };
        if !known.contains(&insufficient) {
            known.push(insufficient);
        }
    }

    /// Which votes on a version that this line knows count here, and which do not.
    ///
    /// Of a version that is granted here, the votes that someone replaced by a later one do not
    /// count any more; whatever else granted it says no less than it did then.
    fn weigh(&self, state: &SubjectState, row: &TrackedVersion, granted: bool) -> Weighed {
        let mut counting = self.counting(state, row, &row.approvals);
        if !row.marks.blocks.is_empty() {
            let targets =
                row.to_unblock(&row.marks.blocked_paths, &state.last, &self.policy().policy);
            counting.extend(self.counting(state, &targets, &row.marks.unblocks));
        }
        let vote_of = |who: &PrincipalName, record: &Digest| {
            let mut votes = row.approvals.get(who).into_iter().flatten();
            votes
                .find(|vote| vote.record == *record)
                .map(|vote| vote.position)
        };
        let replaced = |who: &PrincipalName, record: &Digest| {
            let mut votes = row.approvals.get(who).into_iter().flatten();
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
            !counting.contains(*record)
                && if lifts {
                    !row.marks.blocks.is_empty()
                } else {
                    !granted || replaced(who, record)
                }
                && self.ever_asked(row, who)
        };
        Weighed {
            worthless: row.records.iter().filter(idle).copied().collect(),
            counting,
        }
    }

    /// The votes that count for a row, whether or not they suffice.
    fn counting(
        &self,
        state: &SubjectState,
        row: &TrackedVersion,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
    ) -> BTreeSet<Digest> {
        let version = self.policy();
        let people = votes.keys().filter(|name| !self.suspended(name));
        if row.described.is_none() {
            // It never landed: nothing is asked for it yet.
            let valid = |vote: &&Vote| !self.void(vote, version) && !self.is_worthless(vote, row);
            let latest = |name: &PrincipalName| {
                let valid = votes[name].iter().filter(valid);
                valid.max_by_key(|vote| vote.position)
            };
            return people.filter_map(latest).map(|vote| vote.record).collect();
        }
        let profiles = Self::profiles(&version.policy, row);
        let excluded = if version.policy.separation_of_duties {
            self.exclusion(version, state, row, &profiles).excluded
        } else {
            BTreeMap::default()
        };
        let mut counting = BTreeSet::new();
        for name in people.filter(|name| !excluded.contains_key(*name)) {
            let asking = profiles
                .iter()
                .filter(|profile| profile.asks(&version.policy, name));
            counting.extend(asking.filter_map(|profile| {
                let vote = self.latest_valid(version, row, profile, votes, name)?;
                Some(vote.record)
            }));
        }
        counting
    }

    /// Whether any policy of this line asks for someone's vote on a row.
    fn ever_asked(&self, row: &TrackedVersion, who: &PrincipalName) -> bool {
        row.described.is_none()
            || self.policy_line().any(|version| {
                Self::profiles(&version.policy, row)
                    .iter()
                    .any(|profile| profile.asks(&version.policy, who))
            })
    }

    /// Whether any policy of this line lists someone as an administrator.
    fn ever_administrator(&self, who: &PrincipalName) -> bool {
        self.policy_line()
            .any(|version| version.policy.administrators.contains(who))
    }

    /// Decisions without effect on this line that are about people, whole subjects, policies, or
    /// which version to go back to.
    fn idle_decisions(&self) -> Vec<Digest> {
        let idle = |record: &Digest, standing: &RecordStanding| {
            let Outcome::Accepted { .. } = standing.outcome else {
                return false;
            };
            let Some(who) = &standing.principal else {
                return false;
            };
            match standing.decision {
                Some(DecisionKind::Rollback) => standing.effects.is_empty(),
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
        records.retain(|(record, standing)| idle(record, standing));
        records.into_iter().map(|(record, _)| *record).collect()
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
                !suspension.blocks.is_empty()
                    && !among(&suspension.unblocks)
                    && self.ever_administrator(who)
            });
        }
        let Some(state) = self
            .subjects
            .get(id)
            .filter(|state| !state.blocked_all.is_empty())
        else {
            return false;
        };
        let landed = || state.versions.iter().filter(|row| row.landed.is_some());
        let counts = landed().any(|row| {
            self.counting(state, row, &state.unblocks_all)
                .contains(record)
        });
        let mut lifted = state.versions.iter().flat_map(|row| &row.records);
        !counts
            && !lifted.any(|known| known == record)
            && landed().any(|row| self.ever_asked(row, who))
    }

    /// Who may not approve a version because of what they did to it, where the policy separates
    /// duties.
    fn authors_of(&self, state: &SubjectState, row: &TrackedVersion) -> Vec<PrincipalName> {
        let version = self.policy();
        if !version.policy.separation_of_duties {
            return Vec::new();
        }
        let profiles = Self::profiles(&version.policy, row);
        self.exclusion(version, state, row, &profiles)
            .excluded
            .into_keys()
            .collect()
    }

    /// Takes over rejects of policies, and notes policies that are in force here since the lines
    /// parted and would not be there: someone holds them rejected there, or they rest on a vote
    /// that has no effect there.
    pub(super) fn note_policies_with(&mut self, at: LandingRef, line: &Self, parted: Position) {
        let mut found = Vec::new();
        for digest in self
            .policy
            .line
            .iter()
            .filter(|digest| !line.policy.line.contains(digest))
        {
            let Some(version) = self.policy.versions.get(digest) else {
                continue;
            };
            let began = self
                .policy
                .began
                .get(digest)
                .is_some_and(|began| *began >= parted);
            let noted = self.policy.resolved.contains(digest)
                || self.policy.forks.iter().any(|fork| fork.digest == *digest);
            if began && !noted && self.rests_on_others(line, version) {
                found.push(Fork {
                    digest: *digest,
                    serial: version.policy.serial,
                    at,
                    parted,
                    rejects: BTreeMap::new(),
                });
            }
        }
        self.policy.forks.extend(found);
        for (key, rejects) in &line.policy.rejects {
            if self.policy.line.contains(&key.0) {
                continue;
            }
            for (name, record) in rejects {
                let answered = self.policy.answered.contains(&(name.clone(), *record));
                let ours = self.policy.rejects.entry(*key).or_default();
                if answered || ours.contains_key(name) {
                    continue;
                }
                ours.insert(name.clone(), *record);
                if let Some(votes) = self.policy.votes.get_mut(key) {
                    votes.remove(name);
                }
                self.adopt(at, line, record);
            }
        }
    }

    /// Whether a policy of this line rests on votes that the other line knows, and that do not bring
    /// it into force there.
    fn rests_on_others(&self, line: &Self, version: &PolicyVersion) -> bool {
        let key = (version.digest, version.policy.serial);
        let listed = |name: &PrincipalName| line.policy().policy.principals.contains_key(name);
        let held = line
            .policy
            .rejects
            .get(&key)
            .is_some_and(|rejects| rejects.keys().any(listed));
        let votes = || {
            let votes = self.policy.votes.get(&key).into_iter();
            votes.flat_map(|votes| votes.values().flatten())
        };
        let known = |vote: &Vote| line.records.contains_key(&vote.record);
        let worthless = |vote: &Vote| {
            self.elsewhere.without_effect.contains(&vote.record)
                || line
                    .records
                    .get(&vote.record)
                    .is_some_and(|standing| line.refuses_for_good(&version.digest, standing))
        };
        held && votes().all(known) || votes().any(worthless)
    }
}

/// What a line makes of the votes on a version.
struct Weighed {
    worthless: Vec<Digest>,
    counting: BTreeSet<Digest>,
}

/// Whether a line grants a row, and the grant has not expired.
fn is_granted(line: &Lifecycle, row: &TrackedVersion) -> bool {
    row.grant
        .as_deref()
        .is_some_and(|grant| !grant.expired(line.now))
}

/// Takes over rejects that apply on the other line, unless someone withdrew them here with an
/// approval that it does not know.
fn adopt_rejects(
    line: &Lifecycle,
    row: &mut TrackedVersion,
    rejects: &BTreeMap<PrincipalName, Standing>,
    at: LandingRef,
) -> bool {
    let mut changed = false;
    for (name, reject) in rejects {
        let answers = |vote: &Vote| {
            vote.answers.contains(&reject.record) && !line.records.contains_key(&vote.record)
        };
        let withdrawn = row
            .approvals
            .get(name)
            .is_some_and(|votes| votes.iter().any(answers));
        if !withdrawn && !row.marks.rejects.contains_key(name) {
            row.marks.rejects.insert(
                name.clone(),
                Standing {
                    record: reject.record,
                    position: at.position,
                },
            );
            row.records
                .extend((!row.records.contains(&reject.record)).then_some(reject.record));
            changed = true;
        }
    }
    changed
}
