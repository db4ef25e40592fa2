//! How versions stand at a time: their states, and which of them is current.

use countersign::model::State;

use super::super::history::{Bytes, Subject};
use super::{Model, VersionState};

impl Model {
    /// The strongest flag; an expired grant shows as draft.
    pub fn state(&self, subject: Subject, bytes: Bytes, time: i64) -> State {
        let thing = &self.things[&subject];
        let version = &thing.versions[&bytes];
        let holds = version
            .granted
            .is_some_and(|(_, end)| end.is_none_or(|end| time < end));
        if self.revoked_at(subject, bytes).is_some() {
            State::Revoked
        } else if !version.blocks.is_empty()
            || !thing.blocks.is_empty()
            || self.barred(subject, bytes)
        {
            State::Blocked
        } else if !version.rolled_back.is_empty() {
            State::RolledBack
        } else if !holds {
            State::Draft
        } else if !version.archived.is_empty() {
            State::Archived
        } else if !version.deprecated.is_empty() {
            State::Deprecated
        } else {
            State::Approved
        }
    }

    /// Whether `bytes` rank above `other`: declared versions by precedence and above undeclared
    /// ones, which rank by landing.
    fn higher(&self, subject: Subject, bytes: Bytes, other: Bytes) -> bool {
        let rank = |bytes: Bytes| match bytes {
            Bytes::Unversioned | Bytes::UnversionedOther => 0,
            Bytes::V1 | Bytes::V1Other => 1,
            Bytes::V2 => 2,
            Bytes::V3 => 3,
        };
        let landed = |bytes: Bytes| {
            self.things[&subject].versions[&bytes]
                .landed
                .map(|(first, _)| first)
        };
        (rank(bytes), landed(bytes)) > (rank(other), landed(other))
    }

    /// The current version, and whether a rollback still pins it.
    pub fn current(&self, subject: Subject, time: i64) -> (Option<Bytes>, bool) {
        let thing = &self.things[&subject];
        let approved = |bytes: Bytes| self.state(subject, bytes, time) == State::Approved;
        if let Some((to, position)) = thing.pin {
            let overtakes = |(bytes, version): (&Bytes, &VersionState)| {
                version
                    .granted
                    .is_some_and(|(granted, _)| granted > position)
                    && self.higher(subject, *bytes, to)
                    && approved(*bytes)
            };
            if !thing.versions.iter().any(overtakes) {
                return (approved(to).then_some(to), true);
            }
        }
        let usable = |bytes: Bytes| {
            matches!(
                self.state(subject, bytes, time),
                State::Approved | State::Deprecated
            )
        };
        let highest = |among: &dyn Fn(Bytes, &VersionState) -> bool| {
            let found = thing
                .versions
                .iter()
                .filter(|(bytes, version)| version.granted.is_some() && among(**bytes, version))
                .map(|(bytes, _)| *bytes);
            found.reduce(|best, other| {
                if self.higher(subject, other, best) {
                    other
                } else {
                    best
                }
            })
        };
        let Some(newest) = highest(&|_, _| true) else {
            return (None, false);
        };
        if usable(newest) {
            return (Some(newest), false);
        }
        // One step back, or on to what was granted since it was stopped.
        let version = &thing.versions[&newest];
        let against = version
            .blocks
            .iter()
            .chain(&thing.blocks)
            .chain(&version.archived)
            .chain(&version.rolled_back)
            .map(|(_, position)| *position);
        let stopped = against
            .chain(self.revoked_at(subject, newest))
            .chain(self.barred_at(subject, newest))
            .max();
        let since = highest(&|bytes, version| {
            let later = version
                .granted
                .is_some_and(|(granted, _)| stopped.is_some_and(|stopped| granted > stopped));
            let above = thing.versions[&newest]
                .predecessor
                .is_none_or(|before| self.higher(subject, bytes, before));
            later && above && usable(bytes)
        });
        (
            since.or(version.predecessor.filter(|before| usable(*before))),
            false,
        )
    }

    pub(super) fn settle_current(&mut self, subject: Subject) {
        let (current, pinned) = self.current(subject, self.time());
        let thing = self
            .things
            .get_mut(&subject)
            .expect("every subject is there");
        if !pinned {
            thing.pin = None;
        }
        if thing.current != current {
            thing.previous = thing.current.or(thing.previous);
            thing.current = current;
        }
    }
}
