//! Which votes count at a landing: still valid, not void, by somebody who still may.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::evidence::PolicyVersion;
use crate::model::{DecisionItem, Digest, EvidenceKind, Policy, Position, PrincipalName, RuleId, Timestamp};

use super::ledger::RowKey;
use super::people::{self, Exclusion, Leniency};
use super::profile::Profile;
use super::requirement::{self, Answer};
use super::row::{RowState, Vote};
use super::state::{Lifecycle, SubjectState};
use super::step::Admitted;

/// The votes on one row that count, and the answer they give.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub answer: Answer,
    pub basis: Vec<(PrincipalName, Vote)>,
    pub expires: Option<Timestamp>,
    pub exclusion: Exclusion,
}

impl Lifecycle {
    /// Whether a stolen key's vote is void under `version`.
    pub(super) fn void(&self, vote: &Vote, version: &PolicyVersion) -> bool {
        let since = vote.key.as_ref().map(|key| version.roster.compromised(&key.id)).unwrap_or_default();
        since.into_iter().any(|since| {
            // A landing that is not on this line cannot be dated: then everything that key signed is void.
            let from = self.landings.iter().position(|commit| *commit == Some(since)).unwrap_or(0);
            vote.position >= Position(from as u32)
        })
    }

    pub(super) fn suspended(&self, name: &PrincipalName) -> bool {
        self.suspensions.get(name).is_some_and(|suspension| !suspension.blocks.is_empty())
    }

    /// Profiles of every path where the row lies or last lay: each must be met.
    pub(super) fn profiles(policy: &Policy, row: &RowState) -> Vec<Profile> {
        let Some(described) = &row.described else { return Vec::new() };
        let mut profiles: Vec<Profile> = Vec::new();
        for path in &row.paths {
            let profile = described.profile(policy, path);
            if !profiles.contains(&profile) {
                profiles.push(profile);
            }
        }
        profiles
    }

    /// Who may not approve this row, because of what they did to it.
    pub(super) fn exclusion(&self, version: &PolicyVersion, subject: &SubjectState, row: &RowState, profiles: &[Profile]) -> Exclusion {
        let Some(upto) = row.landed_last else { return Exclusion::default() };
        let first = row.landed.map_or(upto, |landing| landing.position);
        let after = last_granted_before(subject, row, first);
        let policy = &version.policy;
        let strict_committers = profiles.iter().any(|profile| profile.risk.is_high());
        let strict_trailers = profiles.iter().any(|profile| {
            profile.risk.is_high()
                || profile.rules.iter().any(|rule| policy.rules[*rule].require.iter().map(|r| u64::from(r.count)).sum::<u64>() >= 2)
        });
        let signed_in = |people: &super::provenance::People<'_>, name: &PrincipalName| {
            let landed_it = |vote: &Vote| self.landings.get(vote.position.0 as usize) == Some(&people.commit);
            let mut votes = row.approvals.get(name).into_iter().flatten();
            people.commit.is_some() && votes.any(|vote| vote.evidence == EvidenceKind::Signature && landed_it(vote))
        };
        let leniency = Leniency { strict_trailers, strict_committers, candidate: self.candidate, signed_in: &signed_in };
        let mut found = Exclusion::default();
        for path in &row.paths {
            let contributors = self.provenance.contributors(path.as_bytes(), after, upto);
            let more = people::exclude(version, &self.provenance, &contributors, &leniency);
            found.excluded.extend(more.excluded);
            found.exempt.extend(more.exempt);
            found.unknown.extend(more.unknown);
        }
        found.exempt.retain(|name, _| !found.excluded.contains_key(name));
        found
    }

    /// Whether some rule in force at the vote's landing asked for this person. Who was not asked then has decided nothing, whatever a later
    /// policy says.
    fn was_asked(&self, version: &PolicyVersion, row: &RowState, name: &PrincipalName, vote: &Vote) -> bool {
        if vote.policy == version.digest {
            // The count itself asks the policy in force.
            return true;
        }
        let Some(then) = self.policy.versions.get(&vote.policy) else { return false };
        Self::profiles(&then.policy, row).iter().any(|profile| {
            let requirements = profile.rules.iter().flat_map(|rule| &then.policy.rules[*rule].require);
            requirements.flat_map(|requirement| &requirement.from).any(|from| then.policy.people(from, &profile.owners).contains(name))
        })
    }

    /// What each person's votes on a row lack, for those that count for nothing: the rule that says so, and the record.
    pub(super) fn idle(
        &self,
        version: &PolicyVersion,
        row: &RowState,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
        count: &Count,
    ) -> Vec<(PrincipalName, RuleId, Digest)> {
        let people = count.answer.people();
        let asked = |name: &PrincipalName| count.answer.statuses.iter().any(|status| status.candidates.contains(name));
        let accept = |vote: &Vote| count.answer.statuses.iter().any(|status| status.accept.contains(&vote.evidence));
        let mut idle = Vec::new();
        for (name, votes) in votes.iter().filter(|(name, _)| !people.contains(name)) {
            let Some(last) = votes.last() else { continue };
            let rule = if version.policy.separation_of_duties && count.exclusion.excluded.contains_key(name) {
                RuleId::SelfApproval
            } else if self.suspended(name) {
                RuleId::PrincipalSuspended
            } else if votes.iter().any(|vote| self.void(vote, version)) {
                RuleId::KeyCompromised
            } else if !asked(name) || !votes.iter().any(|vote| self.was_asked(version, row, name, vote)) {
                RuleId::NotAuthorised
            } else if !votes.iter().any(accept) {
                RuleId::EvidenceNotAccepted
            } else {
                continue;
            };
            idle.push((name.clone(), rule, last.record));
        }
        idle
    }

    /// Why an accepted approve or unblock counts for nothing where its bytes lie: its author had a hand in them, or is not asked for.
    pub(super) fn uncounted(&self, admitted: &Admitted, item: &DecisionItem) -> Option<RuleId> {
        let version = self.policy();
        let who = &admitted.decision.principal;
        let state = self.subjects.get(&item.subject).filter(|_| admitted.decision.kind.raises())?;
        let key = RowKey { version: item.version.version()?.clone(), digest: *item.version.digest()? };
        let row = state.index(&key).map(|index| &state.rows[index]).filter(|row| row.landed.is_some())?;
        let count = self.count(version, state, row, &BTreeMap::new(), self.ledger_time);
        if version.policy.separation_of_duties && count.exclusion.excluded.contains_key(who) {
            return Some(RuleId::SelfApproval);
        }
        if !count.answer.statuses.iter().any(|status| status.candidates.contains(who)) {
            return Some(RuleId::NotAuthorised);
        }
        let accepts = count.answer.statuses.iter().any(|status| status.accept.contains(&admitted.evidence.kind));
        (!accepts).then_some(RuleId::EvidenceNotAccepted)
    }

    /// Counts `votes` on a row at `time` under `version`.
    pub(super) fn count(
        &self,
        version: &PolicyVersion,
        subject: &SubjectState,
        row: &RowState,
        votes: &BTreeMap<PrincipalName, Vec<Vote>>,
        time: Timestamp,
    ) -> Count {
        let policy = &version.policy;
        let profiles = Self::profiles(policy, row);
        let exclusion = self.exclusion(version, subject, row, &profiles);
        let separated = |name: &PrincipalName| policy.separation_of_duties && exclusion.excluded.contains_key(name);
        let mut count = Count { answer: Answer { met: !profiles.is_empty(), statuses: Vec::new() }, ..Count::default() };
        for profile in &profiles {
            let accept = profile.accept(policy);
            let expire_after = profile.expire_after(policy);
            let end = |vote: &Vote| earliest(vote.expires, expire_after.map(|seconds| vote.time.plus(seconds)));
            let valid = |vote: &&Vote| accept.contains(&vote.evidence) && !self.void(vote, version);
            let mut best: BTreeMap<PrincipalName, &Vote> = BTreeMap::new();
            for (name, votes) in votes {
                if separated(name) || self.suspended(name) {
                    continue;
                }
                let valid = |vote: &&Vote| valid(vote) && self.was_asked(version, row, name, vote);
                // The latest position wins, also where it ends sooner; within one landing the vote that ends first.
                let latest = votes.iter().filter(valid).max_by_key(|vote| (vote.position, Reverse((end(vote).is_none(), end(vote)))));
                if let Some(vote) = latest.filter(|vote| end(vote).is_none_or(|end| time < end)) {
                    best.insert(name.clone(), vote);
                }
            }
            let mut kinds: BTreeMap<PrincipalName, EvidenceKind> = best.iter().map(|(name, vote)| (name.clone(), vote.evidence)).collect();
            let eligible = |name: &PrincipalName| !separated(name) && !self.suspended(name);
            let mut answer = requirement::judge(policy, profile, &kinds, &eligible);
            // Those whose votes end first are left out while the others suffice: so the grant holds as long as it can.
            let mut by_end: Vec<&PrincipalName> = best.keys().filter(|name| end(best[*name]).is_some()).collect();
            by_end.sort_by_key(|name| end(best[*name]));
            if !answer.met {
                by_end.clear();
            }
            for name in by_end {
                let evidence = kinds.remove(name);
                let without = requirement::judge(policy, profile, &kinds, &eligible);
                if without.met {
                    answer = without;
                } else if let Some(evidence) = evidence {
                    kinds.insert(name.clone(), evidence);
                    break;
                }
            }
            for name in answer.people() {
                let vote = best[name];
                count.expires = earliest(count.expires, end(vote));
                if !count.basis.iter().any(|(_, known)| known.record == vote.record) {
                    count.basis.push((name.clone(), vote.clone()));
                }
            }
            count.answer.met &= answer.met;
            count.answer.statuses.extend(answer.statuses);
        }
        count.exclusion = exclusion;
        count
    }
}

/// The last landing before `first` at which the subject's tree held a granted digest other than the row's.
fn last_granted_before(subject: &SubjectState, row: &RowState, first: Position) -> Option<Position> {
    let granted = |digest: &Digest| subject.rows.iter().rev().any(|other| other.grant.is_some() && other.key.digest == *digest);
    // The newest first: it is seldom far back.
    let before = subject.history.partition_point(|(from, _)| *from < first);
    (0..before).rev().find_map(|index| {
        let digest = subject.history[index].1?;
        let until = subject.history.get(index + 1).map_or(first, |(next, _)| *next).min(first);
        let held = digest != row.key.digest && until.0 > 0 && granted(&digest);
        held.then(|| Position(until.0 - 1))
    })
}

/// The earlier of two ends, where `None` is never.
pub(super) fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
