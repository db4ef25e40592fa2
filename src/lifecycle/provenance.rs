//! Which commits touched which path, and where each blob lay before: the raw material of separation of duties.
//!
//! Kept for every path, governed or not, because work done elsewhere and moved in still has its authors.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::{ObjectId, Position};

use super::input::{CommitFacts, CommitPeople};

/// Index of a commit in the order in which commits became reachable.
pub type CommitIndex = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Touch {
    commit: CommitIndex,
    position: Position,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct PathHistory {
    touches: Vec<Touch>,
    /// Blobs that were brought to this path.
    blobs: Vec<(CommitIndex, ObjectId)>,
}

/// A commit, and the path to which it brought a blob.
type Bringing = (CommitIndex, Box<[u8]>);

/// Commits by path and blob.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Provenance {
    people: Vec<CommitPeople>,
    paths: BTreeMap<Box<[u8]>, PathHistory>,
    /// Where each blob was brought, in order of commits.
    places: HashMap<ObjectId, Vec<Bringing>>,
}

/// The commits that contributed to a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributors {
    /// Commits that changed it.
    pub direct: BTreeSet<CommitIndex>,
    /// Commits that made bytes elsewhere which were then brought in.
    pub carried: BTreeSet<CommitIndex>,
}

impl Provenance {
    /// Takes in the commits of one landing.
    pub fn record(&mut self, position: Position, commits: Vec<CommitFacts>) {
        for facts in commits {
            let commit = self.people.len() as CommitIndex;
            self.people.push(facts.people);
            for (path, blob) in facts.introduced {
                if let Some(blob) = blob {
                    self.places.entry(blob).or_default().push((commit, path.clone()));
                }
                let history = self.paths.entry(path).or_default();
                history.touches.push(Touch { commit, position });
                if let Some(blob) = blob {
                    history.blobs.push((commit, blob));
                }
            }
            for path in facts.combined {
                self.paths.entry(path).or_default().touches.push(Touch { commit, position });
            }
        }
    }

    /// The people of a commit.
    pub fn people(&self, commit: CommitIndex) -> &CommitPeople {
        &self.people[commit as usize]
    }

    /// Every commit, in the order in which they became reachable.
    pub fn commits(&self) -> impl Iterator<Item = ObjectId> {
        self.people.iter().filter_map(|people| people.commit)
    }

    /// Commits that contributed to the package at `path` in landings after `after` (all when `None`) up to and including `upto`.
    pub fn contributors(&self, path: &[u8], after: Option<Position>, upto: Position) -> Contributors {
        let in_range = |position: Position| after.is_none_or(|after| position > after) && position <= upto;
        let mut found = Contributors::default();
        let mut places = Vec::new();
        for (file, history) in self.below(path) {
            for touch in history.touches.iter().filter(|touch| in_range(touch.position)) {
                found.direct.insert(touch.commit);
            }
            for (commit, blob) in &history.blobs {
                if found.direct.contains(commit) {
                    places.push((*commit, *blob, file));
                }
            }
        }
        let inside = |file: &[u8]| lies_below(file, path);
        let mut seen = BTreeSet::new();
        while let Some((before, blob, _)) = places.pop() {
            for (brought, file) in self.places.get(&blob).into_iter().flatten() {
                if *brought >= before || inside(file) || !seen.insert((file.clone(), before)) {
                    continue;
                }
                let Some(history) = self.paths.get(file) else { continue };
                for touch in history.touches.iter().filter(|touch| touch.commit < before) {
                    found.carried.insert(touch.commit);
                }
                for (commit, blob) in history.blobs.iter().filter(|(commit, _)| *commit < before) {
                    places.push((*commit, *blob, file));
                }
            }
        }
        found
    }

    fn below<'s>(&'s self, path: &'s [u8]) -> impl Iterator<Item = (&'s [u8], &'s PathHistory)> + 's {
        let own = self.paths.get_key_value(path).map(|(file, history)| (&**file, history));
        let mut folder = path.to_vec();
        folder.push(b'/');
        let start: Box<[u8]> = folder.into();
        let inner = self.paths.range(start..).map(|(file, history)| (&**file, history)).take_while(move |(file, _)| lies_below(file, path));
        own.into_iter().chain(inner)
    }
}

/// Whether `file` is `path` or lies in that folder.
fn lies_below(file: &[u8], path: &[u8]) -> bool {
    file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(n: u8) -> ObjectId {
        ObjectId::from_bytes(&[n; 20]).expect("20 bytes")
    }

    fn commit(introduced: &[(&str, Option<u8>)]) -> CommitFacts {
        let introduced = introduced.iter().map(|(path, id)| (path.as_bytes().into(), id.map(blob))).collect();
        CommitFacts { introduced, ..CommitFacts::default() }
    }

    #[test]
    fn work_moved_in_brings_the_authors_of_the_old_place_along() {
        let mut provenance = Provenance::default();
        provenance.record(Position(1), vec![commit(&[("scratch/a.md", Some(1))])]);
        provenance.record(Position(2), vec![commit(&[("scratch/a.md", Some(2))])]);
        provenance.record(Position(3), vec![commit(&[("scratch/b.md", Some(2)), ("scratch/a.md", None)])]);
        provenance.record(Position(4), vec![commit(&[("skills/x/SKILL.md", Some(2)), ("scratch/b.md", None)])]);
        provenance.record(Position(5), vec![commit(&[("elsewhere.md", Some(2))])]);
        let found = provenance.contributors(b"skills/x", None, Position(9));
        assert_eq!(found.direct, BTreeSet::from([3]));
        assert_eq!(found.carried, BTreeSet::from([0, 1, 2]), "the copy made later does not count");
    }

    #[test]
    fn a_folder_is_not_its_namesake_with_a_longer_name() {
        let mut provenance = Provenance::default();
        provenance.record(
            Position(1),
            vec![commit(&[("skills/x/SKILL.md", Some(1)), ("skills/xy/SKILL.md", Some(2)), ("skills/x.md", Some(3))])],
        );
        provenance.record(Position(2), vec![commit(&[("skills/xy/SKILL.md", Some(4))])]);
        assert_eq!(provenance.contributors(b"skills/x", None, Position(9)).direct, BTreeSet::from([0]));
        assert_eq!(provenance.contributors(b"skills/xy", Some(Position(1)), Position(9)).direct, BTreeSet::from([1]));
        assert_eq!(provenance.contributors(b"skills/x.md", None, Position(9)).direct, BTreeSet::from([0]));
    }
}
