//! Blocked bytes: refused under every other name, too, until the block is lifted.
//!
//! As with a revocation, what is granted elsewhere stays where the signer of the block may not
//! lower it: its owners get a finding.

use std::collections::BTreeSet;

use countersign_model::{Digest, Fact, Observation, Place, Position, RuleId, SubjectId};

use crate::evidence::PolicyVersion;

use super::ledger::VersionKey;
use super::state::{Lifecycle, SubjectState};
use super::tracked_version::TrackedVersion;

impl Lifecycle {
    /// Notes the blocks of a subject that are new, and spares what they do not bind. A block of
    /// every version reaches the bytes that had landed.
    pub(super) fn bar_bytes(
        &mut self,
        id: &SubjectId,
        state: &SubjectState,
        under: &PolicyVersion,
    ) {
        let own = state.versions.iter().flat_map(|tracked| {
            tracked
                .marks
                .blocks
                .iter()
                .map(|block| (tracked.key.digest, block.record))
        });
        let all = state.blocked_all.iter().flat_map(|block| {
            let landed = |tracked: &&TrackedVersion| {
                tracked
                    .landed
                    .is_some_and(|landing| landing.position <= block.position)
            };
            state
                .versions
                .iter()
                .filter(landed)
                .map(|tracked| (tracked.key.digest, block.record))
        });
        let is_new = |(digest, record): &(Digest, Digest)| {
            !self
                .barred
                .get(digest)
                .is_some_and(|known| known.contains(&(*record, id.clone())))
        };
        for (digest, record) in own.chain(all).filter(is_new).collect::<Vec<_>>() {
            self.barred
                .entry(digest)
                .or_default()
                .insert((record, id.clone()));
            let who = self
                .records
                .get(&record)
                .and_then(|standing| standing.principal.clone());
            let granted =
                |tracked: &TrackedVersion| tracked.key.digest == digest && tracked.grant.is_some();
            let holders = self
                .subjects
                .iter()
                .filter(|(other, state)| *other != id && state.versions.iter().any(granted));
            let bound = |other: &SubjectId| {
                who.as_ref().is_none_or(|who| {
                    self.may_lower(under, other, who)
                        || self
                            .successor
                            .as_ref()
                            .is_some_and(|next| self.may_lower(next, other, who))
                })
            };
            let spared: Vec<SubjectId> = holders
                .map(|(other, _)| other.clone())
                .filter(|other| !bound(other))
                .collect();
            for other in spared {
                let versions = self
                    .subjects
                    .get_mut(&other)
                    .map(|state| &mut state.versions)
                    .into_iter()
                    .flatten();
                versions
                    .filter(|tracked| granted(tracked))
                    .for_each(|tracked| tracked.marks.spared.push(record));
            }
        }
    }

    /// Blocks of these bytes under other names that bind a version, with the subjects that they name.
    pub(super) fn barring<'s>(
        &'s self,
        tracked: &'s TrackedVersion,
    ) -> impl Iterator<Item = (&'s Digest, &'s SubjectId)> {
        let barred = self.barred.get(&tracked.key.digest).into_iter().flatten();
        let standing = barred.map(|(record, source)| (record, source));
        standing.filter(|(record, source)| {
            !tracked.marks.spared.contains(record)
                && self.block_stands(source, &tracked.key.digest, record)
        })
    }

    /// Whether bytes are blocked under another name for a version of a subject, which may be new.
    pub(super) fn is_barred(&self, id: &SubjectId, key: &VersionKey) -> bool {
        let state = self.subjects.get(id);
        match state.and_then(|state| state.index(key).map(|index| &state.versions[index])) {
            Some(tracked) => self.barring(tracked).next().is_some(),
            None => self
                .barring(&TrackedVersion::new(key.clone()))
                .next()
                .is_some(),
        }
    }

    /// The last landing that barred a version.
    pub(super) fn barred_at(&self, tracked: &TrackedVersion) -> Option<Position> {
        self.barring(tracked)
            .filter_map(|(record, _)| Some(self.records.get(record)?.landing.position))
            .max()
    }

    fn block_stands(&self, source: &SubjectId, digest: &Digest, record: &Digest) -> bool {
        self.subjects.get(source).is_some_and(|state| {
            let mut versions = state
                .versions
                .iter()
                .filter(|tracked| tracked.key.digest == *digest);
            state
                .blocked_all
                .iter()
                .any(|block| block.record == *record)
                || versions.any(|tracked| {
                    tracked
                        .marks
                        .blocks
                        .iter()
                        .any(|block| block.record == *record)
                })
        })
    }

    /// Subjects that hold bytes which were blocked as others of `sources`.
    pub(super) fn sharing(&self, sources: &BTreeSet<SubjectId>) -> Vec<SubjectId> {
        let blocked = |records: &BTreeSet<(Digest, SubjectId)>| {
            records.iter().any(|(_, source)| sources.contains(source))
        };
        let digests: BTreeSet<&Digest> = self
            .barred
            .iter()
            .filter(|(_, records)| blocked(records))
            .map(|(digest, _)| digest)
            .collect();
        if digests.is_empty() {
            return Vec::new();
        }
        let holds = |state: &SubjectState| {
            state
                .versions
                .iter()
                .any(|tracked| digests.contains(&tracked.key.digest))
        };
        self.subjects
            .iter()
            .filter(|(_, state)| holds(state))
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Blocked bytes in the tree that stay, because who blocked them may not lower what holds them.
    pub(super) fn observe_barred(&self, observations: &mut Vec<Observation>) {
        for (path, package) in self.packages.iter().filter(|_| !self.barred.is_empty()) {
            let Some(digest) = package.digest else {
                continue;
            };
            let key = VersionKey {
                version: package.version.clone(),
                digest,
            };
            let tracked = self
                .subjects
                .get(&package.subject)
                .and_then(|state| state.index(&key).map(|index| &state.versions[index]));
            let Some(tracked) = tracked else { continue };
            let spared = self
                .barred
                .get(&digest)
                .into_iter()
                .flatten()
                .filter(|(record, _)| tracked.marks.spared.contains(record));
            for (record, source) in
                spared.filter(|(record, source)| self.block_stands(source, &digest, record))
            {
                let mut observation = Observation::new(RuleId::RevokedElsewhere)
                    .subject(&package.subject)
                    .version(&package.version)
                    .place(Place::file(path.as_str()))
                    .with(Fact::How, "blocked")
                    .with(Fact::Revoked, source);
                observation.principal = self
                    .records
                    .get(record)
                    .and_then(|standing| standing.principal.clone());
                observations.push(observation);
            }
        }
    }
}
