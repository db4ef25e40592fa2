//! Policies that replace one that was in force here, on another line: rivals of the line that is
//! judged. Trust rule 3.
//!
//! Such a policy is found in two ways. Another line that a merge makes reachable is replayed by its
//! own rules, and a policy that came into force there and not here is a fork. And where a policy
//! and its approvals arrive by different merges, so that no one line has both, they are judged
//! together by the rule that judges this line, its authors excluded.
//!
//! Who is suspended here, or whose key was stolen, still counts for a rival: the other line may not
//! know of it, and to see a fork is to fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::{Evidence, Occasion, PolicyVersion, Record, attribute};
use countersign_model::{
    Decision, DecisionKind, Digest, EvidenceKind, EvidenceKinds, Position, PrincipalName, RuleId,
    Timestamp, VersionRef,
};

use super::admit::Arrived;
use super::ledger::{LandingRef, Outcome};
use super::policy_authority::owns;
use super::state::{Fork, Lifecycle, PolicyKey};
use super::tracked_version::{Grant, Vote};

impl Lifecycle {
    /// Notes who approved which policy on whatever line, by each policy that was ever in force
    /// here: approvals may come after the policy.
    pub(super) fn note_side_votes(&mut self, arrived: Arrived<'_>) {
        // On the other line the record may be old: the date of the merge that brings it here, which
        // anyone may set, cannot make it too new.
        let occasion = Occasion {
            ledger_time: Timestamp::from_unix(i64::MAX),
            candidate: false,
        };
        for record in arrived.records.iter().chain(arrived.side) {
            let Ok(decision) = &record.decision else {
                continue;
            };
            if decision.kind != DecisionKind::Approve {
                continue;
            }
            self.note_answers(record, decision);
            for item in &decision.items {
                let VersionRef::Serial(_, digest) = &item.version else {
                    continue;
                };
                for judge in &self.policy.line {
                    let version = &self.policy.versions[judge];
                    let proved = attribute(record, version, occasion)
                        .is_ok_and(|evidence| evidence.kind == EvidenceKind::Signature);
                    if proved && version.policy.administrators.contains(&decision.principal) {
                        self.policy
                            .side_votes
                            .entry((*digest, *judge))
                            .or_default()
                            .insert(decision.principal.clone());
                    }
                }
            }
        }
    }

    /// Finds policies of side lines that have every approval they take, wherever these arrived.
    pub(super) fn recognize_forks(&mut self, at: LandingRef, successor: Option<&PolicyVersion>) {
        let mut found = Vec::new();
        for digest in &self.policy.side {
            let version = &self.policy.versions[digest];
            let known = self.is_known_policy(digest)
                || successor.is_some_and(|next| next.digest == *digest);
            let replaced = version
                .policy
                .previous
                .filter(|previous| !known && self.policy.line.contains(previous));
            let Some(replaced) = replaced else { continue };
            if self.was_approved_elsewhere(version, &self.policy.versions[&replaced]) {
                let parted = self.policy.replaced_at(&replaced).unwrap_or(at.position);
                found.push(Fork::new(version, at, parted));
            }
        }
        self.policy.forks.extend(found);
    }

    /// Whether the administrators of `under` approved `version` on whatever lines, its authors
    /// excluded as they are on this one.
    fn was_approved_elsewhere(&self, version: &PolicyVersion, under: &PolicyVersion) -> bool {
        let Some(votes) = self.policy.side_votes.get(&(version.digest, under.digest)) else {
            return false;
        };
        let signature: EvidenceKinds = [EvidenceKind::Signature].into_iter().collect();
        let authors = self.policy_authors(version, under);
        let could = |name: &&PrincipalName| {
            under.policy.is_person(name) && under.policy.has_means(name, signature)
        };
        let others = under
            .policy
            .administrators
            .iter()
            .filter(could)
            .filter(|name| !authors.contains(*name))
            .count();
        let needed = under.policy.policy_changes as usize;
        let counts = |name: &&PrincipalName| {
            under.policy.is_person(name) && (others < needed || !authors.contains(*name))
        };
        needed > 0 && votes.iter().filter(counts).count() >= needed
    }

    fn is_known_policy(&self, digest: &Digest) -> bool {
        self.policy.line.contains(digest)
            || self.policy.accepted == Some(*digest)
            || self.policy.resolved.contains(digest)
            || self.policy.forks.iter().any(|fork| fork.digest == *digest)
    }

    /// Notes policies that took effect on the other line, each in place of one that was once in
    /// force here, or of such a one.
    pub(super) fn note_forks(&mut self, at: LandingRef, line: &Self, parted: Position) {
        let mut found = Vec::new();
        // One that was recognized by its approvals alone is known by its line, too: that says where
        // the two parted.
        for fork in self
            .policy
            .forks
            .iter_mut()
            .filter(|fork| line.policy.line.contains(&fork.digest))
        {
            fork.parted = fork.parted.min(parted);
        }
        // What replaced a rival there is a rival, too: here the first may still come into force,
        // and with it end as one.
        let mut replaceable: BTreeSet<Digest> = self
            .policy
            .line
            .iter()
            .chain(&self.policy.resolved)
            .copied()
            .collect();
        replaceable.extend(self.policy.forks.iter().map(|fork| fork.digest));
        for version in line
            .policy_line()
            .filter(|version| !self.is_known_policy(&version.digest))
        {
            // Without a common landing the other line has an anchor of its own, which says nothing
            // unless something was decided under it.
            let replaces = version
                .policy
                .previous
                .is_some_and(|previous| replaceable.contains(&previous));
            let rival = parted.0 == 0
                && line
                    .records
                    .values()
                    .any(|standing| matches!(standing.outcome, Outcome::Accepted { .. }));
            if replaces || rival {
                replaceable.insert(version.digest);
                found.push(Arc::clone(version));
            }
        }
        for version in found {
            self.policy
                .versions
                .entry(version.digest)
                .or_insert_with(|| Arc::clone(&version));
            self.policy.forks.push(Fork::new(&version, at, parted));
        }
    }

    /// Whether a grant was made on this line after it parted from one on which a rival policy took
    /// effect.
    pub(super) fn is_disputed(&self, grant: &Grant) -> bool {
        self.policy
            .forks
            .iter()
            .any(|fork| grant.at.position >= fork.parted)
    }

    /// The proof of a reject of a fork whose author is an administrator under the fork, and whom
    /// the policy in force may not know.
    pub(super) fn admit_for_fork(&self, record: &Record, decision: &Decision) -> Option<Evidence> {
        let rejects = decision.kind == DecisionKind::Reject && !self.suspended(&decision.principal);
        let named = decision
            .items
            .iter()
            .filter(|_| rejects)
            .filter_map(|item| self.fork((*item.version.digest()?, item.version.serial()?)));
        // The person who lands it dates the landing, and it lowers.
        let occasion = Occasion {
            ledger_time: Timestamp::from_unix(i64::MAX),
            candidate: false,
        };
        named.into_iter().find_map(|fork| {
            let version = self.policy.versions.get(&fork.digest)?;
            let evidence = attribute(record, version, occasion).ok()?;
            let administers = version.policy.administrators.contains(&decision.principal);
            (administers && evidence.kind == EvidenceKind::Signature).then_some(evidence)
        })
    }

    fn fork(&self, key: PolicyKey) -> Option<&Fork> {
        self.policy
            .forks
            .iter()
            .find(|fork| (fork.digest, fork.serial) == key)
    }

    /// Whether `name` administers the fork by its own rules.
    pub(super) fn may_end_fork(&self, key: PolicyKey, name: &PrincipalName) -> bool {
        let version = self
            .fork(key)
            .and_then(|fork| self.policy.versions.get(&fork.digest));
        version.is_some_and(|version| version.policy.administrators.contains(name))
    }

    /// Counts a reject of a fork, if there is one that it names. What came with the fork, or was
    /// answered by its author's approval, was known where the fork came into force: it says nothing
    /// about what to do with the two lines.
    pub(super) fn reject_fork(
        &mut self,
        key: PolicyKey,
        name: &PrincipalName,
        vote: &Vote,
    ) -> Result<(), RuleId> {
        let seen = self.seen(&vote.record, vote.position);
        let answered = self.policy.answered.contains(&(name.clone(), vote.record));
        let Some(fork) = self
            .policy
            .forks
            .iter_mut()
            .find(|fork| (fork.digest, fork.serial) == key)
        else {
            return Ok(());
        };
        if answered || seen <= fork.at.position {
            return Err(RuleId::DecisionReplayed);
        }
        fork.rejects
            .entry(name.clone())
            .or_default()
            .push(vote.clone());
        Ok(())
    }

    /// Notes which rejects of policies their own authors have answered with an approval, on
    /// whatever line.
    fn note_answers(&mut self, record: &Record, decision: &Decision) {
        if decision.answers.is_empty() || !decision.concerns_policy() {
            return;
        }
        let occasion = Occasion {
            ledger_time: Timestamp::from_unix(i64::MAX),
            candidate: false,
        };
        let forks = self.policy.forks.iter().map(|fork| &fork.digest);
        let mut judges = self
            .policy
            .line
            .iter()
            .chain(forks)
            .filter_map(|digest| self.policy.versions.get(digest));
        if judges.any(|version| {
            attribute(record, version, occasion)
                .is_ok_and(|evidence| evidence.kind == EvidenceKind::Signature)
        }) {
            self.policy.answered.extend(
                decision
                    .answers
                    .iter()
                    .map(|answer| (decision.principal.clone(), *answer)),
            );
        }
    }

    /// A fork ends when the thresholds of both lines have rejected it, by people who are not
    /// suspended and keys that were not stolen.
    pub(super) fn resolve_forks(&mut self, under: &PolicyVersion) {
        let enough = |fork: &Fork, version: &PolicyVersion| {
            let counts = |(name, votes): &(&PrincipalName, &Vec<Vote>)| {
                version.policy.administrators.contains(*name)
                    && version.policy.is_person(name)
                    && !self.suspended(name)
                    && votes
                        .iter()
                        .any(|vote| owns(version, name, vote) && !self.void(vote, under))
            };
            version.policy.policy_changes > 0
                && fork.rejects.iter().filter(counts).count()
                    >= version.policy.policy_changes as usize
        };
        let ended = |fork: &&Fork| {
            let other = self.policy.versions.get(&fork.digest);
            other.is_some_and(|other| enough(fork, under) && enough(fork, other))
        };
        let resolved: Vec<Digest> = self
            .policy
            .forks
            .iter()
            .filter(ended)
            .map(|fork| fork.digest)
            .collect();
        self.policy
            .forks
            .retain(|fork| !resolved.contains(&fork.digest));
        self.policy.resolved.extend(resolved);
    }
}
