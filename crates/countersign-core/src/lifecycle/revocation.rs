//! Revoked bytes: refused under every name, except where the one who revoked them has no authority
//! and they were granted before.
//!
//! A revocation names a subject and binds a digest, and other subjects may have the same bytes, or
//! the same file inside a package. A person who may revoke one subject has no say over the others:
//! what is granted there stays, its owners get a finding, and the bytes are refused for everything
//! that is not granted yet. A version keeps the records that spare it, so nothing that happens later
//! brings it under them or frees it.

use std::collections::BTreeSet;

use crate::evidence::PolicyVersion;
use countersign_model::{
    Digest, Fact, Observation, Place, Position, PrincipalName, RuleId, SubjectId,
};

use super::admit::Admitted;
use super::input::PackageAt;
use super::ledger::VersionKey;
use super::state::Lifecycle;
use super::tracked_version::TrackedVersion;

impl Lifecycle {
    /// Whether some revocation binds a version.
    pub(super) fn is_revoked(&self, tracked: &TrackedVersion) -> bool {
        self.revoked
            .get(&tracked.key.digest)
            .is_some_and(|records| {
                records
                    .iter()
                    .any(|record| !tracked.marks.spared.contains(record))
            })
    }

    /// Whether some revocation binds a version of a subject, which may be new.
    pub(super) fn is_version_revoked(&self, id: &SubjectId, key: &VersionKey) -> bool {
        let state = self.subjects.get(id);
        match state.and_then(|state| state.index(key).map(|index| &state.versions[index])) {
            Some(tracked) => self.is_revoked(tracked),
            None => self.revoked.contains_key(&key.digest),
        }
    }

    /// Revokes the bytes that an accepted record names.
    pub(super) fn revoke(
        &mut self,
        admitted: &Admitted,
        id: &SubjectId,
        key: &VersionKey,
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
    ) -> Result<(), RuleId> {
        let tracked = self
            .subjects
            .entry(id.clone())
            .or_default()
            .tracked_mut(key);
        tracked.fresh = true;
        if !tracked.records.contains(&admitted.digest) {
            tracked.records.push(admitted.digest);
        }
        let who = &admitted.decision.principal;
        let bound_before = self.bound(&key.digest);
        let elsewhere: Vec<SubjectId> =
            self.subjects
                .iter()
                .filter(|(other, state)| {
                    *other != id
                        && state.versions.iter().any(|tracked| {
                            tracked.key.digest == key.digest && tracked.grant.is_some()
                        })
                })
                .map(|(other, _)| other.clone())
                .filter(|other| {
                    !(self.may_lower(under, other, who)
                        || successor.is_some_and(|next| self.may_lower(next, other, who)))
                })
                .collect();
        for other in elsewhere {
            let versions = self
                .subjects
                .get_mut(&other)
                .map(|state| &mut state.versions)
                .into_iter()
                .flatten();
            for tracked in versions
                .filter(|tracked| tracked.key.digest == key.digest && tracked.grant.is_some())
            {
                tracked.marks.spared.push(admitted.digest);
            }
        }
        self.revoked
            .entry(key.digest)
            .or_default()
            .push(admitted.digest);
        if let Some(content) = self.one_file.get(&key.digest).copied() {
            self.spare_holders(content, admitted.digest, who, under);
        }
        if self.bound(&key.digest) == bound_before {
            Err(RuleId::DecisionWithoutEffect)
        } else {
            Ok(())
        }
    }

    /// How many versions of a digest are revoked.
    fn bound(&self, digest: &Digest) -> usize {
        let versions = self.subjects.values().flat_map(|state| &state.versions);
        versions
            .filter(|tracked| tracked.key.digest == *digest && self.is_revoked(tracked))
            .count()
    }

    /// Spares the granted packages in the tree that hold a revoked one-file package, where `who`
    /// may not lower them.
    fn spare_holders(
        &mut self,
        content: Digest,
        record: Digest,
        who: &PrincipalName,
        under: &PolicyVersion,
    ) {
        let holders: Vec<(SubjectId, VersionKey)> = self
            .packages
            .values()
            .filter(|package| package.files.binary_search(&content).is_ok())
            .filter_map(|package| {
                Some((
                    package.subject.clone(),
                    VersionKey {
                        version: package.version.clone(),
                        digest: package.digest?,
                    },
                ))
            })
            .collect();
        for (id, key) in holders {
            self.spare(&id, &key, record, who, None, under);
        }
    }

    /// Spares a package that comes into the tree from the revocations of files that it holds, where
    /// it was granted before they were made.
    pub(super) fn spare_arrival(&mut self, package: &PackageAt, under: &PolicyVersion) {
        let Some(digest) = package.digest.filter(|_| !self.revoked.is_empty()) else {
            return;
        };
        let key = VersionKey {
            version: package.version.clone(),
            digest,
        };
        let held = self.revoked.iter().filter(|(digest, _)| {
            self.one_file
                .get(*digest)
                .is_some_and(|content| package.files.binary_search(content).is_ok())
        });
        let records: Vec<Digest> = held
            .flat_map(|(_, records)| records.iter().copied())
            .collect();
        for record in records {
            let made = self.records.get(&record).and_then(|standing| {
                Some((standing.principal.clone()?, standing.landing.position))
            });
            if let Some((who, position)) = made {
                self.spare(&package.subject, &key, record, &who, Some(position), under);
            }
        }
    }

    /// Spares the holders of a one-file package whose bytes were revoked before they landed
    /// anywhere.
    pub(super) fn spare_revealed(
        &mut self,
        digest: Digest,
        content: Digest,
        under: &PolicyVersion,
    ) {
        for record in self.revoked.get(&digest).cloned().unwrap_or_default() {
            if let Some(who) = self
                .records
                .get(&record)
                .and_then(|standing| standing.principal.clone())
            {
                self.spare_holders(content, record, &who, under);
            }
        }
    }

    fn spare(
        &mut self,
        id: &SubjectId,
        key: &VersionKey,
        record: Digest,
        who: &PrincipalName,
        before: Option<Position>,
        under: &PolicyVersion,
    ) {
        if self.may_lower(under, id, who) {
            return;
        }
        let Some(state) = self.subjects.get_mut(id) else {
            return;
        };
        let Some(index) = state.index(key) else {
            return;
        };
        let tracked = &mut state.versions[index];
        let granted = tracked
            .grant
            .as_ref()
            .is_some_and(|grant| before.is_none_or(|before| grant.at.position <= before));
        if granted && !tracked.marks.spared.contains(&record) {
            tracked.marks.spared.push(record);
        }
    }

    /// Revoked bytes in the tree that stay because who revoked them may not lower what holds them,
    /// and files that no such excuse covers.
    pub(super) fn observe_revoked(&self, observations: &mut Vec<Observation>) {
        if self.revoked.is_empty() {
            return;
        }
        let contents: Vec<(Digest, &Vec<Digest>)> = self
            .revoked
            .iter()
            .filter_map(|(digest, records)| Some((*self.one_file.get(digest)?, records)))
            .collect();
        for (path, package) in &self.packages {
            let place = || Place::file(path.as_str());
            let tracked = package.digest.and_then(|digest| {
                let state = self.subjects.get(&package.subject)?;
                Some(
                    &state.versions[state.index(&VersionKey {
                        version: package.version.clone(),
                        digest,
                    })?],
                )
            });
            let spares = |record: &&Digest| {
                tracked.is_some_and(|tracked| tracked.marks.spared.contains(record))
            };
            let whole = package
                .digest
                .and_then(|digest| self.revoked.get(&digest))
                .map_or(&[][..], Vec::as_slice);
            let inside: BTreeSet<&Digest> = contents
                .iter()
                .filter(|(content, _)| package.files.binary_search(content).is_ok())
                .flat_map(|(_, records)| records.iter())
                .collect();
            if whole.is_empty() && inside.iter().any(|record| !spares(record)) {
                observations.push(
                    Observation::new(RuleId::ContainsRevokedFile)
                        .subject(&package.subject)
                        .version(&package.version)
                        .place(place()),
                );
            }
            for record in whole
                .iter()
                .chain(inside)
                .filter(spares)
                .collect::<BTreeSet<_>>()
            {
                let mut observation = Observation::new(RuleId::RevokedElsewhere)
                    .subject(&package.subject)
                    .version(&package.version)
                    .place(place())
                    .with(Fact::How, "revoked");
                if let Some(standing) = self.records.get(record) {
                    observation.principal.clone_from(&standing.principal);
                    if let Some(named) = standing
                        .subjects
                        .iter()
                        .find(|named| **named != package.subject)
                    {
                        observation = observation.with(Fact::Revoked, named);
                    }
                }
                observations.push(observation);
            }
        }
    }
}
