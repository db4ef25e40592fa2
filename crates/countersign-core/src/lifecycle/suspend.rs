//! Suspending principals: one administrator, or the principal's own key, blocks; the policy's
//! threshold brings back.

use crate::evidence::PolicyVersion;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, Position, PrincipalName, RuleId, VersionRef,
};

use super::admit::{Admitted, Arrived};
use super::compact::Paths;
use super::elsewhere::Effect;
use super::ledger::LandingRef;
use super::state::Lifecycle;
use super::step::principal_of;
use super::tracked_version::{Lifted, Standing, Vote, lifting};

impl Lifecycle {
    /// Blocks and unblocks of principals, judged before every other record of the landing: from
    /// here on a suspended one does not count. Says whether there were any.
    pub(super) fn suspend(
        &mut self,
        at: LandingRef,
        arrived: Arrived<'_>,
        under: &PolicyVersion,
    ) -> bool {
        let admitted = self.admit_all(at, arrived, under, None, |record| {
            record.decision.as_ref().is_ok_and(|decision| {
                decision
                    .items
                    .iter()
                    .any(|item| principal_of(&item.subject).is_some())
            })
        });
        let mixed = |record: &&Admitted| {
            record
                .decision
                .items
                .iter()
                .any(|item| principal_of(&item.subject).is_none())
        };
        self.partly
            .extend(admitted.iter().filter(mixed).map(|record| record.digest));
        // Blocks first, all judged against those who were suspended before: two who block each
        // other are both blocked.
        for record in admitted.iter().filter(|record| !record.is_dropped()) {
            self.observe_misplaced(at, record);
        }
        for kind in [DecisionKind::Block, DecisionKind::Unblock] {
            for record in admitted
                .iter()
                .filter(|record| record.decision.kind == kind)
            {
                for item in 0..record.decision.items.len() {
                    // A batch may hold other things; they are judged in their turn.
                    if principal_of(&record.decision.items[item].subject).is_none()
                        || self.had_effect(&record.digest, item)
                    {
                        continue;
                    }
                    let effect = self.principal_item(at, record, item, under);
                    self.happened(at, record, item, effect);
                }
            }
        }
        self.readmit(under);
        !admitted.is_empty()
    }

    fn principal_item(
        &mut self,
        at: LandingRef,
        admitted: &Admitted,
        item: usize,
        under: &PolicyVersion,
    ) -> Result<(), RuleId> {
        let decision = &admitted.decision;
        let item = &decision.items[item];
        let target = principal_of(&item.subject)
            .filter(|name| under.policy.principals.contains_key(name))
            .ok_or(RuleId::DecisionWithoutEffect)?;
        if item.version != VersionRef::All {
            return Err(RuleId::DecisionWithoutEffect);
        }
        let by = &decision.principal;
        let administrator = under.policy.administrators.contains(by);
        match decision.kind {
            DecisionKind::Block if administrator || *by == target => {
                let suspension = self.suspensions.entry(target).or_default();
                suspension.blocks.push(Standing {
                    record: admitted.digest,
                    position: at.position,
                });
                Ok(())
            }
            DecisionKind::Unblock if administrator && *by != target => {
                if admitted.evidence.kind != EvidenceKind::Signature {
                    return Err(RuleId::EvidenceNotAccepted);
                }
                if self.elsewhere.without_effect.contains(&admitted.digest) {
                    return Err(RuleId::DecisionReplayed);
                }
                let suspension = self.suspensions.entry(target).or_default();
                if !answers_all(&decision.answers, &suspension.blocks, at) {
                    return Err(RuleId::Unanswered);
                }
                suspension
                    .unblocks
                    .entry(by.clone())
                    .or_default()
                    .push(vote(admitted, at, at.position, under.digest));
                lifts_something(&suspension.blocks)
            }
            _ => Err(RuleId::NotAuthorized),
        }
    }

    fn readmit(&mut self, under: &PolicyVersion) {
        let needed = under.policy.policy_changes as usize;
        let ready: Vec<PrincipalName> = self
            .suspensions
            .iter()
            .filter(|(target, suspension)| {
                let lifting = lifting(&suspension.unblocks, &suspension.blocks);
                let counted = lifting.iter().filter(|(name, votes)| {
                    *name != *target
                        && under.policy.administrators.contains(name)
                        && under.policy.is_person(name)
                        && !self.suspended(name)
                        && votes.iter().any(|vote| {
                            !self.void(vote, under)
                                && !self.elsewhere.without_effect.contains(&vote.record)
                        })
                });
                let effect = Effect::Readmit((*target).clone());
                let votes = || lifting.values().flatten();
                !suspension.blocks.is_empty()
                    && needed > 0
                    && counted.count() >= needed
                    && !self
                        .elsewhere
                        .is_insufficient(&effect, votes(), &under.digest)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in ready {
            let Some(suspension) = self.suspensions.get_mut(&name) else {
                continue;
            };
            let blocks = std::mem::take(&mut suspension.blocks);
            let basis = lifting(&suspension.unblocks, &blocks)
                .into_values()
                .flatten()
                .collect();
            suspension.lifted.push(Lifted {
                blocks,
                paths: Paths::default(),
                basis,
            });
        }
    }
}

/// Whether `answers` lists every standing record, none of which came in this very landing (there
/// the lowering one wins).
pub(super) fn answers_all(answers: &[Digest], standing: &[Standing], at: LandingRef) -> bool {
    standing
        .iter()
        .all(|block| block.position < at.position && answers.contains(&block.record))
}

/// An unblock where nothing is blocked has no effect yet. It is kept, because a merge may bring the
/// block that it names later.
pub(super) const fn lifts_something(blocks: &[Standing]) -> Result<(), RuleId> {
    if blocks.is_empty() {
        Err(RuleId::DecisionWithoutEffect)
    } else {
        Ok(())
    }
}

/// The vote that an admitted record is; `seen` is the landing that made its first copy reachable.
pub(super) fn vote(admitted: &Admitted, at: LandingRef, seen: Position, policy: Digest) -> Vote {
    Vote {
        record: admitted.digest,
        position: at.position,
        seen,
        time: admitted.decision.time,
        expires: admitted.decision.expires,
        evidence: admitted.evidence.kind,
        key: admitted.evidence.key.clone(),
        listings: admitted.evidence.listings.clone(),
        policy,
        answers: admitted.decision.answers.clone(),
    }
}
