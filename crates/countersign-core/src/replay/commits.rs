//! What one newly reachable commit changed, against every parent, and who had a hand in it.

use std::collections::BTreeSet;

use crate::lifecycle::{CommitFacts, CommitPeople};
use countersign_git::{
    Commit, GitError, Leaf, MODE_SUBMODULE, MODE_TREE, Reader, Roots, TreeChange,
};
use countersign_model::ObjectId;
use countersign_signature::{Proof, VerificationKey, prove_commit};

use super::arrival::Arrival;

/// A commit as read once for everything that asks.
pub(super) struct ReadCommit {
    pub commit: Commit,
    /// Against the first parent (against nothing for a root).
    pub changes: Vec<TreeChange>,
    /// Proofs of its own signature.
    pub proofs: Vec<Proof>,
    pub facts: CommitFacts,
}

/// Reads the commit at `index` of those that a landing brings, and compares it with its parents.
pub(super) fn read(
    reader: &mut Reader,
    arrival: &Arrival,
    index: usize,
    keys: &[VerificationKey],
) -> Result<ReadCommit, GitError> {
    let node = &arrival.commits[index];
    let landing = Some(node.id) == arrival.commit;
    let commit = reader.commit(node.id)?;
    let mut changes = Vec::new();
    let parent_tree = |reader: &mut Reader, parent: &ObjectId| match arrival.tree_of(*parent, index)
    {
        Some(tree) => Ok(tree),
        None => reader.root_tree(*parent),
    };
    let first = node
        .parents
        .first()
        .map(|parent| parent_tree(reader, parent))
        .transpose()?;
    reader.diff(first, Some(node.tree), &Roots::all(), &mut changes)?;
    let mut others = Vec::new();
    for parent in node.parents.iter().skip(1) {
        let tree = parent_tree(reader, parent)?;
        let mut diff = Vec::new();
        reader.diff(Some(tree), Some(node.tree), &Roots::all(), &mut diff)?;
        others.push(diff);
    }
    let (introduced, combined) = against_every_parent(&changes, &others);
    let proofs = proofs(&commit, keys);
    let signer = proofs
        .iter()
        .find(|proof| proof.is_good())
        .and_then(|proof| proof.key.as_ref())
        .map(|key| key.id.clone());
    let people = CommitPeople {
        commit: Some(node.id),
        author: Some(commit.author.identity.clone()),
        committer: Some(commit.committer.identity.clone()),
        co_authors: commit.co_authors(),
        signer,
        single_parent_landing: landing && node.parents.len() == 1,
        opener: None,
    };
    Ok(ReadCommit {
        commit,
        changes,
        proofs,
        facts: CommitFacts {
            people,
            introduced,
            combined,
        },
    })
}

/// Why a commit's signature may not be used, when it has more than one reading.
pub(super) fn malformed(commit: &Commit) -> Option<String> {
    let faults = commit.signature().err()?;
    Some(
        faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; "),
    )
}

/// Proofs of a commit's own signature; empty when it is unsigned, and a malformed one proves
/// nothing.
pub(super) fn proofs(commit: &Commit, keys: &[VerificationKey]) -> Vec<Proof> {
    match commit.signature() {
        Ok(Some(signature)) => prove_commit(&signature.payload, &signature.armor, keys),
        _ => Vec::new(),
    }
}

/// Whether an entry holds bytes: a file or a link. What is behind a submodule is not here, and a
/// folder is one only where a tree is malformed.
const fn is_blob(leaf: &Leaf) -> bool {
    leaf.mode & 0o170_000 != MODE_TREE && leaf.mode & 0o170_000 != MODE_SUBMODULE
}

type Introduced = Vec<(Box<[u8]>, Option<ObjectId>)>;

/// Files that differ from those of every parent, and folders that do although no single file need.
fn against_every_parent(
    first: &[TreeChange],
    others: &[Vec<TreeChange>],
) -> (Introduced, Vec<Box<[u8]>>) {
    let bring = |change: &TreeChange| {
        (
            change.path.clone().into_boxed_slice(),
            change.after.filter(is_blob).map(|leaf| leaf.id),
        )
    };
    if others.is_empty() {
        return (first.iter().map(bring).collect(), Vec::new());
    }
    let paths: Vec<BTreeSet<&[u8]>> = others
        .iter()
        .map(|diff| diff.iter().map(|change| change.path.as_slice()).collect())
        .collect();
    let introduced = first
        .iter()
        .filter(|change| {
            paths
                .iter()
                .all(|diff| diff.contains(change.path.as_slice()))
        })
        .map(bring)
        .collect();
    let mut folders = folders_of(first.iter());
    for diff in others {
        let theirs = folders_of(diff.iter());
        folders.retain(|folder| theirs.contains(folder));
    }
    (introduced, folders.into_iter().map(Into::into).collect())
}

fn folders_of<'c>(changes: impl Iterator<Item = &'c TreeChange>) -> BTreeSet<&'c [u8]> {
    let slashes = |path: &'c [u8]| {
        path.iter()
            .enumerate()
            .filter(|(_, b)| **b == b'/')
            .map(move |(slash, _)| &path[..slash])
    };
    changes.flat_map(|change| slashes(&change.path)).collect()
}
