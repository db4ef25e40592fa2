//! Separation of duties: whose work the bytes of a version are.

use std::collections::BTreeSet;

use super::super::history::{Bytes, Person, SUBJECTS, Subject};
use super::{Model, rules};

impl Model {
    /// Who may have contributed to a version: the people of every commit on the subject since other
    /// bytes of it, granted, were in the tree before this version first did, up to its last arrival,
    /// and the people of any place where the bytes were before.
    pub fn contributors(&self, subject: Subject, bytes: Bytes) -> BTreeSet<Person> {
        self.contributors_upto(subject, bytes, usize::MAX)
    }

    /// For a rollback: who had contributed when the version was granted. Those who bring granted
    /// bytes back wrote nothing.
    pub(super) fn returning(&self, subject: Subject, bytes: Bytes) -> BTreeSet<Person> {
        let granted = self.things[&subject]
            .versions
            .get(&bytes)
            .and_then(|version| version.granted);
        self.contributors_upto(
            subject,
            bytes,
            granted.map_or(usize::MAX, |(position, _)| position),
        )
    }

    fn contributors_upto(&self, subject: Subject, bytes: Bytes, upto: usize) -> BTreeSet<Person> {
        let version = &self.things[&subject]
            .versions
            .get(&bytes)
            .cloned()
            .unwrap_or_default();
        let Some((first, last)) = version.landed else {
            return BTreeSet::new();
        };
        let last = last.min(upto);
        let granted = |other: &Bytes| {
            *other != bytes
                && self.things[&subject]
                    .versions
                    .get(other)
                    .is_some_and(|version| version.granted.is_some())
        };
        let since = (0..first)
            .rev()
            .find(|position| self.trees[*position].get(&subject).is_some_and(granted));
        let strict = rules(subject)
            .iter()
            .any(|rule| rule.iter().map(|(count, _)| count).sum::<usize>() >= 2);
        let mut found = BTreeSet::new();
        for position in since.map_or(1, |since| since + 1)..=last {
            let scene = &self.scenes[position];
            let Some((_, brought)) = scene
                .changes
                .iter()
                .find(|(changed, _)| *changed == subject)
            else {
                continue;
            };
            found.insert(scene.author);
            // The committer of a single-parent landing is a warning, and so is a trailer whose
            // person signed an approval of it there.
            let signed = |person: &Person| {
                version
                    .approvals
                    .iter()
                    .any(|vote| vote.by == *person && vote.position == position)
            };
            found.extend(
                scene
                    .trailer
                    .filter(|person| scene.merge || strict || !signed(person)),
            );
            if let Some(brought) = brought {
                self.carried(subject, *brought, position, &mut found);
            }
        }
        found
    }

    /// People of every other place where these bytes came before, and of whatever place those came
    /// from in turn.
    fn carried(&self, subject: Subject, bytes: Bytes, before: usize, found: &mut BTreeSet<Person>) {
        // The same bytes at the same place before: work that was taken back is still its first
        // author's.
        for scene in self.scenes[..before].iter().filter(|scene| {
            scene
                .changes
                .iter()
                .any(|(changed, brought)| *changed == subject && *brought == Some(bytes))
        }) {
            found.insert(scene.author);
            found.extend(scene.trailer);
            if !scene.merge {
                found.insert(scene.committer);
            }
        }
        for place in SUBJECTS.into_iter().filter(|place| *place != subject) {
            let brought = |position: usize| {
                self.scenes[position]
                    .changes
                    .iter()
                    .find(|(changed, _)| *changed == place)
                    .map(|(_, brought)| *brought)
            };
            if !(0..before).any(|position| brought(position) == Some(Some(bytes))) {
                continue;
            }
            for position in 0..before {
                let Some(brought) = brought(position) else {
                    continue;
                };
                let scene = &self.scenes[position];
                found.insert(scene.author);
                found.extend(scene.trailer);
                if !scene.merge {
                    found.insert(scene.committer);
                }
                if let Some(brought) = brought {
                    self.carried(subject, brought, position, found);
                }
            }
        }
    }
}
