//! How a changed policy comes into force, and how a policy of another line is recognised. Trust rule 3.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::roster::KeyOwner;
use crate::evidence::{Occasion, PolicyVersion, Record, attribute};
use crate::model::{
    Decision, DecisionKind, Digest, EvidenceKind, EvidenceKinds, Kind, Observation, Place, Policy, PrincipalName, RuleId, SubjectId,
    Timestamp, VersionRef,
};

use super::input::PolicyTree;
use super::ledger::{Action, Event, LandingRef, Outcome, PendingPolicy, PolicyRef, RequirementStatus};
use super::people::{self, Leniency};
use super::row::Vote;
use super::sparing::append;
use super::state::{Fork, Lifecycle, PolicyKey, TreePolicy};
use super::step::{decision_event, in_order};

/// Votes by person.
type Votes = BTreeMap<PrincipalName, Vec<Vote>>;

impl Lifecycle {
    /// Takes in the policy that the tree has now.
    pub(super) fn tree_policy(&mut self, at: LandingRef, tree: &PolicyTree) {
        self.policy.tree = TreePolicy::from(tree);
        let PolicyTree::Valid(version) = tree else { return };
        self.policy.versions.entry(version.digest).or_insert_with(|| Arc::clone(version));
        if version.digest != self.policy.in_force {
            append(&mut self.events, policy_event(at, Action::PolicyProposed, version));
        }
    }

    /// Judges the records about the policy and says which policy this landing brings into force.
    pub(super) fn judge_policy(
        &mut self,
        at: LandingRef,
        records: &[Record],
        dropped: &[Record],
        side: &[Arc<PolicyVersion>],
        under: &Arc<PolicyVersion>,
    ) -> Option<Arc<PolicyVersion>> {
        for record in in_order(records) {
            self.policy_record(at, record, under);
        }
        let successor = self.successor(under);
        for version in side {
            self.policy.versions.entry(version.digest).or_insert_with(|| Arc::clone(version));
            self.policy.side.insert(version.digest);
        }
        self.note_side_votes(records, dropped);
        self.recognise_forks(at, successor.as_deref());
        self.resolve_forks(under);
        successor
    }

    fn policy_record(&mut self, at: LandingRef, record: &Record, under: &PolicyVersion) {
        let Ok(decision) = &record.decision else { return };
        if !decision.concerns_policy() || self.is_settled(record) && !self.partly.contains(&record.digest) {
            return;
        }
        let evidence = match self.admit(record, false, under, None) {
            Ok(evidence) if evidence.kind == EvidenceKind::Signature => evidence,
            // The rest of a batch may still be proved by a commit.
            Ok(_) if decision.items.iter().any(|item| item.subject.kind != Kind::Policy) => return,
            Ok(_) => {
                let detail = "a decision about the policy takes a detached signature".to_owned();
                return self.refuse(at, record, &crate::evidence::Refusal { rule: RuleId::CommitEvidenceRefused, detail });
            }
            Err(refusal) => return self.refuse(at, record, &refusal),
        };
        self.stand(at, record, Outcome::Accepted { evidence: evidence.kind, key: evidence.key_id() });
        if decision.items.iter().any(|item| item.subject.kind != Kind::Policy) {
            self.partly.insert(record.digest);
        }
        let vote = Vote {
            record: record.digest,
            position: at.position,
            time: decision.time,
            expires: None,
            evidence: evidence.kind,
            key: evidence.key,
            listings: evidence.listings,
            policy: under.digest,
            answers: decision.answers.clone(),
        };
        for item in &decision.items {
            let VersionRef::Serial(serial, digest) = &item.version else { continue };
            let effect = self.policy_item(decision, *serial, *digest, &vote, under);
            let mut event = decision_event(at, record.digest, decision, &item.subject, &item.version);
            event.path = Some(record.path.clone());
            event.evidence = Some(EvidenceKind::Signature);
            event.accepted = effect.is_ok();
            event.refused_because = effect.err();
            if let Err(rule) = effect {
                self.observations.push(
                    Observation::new(rule)
                        .subject(&SubjectId::policy())
                        .place(Place::file(&*record.path))
                        .principal(&decision.principal)
                        .landing(at.position, at.commit)
                        .with("decision", decision.kind),
                );
            }
            append(&mut self.events, event);
        }
    }

    fn policy_item(&mut self, decision: &Decision, serial: u64, digest: Digest, vote: &Vote, under: &PolicyVersion) -> Result<(), RuleId> {
        let name = &decision.principal;
        let key = (digest, serial);
        if !under.policy.administrators.contains(name) {
            return Err(RuleId::NotAuthorised);
        }
        let forked = self.policy.forks.iter_mut().find(|fork| fork.digest == digest && fork.serial == serial);
        match decision.kind {
            DecisionKind::Reject => {
                if let Some(fork) = forked {
                    fork.rejects.insert(name.clone(), vote.clone());
                }
                if self.policy.line.contains(&digest) {
                    return Err(RuleId::DecisionWithoutEffect);
                }
                if let Some(votes) = self.policy.votes.get_mut(&key) {
                    votes.remove(name);
                }
                self.policy.rejects.entry(key).or_default().insert(name.clone(), vote.record);
                Ok(())
            }
            DecisionKind::Approve => {
                if self.policy.line.contains(&digest) {
                    return Err(RuleId::DecisionWithoutEffect);
                }
                let own = self.policy.rejects.get(&key).and_then(|rejects| rejects.get(name)).copied();
                if let Some(own) = own {
                    // Whichever of the two landed in this landing came first in file order: the reject wins unless it stood before.
                    let stood = self.records.get(&own).is_some_and(|standing| standing.landing.position < vote.position);
                    if !stood || !decision.answers.contains(&own) {
                        return Err(RuleId::Unanswered);
                    }
                    if let Some(rejects) = self.policy.rejects.get_mut(&key) {
                        rejects.remove(name);
                    }
                }
                self.policy.votes.entry(key).or_default().entry(name.clone()).or_default().push(vote.clone());
                Ok(())
            }
            _ => Err(RuleId::DecisionWithoutEffect),
        }
    }

    /// The policy in the tree, when everything that makes it the next one is there.
    fn successor(&self, under: &PolicyVersion) -> Option<Arc<PolicyVersion>> {
        let TreePolicy::Version(digest) = &self.policy.tree else { return None };
        let version = self.policy.versions.get(digest)?;
        let fits = *digest != under.digest && Self::misfit(version, under).is_none();
        let held = self
            .policy
            .rejects
            .get(&named(version))
            .is_some_and(|rejects| rejects.keys().any(|name| under.policy.principals.contains_key(name)));
        (fits && !held && self.policy_met(version, under)).then(|| Arc::clone(version))
    }

    /// Why `version` cannot be the next policy, whoever approves it.
    pub(super) fn misfit(version: &PolicyVersion, under: &PolicyVersion) -> Option<RuleId> {
        if version.policy.restart.is_some() {
            Some(RuleId::PolicyRestart)
        } else if version.policy.previous != Some(under.digest) {
            Some(RuleId::PolicyPrevious)
        } else if version.policy.serial <= under.policy.serial {
            Some(RuleId::PolicySerial)
        } else {
            None
        }
    }

    fn policy_met(&self, version: &PolicyVersion, under: &PolicyVersion) -> bool {
        let none = Votes::new();
        let votes = self.policy.votes.get(&named(version)).unwrap_or(&none);
        let status = self.policy_requirement(version, under, votes);
        if status.missing > 0 || status.count == 0 {
            return false;
        }
        if !authority_changes(&under.policy, version) && same_keys(under, version) {
            return true;
        }
        let again = votes.iter().filter(|(name, votes)| {
            status.have.iter().any(|(have, _)| have == *name)
                && version.policy.administrators.contains(name)
                && version.policy.is_person(name)
                && votes.iter().any(|vote| owns(version, name, vote))
        });
        version.policy.policy_changes > 0 && again.count() >= version.policy.policy_changes as usize
    }

    /// What a change to `version` takes under the policy in force, and who has approved it.
    pub(super) fn policy_requirement(&self, version: &PolicyVersion, under: &PolicyVersion, votes: &Votes) -> RequirementStatus {
        let policy = &under.policy;
        let authors =
            if policy.policy_changes < 2 && policy.person_count() > 1 { self.policy_authors(version, under) } else { BTreeSet::new() };
        let may = |name: &PrincipalName| {
            policy.administrators.contains(name) && policy.is_person(name) && !self.suspended(name) && !authors.contains(name)
        };
        let have: Vec<(PrincipalName, EvidenceKind)> = votes
            .iter()
            .filter(|(name, votes)| may(name) && votes.iter().any(|vote| !self.void(vote, under) && owns(under, name, vote)))
            .map(|(name, _)| (name.clone(), EvidenceKind::Signature))
            .collect();
        let accept: EvidenceKinds = [EvidenceKind::Signature].into_iter().collect();
        let waiting = |name: &&PrincipalName| may(name) && !have.iter().any(|(have, _)| have == *name);
        let candidates: Vec<PrincipalName> = policy.administrators.iter().filter(waiting).cloned().collect();
        RequirementStatus {
            count: policy.policy_changes,
            from: vec!["administrators".to_owned()],
            line: 0,
            missing: policy.policy_changes.saturating_sub(have.len() as u32),
            keyless: candidates.iter().filter(|name| !policy.has_means(name, accept)).cloned().collect(),
            candidates,
            accept,
            have,
        }
    }

    /// Who had a hand in the bytes of `version` since the policy in force came into force.
    fn policy_authors(&self, version: &PolicyVersion, under: &PolicyVersion) -> BTreeSet<PrincipalName> {
        let leniency = Leniency { strict_trailers: true, strict_committers: true, candidate: true, signed_in: &|_, _| false };
        let mut paths: BTreeSet<&str> = version.policy.named_files();
        paths.insert(Policy::PATH);
        let mut found = BTreeSet::new();
        for path in paths {
            let contributors = self.provenance.contributors(path.as_bytes(), Some(self.policy.since.since.position), self.head.position);
            found.extend(people::exclude(under, &self.provenance, &contributors, &leniency).excluded.into_keys());
        }
        found
    }

    /// Makes `version` the policy in force for the landings after this one.
    pub(super) fn bring_into_force(&mut self, at: LandingRef, version: &Arc<PolicyVersion>) {
        self.policy.in_force = version.digest;
        self.policy.since = PolicyRef { serial: version.policy.serial, digest: Some(version.digest), since: at };
        self.policy.line.push(version.digest);
        self.policy.changed = true;
        append(&mut self.events, policy_event(at, Action::PolicyInForce, version));
        if !version.policy.compromised.is_empty() {
            self.void_compromised(at, version);
        }
    }

    /// Notes who approved which policy on whatever line, by each policy that was ever in force here: approvals may come after the policy.
    fn note_side_votes(&mut self, records: &[Record], dropped: &[Record]) {
        // On the other line the record may be old: the date of the merge that brings it here, which anybody may set, cannot make it too new.
        let occasion = Occasion { ledger_time: Timestamp::from_unix(i64::MAX), candidate: false };
        for record in records.iter().chain(dropped) {
            let Ok(decision) = &record.decision else { continue };
            for item in decision.items.iter().filter(|_| decision.kind == DecisionKind::Approve) {
                let VersionRef::Serial(_, digest) = &item.version else { continue };
                for judge in &self.policy.line {
                    let version = &self.policy.versions[judge];
                    let proved = attribute(record, version, occasion).is_ok_and(|evidence| evidence.kind == EvidenceKind::Signature);
                    if proved && version.policy.administrators.contains(&decision.principal) {
                        self.policy.side_votes.entry((*digest, *judge)).or_default().insert(decision.principal.clone());
                    }
                }
            }
        }
    }

    /// Whether a policy met on a side branch, at this landing or before, was fully approved on another line.
    ///
    /// Who is suspended here, or whose key was stolen, still counts: the other line may not know of it, and to see a fork is to fail.
    fn recognise_forks(&mut self, at: LandingRef, successor: Option<&PolicyVersion>) {
        let mut found = Vec::new();
        for digest in &self.policy.side {
            let version = &self.policy.versions[digest];
            let known = self.policy.line.contains(digest)
                || successor.is_some_and(|next| next.digest == *digest)
                || self.policy.forks.iter().any(|fork| fork.digest == *digest)
                || self.policy.resolved.contains(digest);
            let replaced = version.policy.previous.filter(|previous| !known && self.policy.line.contains(previous));
            let Some(replaced) = replaced else { continue };
            let count = self.policy.side_votes.get(&(*digest, replaced)).map_or(0, BTreeSet::len);
            let needed = self.policy.versions[&replaced].policy.policy_changes as usize;
            if needed > 0 && count >= needed {
                found.push(Fork { digest: *digest, serial: version.policy.serial, at, rejects: BTreeMap::new() });
            }
        }
        self.policy.forks.extend(found);
    }

    /// A fork ends when the thresholds of both lines have rejected it, by people who are not suspended and keys that were not stolen.
    fn resolve_forks(&mut self, under: &PolicyVersion) {
        let enough = |fork: &Fork, version: &PolicyVersion| {
            let counts = |(name, vote): &(&PrincipalName, &Vote)| {
                version.policy.administrators.contains(*name)
                    && version.policy.is_person(name)
                    && owns(version, name, vote)
                    && !self.suspended(name)
                    && !self.void(vote, under)
            };
            version.policy.policy_changes > 0 && fork.rejects.iter().filter(counts).count() >= version.policy.policy_changes as usize
        };
        let ended = |fork: &&Fork| {
            let other = self.policy.versions.get(&fork.digest);
            other.is_some_and(|other| enough(fork, under) && enough(fork, other))
        };
        let resolved: Vec<Digest> = self.policy.forks.iter().filter(ended).map(|fork| fork.digest).collect();
        self.policy.forks.retain(|fork| !resolved.contains(&fork.digest));
        self.policy.resolved.extend(resolved);
    }

    /// The change that waits in the tree.
    pub(super) fn pending(&self) -> Option<PendingPolicy> {
        let TreePolicy::Version(digest) = &self.policy.tree else { return None };
        let version = self.policy.versions.get(digest)?;
        let under = self.policy();
        if *digest == under.digest || self.policy.accepted == Some(*digest) || Self::misfit(version, under).is_some() {
            return None;
        }
        let none = Votes::new();
        let requirement = self.policy_requirement(version, under, self.policy.votes.get(&named(version)).unwrap_or(&none));
        Some(PendingPolicy { serial: version.policy.serial, digest: *digest, requirement })
    }
}

/// How decisions name a policy.
const fn named(version: &PolicyVersion) -> PolicyKey {
    (version.digest, version.policy.serial)
}

/// Whether `vote` was made with a key that `version` lists for `name`.
fn owns(version: &PolicyVersion, name: &PrincipalName, vote: &Vote) -> bool {
    vote.listings.iter().any(|key| matches!(version.roster.owner(key), Some(KeyOwner::Principal(owner)) if owner == name))
}

/// Whether the change touches who may change the policy, or how many it takes.
fn authority_changes(under: &Policy, version: &PolicyVersion) -> bool {
    under.administrators != version.policy.administrators || under.policy_changes != version.policy.policy_changes
}

/// Whether every administrator keeps exactly the same keys.
fn same_keys(under: &PolicyVersion, version: &PolicyVersion) -> bool {
    under.policy.administrators.iter().all(|name| under.roster.keys_of(name) == version.roster.keys_of(name))
}

pub(super) fn policy_event(landing: LandingRef, action: Action, version: &PolicyVersion) -> Event {
    Event { serial: Some(version.policy.serial), digest: Some(version.digest), ..Event::new(landing, action, SubjectId::policy()) }
}
