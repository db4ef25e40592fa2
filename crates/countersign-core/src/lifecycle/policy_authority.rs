//! Who may approve a policy: the administrators who could, except for its authors.
//!
//! An author counts only where the other administrators who could approve are fewer than the policy
//! asks for. So no one approves their own change while someone else could, and a sole
//! administrator, or one whose only colleague is suspended, is not locked out. Where others are
//! missing only because they are named as authors, one more administrator has to sign: commits name
//! their authors freely.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::PolicyVersion;
use crate::evidence::roster::KeyOwner;
use countersign_model::{
    Digest, EvidenceKind, EvidenceKinds, Fact, KeyId, Observation, Policy, PrincipalName, RuleId,
};

use super::ledger::RequirementStatus;
use super::people::{self, Leniency};
use super::state::{Lifecycle, PolicyState};
use super::tracked_version::Vote;

/// Votes by person.
pub(super) type Votes = BTreeMap<PrincipalName, Vec<Vote>>;

/// What a change of the policy takes.
pub(super) struct PolicyRequirement {
    pub status: RequirementStatus,
    /// Who had a hand in it, and counts or not.
    pub authors: BTreeSet<PrincipalName>,
    /// Authors who count all the same, because too few others could approve.
    pub exempt: BTreeSet<PrincipalName>,
}

/// A key that a policy lists for one principal and that an earlier policy listed for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReassignedKey {
    /// The key.
    pub key: KeyId,
    /// Whose it was.
    pub from: PrincipalName,
    /// Whose it would be.
    pub to: PrincipalName,
}

impl PolicyState {
    /// Remembers whose keys those of a policy in force are. The first principal that had a key
    /// keeps it forever.
    pub fn hold_keys(&mut self, version: &PolicyVersion) {
        for (key, owner) in version.roster.listings() {
            let KeyOwner::Principal(name) = owner else {
                continue;
            };
            for material in key.materials() {
                self.holders.entry(material).or_insert_with(|| name.clone());
            }
        }
    }
}

impl Lifecycle {
    /// The first key of `version` that belonged to someone else under an earlier policy. A key is
    /// one identity: with another name it would vote twice.
    pub fn reassigned_key(&self, version: &PolicyVersion) -> Option<ReassignedKey> {
        version.roster.listings().find_map(|(key, owner)| {
            let KeyOwner::Principal(to) = owner else {
                return None;
            };
            let holder = |material: &Digest| {
                self.policy
                    .holders
                    .get(material)
                    .filter(|holder| *holder != to)
            };
            let from = key.materials().iter().find_map(holder)?.clone();
            Some(ReassignedKey {
                key: key.id().clone(),
                from,
                to: to.clone(),
            })
        })
    }

    /// Whether an administrator could sign a change of the policy today.
    fn could_approve(&self, name: &PrincipalName, under: &PolicyVersion) -> bool {
        let policy = &under.policy;
        policy.administrators.contains(name)
            && policy.is_person(name)
            && (!self.suspended(name) || self.is_suspension_disputed(name))
            && under
                .roster
                .can_sign(name, self.ledger_time, &self.stolen(under))
    }

    /// What is observed where a policy change needs `count` administrators, and `available` could
    /// sign: with a lower count, where one would help.
    pub fn too_few(count: u32, available: usize) -> Observation {
        let observation = Observation::new(RuleId::AdministratorsTooFew)
            .with(Fact::Count, count)
            .with(Fact::Available, available);
        let lower = (count as usize).saturating_sub(1).min(available);
        match lower {
            0 => observation,
            lower => observation.with(Fact::Expected, lower),
        }
    }

    /// How many administrators of `version` could sign a change of it today.
    pub fn able_administrators(&self, version: &PolicyVersion) -> usize {
        version
            .policy
            .administrators
            .iter()
            .filter(|name| self.could_approve(name, version))
            .count()
    }

    /// What a change to `version` takes from the administrators of `under`, and who of them has
    /// approved it.
    pub(super) fn policy_requirement(
        &self,
        version: &PolicyVersion,
        under: &PolicyVersion,
        votes: &Votes,
    ) -> PolicyRequirement {
        let policy = &under.policy;
        let authors = self.policy_authors(version, under);
        let others = policy
            .administrators
            .iter()
            .filter(|name| !authors.contains(*name) && self.could_approve(name, under))
            .count();
        let authors_count = others < policy.policy_changes as usize;
        let able = self.able_administrators(under) as u32;
        let count = if authors_count {
            able.min(policy.policy_changes + 1)
                .max(policy.policy_changes)
        } else {
            policy.policy_changes
        };
        let may = |name: &PrincipalName| {
            let separated = authors.contains(name) && !authors_count;
            policy.administrators.contains(name)
                && policy.is_person(name)
                && !self.suspended(name)
                && !separated
        };
        let counted: Vec<(PrincipalName, EvidenceKind)> = votes
            .iter()
            .filter(|(name, votes)| {
                may(name)
                    && votes
                        .iter()
                        .filter(|vote| !self.elsewhere.without_effect.contains(&vote.record))
                        .any(|vote| !self.void(vote, under) && owns(under, name, vote))
            })
            .map(|(name, _)| (name.clone(), EvidenceKind::Signature))
            .collect();
        let accept: EvidenceKinds = [EvidenceKind::Signature].into_iter().collect();
        let waiting = |name: &&PrincipalName| {
            may(name) && !counted.iter().any(|(counted, _)| counted == *name)
        };
        let candidates: Vec<PrincipalName> = policy
            .administrators
            .iter()
            .filter(waiting)
            .cloned()
            .collect();
        let exempt = counted
            .iter()
            .map(|(name, _)| name)
            .filter(|name| authors.contains(*name))
            .cloned()
            .collect();
        let status = RequirementStatus {
            count,
            from: vec!["administrators".to_owned()],
            line: 0,
            missing: count.saturating_sub(counted.len() as u32),
            keyless: candidates
                .iter()
                .filter(|name| !policy.has_means(name, accept))
                .cloned()
                .collect(),
            candidates,
            accept,
            counted,
        };
        PolicyRequirement {
            status,
            authors,
            exempt,
        }
    }

    /// Who of `under` had a hand in the bytes of `version` since the policy that it replaces came
    /// into force.
    pub(super) fn policy_authors(
        &self,
        version: &PolicyVersion,
        under: &PolicyVersion,
    ) -> BTreeSet<PrincipalName> {
        let leniency = Leniency {
            strict_trailers: true,
            strict_committers: true,
            candidate: true,
            signed_in: &|_, _| false,
        };
        let mut paths: BTreeSet<&str> = version.policy.named_files();
        paths.insert(Policy::PATH);
        let replaced = version
            .policy
            .previous
            .and_then(|previous| self.policy.began.get(&previous))
            .copied();
        let since = replaced.unwrap_or(self.policy.since.since.position);
        let mut found = BTreeSet::new();
        for path in paths {
            let contributors =
                self.provenance
                    .contributors(path.as_bytes(), Some(since), self.head.position);
            found.extend(
                people::exclude(under, &self.provenance, &contributors, &leniency)
                    .excluded
                    .into_keys(),
            );
        }
        found
    }
}

/// Whether `vote` was made with a key that `version` lists for `name`.
pub(super) fn owns(version: &PolicyVersion, name: &PrincipalName, vote: &Vote) -> bool {
    vote.listings.iter().any(|key| matches!(version.roster.owner(key), Some(KeyOwner::Principal(owner)) if owner == name))
}
