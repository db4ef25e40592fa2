//! Every leaf of a tree, in one flat list that is cheap to keep, to load and to bring up to date.

use serde::{Deserialize, Serialize};

use countersign_git::{GitError, Leaf, Reader, Roots, TreeChange};
use countersign_model::ObjectId;

/// The leaves of one tree, sorted by path bytes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Leaves {
    /// All paths, one after the other.
    paths: String8,
    leaves: Vec<Entry>,
}

/// Bytes that need not be UTF-8, written as a whole.
#[derive(Clone, Debug, Default)]
struct String8(Vec<u8>);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    end: u32,
    mode: u32,
    id: ObjectId,
}

impl Serialize for String8 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for String8 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Self(bytes.to_vec()))
    }
}

impl Leaves {
    /// Walks the whole of `tree`.
    pub fn walk(reader: &mut Reader, tree: ObjectId) -> Result<Self, GitError> {
        let mut found: Vec<(Vec<u8>, Leaf)> = Vec::new();
        reader.walk_tree(tree, |path, leaf| found.push((path.to_vec(), leaf)))?;
        // A tree that is not entered stands where a file of its name would not.
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self::of(
            found.iter().map(|(path, leaf)| (path.as_slice(), *leaf)),
        ))
    }

    fn of<'p>(sorted: impl Iterator<Item = (&'p [u8], Leaf)>) -> Self {
        let mut all = Self::default();
        for (path, leaf) in sorted {
            all.paths.0.extend_from_slice(path);
            all.leaves.push(Entry {
                end: all.paths.0.len() as u32,
                mode: leaf.mode,
                id: leaf.id,
            });
        }
        all
    }

    /// The leaves of `tree`, given that these are those of `known`; and how many differ.
    pub fn moved(
        self,
        reader: &mut Reader,
        known: ObjectId,
        tree: ObjectId,
    ) -> Result<(Self, usize), GitError> {
        let mut changes = Vec::new();
        reader.diff(Some(known), Some(tree), &Roots::all(), &mut changes)?;
        if changes.is_empty() {
            return Ok((self, 0));
        }
        changes.sort_by(|a: &TreeChange, b| a.path.cmp(&b.path));
        let mut next = changes.iter().peekable();
        let mut merged: Vec<(&[u8], Leaf)> = Vec::with_capacity(self.leaves.len() + changes.len());
        for (path, leaf) in self.iter() {
            while let Some(added) = next.next_if(|change| change.path.as_slice() < path) {
                merged.extend(added.after.map(|after| (added.path.as_slice(), after)));
            }
            match next.next_if(|change| change.path.as_slice() == path) {
                Some(change) => merged.extend(change.after.map(|after| (path, after))),
                None => merged.push((path, leaf)),
            }
        }
        merged.extend(
            next.filter_map(|added| added.after.map(|after| (added.path.as_slice(), after))),
        );
        let moved = Self::of(merged.into_iter());
        Ok((moved, changes.len()))
    }

    /// Whether every place in it is one: anything may stand in a file.
    pub fn is_sound(&self) -> bool {
        self.leaves.windows(2).all(|pair| pair[0].end < pair[1].end)
            && self
                .leaves
                .last()
                .is_none_or(|last| last.end as usize == self.paths.0.len())
    }

    fn path(&self, index: usize) -> &[u8] {
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.leaves[before].end);
        &self.paths.0[start as usize..self.leaves[index].end as usize]
    }

    /// Paths and what lies there.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Leaf)> + Clone {
        self.leaves.iter().enumerate().map(|(index, entry)| {
            (
                self.path(index),
                Leaf {
                    mode: entry.mode,
                    id: entry.id,
                },
            )
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// The leaf at exactly `path`.
    pub fn get(&self, path: &[u8]) -> Option<Leaf> {
        let at = self.first_from(path);
        self.leaves
            .get(at)
            .filter(|_| self.path(at) == path)
            .map(|entry| Leaf {
                mode: entry.mode,
                id: entry.id,
            })
    }

    /// Whether a leaf is at exactly `path`.
    pub fn contains(&self, path: &[u8]) -> bool {
        self.get(path).is_some()
    }

    /// Everything in the folder at `path`.
    pub fn below(&self, path: &str) -> impl Iterator<Item = (&[u8], Leaf)> {
        let inside = format!("{path}/").into_bytes();
        let from = self.first_from(&inside)..self.leaves.len();
        let entries = from.map(|at| {
            (
                self.path(at),
                Leaf {
                    mode: self.leaves[at].mode,
                    id: self.leaves[at].id,
                },
            )
        });
        entries.take_while(move |(path, _)| path.starts_with(&inside))
    }

    /// Whether a file or folder is at `path`.
    pub fn has(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let at = self.first_from(inside.as_bytes());
        self.contains(path.as_bytes())
            || at < self.leaves.len() && self.path(at).starts_with(inside.as_bytes())
    }

    /// The index of the first path that is not before `path`.
    fn first_from(&self, path: &[u8]) -> usize {
        let mut range = 0..self.leaves.len();
        while !range.is_empty() {
            let middle = range.start.midpoint(range.end);
            if self.path(middle) < path {
                range.start = middle + 1;
            } else {
                range.end = middle;
            }
        }
        range.start
    }
}
