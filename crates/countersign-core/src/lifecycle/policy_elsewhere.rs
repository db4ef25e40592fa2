//! Policies that a line which knows the same votes does not have in force.

use crate::evidence::PolicyVersion;
use countersign_model::{Digest, Position, PrincipalName};

use super::ledger::LandingRef;
use super::state::{Fork, Lifecycle};
use super::tracked_version::Vote;

impl Lifecycle {
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
                found.push(Fork::new(version, at, parted));
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

    /// Whether this line has the text of a policy, and its votes do not suffice here: its author is
    /// another one, or a vote came too early.
    fn misses_votes_for(&self, version: &PolicyVersion) -> bool {
        let key = (version.digest, version.policy.serial);
        let previous = version.policy.previous;
        let (Some(text), Some(under)) = (
            self.policy.versions.get(&version.digest),
            previous.and_then(|previous| self.policy.versions.get(&previous)),
        ) else {
            return false;
        };
        let votes = self.policy.votes.get(&key);
        votes.is_some_and(|votes| self.policy_requirement(text, under, votes).status.missing > 0)
    }

    /// Whether a policy of this line rests on votes that the other line knows, and that do not bring
    /// it into force there.
    fn rests_on_others(&self, line: &Self, version: &PolicyVersion) -> bool {
        let key = (version.digest, version.policy.serial);
        let listed = |name: &PrincipalName| line.policy().policy.principals.contains_key(name);
        let stands = |(name, record): (&PrincipalName, &Digest)| {
            let answered = self.policy.answered.contains(&(name.clone(), *record));
            listed(name) && !answered
        };
        let held = line
            .policy
            .rejects
            .get(&key)
            .is_some_and(|rejects| rejects.iter().any(stands));
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
        (held || line.misses_votes_for(version)) && votes().all(known) || votes().any(worthless)
    }
}
