//! Bytes that are refused under every name: revoked for good, blocked until the block is lifted.

use std::collections::BTreeSet;

use super::super::history::{Bytes, Person, SUBJECTS, Subject};
use super::{Against, Model};

impl Model {
    /// The landing at which the last revocation that binds these bytes of a subject took effect.
    pub(super) fn revoked_at(&self, subject: Subject, bytes: Bytes) -> Option<usize> {
        let binding = self
            .revocations
            .iter()
            .filter(|(revoked, _, spared)| *revoked == bytes && !spared.contains(&subject));
        binding.map(|(_, position, _)| *position).max()
    }

    /// Revokes bytes under every name, but for what is granted where `by` may not lower it. Says
    /// whether that changes anything.
    pub(super) fn revoke(
        &mut self,
        position: usize,
        bytes: Bytes,
        by: Person,
        named: Subject,
    ) -> bool {
        let held = |subject: Subject| {
            self.things[&subject]
                .versions
                .get(&bytes)
                .is_some_and(|version| version.granted.is_some())
        };
        let spared: BTreeSet<Subject> = SUBJECTS
            .into_iter()
            .filter(|subject| *subject != named && held(*subject) && !self.may_lower(by, *subject))
            .collect();
        let bound = |model: &Self| {
            SUBJECTS
                .into_iter()
                .filter(|subject| model.revoked_at(*subject, bytes).is_some())
                .count()
        };
        let before = bound(self);
        self.revocations.push((bytes, position, spared));
        bound(self) > before
    }

    /// Notes a block of bytes under the name of `named`.
    pub(super) fn bar(&mut self, named: Subject, all: &[Bytes], block: Against, by: Person) {
        for bytes in all {
            let held = |subject: Subject| {
                self.things[&subject]
                    .versions
                    .get(bytes)
                    .is_some_and(|version| version.granted.is_some())
            };
            let spared: BTreeSet<Subject> = SUBJECTS
                .into_iter()
                .filter(|subject| {
                    *subject != named && held(*subject) && !self.may_lower(by, *subject)
                })
                .collect();
            self.bars.push((*bytes, named, block, spared));
        }
    }

    /// Whether a block under another name binds these bytes.
    pub(super) fn barred(&self, subject: Subject, bytes: Bytes) -> bool {
        self.barred_at(subject, bytes).is_some()
    }

    /// The landing of the last block under another name that binds these bytes.
    pub(super) fn barred_at(&self, subject: Subject, bytes: Bytes) -> Option<usize> {
        let stands = |source: &Subject, block: &Against| {
            let thing = &self.things[source];
            thing.blocks.contains(block)
                || thing
                    .versions
                    .get(&bytes)
                    .is_some_and(|version| version.blocks.contains(block))
        };
        let binding = self.bars.iter().filter(|(barred, source, block, spared)| {
            *barred == bytes
                && *source != subject
                && !spared.contains(&subject)
                && stands(source, block)
        });
        binding.map(|(_, _, (_, position), _)| *position).max()
    }
}
