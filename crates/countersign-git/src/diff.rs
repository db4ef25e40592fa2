//! What differs between two trees, restricted to some roots.
//!
//! Ids are compared first and only what differs is read, so the cost follows the change, not the
//! tree. A tree that has two readings (see [`super::TreeListing::is_ambiguous`]) is deeper than
//! [`MAX_DEPTH`], or is empty below the root, is not entered: it is reported as a leaf of mode
//! `40000`, which no package may contain. So nothing can hide in it, and a history that once
//! contained one can still be replayed.

use std::ops::Range;
use std::sync::Arc;

use super::error::GitError;
use super::object::ObjectFormat;
use super::reader::{CheckedTree, Reader};
use super::roots::{Roots, Scope};
use super::tree::{self, RawEntry, is_tree, next_entry, order};
use countersign_model::ObjectId;

/// Directories nested deeper than this are not entered.
pub const MAX_DEPTH: usize = 128;
/// Changed files of one comparison: above what real repositories hold, below what a tree bomb
/// unfolds to.
pub const MAX_CHANGES: usize = 1_000_000;
/// Directories that one comparison reads, for the same reason.
pub const MAX_TREES: usize = 200_000;

/// The entry at a path: a file, link or submodule, or a tree that is not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// The mode of the tree entry; see the `MODE_` constants of [`super::tree`].
    pub mode: u32,
    /// The object.
    pub id: ObjectId,
}

/// One path whose leaf differs. A file that becomes a directory gives a removal and additions below
/// it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeChange {
    /// From the root, with `/` between steps.
    pub path: Vec<u8>,
    /// `None`: added.
    pub before: Option<Leaf>,
    /// `None`: removed.
    pub after: Option<Leaf>,
}

/// Receives a path with its entry before and after.
type Emit<'a> = dyn FnMut(&[u8], Option<Leaf>, Option<Leaf>) + 'a;

/// One comparison under way.
struct Walk<'r, 'o, 'e> {
    reader: &'r mut Reader,
    format: ObjectFormat,
    path: Vec<u8>,
    trees: usize,
    changes: usize,
    emit: &'o mut Emit<'e>,
}

/// The ranges of bytes in which two trees with one reading differ, in whole entries. A change of
/// one file leaves a large tree the same elsewhere.
fn differing(old: &CheckedTree, new: &CheckedTree) -> (Range<usize>, Range<usize>) {
    if let Some((like, before, after)) = &new.differs
        && *like == old.id
    {
        return (before.clone(), after.clone());
    }
    match tree::differing((&old.bytes, &old.starts), &new.bytes) {
        Some((before, after))
            if after.end == new.bytes.len()
                || new.starts.binary_search(&(after.end as u32)).is_ok() =>
        {
            (before, after)
        }
        _ => (0..old.bytes.len(), 0..new.bytes.len()),
    }
}

impl Reader {
    /// Adds to `out` every path inside `roots` whose leaf differs between two root trees, in tree
    /// order; `None` is an empty tree.
    ///
    /// Something other than a directory where a root's parent directory should be (a link, a
    /// submodule, a file) is reported at its own path.
    pub fn diff(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        roots: &Roots,
        out: &mut Vec<TreeChange>,
    ) -> Result<(), GitError> {
        self.compare(before, after, roots, &mut |path, before, after| {
            out.push(TreeChange {
                path: path.to_vec(),
                before,
                after,
            });
        })
    }

    /// Calls `visit` with every leaf below `tree`, in tree order.
    pub fn walk_tree(
        &mut self,
        tree: ObjectId,
        mut visit: impl FnMut(&[u8], Leaf),
    ) -> Result<(), GitError> {
        self.compare(None, Some(tree), &Roots::all(), &mut |path, _, after| {
            if let Some(leaf) = after {
                visit(path, leaf);
            }
        })
    }

    fn compare(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        roots: &Roots,
        emit: &mut Emit<'_>,
    ) -> Result<(), GitError> {
        if before == after {
            return Ok(());
        }
        let format = self.object_format();
        let mut walk = Walk {
            reader: self,
            format,
            path: Vec::new(),
            trees: 0,
            changes: 0,
            emit,
        };
        walk.trees(before, after, roots.scope(), 0)
    }
}

impl Walk<'_, '_, '_> {
    /// Compares two different trees at `self.path`.
    fn trees(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        scope: Scope<'_>,
        depth: usize,
    ) -> Result<(), GitError> {
        let (old, closed_before) = self.open(before, None, depth)?;
        let (new, closed_after) = self.open(after, old.as_ref(), depth)?;
        if closed_before.is_some() || closed_after.is_some() {
            self.report(closed_before, closed_after)?;
        }
        match (old, new) {
            (Some(old), Some(new)) => {
                let (old_differs, new_differs) = differing(&old, &new);
                self.entries(
                    &old.bytes[old_differs],
                    &new.bytes[new_differs],
                    scope,
                    depth,
                )
            }
            (old, new) => {
                let bytes = |tree: &Option<CheckedTree>| {
                    tree.as_ref()
                        .map_or(Arc::default(), |tree| Arc::clone(&tree.bytes))
                };
                self.entries(&bytes(&old), &bytes(&new), scope, depth)
            }
        }
    }

    /// A tree. One that must not be entered is returned as a leaf.
    fn open(
        &mut self,
        id: Option<ObjectId>,
        like: Option<&CheckedTree>,
        depth: usize,
    ) -> Result<(Option<CheckedTree>, Option<Leaf>), GitError> {
        let Some(id) = id else {
            return Ok((None, None));
        };
        self.trees += 1;
        within(self.trees, MAX_TREES, "directories")?;
        let tree = self.reader.checked_tree_like(id, like)?;
        // Git writes no empty directory; an existing one must be noticed, because it can be where a
        // package should be.
        let stray = depth > 0 && tree.bytes.is_empty();
        if depth <= MAX_DEPTH && tree.one_reading && !stray {
            return Ok((Some(tree), None));
        }
        Ok((
            None,
            Some(Leaf {
                mode: tree::MODE_TREE,
                id,
            }),
        ))
    }

    fn entries(
        &mut self,
        old: &[u8],
        new: &[u8],
        scope: Scope<'_>,
        depth: usize,
    ) -> Result<(), GitError> {
        let (mut old, mut new) = (old, new);
        let (mut before, mut after) = (self.next(&mut old), self.next(&mut new));
        loop {
            let side = match (&before, &after) {
                (None, None) => return Ok(()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(before), Some(after)) => order(before, after),
            };
            let (mut left, mut right) = (None, None);
            if side.is_le() {
                left = std::mem::replace(&mut before, self.next(&mut old));
            }
            if side.is_ge() {
                right = std::mem::replace(&mut after, self.next(&mut new));
            }
            self.entry(left, right, scope, depth)?;
        }
    }

    fn next<'a>(&self, bytes: &mut &'a [u8]) -> Option<RawEntry<'a>> {
        next_entry(bytes, self.format)
            .expect("`has_one_reading` has parsed these bytes to their end")
    }

    /// Compares two entries of one name; where one is a directory, so is the other, because of the
    /// order of names.
    fn entry(
        &mut self,
        before: Option<RawEntry<'_>>,
        after: Option<RawEntry<'_>>,
        scope: Scope<'_>,
        depth: usize,
    ) -> Result<(), GitError> {
        let Some(either) = before.or(after) else {
            return Ok(());
        };
        if let (Some(before), Some(after)) = (&before, &after)
            && before.same(after)
        {
            return Ok(());
        }
        let Some(below) = scope.below(either.name) else {
            return Ok(());
        };
        let length = self.path.len();
        if length > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(either.name);
        let id = |entry: RawEntry<'_>| {
            ObjectId::from_bytes(entry.id).expect("cut to the length of an id")
        };
        if is_tree(either.mode) {
            let (old, new) = (before.map(id), after.map(id));
            // Two spellings of a directory's mode (`40000`, `040755`) may name the same tree.
            if old != new {
                self.trees(old, new, below, depth + 1)?;
            }
        } else {
            let leaf = |entry: RawEntry<'_>| Leaf {
                mode: entry.mode,
                id: id(entry),
            };
            self.report(before.map(leaf), after.map(leaf))?;
        }
        self.path.truncate(length);
        Ok(())
    }

    fn report(&mut self, before: Option<Leaf>, after: Option<Leaf>) -> Result<(), GitError> {
        self.changes += 1;
        within(self.changes, MAX_CHANGES, "changed files")?;
        (self.emit)(&self.path, before, after);
        Ok(())
    }
}

fn within(count: usize, limit: usize, what: &str) -> Result<(), GitError> {
    if count <= limit {
        return Ok(());
    }
    Err(GitError::TooLarge {
        what: format!("the number of {what} in one comparison"),
        limit: limit as u64,
    })
}
