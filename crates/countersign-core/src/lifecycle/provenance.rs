//! Which commits touched which path, and where each blob lay before: the raw material of separation
//! of duties.
//!
//! Kept for every path, governed or not, because work done elsewhere and moved in still has its
//! authors. A long history touches a hundred thousand paths, so everything is an index into a
//! table, and what concerns one path or one blob is a chain from its newest touch back.

mod resembling;
mod stored;
mod table;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use countersign_model::{ForgeAccount, Identity, KeyId, ObjectId, Position};

use super::compact::append;
use super::input::{CommitFacts, CommitPeople};
use table::Table;

/// Index of a commit in the order in which commits became reachable.
pub type CommitIndex = u32;

/// Stands for no index.
const NONE: u32 = u32::MAX;

/// Commits by path and blob.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    commits: Vec<Commit>,
    /// Those who make commits, each group once.
    hands: Vec<Hands>,
    known_hands: HashMap<Hands, u32>,
    touches: Vec<Touch>,
    /// Paths, with the newest touch of each.
    paths: Table<Arc<[u8]>>,
    /// Blobs that were brought anywhere, with the newest touch that brought each.
    blobs: Table<ObjectId>,
    /// Paths by a hash of their last step, in the order in which they came.
    names: HashMap<u32, Vec<u32>>,
    /// Earlier blobs in which much of a blob was already there.
    resembling: BTreeMap<u32, BTreeSet<u32>>,
}

#[derive(Clone, Copy, Debug)]
struct Commit {
    id: Option<ObjectId>,
    hands: u32,
    single_parent_landing: bool,
}

/// One commit that changed one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Touch {
    commit: CommitIndex,
    position: Position,
    path: u32,
    /// What it brought there; `NONE` when it removed the path, or merged a folder.
    blob: u32,
    /// The touch of the same path before.
    before: u32,
    /// The touch that brought the same blob before.
    copied: u32,
}

/// Everybody who had a hand in a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hands {
    /// Author.
    pub author: Option<Identity>,
    /// Committer.
    pub committer: Option<Identity>,
    /// Trailers.
    pub co_authors: Vec<Identity>,
    /// Key of a good signature, no matter who owns it.
    pub signer: Option<KeyId>,
    /// The account that opened a pull request.
    pub opener: Option<ForgeAccount>,
}

/// The people of a commit.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    /// The commit; `None` for a candidate's merge that no commit holds.
    pub commit: Option<ObjectId>,
    /// Whether it is the landing itself and has one parent.
    pub single_parent_landing: bool,
    /// Number of the group of people: many commits have the same.
    pub group: u32,
    hands: &'a Hands,
}

impl Deref for People<'_> {
    type Target = Hands;
    fn deref(&self) -> &Hands {
        self.hands
    }
}

/// The commits that contributed to a package, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributors {
    /// Commits that changed it.
    pub direct: Vec<CommitIndex>,
    /// Commits that made bytes elsewhere which were then brought in.
    pub carried: Vec<CommitIndex>,
}

impl Provenance {
    /// Takes in the commits of one landing.
    pub fn record(&mut self, position: Position, commits: Vec<CommitFacts>) {
        for facts in commits {
            let commit = self.commits.len() as CommitIndex;
            self.take_people(facts.people);
            for (path, blob) in facts.introduced {
                self.touch(commit, position, path, blob);
            }
            for path in facts.combined {
                self.touch(commit, position, path, None);
            }
        }
    }

    fn take_people(&mut self, people: CommitPeople) {
        let CommitPeople {
            commit,
            author,
            committer,
            co_authors,
            signer,
            single_parent_landing,
            opener,
        } = people;
        let hands = Hands {
            author,
            committer,
            co_authors,
            signer,
            opener,
        };
        let index = self.known_hands.get(&hands).copied().unwrap_or_else(|| {
            let index = self.hands.len() as u32;
            append(&mut self.hands, hands.clone());
            self.known_hands.insert(hands, index);
            index
        });
        append(
            &mut self.commits,
            Commit {
                id: commit,
                hands: index,
                single_parent_landing,
            },
        );
    }

    fn touch(
        &mut self,
        commit: CommitIndex,
        position: Position,
        path: Box<[u8]>,
        blob: Option<ObjectId>,
    ) {
        let this = self.touches.len() as u32;
        let known = self.paths.len();
        let path = self.paths.index(Arc::from(path));
        if path as usize == known {
            self.note_name(path);
        }
        let before = self.paths.set_newest(path, this);
        let blob = blob.map(|blob| self.blobs.index(blob));
        let copied = blob.map_or(NONE, |blob| self.blobs.set_newest(blob, this));
        append(
            &mut self.touches,
            Touch {
                commit,
                position,
                path,
                blob: blob.unwrap_or(NONE),
                before,
                copied,
            },
        );
    }

    /// Whether some commit brought this blob to this path.
    pub fn knows(&self, path: &[u8], blob: &ObjectId) -> bool {
        let (Some(path), Some(blob)) = (self.paths.find(path), self.blobs.find(blob)) else {
            return false;
        };
        self.history(path).any(|touch| touch.blob == blob)
    }

    /// The people of a commit.
    pub fn people(&self, commit: CommitIndex) -> People<'_> {
        let Commit {
            id,
            hands,
            single_parent_landing,
        } = self.commits[commit as usize];
        People {
            commit: id,
            single_parent_landing,
            group: hands,
            hands: &self.hands[hands as usize],
        }
    }

    /// Every commit, in the order in which they became reachable.
    pub fn commits(&self) -> impl Iterator<Item = ObjectId> {
        self.commits.iter().filter_map(|commit| commit.id)
    }

    /// The same from the newest on.
    pub fn commits_newest_first(&self) -> impl Iterator<Item = ObjectId> {
        self.commits.iter().rev().filter_map(|commit| commit.id)
    }

    /// Commits that contributed to the package at `path` in landings after `after` (all when
    /// `None`) up to and including `upto`.
    pub fn contributors(
        &self,
        path: &[u8],
        after: Option<Position>,
        upto: Position,
    ) -> Contributors {
        let (mut direct, mut carried) = (Vec::new(), Vec::new());
        // Blobs that were brought by a commit: where they lay before it is still to be looked at.
        // The newest first, so that whatever was looked at once was looked at far enough.
        let mut brought: BinaryHeap<(Position, CommitIndex, u32)> = BinaryHeap::new();
        let own = self.at_or_below(path);
        for file in &own {
            for touch in self
                .history(*file)
                .skip_while(|touch| touch.position > upto)
            {
                if after.is_some_and(|after| touch.position <= after) {
                    break;
                }
                direct.push(touch.commit);
                if touch.blob != NONE {
                    brought.push((touch.position, touch.commit, touch.blob));
                }
            }
        }
        let (mut seen_blobs, mut seen_files) = (BTreeSet::new(), BTreeSet::new());
        while let Some((position, before, blob)) = brought.pop() {
            // Commits of one landing have no order that their author could not choose: none of them
            // comes after another.
            let earlier = |touch: &&Touch| touch.commit != before && touch.position <= position;
            if !seen_blobs.insert(blob) {
                continue;
            }
            // Work that was changed on the way here is its author's, too.
            brought.extend(
                self.resembling
                    .get(&blob)
                    .into_iter()
                    .flatten()
                    .map(|older| (position, before, *older)),
            );
            for copy in self
                .chain(self.blobs.newest(blob), |touch| touch.copied)
                .filter(earlier)
            {
                if own.binary_search(&copy.path).is_ok() {
                    // Work that was taken back and is landed again by someone else is still the
                    // first one's.
                    carried.push(copy.commit);
                    continue;
                }
                if !seen_files.insert(copy.path) {
                    continue;
                }
                for touch in self.history(copy.path).filter(earlier) {
                    carried.push(touch.commit);
                    if touch.blob != NONE {
                        brought.push((touch.position, touch.commit, touch.blob));
                    }
                }
            }
        }
        Contributors {
            direct: each_once(direct),
            carried: each_once(carried),
        }
    }

    /// Indices of every path that is `path` or is in that folder, sorted.
    fn at_or_below(&self, path: &[u8]) -> Vec<u32> {
        let folder = [path, b"/"].concat();
        let mut found: Vec<u32> = self.paths.find(path).into_iter().collect();
        found.extend(self.paths.from(&*folder, |file| file.starts_with(&folder)));
        found.sort_unstable();
        found
    }

    /// The touches of a path, newest first.
    fn history(&self, path: u32) -> impl Iterator<Item = &Touch> {
        self.chain(self.paths.newest(path), |touch| touch.before)
    }

    fn chain(&self, newest: u32, next: fn(&Touch) -> u32) -> impl Iterator<Item = &Touch> {
        std::iter::successors(self.touches.get(newest as usize), move |touch| {
            self.touches.get(next(touch) as usize)
        })
    }
}

fn each_once(mut commits: Vec<CommitIndex>) -> Vec<CommitIndex> {
    commits.sort_unstable();
    commits.dedup();
    commits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(n: u8) -> ObjectId {
        ObjectId::from_bytes(&[n; 20]).expect("20 bytes")
    }

    fn commit(introduced: &[(&str, Option<u8>)]) -> CommitFacts {
        let introduced = introduced
            .iter()
            .map(|(path, id)| (path.as_bytes().into(), id.map(blob)))
            .collect();
        CommitFacts {
            introduced,
            ..CommitFacts::default()
        }
    }

    #[test]
    fn work_moved_in_brings_the_authors_of_the_old_place_along() {
        let mut provenance = Provenance::default();
        provenance.record(Position(1), vec![commit(&[("scratch/a.md", Some(1))])]);
        provenance.record(Position(2), vec![commit(&[("scratch/a.md", Some(2))])]);
        provenance.record(
            Position(3),
            vec![commit(&[("scratch/b.md", Some(2)), ("scratch/a.md", None)])],
        );
        provenance.record(
            Position(4),
            vec![commit(&[
                ("skills/x/SKILL.md", Some(2)),
                ("scratch/b.md", None),
            ])],
        );
        provenance.record(Position(5), vec![commit(&[("elsewhere.md", Some(2))])]);
        let found = provenance.contributors(b"skills/x", None, Position(9));
        assert_eq!(found.direct, [3]);
        assert_eq!(
            found.carried,
            [0, 1, 2],
            "the copy made later does not count"
        );
    }

    #[test]
    fn a_folder_is_not_its_namesake_with_a_longer_name() {
        let mut provenance = Provenance::default();
        provenance.record(
            Position(1),
            vec![commit(&[
                ("skills/x/SKILL.md", Some(1)),
                ("skills/xy/SKILL.md", Some(2)),
                ("skills/x.md", Some(3)),
            ])],
        );
        provenance.record(
            Position(2),
            vec![commit(&[("skills/xy/SKILL.md", Some(4))])],
        );
        assert_eq!(
            provenance
                .contributors(b"skills/x", None, Position(9))
                .direct,
            [0]
        );
        assert_eq!(
            provenance
                .contributors(b"skills/xy", Some(Position(1)), Position(9))
                .direct,
            [1]
        );
        assert_eq!(
            provenance
                .contributors(b"skills/x.md", None, Position(9))
                .direct,
            [0]
        );
    }
}
