//! Why a vote counts for nothing, and what each requirement still lacks.

use std::collections::BTreeMap;

use crate::evidence::PolicyVersion;
use countersign_model::{DecisionItem, Digest, PrincipalName, RuleId};

use super::admit::Admitted;
use super::exclusion::ELSEWHERE;
use super::ledger::{RequirementStatus, VersionKey};
use super::profile::SubjectProfile;
use super::requirement;
use super::state::Lifecycle;
use super::tracked_version::{TrackedVersion, Vote};
use super::vote::Count;

impl Lifecycle {
    /// What each requirement asks for on which `count` was made, and who meets it.
    pub(super) fn statuses(
        &self,
        version: &PolicyVersion,
        count: &Count<'_>,
    ) -> Vec<RequirementStatus> {
        let policy = &version.policy;
        let excluded = |name: &PrincipalName| {
            policy.separation_of_duties && count.exclusion.excluded.contains_key(name)
        };
        let eligible = |name: &PrincipalName| !excluded(name) && !self.suspended(name);
        let stolen = self.stolen(version);
        let can_sign =
            |name: &PrincipalName| version.roster.can_sign(name, self.ledger_time, &stolen);
        count
            .asked
            .iter()
            .flat_map(|asked| {
                let (profile, voters) = (&asked.profile, &asked.voters);
                requirement::statuses(policy, profile, voters, &eligible, &can_sign)
            })
            .collect()
    }

    /// What each person's votes on a version lack, for those that count for nothing: the rule that says
    /// so, and the record.
    pub(super) fn uncounted_votes(
        &self,
        version: &PolicyVersion,
        tracked: &TrackedVersion,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
        count: &Count<'_>,
        statuses: &[RequirementStatus],
    ) -> Vec<(PrincipalName, RuleId, Digest)> {
        let counts = |name: &PrincipalName| {
            statuses
                .iter()
                .any(|status| status.counted.iter().any(|(counted, _)| counted == name))
        };
        let asked = |name: &PrincipalName| {
            statuses
                .iter()
                .any(|status| status.candidates.contains(name))
        };
        let accept = |vote: &Vote| {
            statuses
                .iter()
                .any(|status| status.accept.contains(vote.evidence))
        };
        let excluded = |name: &PrincipalName| count.exclusion.excluded.get(name).copied();
        let mut idle = Vec::new();
        for (name, votes) in votes.iter().filter(|(name, _)| !counts(name)) {
            let Some(last) = votes.last() else { continue };
            let rule = if self.suspended(name) {
                RuleId::PrincipalSuspended
            } else if version.policy.separation_of_duties
                && excluded(name).is_some_and(|why| why != ELSEWHERE)
            {
                // Before what another line says: it may say so for the same reason.
                RuleId::SelfApproval
            } else if votes
                .iter()
                .all(|vote| self.elsewhere.is_worthless(vote, tracked))
            {
                RuleId::DecisionReplayed
            } else if version.policy.separation_of_duties && excluded(name).is_some() {
                RuleId::SelfApproval
            } else if votes.iter().any(|vote| self.void(vote, version)) {
                RuleId::KeyCompromised
            } else if !asked(name)
                || !votes
                    .iter()
                    .any(|vote| self.was_asked(version, tracked, name, vote))
            {
                RuleId::NotAuthorized
            } else if !votes.iter().any(accept) {
                RuleId::EvidenceNotAccepted
            } else {
                continue;
            };
            idle.push((name.clone(), rule, last.record));
        }
        idle
    }

    /// Why an accepted approve or unblock counts for nothing where its bytes lie: its author had a
    /// hand in them, or is not asked for.
    pub(super) fn uncounted(&self, admitted: &Admitted, item: &DecisionItem) -> Option<RuleId> {
        let version = self.policy();
        let who = &admitted.decision.principal;
        let state = self
            .subjects
            .get(&item.subject)
            .filter(|_| admitted.decision.kind.raises())?;
        let key = VersionKey {
            version: item.version.version()?.clone(),
            digest: *item.version.digest()?,
        };
        let tracked = state
            .index(&key)
            .map(|index| &state.versions[index])
            .filter(|tracked| tracked.landed.is_some())?;
        let policy = &version.policy;
        let profiles = Self::profiles(policy, tracked);
        if policy.separation_of_duties
            && self
                .exclusion(version, state, tracked, &profiles)
                .excluded
                .contains_key(who)
        {
            return Some(RuleId::SelfApproval);
        }
        if self.suspended(who) || !profiles.iter().any(|profile| profile.asks(policy, who)) {
            return Some(RuleId::NotAuthorized);
        }
        let requires = |profile: &SubjectProfile<'_>| {
            profile
                .rules
                .iter()
                .any(|rule| !policy.rules[*rule].require.is_empty())
        };
        let accepts = |profile: &SubjectProfile<'_>| {
            requires(profile) && profile.accept(policy).contains(admitted.evidence.kind)
        };
        (!profiles.iter().any(accepts)).then_some(RuleId::EvidenceNotAccepted)
    }
}
