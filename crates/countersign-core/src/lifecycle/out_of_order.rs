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

use countersign_model::{DecisionKind, Digest, Position, PrincipalName, RuleId, SubjectId};

use super::decide::reused;
use super::elsewhere::{EarlyVote, Effect, Limit};
use super::ledger::{LandingRef, Outcome, RecordStanding, VersionKey};
use super::profile::earliest;
use super::state::{Lifecycle, Pin, SubjectState};
use super::tracked_version::{Grant, Standing, TrackedVersion, Vote};
use super::weighing::Weighed;

impl Lifecycle {
    /// Takes over what the other line refused for good: it is refused here, also where its file
    /// comes into the tree later. What has no good signature there may still get one.
    pub(super) fn refuse_with(
        &mut self,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
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
        self.refuse_known_with(line, parted, dirty);
    }

    /// The same for what was accepted here since the lines parted: there it was refused first.
    fn refuse_known_with(
        &mut self,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let accepted_since = |record: &Digest| {
            self.records.get(record).is_some_and(|standing| {
                let accepted = matches!(standing.outcome, Outcome::Accepted { .. });
                accepted && standing.landing.position >= parted
            })
        };
        let refused: BTreeSet<Digest> = line
            .records
            .iter()
            .filter(|(record, theirs)| {
                theirs.decision.is_some_and(DecisionKind::raises)
                    && line.refuses_for_good(&self.policy.in_force, theirs)
                    && accepted_since(record)
            })
            .map(|(record, _)| *record)
            .collect();
        if refused.is_empty() {
            return;
        }
        for (id, state) in &self.subjects {
            for tracked in &state.versions {
                let votes = tracked.approvals.values().flatten();
                let worthless = votes.filter(|vote| refused.contains(&vote.record));
                let worthless: Vec<_> = worthless
                    .map(|vote| (vote.record, tracked.key.clone()))
                    .collect();
                if !worthless.is_empty() {
                    dirty.insert(id.clone());
                    self.elsewhere.worthless.extend(worthless);
                }
            }
        }
        self.elsewhere.without_effect.extend(refused);
    }

    /// Whether this line refused a record, and not only because it never had the policy `under`.
    pub(super) fn refuses_for_good(&self, under: &Digest, standing: &RecordStanding) -> bool {
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
        let suspended = self.by_suspended(line, parted);
        for (id, theirs) in &line.subjects {
            if let Some(state) = self.subjects.get_mut(id) {
                state.ever_granted |= theirs.ever_granted;
            }
            for tracked in &theirs.versions {
                if self.weigh_version(at, line, (id, theirs), tracked, parted, &suspended) {
                    dirty.insert(id.clone());
                }
            }
        }
        self.granted_paths
            .extend(line.granted_paths.iter().cloned());
        self.elsewhere.without_effect.extend(line.idle_decisions());
        self.limit_people_with(line);
        self.elsewhere.rollbacks.extend(line.idle_rollbacks());
        let holds_only = |id: &SubjectId, pin: &Pin| {
            let effect = Effect::RollBackFrom(pin.from.clone());
            let mut votes = pin.basis.iter();
            let known = |vote: &Vote| {
                let about = (vote.record, id.clone());
                self.elsewhere.rollbacks.contains(&about)
            };
            votes.clone().all(known)
                || votes.clone().any(|vote| suspended.contains(&vote.record))
                || votes.next().is_some_and(|vote| {
                    self.elsewhere
                        .is_insufficient(&effect, pin.basis.iter(), &vote.policy)
                })
        };
        let held: Vec<SubjectId> = self
            .subjects
            .iter()
            .filter(|(id, state)| state.pin.as_ref().is_some_and(|pin| holds_only(id, pin)))
            .map(|(id, _)| id.clone())
            .collect();
        for id in held {
            if let Some(state) = self.subjects.get_mut(&id)
                && let Some(pin) = &mut state.pin
            {
                pin.holds_only = true;
            }
            dirty.insert(id);
        }
    }

    /// Keeps which unblocks of people and of whole subjects do not suffice there.
    fn limit_people_with(&mut self, line: &Self) {
        let policies: BTreeSet<Digest> = line.policy.line.iter().copied().collect();
        let limit = |unblocks: &BTreeMap<PrincipalName, Vec<Vote>>, blocks: &[Standing]| {
            let votes = unblocks.values().flatten().map(|vote| vote.record);
            let ordered = |vote: &Digest| {
                let mut blocks = blocks.iter();
                blocks.any(|block| line.ordered(vote, &block.record))
            };
            Limit {
                votes: votes.filter(ordered).collect(),
                policies: policies.clone(),
                until: None,
            }
        };
        for (name, suspension) in &line.suspensions {
            let limit = limit(&suspension.unblocks, &suspension.blocks);
            self.elsewhere.limit(Effect::Readmit(name.clone()), limit);
        }
        for (id, state) in &line.subjects {
            let limit = limit(&state.unblocks_all, &state.blocked_all);
            self.elsewhere.limit(Effect::UnblockAll(id.clone()), limit);
        }
    }

    /// The same for one version; says whether anything changed.
    fn weigh_version(
        &mut self,
        at: LandingRef,
        line: &Self,
        (id, theirs): (&SubjectId, &SubjectState),
        their_tracked: &TrackedVersion,
        parted: Position,
        suspended: &BTreeSet<Digest>,
    ) -> bool {
        let landed_here = self.landed_here(id, their_tracked);
        let their_tracked = landed_here.as_ref().unwrap_or(their_tracked);
        let granted = is_granted(line, their_tracked);
        let lasting = granted
            && their_tracked
                .grant
                .as_ref()
                .is_some_and(|grant| grant.expires.is_none());
        let weighed = line.weigh(theirs, their_tracked, lasting);
        for (record, under) in &weighed.early {
            let early = EarlyVote {
                under: *under,
                policies: line.policy.line.iter().copied().collect(),
            };
            self.elsewhere.note_early(*record, early);
        }
        let key = &their_tracked.key;
        // Of two approved versions of one name, neither line knows better which was meant; see
        // `note_left_behind`.
        let knows_better = !granted && !reused(theirs, their_tracked);
        let mut rejects = BTreeMap::new();
        if knows_better {
            rejects.clone_from(&their_tracked.marks.rejects);
        }
        if !reused(theirs, their_tracked) {
            self.limit_with(line, their_tracked, &weighed);
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
        let tracked = state.tracked_mut(key);
        let mut changed = adopt_rejects(line, tracked, &rejects, suspended, at);
        let is_new = tracked.landed_last.is_some_and(|landed| landed >= parted);
        if is_new && their_tracked.landed.is_some() {
            for name in line.authors_of(theirs, their_tracked) {
                changed |= tracked.marks.authors.insert(name);
            }
        }
        let tracked = tracked.clone();
        let since = tracked
            .grant
            .as_deref()
            .filter(|grant| granted_since(grant, parted));
        // By someone who is suspended there, or who wrote it: what that line does not know is no
        // better.
        let barred = |name: &PrincipalName| {
            knows_better
                && their_tracked.landed.is_some()
                && (line.suspended(name) || tracked.marks.authors.contains(name))
        };
        // What a suspended recorder wrote down since, too.
        let recorded = |vote: &Vote| knows_better && suspended.contains(&vote.record);
        let effect = Effect::Grant(key.clone());
        // A reject that applies there came before the grant that its votes make here.
        let rejected = rejects
            .keys()
            .any(|name| tracked.marks.rejects.contains_key(name));
        let falls = |grant: &Grant| {
            let mut votes = grant.basis.iter().map(|(_, vote)| vote);
            grant.basis.iter().any(|(name, vote)| {
                barred(name)
                    || their_tracked.landed.is_some() && recorded(vote)
                    || self
                        .elsewhere
                        .worthless
                        .contains(&(vote.record, key.clone()))
            }) || self
                .elsewhere
                .is_insufficient(&effect, votes.clone(), &grant.policy)
                || rejected && votes.all(|vote| line.records.contains_key(&vote.record))
        };
        if let Some(grant) = since.filter(|grant| falls(grant)) {
            let of_barred = grant
                .basis
                .iter()
                .filter(|(name, vote)| barred(name) || recorded(vote))
                .map(|(_, vote)| (vote.record, key.clone()));
            self.elsewhere.worthless.extend(of_barred);
            let old = self.version_mut(id, key).grant.take();
            let old = old.map(|grant| (id.clone(), key.clone(), *grant));
            self.arriving.taken_back.extend(old);
            changed = true;
        } else if let Some(grant) = since {
            let votes = grant.basis.iter().map(|(_, vote)| vote);
            let until = self
                .elsewhere
                .sufficient_until(&effect, votes, &grant.policy);
            let end = earliest(grant.expires, until);
            if end != grant.expires {
                let tracked = self.version_mut(id, key);
                tracked
                    .grant
                    .iter_mut()
                    .for_each(|grant| grant.expires = end);
                changed = true;
            }
        }
        if changed {
            self.version_mut(id, key).fresh = true;
        }
        changed
    }

    /// A version whose bytes never landed on the other line and are here: what is asked for it
    /// there follows from where they are.
    fn landed_here(&self, id: &SubjectId, theirs: &TrackedVersion) -> Option<TrackedVersion> {
        if theirs.described.is_some() {
            return None;
        }
        let state = self.subjects.get(id)?;
        let ours = &state.versions[state.index(&theirs.key)?];
        let described = ours.described.clone()?;
        Some(TrackedVersion {
            described: Some(described),
            paths: ours.paths.clone(),
            ..theirs.clone()
        })
    }

    fn version_mut(&mut self, id: &SubjectId, key: &VersionKey) -> &mut TrackedVersion {
        self.subjects
            .entry(id.clone())
            .or_default()
            .tracked_mut(key)
    }

    /// Keeps what the votes that count there do not bring about there: under none of its policies,
    /// or where the version never landed there, under none but its last.
    fn limit_with(&mut self, line: &Self, their_tracked: &TrackedVersion, weighed: &Weighed) {
        let all: BTreeSet<Digest> = line.policy.line.iter().copied().collect();
        let mut policies = all.clone();
        if their_tracked.landed.is_none() {
            policies.remove(&line.policy.in_force);
        }
        let (marks, key) = (&their_tracked.marks, &their_tracked.key);
        let flagged = [&marks.deprecated, &marks.archived, &marks.rolled_back]
            .iter()
            .any(|flags| !flags.is_empty());
        let until = their_tracked.grant.as_deref().map(|grant| grant.expires);
        let mut limit = |effect: Effect, votes, policies: &BTreeSet<Digest>, until| {
            let policies = policies.clone();
            self.elsewhere.limit(
                effect,
                Limit {
                    votes,
                    policies,
                    until,
                },
            );
        };
        let counting = || weighed.counting.clone();
        match until {
            None => limit(Effect::Grant(key.clone()), counting(), &policies, None),
            Some(Some(end)) => limit(Effect::Grant(key.clone()), counting(), &all, Some(end)),
            Some(None) => {}
        }
        // It keeps the flag although it knows all of these votes.
        if flagged {
            let votes = weighed.all().collect();
            limit(Effect::ClearFlags(key.clone()), votes, &all, None);
        }
        if !marks.blocks.is_empty() {
            let votes = weighed.all().collect();
            limit(Effect::Unblock(key.clone()), votes, &all, None);
        }
        let votes = marks.rollbacks.values().flat_map(BTreeMap::values);
        let rollbacks = Limit {
            votes: votes.map(|vote| vote.record).collect(),
            policies: all.clone(),
            until: None,
        };
        self.elsewhere
            .limit(Effect::RollBackFrom(key.clone()), rollbacks);
    }
}

/// Whether a grant was made after the lines parted, or extended by a vote that came after.
fn granted_since(grant: &Grant, parted: Position) -> bool {
    let mut votes = grant.basis.iter();
    grant.at.position >= parted || votes.any(|(_, vote)| vote.position >= parted)
}

/// Whether a line grants a version, and the grant has not expired.
fn is_granted(line: &Lifecycle, tracked: &TrackedVersion) -> bool {
    tracked
        .grant
        .as_deref()
        .is_some_and(|grant| !grant.expired(line.now))
}

/// Takes over rejects that apply on the other line, unless someone withdrew them here with an
/// approval that it does not know.
fn adopt_rejects(
    line: &Lifecycle,
    tracked: &mut TrackedVersion,
    rejects: &BTreeMap<PrincipalName, Standing>,
    suspended: &BTreeSet<Digest>,
    at: LandingRef,
) -> bool {
    let mut changed = false;
    for (name, reject) in rejects {
        let answers = |vote: &Vote| {
            vote.answers.contains(&reject.record)
                && !line.ordered(&vote.record, &reject.record)
                && !suspended.contains(&vote.record)
        };
        let withdrawn = tracked
            .approvals
            .get(name)
            .is_some_and(|votes| votes.iter().any(answers));
        if !withdrawn && !tracked.marks.rejects.contains_key(name) {
            tracked.marks.rejects.insert(
                name.clone(),
                Standing {
                    record: reject.record,
                    position: at.position,
                },
            );
            tracked
                .records
                .extend((!tracked.records.contains(&reject.record)).then_some(reject.record));
            changed = true;
        }
    }
    changed
}
