//! Which renames a merge has to find, and what finding them may cost.
//!
//! A renamed and edited file is found by comparing every deleted file with every added one: a
//! branch that replaces 300 files would cost 90,000 comparisons. As in Git's merge (`merge-ort.c`,
//! "relevant renames"), a rename matters only where the other side touched the old path, or added
//! to a folder that is gone: elsewhere the merge is the same, whatever the file was renamed to. So
//! those files are taken out of all three trees before they are merged, and so are their new names
//! where the content is the same. What is left is compared while it is at most [`MOST_COMPARED`]
//! bytes; beyond that renames are found by content that is the same, as Git does beyond its own
//! limit, and a file that one side edited and the other renamed is a conflict.

use std::collections::{BTreeMap, BTreeSet};

use gix::objs::Write as _;

use super::diff::{Leaf, TreeChange};
use super::error::GitError;
use super::reader::{to_gix, to_model};
use super::repository::Repository;
use super::tree::{MODE_EXECUTABLE, MODE_REGULAR, MODE_SYMLINK, is_tree};
use countersign_model::ObjectId;

/// Bytes that the search for renamed and edited files may read, each file counted once for every
/// file that it is compared with: well under a second.
pub(super) const MOST_COMPARED: u64 = 256 << 20;
/// Pairs that it may compare.
pub(super) const MOST_COMPARISONS: u64 = 250_000;

/// What a merge may leave aside, and what its search for renames costs then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Renames {
    /// Files that one side deleted or renamed, and that do not matter to the other: they are in no
    /// merge result.
    pub gone: BTreeSet<Vec<u8>>,
    /// Where such files went, with the same content: they are in every merge result.
    pub settled: BTreeMap<Vec<u8>, Leaf>,
    /// Pairs of files that remain to be compared.
    pub comparisons: u64,
    /// Their bytes, each file counted once for every file that it is compared with.
    pub compared: u64,
}

/// One side of a merge, as it differs from the common ancestor.
struct Side<'c> {
    tree: ObjectId,
    changes: &'c [TreeChange],
    touched: BTreeSet<&'c [u8]>,
    /// The folders above everything that it added.
    grown: BTreeSet<&'c [u8]>,
}

impl<'c> Side<'c> {
    fn new(tree: ObjectId, changes: &'c [TreeChange]) -> Self {
        let touched = changes
            .iter()
            .map(|change| change.path.as_slice())
            .collect();
        let added = changes.iter().filter(|change| change.before.is_none());
        Self {
            tree,
            changes,
            touched,
            grown: added.flat_map(|change| above(&change.path)).collect(),
        }
    }

    /// Files that are here only, or in the ancestor only.
    fn alone(&self, added: bool) -> impl Iterator<Item = (&'c [u8], Leaf)> {
        self.changes
            .iter()
            .filter_map(move |change| match (change.before, change.after) {
                (None, Some(leaf)) if added && is_file(leaf) => {
                    Some((change.path.as_slice(), leaf))
                }
                (Some(leaf), None) if !added && is_file(leaf) => {
                    Some((change.path.as_slice(), leaf))
                }
                _ => None,
            })
    }
}

impl Renames {
    /// Compares what both sides changed. `sides` are the root tree of each and its changes against
    /// `ancestor`.
    pub fn between(
        repository: &Repository,
        ancestor: ObjectId,
        sides: [(ObjectId, &[TreeChange]); 2],
    ) -> Result<Self, GitError> {
        let [ours, theirs] = sides.map(|(tree, changes)| Side::new(tree, changes));
        let mut renames = Self::default();
        for (side, other) in [(&ours, &theirs), (&theirs, &ours)] {
            renames.add(repository, ancestor, side, other)?;
        }
        Ok(renames)
    }

    fn add(
        &mut self,
        repository: &Repository,
        ancestor: ObjectId,
        side: &Side<'_>,
        other: &Side<'_>,
    ) -> Result<(), GitError> {
        // By content, the files that were deleted here: how many do not matter, and whether one
        // does.
        let mut contents: BTreeMap<ObjectId, (usize, bool)> = BTreeMap::new();
        let mut sources = Vec::new();
        for (path, leaf) in side.alone(false) {
            let entry = contents.entry(leaf.id).or_default();
            if other.touched.contains(path) || grew(repository, side, other, path)? {
                entry.1 = true;
                sources.push(leaf.id);
            } else {
                entry.0 += 1;
                self.gone.insert(path.to_vec());
            }
        }
        let mut destinations = Vec::new();
        let mut found = BTreeSet::new();
        for (path, leaf) in side.alone(true) {
            match contents.get_mut(&leaf.id) {
                // Found without a comparison.
                Some((_, true)) => drop(found.insert(leaf.id)),
                Some((left, false))
                    if *left > 0 && is_free(repository, [ancestor, other.tree], path)? =>
                {
                    *left -= 1;
                    self.settled.insert(path.to_vec(), leaf);
                }
                _ => destinations.push(leaf.id),
            }
        }
        sources.retain(|id| !found.contains(id));
        self.count(repository, &sources, &destinations)
    }

    /// Adds what comparing each of `sources` with each of `destinations` costs.
    fn count(
        &mut self,
        repository: &Repository,
        sources: &[ObjectId],
        destinations: &[ObjectId],
    ) -> Result<(), GitError> {
        let pairs = sources.len() as u64 * destinations.len() as u64;
        self.comparisons += pairs;
        if self.comparisons > MOST_COMPARISONS || pairs == 0 {
            return Ok(());
        }
        for (these, those) in [(sources, destinations), (destinations, sources)] {
            for id in these {
                let bytes = repository
                    .blob_size(*id)?
                    .saturating_mul(those.len() as u64);
                self.compared = self.compared.saturating_add(bytes);
            }
        }
        Ok(())
    }

    /// Whether renamed and edited files are searched for at all.
    pub fn inexact(&self) -> bool {
        self.comparisons <= MOST_COMPARISONS && self.compared <= MOST_COMPARED
    }

    /// Writes `tree` without what is gone and with what is settled.
    pub fn apply(
        &self,
        repository: &Repository,
        objects: &gix::Repository,
        tree: ObjectId,
    ) -> Result<ObjectId, GitError> {
        if self.gone.is_empty() && self.settled.is_empty() {
            return Ok(tree);
        }
        let mut edits = Edits::default();
        for path in &self.gone {
            edits.put(path, None);
        }
        for (path, leaf) in &self.settled {
            edits.put(path, Some(*leaf));
        }
        let written = edits.apply(repository, objects, Some(tree))?;
        Ok(written.unwrap_or_else(|| to_model(&gix::ObjectId::empty_tree(objects.object_hash()))))
    }
}

/// Whether `other` added to a folder of `path` that `side` has no more: Git takes a folder whose
/// files all moved for a renamed one.
fn grew(
    repository: &Repository,
    side: &Side<'_>,
    other: &Side<'_>,
    path: &[u8],
) -> Result<bool, GitError> {
    for folder in above(path).filter(|folder| other.grown.contains(folder)) {
        if !repository
            .entry_at(side.tree, folder)?
            .is_some_and(|entry| is_tree(entry.mode))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a file can be put at `path` in each of `trees` without taking anything's place.
fn is_free(repository: &Repository, trees: [ObjectId; 2], path: &[u8]) -> Result<bool, GitError> {
    for tree in trees {
        if repository.entry_at(tree, path)?.is_some() {
            return Ok(false);
        }
        for folder in above(path) {
            if repository
                .entry_at(tree, folder)?
                .is_some_and(|entry| !is_tree(entry.mode))
            {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

const fn is_file(leaf: Leaf) -> bool {
    matches!(leaf.mode, MODE_REGULAR | MODE_EXECUTABLE | MODE_SYMLINK)
}

/// The folders that `path` is in.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
}

/// Changes of one folder, by name.
#[derive(Default)]
struct Edits {
    leaves: BTreeMap<Vec<u8>, Option<Leaf>>,
    folders: BTreeMap<Vec<u8>, Edits>,
}

impl Edits {
    fn put(&mut self, path: &[u8], leaf: Option<Leaf>) {
        match path.iter().position(|byte| *byte == b'/') {
            Some(at) => self
                .folders
                .entry(path[..at].to_vec())
                .or_default()
                .put(&path[at + 1..], leaf),
            None => drop(self.leaves.insert(path.to_vec(), leaf)),
        }
    }

    /// The folder `tree` with these changes; `None` when nothing is left of it. A file stays where
    /// a folder is expected.
    fn apply(
        &self,
        repository: &Repository,
        objects: &gix::Repository,
        tree: Option<ObjectId>,
    ) -> Result<Option<ObjectId>, GitError> {
        // By Git's order: a folder sorts as if its name ended in a slash.
        let key = |name: &[u8], mode: u32| {
            if is_tree(mode) {
                [name, b"/"].concat()
            } else {
                name.to_vec()
            }
        };
        let mut entries: BTreeMap<Vec<u8>, (Vec<u8>, Leaf)> = BTreeMap::new();
        for entry in tree
            .map(|id| repository.tree(id))
            .transpose()?
            .into_iter()
            .flat_map(|listing| listing.entries)
        {
            entries.insert(
                key(&entry.name, entry.mode),
                (
                    entry.name,
                    Leaf {
                        mode: entry.mode,
                        id: entry.id,
                    },
                ),
            );
        }
        for (name, leaf) in &self.leaves {
            match leaf {
                Some(leaf) => drop(entries.insert(name.clone(), (name.clone(), *leaf))),
                None => drop(entries.remove(name)),
            }
        }
        for (name, edits) in &self.folders {
            if entries.contains_key(name) {
                continue;
            }
            let key = key(name, super::tree::MODE_TREE);
            let below = entries.get(&key).map(|(_, leaf)| leaf.id);
            match edits.apply(repository, objects, below)? {
                Some(id) => drop(entries.insert(
                    key,
                    (
                        name.clone(),
                        Leaf {
                            mode: super::tree::MODE_TREE,
                            id,
                        },
                    ),
                )),
                None => drop(entries.remove(&key)),
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        for (name, leaf) in entries.values() {
            bytes.extend_from_slice(format!("{:o} ", leaf.mode).as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(to_gix(&leaf.id).as_slice());
        }
        let written = objects.write_buf(gix::objs::Kind::Tree, &bytes);
        written
            .map(|id| Some(to_model(&id)))
            .map_err(|error| GitError::Library(format!("the merge failed: {error}")))
    }
}
