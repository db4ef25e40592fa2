//! What each accepted decision does to a version. Trust rules 15 and 16.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::PolicyVersion;
use countersign_model::{
    Circumstance, DecisionKind, Digest, EvidenceKind, Fact, Observation, Place, Position,
    PrincipalName, RuleId, SubjectId, VersionRef,
};

use super::admit::Admitted;
use super::compact::append;
use super::ledger::{LandingRef, VersionKey};
use super::profile::{SubjectProfile, may_lower};
use super::state::{Lifecycle, SubjectState};
use super::suspend::{answers_all, lifts_something, vote};
use super::tracked_version::{Flag, Standing, TrackedVersion, Vote};

/// A subject's current version when a landing came, and the one that was current before it.
pub(super) struct Before {
    pub current: VersionKey,
    pub previous: Option<VersionKey>,
}

/// The landing whose decisions are applied.
pub(super) struct LandingContext<'a> {
    pub at: LandingRef,
    /// The policy in force.
    pub under: &'a PolicyVersion,
    /// The policy that the landing brings into force.
    pub successor: Option<&'a PolicyVersion>,
    /// Current versions when it came, of the subjects that it decides about.
    pub before: BTreeMap<SubjectId, Before>,
}

impl Lifecycle {
    /// Applies every accepted record of a landing, then judges what changed.
    pub(super) fn decide(
        &mut self,
        at: LandingRef,
        admitted: &[Admitted],
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let items: Vec<(usize, usize)> = admitted
            .iter()
            .enumerate()
            .flat_map(|(record, admitted)| {
                (0..admitted.decision.items.len()).map(move |item| (record, item))
            })
            .collect();
        for record in admitted.iter().filter(|record| !record.is_dropped()) {
            self.observe_misplaced(at, record);
        }
        let landing = LandingContext {
            at,
            under,
            successor,
            before: self.currents(admitted),
        };
        let first = [
            DecisionKind::Revoke,
            DecisionKind::Block,
            DecisionKind::Reject,
            DecisionKind::Approve,
            DecisionKind::Unblock,
        ];
        let last = [
            DecisionKind::Archive,
            DecisionKind::Deprecate,
            DecisionKind::Rollback,
        ];
        for (phase, kinds) in [&first[..], &last[..]].into_iter().enumerate() {
            for kind in kinds {
                for &(record, item) in items
                    .iter()
                    .filter(|(record, _)| admitted[*record].decision.kind == *kind)
                {
                    let subject = &admitted[record].decision.items[item].subject;
                    if !subject.kind.is_package() || self.had_effect(&admitted[record].digest, item)
                    {
                        continue;
                    }
                    dirty.insert(subject.clone());
                    let effect = self.apply(&landing, &admitted[record], item);
                    if *kind == DecisionKind::Block
                        && effect.is_ok()
                        && let Some(state) = self.subjects.get(subject).cloned()
                    {
                        self.bar_bytes(subject, &state, under);
                    }
                    self.happened(at, &admitted[record], item, effect);
                }
            }
            if phase == 0 {
                for id in dirty.iter() {
                    self.judge_subject(at, id, under);
                }
                // What was lifted here binds no one else either.
                for id in self.sharing(dirty) {
                    self.subjects
                        .get_mut(&id)
                        .into_iter()
                        .flat_map(|state| &mut state.versions)
                        .for_each(|tracked| tracked.fresh = true);
                    self.judge_subject(at, &id, under);
                    dirty.insert(id);
                }
            }
        }
        for id in dirty.iter() {
            self.settle_current(id);
        }
    }

    /// A record that applies although it is in the wrong place.
    pub(super) fn observe_misplaced(&mut self, at: LandingRef, admitted: &Admitted) {
        if *admitted.path != *admitted.decision.path() {
            self.observations.push(
                Observation::new(RuleId::RecordMisplaced)
                    .place(Place::file(&*admitted.path))
                    .principal(&admitted.decision.principal)
                    .landing(at.position, at.commit)
                    .with(Fact::Expected, admitted.decision.path())
                    .under(Circumstance::LowersAuthority),
            );
        }
    }

    fn currents(&self, admitted: &[Admitted]) -> BTreeMap<SubjectId, Before> {
        let subjects = admitted
            .iter()
            .flat_map(|record| record.decision.items.iter().map(|item| &item.subject));
        let before = |state: &SubjectState| {
            Some(Before {
                current: state.current.clone()?,
                previous: state.previous.clone(),
            })
        };
        subjects
            .filter_map(|id| Some((id.clone(), before(self.subjects.get(id)?)?)))
            .collect()
    }

    /// Owners of a subject under `version`, over every path where it lies or last lay.
    fn owners(&self, version: &PolicyVersion, id: &SubjectId) -> BTreeSet<PrincipalName> {
        let Some(state) = self.subjects.get(id) else {
            return BTreeSet::new();
        };
        state
            .last
            .iter()
            .flat_map(|path| SubjectProfile::of(&version.policy, id, path, None, None).owners)
            .cloned()
            .collect()
    }

    /// Whether a policy gives `who` the authority to lower a subject, at some path where it lies or
    /// last lay.
    pub(super) fn may_lower(
        &self,
        version: &PolicyVersion,
        id: &SubjectId,
        who: &PrincipalName,
    ) -> bool {
        may_lower(&version.policy, id, &self.owners(version, id), who)
    }

    /// The same under the policy in force at a landing or the one that it brings into force: to
    /// lower, either is enough.
    pub(super) fn may_lower_at(
        &self,
        landing: &LandingContext<'_>,
        id: &SubjectId,
        who: &PrincipalName,
    ) -> bool {
        let may = |version: &PolicyVersion| self.may_lower(version, id, who);
        may(landing.under) || landing.successor.is_some_and(may)
    }

    /// Applies one item of an accepted record to the version that it names, or says why it has no
    /// effect. The caller goes through the kinds of decisions in a fixed order, lowering before
    /// raising, so file order cannot matter.
    ///
    /// 1. **May they?** A decision that lowers needs one person with authority over the subject: an
    ///    owner, an administrator or an operator, under the policy in force or under the one that
    ///    this landing brings into force (trust rule 4). A rollback is checked later, because what
    ///    it needs depends on its target. Raising is not checked here: every admitted vote is kept,
    ///    and counted by `vote`.
    /// 2. **Every version?** A block or unblock without a version applies to the subject as a
    ///    whole.
    /// 3. **Final and barred bytes.** Revocation goes by digest, under any name, and nothing
    ///    decides about revoked bytes any more (trust rule 11). Bytes that are blocked under
    ///    another name take no approval.
    /// 4. **The version.** It is found or made by version and digest, so a decision about bytes
    ///    that never landed waits for them. Then:
    ///    - *block*: stops it, and every unblock so far is spent. *reject*: holds a draft back and
    ///      withdraws the author's own approval; it has no effect on a version that is granted.
    ///    - *approve*: becomes a vote. It must answer the author's own earlier reject by naming
    ///      that record, so an old approval that is landed again cannot undo a newer reject. There
    ///      is nothing to vote for while the version is blocked.
    ///    - *unblock*: becomes a vote for lifting, must answer every block that it lifts, and needs
    ///      a detached signature.
    ///    - *deprecate*, *archive*: set a flag on a granted version.
    ///
    /// Nothing is granted, lifted or made current here. That is for [`Self::judge_subject`] and
    /// `current`, once all decisions of the landing have been applied.
    fn apply(
        &mut self,
        landing: &LandingContext<'_>,
        admitted: &Admitted,
        item: usize,
    ) -> Result<(), RuleId> {
        let LandingContext { at, under, .. } = *landing;
        let index = item;
        let decision = &admitted.decision;
        let item = &decision.items[item];
        let who = &decision.principal;
        let id = &item.subject;
        if !decision.kind.raises()
            && decision.kind != DecisionKind::Rollback
            && !self.may_lower_at(landing, id, who)
        {
            return Err(RuleId::NotAuthorized);
        }
        let standing = Standing {
            record: admitted.digest,
            position: at.position,
        };
        let VersionRef::One(version, digest) = &item.version else {
            return self.apply_to_all(at, admitted, id, standing, under);
        };
        let key = VersionKey {
            version: version.clone(),
            digest: *digest,
        };
        if decision.kind == DecisionKind::Revoke {
            return self.revoke(admitted, id, &key, under, landing.successor);
        }
        if self.is_version_revoked(id, &key) {
            return Err(RuleId::DecisionWithoutEffect);
        }
        let flags = [
            DecisionKind::Deprecate,
            DecisionKind::Archive,
            DecisionKind::Rollback,
        ];
        if flags.contains(&decision.kind) && self.is_overruled(landing, id, &key, &admitted.digest)
        {
            return Err(RuleId::DecisionWithoutEffect);
        }
        if decision.kind == DecisionKind::Rollback {
            return self.roll_back(landing, admitted, id, &key);
        }
        let barred = decision.kind == DecisionKind::Approve && self.is_barred(id, &key);
        let (now, signed) = (
            self.now_at(),
            admitted.evidence.kind == EvidenceKind::Signature,
        );
        let seen = self.seen(&admitted.digest, at.position);
        let flag = Flag {
            record: admitted.digest,
            position: at.position,
            time: decision.time,
        };
        let state = self.subjects.entry(id.clone()).or_default();
        let blocked_all = !state.blocked_all.is_empty();
        let tracked = state.tracked_mut(&key);
        tracked.fresh = true;
        if !admitted.is_live() && !tracked.records.contains(&admitted.digest) {
            append(&mut tracked.records, admitted.digest);
        }
        if barred {
            return Err(RuleId::DecisionWithoutEffect);
        }
        match decision.kind {
            DecisionKind::Block => {
                tracked.marks.blocks.push(standing);
                tracked
                    .marks
                    .blocked_paths
                    .extend(tracked.paths.iter().cloned());
                Ok(())
            }
            DecisionKind::Reject if tracked.granted(now) => Err(RuleId::DecisionWithoutEffect),
            // Withdrawn by an approval that landed first.
            DecisionKind::Reject if tracked.is_answered_by(who, &admitted.digest) => {
                Err(RuleId::DecisionWithoutEffect)
            }
            DecisionKind::Reject => {
                tracked.approvals.remove(who);
                tracked.marks.rejects.insert(who.clone(), standing);
                Ok(())
            }
            DecisionKind::Approve
                if admitted.decision.review.is_some() && tracked.landed.is_none() =>
            {
                Err(RuleId::DecisionWithoutEffect)
            }
            DecisionKind::Approve if blocked_all || !tracked.marks.blocks.is_empty() => {
                Err(RuleId::DecisionWithoutEffect)
            }
            DecisionKind::Approve => {
                if let Some(own) = tracked.marks.rejects.get(who) {
                    if !answers_all(&decision.answers, &[*own], at) {
                        return Err(RuleId::Unanswered);
                    }
                    tracked.marks.rejects.remove(who);
                }
                append(
                    tracked.approvals.entry(who.clone()).or_default(),
                    vote(admitted, at, seen, under.digest),
                );
                Ok(())
            }
            DecisionKind::Unblock if !signed => Err(RuleId::EvidenceNotAccepted),
            DecisionKind::Unblock if !answers_all(&decision.answers, &tracked.marks.blocks, at) => {
                Err(RuleId::Unanswered)
            }
            DecisionKind::Unblock => {
                tracked
                    .marks
                    .unblocks
                    .entry(who.clone())
                    .or_default()
                    .push(vote(admitted, at, seen, under.digest));
                lifts_something(&tracked.marks.blocks)
            }
            DecisionKind::Deprecate | DecisionKind::Archive if tracked.grant.is_some() => {
                let flags = if decision.kind == DecisionKind::Deprecate {
                    &mut tracked.marks.deprecated
                } else {
                    &mut tracked.marks.archived
                };
                let first = flags.is_empty();
                flags.push(flag);
                if first {
                    return Ok(());
                }
                // It changes nothing today, and an approval must be cast over it all the same.
                self.note_effect(admitted, index);
                Err(RuleId::DecisionWithoutEffect)
            }
            _ => Err(RuleId::DecisionWithoutEffect),
        }
    }

    /// Whether approvals that landed before `record`, and name it, meet the requirement on their
    /// own: then it was cleared before it landed.
    fn is_overruled(
        &self,
        landing: &LandingContext<'_>,
        id: &SubjectId,
        key: &VersionKey,
        record: &Digest,
    ) -> bool {
        let Some(state) = self.subjects.get(id) else {
            return false;
        };
        let Some(tracked) = state.index(key).map(|index| &state.versions[index]) else {
            return false;
        };
        let names_it = |vote: &&Vote| {
            vote.evidence != EvidenceKind::Review
                && vote.answers.contains(record)
                && vote.position < landing.at.position
        };
        let votes: BTreeMap<PrincipalName, Vec<Vote>> = tracked
            .approvals
            .iter()
            .map(|(name, votes)| {
                (
                    name.clone(),
                    votes.iter().filter(names_it).cloned().collect(),
                )
            })
            .collect();
        if votes.values().all(Vec::is_empty) {
            return false;
        }
        let enough = |version| {
            self.count(version, state, tracked, &votes, self.now_at())
                .met
        };
        enough(landing.under) && landing.successor.is_none_or(enough)
    }

    /// The landing that made the first copy of a record that raises reachable.
    pub(super) fn seen(&self, record: &Digest, position: Position) -> Position {
        self.seen_on_side
            .get(record)
            .copied()
            .unwrap_or(position)
            .min(position)
    }

    fn apply_to_all(
        &mut self,
        at: LandingRef,
        admitted: &Admitted,
        id: &SubjectId,
        standing: Standing,
        under: &PolicyVersion,
    ) -> Result<(), RuleId> {
        let decision = &admitted.decision;
        let worthless = self.elsewhere.without_effect.contains(&admitted.digest);
        let state = self.subjects.entry(id.clone()).or_default();
        match decision.kind {
            DecisionKind::Block => {
                state.blocked_all.push(standing);
                state
                    .blocked_paths
                    .extend(state.last.iter().map(|path| Arc::from(path.as_str())));
                Ok(())
            }
            DecisionKind::Unblock if admitted.evidence.kind != EvidenceKind::Signature => {
                Err(RuleId::EvidenceNotAccepted)
            }
            DecisionKind::Unblock if worthless => Err(RuleId::DecisionReplayed),
            DecisionKind::Unblock if !answers_all(&decision.answers, &state.blocked_all, at) => {
                Err(RuleId::Unanswered)
            }
            DecisionKind::Unblock => {
                let vote = vote(admitted, at, at.position, under.digest);
                state
                    .unblocks_all
                    .entry(decision.principal.clone())
                    .or_default()
                    .push(vote);
                lifts_something(&state.blocked_all)
            }
            _ => Err(RuleId::DecisionWithoutEffect),
        }
    }
}

/// Whether other bytes were granted under this declared version.
pub(super) fn reused(state: &SubjectState, tracked: &TrackedVersion) -> bool {
    !tracked.key.version.is_pseudo()
        && state.versions.iter().any(|other| {
            other.was_granted()
                && other.key.digest != tracked.key.digest
                && other.key.version == tracked.key.version
        })
}
