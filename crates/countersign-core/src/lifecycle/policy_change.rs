//! How a changed policy comes into force. Trust rule 3; who may approve one is for
//! `policy_authority` to say.

use std::sync::Arc;

use crate::evidence::{PolicyVersion, Record};
use countersign_model::{
    Decision, DecisionKind, EvidenceKind, Fact, Kind, Observation, Place, Policy, PrincipalName,
    RuleId, SubjectId, VersionRef,
};

use super::admit::{Arrived, decision_event, in_order, standing};
use super::compact::append;
use super::input::PolicyTree;
use super::ledger::{Action, Event, LandingRef, Outcome, PendingPolicy, PolicyRef};
use super::policy_authority::{PolicyRequirement, Votes, owns};
use super::state::{Lifecycle, PolicyKey, TreePolicy};
use super::tracked_version::Vote;

impl Lifecycle {
    /// Takes in the policy that the tree has now.
    pub(super) fn tree_policy(&mut self, at: LandingRef, tree: &PolicyTree) {
        self.policy.tree = TreePolicy::from(tree);
        let PolicyTree::Valid(version) = tree else {
            return;
        };
        self.policy
            .versions
            .entry(version.digest)
            .or_insert_with(|| Arc::clone(version));
        self.note_stolen(version);
        if version.digest != self.policy.in_force {
            append(
                &mut self.events,
                policy_event(at, Action::PolicyProposed, version),
            );
        }
    }

    /// Judges the records about the policy and says which policy this landing brings into force
    /// (trust rule 3).
    ///
    /// 1. **Votes.** Each record about a policy is attributed under the policy in force, never
    ///    under the proposed one, so a change cannot name its own approvers. Only a detached
    ///    signature proves it. What the policy in force does not accept may still come from an
    ///    administrator of a fork, who then may only reject it.
    /// 2. **Successor.** The policy in the tree comes into force after this landing if its exact
    ///    bytes are there; if it names the policy in force as `previous`, has a higher serial and
    ///    gives no key to another person; if no one's reject applies; and if enough administrators
    ///    approved it: those of the policy in force, and where administrators, their keys or the
    ///    count change, the same records once more under the new policy. Who wrote it counts only
    ///    where too few others could approve.
    /// 3. **Other lines.** Policies and votes in the commits of side lines are remembered, and a
    ///    policy that took effect on another line from the same predecessor is a fork, until both
    ///    lines have rejected one of the two.
    ///
    /// The landing itself is judged under the policy in force when it came. The caller brings the
    /// successor into force for those after it.
    pub(super) fn judge_policy(
        &mut self,
        at: LandingRef,
        arrived: Arrived<'_>,
        side: &[Arc<PolicyVersion>],
        under: &Arc<PolicyVersion>,
    ) -> Option<Arc<PolicyVersion>> {
        for record in in_order(arrived.records) {
            self.policy_record(at, record, under, false);
        }
        for version in side {
            self.policy
                .versions
                .entry(version.digest)
                .or_insert_with(|| Arc::clone(version));
            self.policy.side.insert(version.digest);
        }
        self.note_side_votes(arrived);
        // A reject that a merge dropped applies all the same, unless its author has answered it
        // since.
        for record in in_order(arrived.side)
            .into_iter()
            .filter(|record| rejects_policies(record))
        {
            let who = record
                .decision
                .as_ref()
                .ok()
                .map(|decision| decision.principal.clone());
            if !who.is_some_and(|who| self.policy.answered.contains(&(who, record.digest))) {
                self.policy_record(at, record, under, true);
            }
        }
        let successor = self.successor(under);
        self.recognize_forks(at, successor.as_deref());
        self.resolve_forks(under);
        successor
    }

    fn policy_record(
        &mut self,
        at: LandingRef,
        record: &Record,
        under: &PolicyVersion,
        dropped: bool,
    ) {
        let Ok(decision) = &record.decision else {
            return;
        };
        if !decision.concerns_policy()
            || self.is_settled(record) && !self.partly.contains(&record.digest)
        {
            return;
        }
        let (evidence, ours) = match self.admit(record, dropped, under, None) {
            Ok(evidence) if evidence.kind == EvidenceKind::Signature => (evidence, true),
            // The rest of a batch may still be proved by a commit.
            Ok(_)
                if dropped
                    || decision
                        .items
                        .iter()
                        .any(|item| item.subject.kind != Kind::Policy) =>
            {
                return;
            }
            Ok(_) => {
                let detail = "a decision about the policy needs a detached signature".to_owned();
                return self.refuse(
                    at,
                    record,
                    &crate::evidence::Refusal {
                        rule: RuleId::CommitEvidenceRefused,
                        detail,
                    },
                );
            }
            Err(refusal) => match self.admit_for_fork(record, decision) {
                Some(evidence) => (evidence, false),
                None if dropped => return,
                None => return self.refuse(at, record, &refusal),
            },
        };
        let outcome = Outcome::Accepted {
            evidence: evidence.kind,
            key: evidence.key_id(),
        };
        if !dropped {
            self.stand(at, record, outcome.clone());
        }
        if decision
            .items
            .iter()
            .any(|item| item.subject.kind != Kind::Policy)
        {
            self.partly.insert(record.digest);
        }
        let vote = Vote {
            record: record.digest,
            position: at.position,
            seen: at.position,
            time: decision.time,
            expires: None,
            evidence: evidence.kind,
            key: evidence.key,
            listings: evidence.listings,
            policy: under.digest,
            answers: decision.answers.clone(),
        };
        for item in &decision.items {
            let VersionRef::Serial(serial, digest) = &item.version else {
                continue;
            };
            let effect = self.policy_item(decision, (*digest, *serial), &vote, under, ours);
            if dropped {
                if effect.is_err() {
                    continue;
                }
                self.records
                    .entry(record.digest)
                    .or_insert_with(|| standing(at, record, outcome.clone()));
                self.dropped.insert(record.digest);
            }
            let mut event =
                decision_event(at, record.digest, decision, &item.subject, &item.version);
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
                        .with(Fact::Decision, decision.kind),
                );
            }
            append(&mut self.events, event);
        }
    }

    /// Applies what a decision says about one policy. Whether its author is proved under the policy
    /// in force is `ours`: otherwise it was admitted as one by an administrator of a fork.
    fn policy_item(
        &mut self,
        decision: &Decision,
        key: PolicyKey,
        vote: &Vote,
        under: &PolicyVersion,
        ours: bool,
    ) -> Result<(), RuleId> {
        let (name, digest, record) = (&decision.principal, key.0, vote.record);
        let ours = ours && under.policy.administrators.contains(name);
        let forked = decision.kind == DecisionKind::Reject && self.may_end_fork(key, name);
        if !ours && !forked {
            if decision.kind == DecisionKind::Approve {
                self.policy.unauthorized.insert(record);
            }
            return Err(RuleId::NotAuthorized);
        }
        if decision.kind == DecisionKind::Approve && self.elsewhere.without_effect.contains(&record)
        {
            return Err(RuleId::DecisionReplayed);
        }
        match decision.kind {
            DecisionKind::Reject => {
                let ending = self.reject_fork(key, name, vote);
                if self.policy.line.contains(&digest) {
                    return Err(RuleId::DecisionWithoutEffect);
                }
                // Withdrawn before it was seen here: a copy that comes later takes nothing back.
                let answers =
                    |votes: &Vec<Vote>| votes.iter().any(|vote| vote.answers.contains(&record));
                if !ours {
                    return ending;
                }
                if self
                    .policy
                    .votes
                    .get(&key)
                    .and_then(|votes| votes.get(name))
                    .is_some_and(answers)
                {
                    return ending.and(Err(RuleId::DecisionWithoutEffect));
                }
                if let Some(votes) = self.policy.votes.get_mut(&key) {
                    votes.remove(name);
                }
                self.policy
                    .rejects
                    .entry(key)
                    .or_default()
                    .insert(name.clone(), vote.record);
                ending
            }
            DecisionKind::Approve => {
                if self.policy.line.contains(&digest) {
                    return Err(RuleId::DecisionWithoutEffect);
                }
                let own = self
                    .policy
                    .rejects
                    .get(&key)
                    .and_then(|rejects| rejects.get(name))
                    .copied();
                if let Some(own) = own {
                    // Whichever of the two landed in this landing came first in file order: the
                    // reject wins unless it stood before.
                    let stood = self
                        .records
                        .get(&own)
                        .is_some_and(|standing| standing.landing.position < vote.position);
                    if !stood || !decision.answers.contains(&own) {
                        return Err(RuleId::Unanswered);
                    }
                    if let Some(rejects) = self.policy.rejects.get_mut(&key) {
                        rejects.remove(name);
                    }
                }
                self.policy
                    .votes
                    .entry(key)
                    .or_default()
                    .entry(name.clone())
                    .or_default()
                    .push(vote.clone());
                for fork in self
                    .policy
                    .forks
                    .iter_mut()
                    .filter(|fork| (fork.digest, fork.serial) == key)
                {
                    fork.rejects.remove(name);
                }
                Ok(())
            }
            _ => Err(RuleId::DecisionWithoutEffect),
        }
    }

    /// The policy in the tree, when everything that makes it the next one is there.
    fn successor(&self, under: &PolicyVersion) -> Option<Arc<PolicyVersion>> {
        let TreePolicy::Version(digest) = &self.policy.tree else {
            return None;
        };
        let version = self.policy.versions.get(digest)?;
        let fits = *digest != under.digest && self.misfit(version, under).is_none();
        let held = self
            .policy
            .rejects
            .get(&named(version))
            .is_some_and(|rejects| {
                rejects
                    .keys()
                    .any(|name| under.policy.principals.contains_key(name))
            });
        (fits && !held && self.policy_met(version, under)).then(|| Arc::clone(version))
    }

    /// Why `version` cannot be the next policy, no matter who approves it.
    pub(super) fn misfit(&self, version: &PolicyVersion, under: &PolicyVersion) -> Option<RuleId> {
        if version.policy.restart.is_some() {
            Some(RuleId::PolicyRestart)
        } else if version.policy.previous != Some(under.digest) {
            Some(RuleId::PolicyPrevious)
        } else if version.policy.serial <= under.policy.serial {
            Some(RuleId::PolicySerial)
        } else {
            self.reassigned_key(version).map(|_| RuleId::KeyReassigned)
        }
    }

    fn policy_met(&self, version: &PolicyVersion, under: &PolicyVersion) -> bool {
        let none = Votes::new();
        let votes = self.policy.votes.get(&named(version)).unwrap_or(&none);
        let status = self.policy_requirement(version, under, votes).status;
        if status.missing > 0 || status.count == 0 {
            return false;
        }
        if !authority_changes(&under.policy, version) && same_keys(under, version) {
            return true;
        }
        // The same records once more, by the administrators and keys that the new policy has. An
        // author who counts under either counts here: otherwise two administrators could not add a
        // third, nor three ask for all three.
        let then = self.policy_requirement(version, version, votes).status;
        let again = votes.iter().filter(|(name, votes)| {
            status
                .counted
                .iter()
                .chain(&then.counted)
                .any(|(counted, _)| counted == *name)
                && version.policy.administrators.contains(name)
                && version.policy.is_person(name)
                && votes.iter().any(|vote| owns(version, name, vote))
        });
        version.policy.policy_changes > 0 && again.count() >= version.policy.policy_changes as usize
    }

    /// Authors of `version` whose approvals bring it into force.
    fn exempt_authors(&self, version: &PolicyVersion) -> std::collections::BTreeSet<PrincipalName> {
        let none = Votes::new();
        let votes = self.policy.votes.get(&named(version)).unwrap_or(&none);
        self.policy_requirement(version, self.policy(), votes)
            .exempt
    }

    /// Makes `version` the policy in force for the landings after this one.
    pub(super) fn bring_into_force(&mut self, at: LandingRef, version: &Arc<PolicyVersion>) {
        let exempt = self.exempt_authors(version);
        self.policy.in_force = version.digest;
        self.policy.since = PolicyRef {
            serial: version.policy.serial,
            digest: Some(version.digest),
            since: at,
        };
        self.policy.line.push(version.digest);
        self.policy
            .began
            .entry(version.digest)
            .or_insert(at.position);
        self.policy.changed = true;
        self.policy.hold_keys(version);
        self.policy.stolen.clear();
        self.note_stolen(version);
        // The same policy, approved here: whatever line had it first is no rival any more.
        self.policy
            .forks
            .retain(|fork| fork.digest != version.digest);
        append(
            &mut self.events,
            policy_event(at, Action::PolicyInForce, version),
        );
        self.observations.extend(
            exempt
                .iter()
                .map(|name| Self::exempt(name).landing(at.position, at.commit)),
        );
        if !version.policy.compromised.is_empty() {
            self.void_compromised(at, version);
        }
    }

    /// The change that waits in the tree.
    pub(super) fn pending(&self) -> Option<PendingPolicy> {
        let TreePolicy::Version(digest) = &self.policy.tree else {
            return None;
        };
        let version = self.policy.versions.get(digest)?;
        let under = self.policy();
        if *digest == under.digest
            || self.policy.accepted == Some(*digest)
            || self.misfit(version, under).is_some()
        {
            return None;
        }
        let none = Votes::new();
        let votes = self.policy.votes.get(&named(version)).unwrap_or(&none);
        let PolicyRequirement {
            status,
            authors,
            exempt,
        } = self.policy_requirement(version, under, votes);
        Some(PendingPolicy {
            serial: version.policy.serial,
            digest: *digest,
            requirement: status,
            authors,
            exempt,
        })
    }
}

/// Whether a record rejects policies and decides nothing else.
fn rejects_policies(record: &Record) -> bool {
    let decision = record
        .decision
        .as_ref()
        .ok()
        .filter(|decision| decision.kind == DecisionKind::Reject);
    decision.is_some_and(|decision| {
        decision
            .items
            .iter()
            .all(|item| item.subject.kind == Kind::Policy)
    })
}

/// How decisions name a policy.
const fn named(version: &PolicyVersion) -> PolicyKey {
    (version.digest, version.policy.serial)
}

/// Whether the change touches who may change the policy, or how many it takes.
fn authority_changes(under: &Policy, version: &PolicyVersion) -> bool {
    under.administrators != version.policy.administrators
        || under.policy_changes != version.policy.policy_changes
}

/// Whether every administrator keeps exactly the same keys.
fn same_keys(under: &PolicyVersion, version: &PolicyVersion) -> bool {
    under
        .policy
        .administrators
        .iter()
        .all(|name| under.roster.keys_of(name) == version.roster.keys_of(name))
}

pub(super) fn policy_event(landing: LandingRef, action: Action, version: &PolicyVersion) -> Event {
    Event {
        serial: Some(version.policy.serial),
        digest: Some(version.digest),
        ..Event::new(landing, action, SubjectId::policy())
    }
}
