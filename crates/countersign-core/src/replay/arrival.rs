//! A landing that is to be read, before anything about it is.

use countersign_git::{CommitNode, GitError, Leaf, Reader};
use countersign_model::{ObjectId, Position, Timestamp};

/// A landing to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub position: Position,
    /// The landing's commit; `None` for a candidate that no commit holds.
    pub commit: Option<ObjectId>,
    pub time: Option<Timestamp>,
    pub tree: ObjectId,
    /// Tree of the landing before; `None` for the anchor, where everything is new.
    pub before: Option<ObjectId>,
    /// The landing before.
    pub parent: Option<ObjectId>,
    /// Newly reachable commits, oldest first, the landing's own commit last where it has one.
    pub commits: Vec<CommitNode>,
    pub candidate: bool,
    /// The tree of another landing that it is compared with, too; see `unrolled`.
    pub took: Option<ObjectId>,
    /// Two trees: where they have the same at a path of a package, nothing changes there.
    pub kept: Option<(ObjectId, ObjectId)>,
}

impl Arrival {
    /// The root tree of a parent of the commit at `index`, when it is at hand.
    pub fn tree_of(&self, parent: ObjectId, index: usize) -> Option<ObjectId> {
        if self.parent == Some(parent) {
            return self.before;
        }
        // A branch's commits follow each other.
        let before = index.checked_sub(1).map(|before| &self.commits[before])?;
        (before.id == parent).then_some(before.tree)
    }
}

/// The entry at `path`; none in a tree that has two readings.
pub(super) fn entry_at(
    reader: &mut Reader,
    tree: ObjectId,
    path: &[u8],
) -> Result<Option<Leaf>, GitError> {
    match reader.entry_at(tree, path) {
        Ok(entry) => Ok(entry.map(|entry| Leaf {
            mode: entry.mode,
            id: entry.id,
        })),
        Err(GitError::MalformedTree(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
