//! Going back to an earlier version. Trust rule 16.
//!
//! One step back takes one signature of someone with authority; further back takes the approvals
//! that the version would need. A rollback pins its target as the current version.

use std::collections::BTreeMap;

use crate::evidence::PolicyVersion;
use countersign_model::{PrincipalName, RuleId, State, SubjectId};

use super::admit::Admitted;
use super::compact::append;
use super::decide::LandingContext;
use super::elsewhere::Effect;
use super::exclusion::Work;
use super::ledger::VersionKey;
use super::state::{Lifecycle, Pin, SubjectState};
use super::suspend::vote;
use super::tracked_version::{Flag, TrackedVersion, Vote};

impl Lifecycle {
    /// Goes back from the current version `key`, or keeps the vote until others join it.
    pub(super) fn roll_back(
        &mut self,
        landing: &LandingContext<'_>,
        admitted: &Admitted,
        id: &SubjectId,
        key: &VersionKey,
    ) -> Result<(), RuleId> {
        let LandingContext { at, under, .. } = *landing;
        let decision = &admitted.decision;
        let to = decision.to.as_ref().ok_or(RuleId::DecisionWithoutEffect)?;
        let now = self.now_at();
        self.settle_current(id);
        let state = self.subjects.get(id).ok_or(RuleId::DecisionWithoutEffect)?;
        let before = landing
            .before
            .get(id)
            .filter(|before| before.current == *key);
        let was_current = before.is_some();
        if !was_current && state.current.as_ref() != Some(key) {
            return Err(RuleId::DecisionWithoutEffect);
        }
        let target = state
            .versions
            .iter()
            .find(|tracked| {
                tracked.key.version == *to
                    && tracked.key != *key
                    && tracked.granted(now)
                    && self.flags(state, tracked) == State::Approved
            })
            .ok_or(RuleId::DecisionWithoutEffect)?;
        let target_key = target.key.clone();
        let who = &decision.principal;
        let cast = vote(admitted, at, at.position, under.digest);
        // What was current when the landing came: a block in this very landing must not choose what
        // precedes.
        let preceding = before
            .map_or(&state.previous, |before| &before.previous)
            .as_ref()
            == Some(&target_key);
        let one_suffices = preceding && self.may_lower_at(landing, id, who);
        let enough = if one_suffices {
            Some(vec![cast.clone()])
        } else {
            self.votes_to_go_back(under, state, key, target, who, &cast)?
        };
        let Some(basis) = enough else {
            let state = self.subjects.get_mut(id).expect("looked up above");
            let rollbacks = &mut state.tracked_mut(key).marks.rollbacks;
            rollbacks
                .entry(to.clone())
                .or_default()
                .insert(who.clone(), cast);
            return Ok(());
        };
        let flag = Flag {
            record: admitted.digest,
            position: at.position,
            time: decision.time,
        };
        let effect = Effect::RollBackFrom(key.clone());
        let about = (admitted.digest, id.clone());
        let holds_only = self.elsewhere.rollbacks.contains(&about)
            || self
                .elsewhere
                .is_insufficient(&effect, basis.iter(), &under.digest);
        let state = self.subjects.get_mut(id).expect("looked up above");
        let tracked = state.tracked_mut(key);
        tracked.marks.rolled_back.push(flag);
        append(&mut tracked.records, admitted.digest);
        tracked.marks.rollbacks.clear();
        state.pin = Some(Pin {
            to: target_key,
            from: key.clone(),
            position: at.position,
            basis,
            holds_only,
        });
        Ok(())
    }

    /// The votes that go back to `target`, with `cast` and those before it, once they suffice under
    /// the policy in force and the one that this landing brings into force. `Err` when no one asks
    /// for this vote.
    fn votes_to_go_back(
        &self,
        under: &PolicyVersion,
        state: &SubjectState,
        key: &VersionKey,
        target: &TrackedVersion,
        who: &PrincipalName,
        cast: &Vote,
    ) -> Result<Option<Vec<Vote>>, RuleId> {
        let from = state.index(key).map(|index| &state.versions[index].marks);
        let before = from.and_then(|marks| marks.rollbacks.get(&target.key.version));
        let mut votes: BTreeMap<PrincipalName, Vec<Vote>> = before
            .into_iter()
            .flatten()
            .map(|(name, vote)| (name.clone(), vec![vote.clone()]))
            .collect();
        votes.insert(who.clone(), vec![cast.clone()]);
        let count = |policy| {
            let now = self.now_at();
            self.count_as(Work::Granted, policy, state, target, &votes, now)
        };
        let mut counted = count(under);
        let asked = self.statuses(under, &counted).iter().any(|status| {
            status.candidates.contains(who) || status.counted.iter().any(|(name, _)| name == who)
        });
        if !asked {
            return Err(RuleId::NotAuthorized);
        }
        let next = self.successor.as_deref();
        if !counted.met || next.is_some_and(|next| !count(next).met) {
            return Ok(None);
        }
        if self
            .elsewhere
            .is_limited(&Effect::RollBackFrom(key.clone()))
        {
            counted.rest_on_all();
        }
        Ok(counted.votes())
    }
}
