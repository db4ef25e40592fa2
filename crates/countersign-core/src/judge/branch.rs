//! Where a commit is relative to the governed branch, as far as this clone knows that branch.

use std::collections::{HashMap, HashSet};

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
    match governed_branch(repository, head)? {
        Some(branch) => other_base(repository, head, &branch),
        None => Ok(None),
    }
}

/// The governed branch's name in the policy at HEAD; `None` where that cannot be read.
fn governed_branch(repository: &Repository, head: &HeadRef) -> Result<Option<String>, ReplayError> {
    let tree = repository.root_tree(head.commit)?;
    let entry = repository.entry_at(tree, Policy::PATH.as_bytes());
    let Some(entry) = entry.ok().flatten() else {
        return Ok(None);
    };
    let parsed = repository.blob(entry.id).ok();
    let parsed = parsed.and_then(|bytes| document::policy::parse(&bytes).ok());
    Ok(parsed.map(|parsed| parsed.policy.branch))
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
    Ok(newest_tip(repository, governed)?.filter(|tip| *tip != head.commit))
}

/// The newest landing of the governed branch that HEAD has, as far as this clone knows that branch;
/// HEAD itself on that branch, and where the branch is not known.
///
/// Which branch is governed is read from the policy at HEAD.
pub(super) fn last_landing(
    repository: &Repository,
    head: &HeadRef,
) -> Result<ObjectId, ReplayError> {
    let Some(governed) = governed_branch(repository, head)? else {
        return Ok(head.commit);
    };
    if head.branch.as_deref() == Some(governed.as_str()) {
        return Ok(head.commit);
    }
    let Some(tip) = newest_tip(repository, &governed)? else {
        return Ok(head.commit);
    };
    let line = repository.line(tip, None)?;
    let positions: HashMap<ObjectId, usize> = line
        .iter()
        .enumerate()
        .map(|(position, node)| (node.id, position))
        .collect();
    let mut newest = None;
    let mut seen = HashSet::from([head.commit]);
    let mut next = vec![head.commit];
    while let Some(id) = next.pop() {
        // What a landing reaches is older than itself.
        if let Some(position) = positions.get(&id) {
            newest = newest.max(Some(*position));
            continue;
        }
        let parents = repository.node(id)?.parents;
        next.extend(parents.into_iter().filter(|parent| seen.insert(*parent)));
    }
    Ok(newest.map_or(head.commit, |position| line[position].id))
}

/// The newest commit by which this clone knows a branch.
fn newest_tip(repository: &Repository, branch: &str) -> Result<Option<ObjectId>, GitError> {
    Ok(match tips(repository, branch).as_slice() {
        [] => None,
        [only] => Some(*only),
        [theirs, own, ..] => Some(if is_landing(repository, *own, *theirs)? {
            *theirs
        } else {
            *own
        }),
    })
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
