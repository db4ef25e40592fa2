//! Where a commit is relative to the governed branch, as far as this clone knows that branch.

use countersign_git::{GitError, HeadRef, Repository};
use countersign_model::document;
use countersign_model::{ObjectId, Policy};

use crate::replay::ReplayError;

/// The tip of the governed branch, when HEAD is on another one.
///
/// The branch's name is read from the policy at HEAD to find it at once. That file may be the
/// change that is to be judged, so what it says is checked against the policy in force once that is
/// known.
pub fn governed_base(
    repository: &Repository,
    head: &HeadRef,
) -> Result<Option<ObjectId>, ReplayError> {
    let tree = repository.root_tree(head.commit)?;
    let Some(entry) = repository
        .entry_at(tree, Policy::PATH.as_bytes())
        .ok()
        .flatten()
    else {
        return Ok(None);
    };
    let Ok(bytes) = repository.blob(entry.id) else {
        return Ok(None);
    };
    let Ok(parsed) = document::policy::parse(&bytes) else {
        return Ok(None);
    };
    other_base(repository, head, &parsed.policy.branch)
}

/// The tip of the branch `governed`, unless HEAD is on that one or on none, or this clone does not
/// know it.
///
/// Where the clone's own branch and the one of `origin` differ, the one that has the other among
/// its landings is meant, else the own one.
pub(super) fn other_base(
    repository: &Repository,
    head: &HeadRef,
    governed: &str,
) -> Result<Option<ObjectId>, ReplayError> {
    if head
        .branch
        .as_deref()
        .is_none_or(|branch| branch == governed)
    {
        return Ok(None);
    }
    let tip = match tips(repository, governed).as_slice() {
        [] => None,
        [only] => Some(*only),
        [theirs, own, ..] => Some(if is_landing(repository, *own, *theirs)? {
            *theirs
        } else {
            *own
        }),
    };
    Ok(tip.filter(|tip| *tip != head.commit))
}

/// Refuses a base that is not on the governed branch's line, as far as this clone knows that
/// branch.
pub(super) fn require_on_branch(
    repository: &Repository,
    base: ObjectId,
    branch: &str,
) -> Result<(), ReplayError> {
    let tips = tips(repository, branch);
    for tip in &tips {
        if is_landing(repository, base, *tip)? {
            return Ok(());
        }
    }
    if tips.is_empty() {
        Ok(())
    } else {
        Err(ReplayError::BaseNotOnBranch {
            base,
            branch: branch.to_owned(),
        })
    }
}

/// The tips by which this clone knows a branch: the one of `origin`, then its own.
fn tips(repository: &Repository, branch: &str) -> Vec<ObjectId> {
    let names = [
        format!("refs/remotes/origin/{branch}"),
        format!("refs/heads/{branch}"),
    ];
    names
        .iter()
        .filter_map(|name| repository.resolve(name).ok())
        .collect()
}

fn is_landing(repository: &Repository, commit: ObjectId, tip: ObjectId) -> Result<bool, GitError> {
    Ok(repository
        .line(tip, Some(commit))?
        .first()
        .is_some_and(|node| node.id == commit))
}
