//! Where governance began: the first landing whose tree holds a valid policy as a regular file.

use std::sync::Arc;

use rayon::prelude::*;

use crate::evidence::PolicyVersion;
use countersign_git::{CommitNode, GitError};
use countersign_model::document::Problem;
use countersign_model::{ObjectId, Policy};

use super::policies::{FoundPolicy, MOST_POLICY_BYTES};
use super::{ReplayError, Run};

/// The anchor on a line.
pub(super) struct Anchor {
    pub index: usize,
    pub policy: Arc<PolicyVersion>,
}

/// Finds the anchor on `line` (oldest first) and holds it against the pinned one.
pub(super) fn find(
    run: &Run<'_>,
    line: &[CommitNode],
    head: ObjectId,
) -> Result<Anchor, ReplayError> {
    let pinned = run.options.anchor;
    if let Some(pinned) = pinned {
        let index = line
            .iter()
            .position(|node| node.id == pinned)
            .ok_or(ReplayError::AnchorNotReached { pinned, head })?;
        // After the administrators are lost, a policy may restart governance; only a verifier who
        // names that landing accepts it.
        if let FoundPolicy::Valid(policy) = policy_at(run, &line[index])? {
            let restarts = policy
                .policy
                .restart
                .as_ref()
                .is_some_and(|(previous, _)| index > 0 && line[index - 1].id == *previous);
            if restarts {
                return Ok(Anchor { index, policy });
            }
        }
    }
    let found = first_valid(run, line)?;
    match pinned {
        Some(pinned) if line[found.index].id != pinned => Err(ReplayError::AnchorMismatch {
            pinned,
            found: line[found.index].id,
        }),
        None => refuse_restart(found.policy.as_ref(), line[found.index].id).map(|()| found),
        Some(_) => Ok(found),
    }
}

/// A first policy that calls itself a new beginning hides that there was an older one: without a
/// pinned anchor nothing counts under it.
fn refuse_restart(policy: &PolicyVersion, commit: ObjectId) -> Result<(), ReplayError> {
    let serial = policy.policy.serial;
    if policy.policy.restart.is_some() {
        Err(ReplayError::RestartNotPinned { commit, serial })
    } else {
        Ok(())
    }
}

/// Where the governance of another line begins: at the pinned anchor, and without one at its first
/// valid policy. A line that never had the pinned anchor is not one that could have been governed
/// from there.
pub(super) fn of_other_line(run: &Run<'_>, line: &[CommitNode]) -> Result<Anchor, ReplayError> {
    let Some(pinned) = run.options.anchor else {
        return first_valid(run, line);
    };
    let index = line
        .iter()
        .position(|node| node.id == pinned)
        .ok_or(ReplayError::NotGoverned)?;
    match policy_at(run, &line[index])? {
        FoundPolicy::Valid(policy) => Ok(Anchor { index, policy }),
        _ => Err(ReplayError::NotGoverned),
    }
}

fn first_valid(run: &Run<'_>, line: &[CommitNode]) -> Result<Anchor, ReplayError> {
    let mut invalid = None;
    let mut next = 0;
    while let Some(index) = first_with_file(run, line, next)? {
        match policy_at(run, &line[index])? {
            FoundPolicy::Valid(policy) => return Ok(Anchor { index, policy }),
            FoundPolicy::Invalid(problems) => {
                invalid = Some(invalid_at(run, line[index].tree, line[index].id, problems));
            }
            FoundPolicy::Irregular { .. } | FoundPolicy::Missing => {}
        }
        next = index + 1;
    }
    Err(invalid.unwrap_or(ReplayError::NotGoverned))
}

/// The first landing from `from` on that has anything at the policy's path.
fn first_with_file(
    run: &Run<'_>,
    line: &[CommitNode],
    from: usize,
) -> Result<Option<usize>, GitError> {
    let found: Option<Result<usize, GitError>> = (from..line.len())
        .into_par_iter()
        .with_min_len(256)
        .map_init(
            || run.repository.reader(),
            |reader, index| match reader.entry_at(line[index].tree, Policy::PATH.as_bytes()) {
                Ok(entry) => entry.map(|_| Ok(index)),
                Err(GitError::MalformedTree(_)) => None,
                Err(error) => Some(Err(error)),
            },
        )
        .find_map_first(|found| found);
    found.transpose()
}

fn policy_at(run: &Run<'_>, node: &CommitNode) -> Result<FoundPolicy, ReplayError> {
    Ok(run
        .repository
        .with_reader(|reader| run.policies.find(reader, node.tree))?)
}

/// The policy of a tree that would be the anchor.
pub(super) fn policy_of(
    run: &Run<'_>,
    tree: ObjectId,
    commit: ObjectId,
) -> Result<Arc<PolicyVersion>, ReplayError> {
    match run
        .repository
        .with_reader(|reader| run.policies.find(reader, tree))?
    {
        FoundPolicy::Valid(policy) => refuse_restart(&policy, commit).map(|()| policy),
        FoundPolicy::Invalid(problems) => Err(invalid_at(run, tree, commit, problems)),
        FoundPolicy::Irregular { .. } | FoundPolicy::Missing => Err(ReplayError::NotGoverned),
    }
}

/// An invalid policy, with its text where that can be read.
fn invalid_at(
    run: &Run<'_>,
    tree: ObjectId,
    commit: ObjectId,
    problems: Arc<Vec<Problem>>,
) -> ReplayError {
    let entry = run
        .repository
        .entry_at(tree, Policy::PATH.as_bytes())
        .ok()
        .flatten();
    let entry = entry.filter(|entry| {
        run.repository
            .blob_size(entry.id)
            .is_ok_and(|size| size <= MOST_POLICY_BYTES)
    });
    let text = entry
        .and_then(|entry| run.repository.blob(entry.id).ok())
        .unwrap_or_default();
    ReplayError::InvalidAnchor {
        commit,
        text,
        problems,
    }
}
