//! Which pull requests a merge queue is about to land.
//!
//! The queue's commits have no pull request of their own, and what their messages say is in part
//! their author's text. So a number from a message is only a question. A pull request is of the
//! queue if it is open, made to the governed branch, and one of these holds:
//!
//! - the queue's branch names it: only the forge makes such branches;
//! - a commit of the queue merges its head;
//! - the forge says that it holds a commit of the queue, as after a rebase;
//! - a commit of the queue names it, and has the tree that merging its head gives, as after a
//!   squash.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_forge::{Forge, ForgeError, Pull};
use countersign_git::{GitError, Merge, Repository};
use countersign_model::{ObjectId, Policy};

use super::fetch::{Fetch, fetch_missing, is_here};
use crate::replay::{ReplayError, reviews};

/// More commits than a queue puts together.
const MOST_COMMITS: usize = 100;
/// More pull requests than a queue puts together.
const MOST_NAMED: usize = 100;

/// A merge queue that has made a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeQueue {
    /// Onto what the queue has put its commits.
    pub base: ObjectId,
    /// The pull request that the queue's branch names.
    pub named: Option<u64>,
}

/// One commit that the queue has made.
struct Made {
    commit: ObjectId,
    parents: Vec<ObjectId>,
    tree: ObjectId,
    /// The pull request that its message names.
    names: Option<u64>,
}

impl MergeQueue {
    /// The pull requests that `head`, the queue's commit, would land.
    pub(super) fn pulls(
        &self,
        forge: &dyn Forge,
        repository: &Repository,
        head: ObjectId,
        policy: &Policy,
        fetch: Option<&Fetch<'_>>,
    ) -> Result<Vec<Arc<Pull>>, ReplayError> {
        let made = self.made(repository, head)?;
        let mut numbers: BTreeSet<u64> = self.named.into_iter().collect();
        let mut says = BTreeSet::new();
        for one in &made {
            // A commit that only the queue has made is not known everywhere at once, and need not
            // be known at all.
            let known = forge.pulls_of_commit(one.commit).or_else(not_found)?;
            says.extend(
                known
                    .into_iter()
                    .filter(|request| request.is_open() && is_here(request, policy))
                    .map(|request| request.number),
            );
            for merged in one.parents.iter().skip(1) {
                let known = forge.pulls_of_commit(*merged).or_else(not_found)?;
                numbers.extend(
                    known
                        .into_iter()
                        .filter(|request| request.head == *merged)
                        .map(|request| request.number),
                );
            }
        }
        numbers.extend(&says);
        numbers.extend(made.iter().filter_map(|one| one.names).take(MOST_NAMED));
        let mut found = Vec::new();
        for number in numbers {
            // A message may name an issue.
            let Some(pull) = forge.pull(number).map(Some).or_else(not_found)? else {
                continue;
            };
            if !pull.request.is_open() || !is_here(&pull.request, policy) {
                continue;
            }
            let pull = Arc::new(pull);
            if let Some(fetch) = fetch {
                fetch_missing(repository, std::slice::from_ref(&pull), policy, fetch);
            }
            if Some(number) == self.named
                || says.contains(&number)
                || holds(repository, &made, &pull)?
            {
                found.push(pull);
            }
        }
        Ok(found)
    }

    /// The commits that the queue has put onto its base, the newest first.
    fn made(&self, repository: &Repository, head: ObjectId) -> Result<Vec<Made>, GitError> {
        let mut made = Vec::new();
        let mut next = Some(head);
        while let Some(id) = next.filter(|id| *id != self.base && made.len() < MOST_COMMITS) {
            let (commit, tree) = (repository.commit(id)?, repository.root_tree(id)?);
            next = commit.parents.first().copied();
            made.push(Made {
                commit: id,
                names: number(&commit.message),
                parents: commit.parents.to_vec(),
                tree,
            });
        }
        Ok(made)
    }
}

/// Whether a commit of the queue merges the head of `pull`, or names it and has the tree of such a
/// merge.
fn holds(repository: &Repository, made: &[Made], pull: &Pull) -> Result<bool, GitError> {
    let head = pull.request.head;
    for one in made {
        match one.parents.as_slice() {
            [_, merged @ ..] if merged.contains(&head) => return Ok(true),
            [onto]
                if one.names == Some(pull.request.number) && reviews::is_here(repository, head) =>
            {
                match repository.merge(*onto, head) {
                    Ok(Merge::Tree(tree)) if tree == one.tree => return Ok(true),
                    Ok(_) | Err(GitError::Unrelated(..) | GitError::MalformedTree(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

/// Takes "there is no such thing" for an answer.
fn not_found<T: Default>(error: ForgeError) -> Result<T, ForgeError> {
    match error {
        ForgeError::NotFound { .. } | ForgeError::Refused { .. } | ForgeError::NotRecorded(_) => {
            Ok(T::default())
        }
        error => Err(error),
    }
}

/// `Merge pull request #7 from acme/change` and `Do more (#7)`, as the forge writes them.
fn number(message: &[u8]) -> Option<u64> {
    let subject = message.split(|byte| *byte == b'\n').next()?;
    let subject = std::str::from_utf8(subject).ok()?.trim();
    let digits = match subject.strip_prefix("Merge pull request #") {
        Some(rest) => rest.split(' ').next()?,
        None => subject.strip_suffix(')')?.rsplit_once("(#")?.1,
    };
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forges_own_subjects_name_a_pull_request() {
        for (message, expected) in [
            (
                "Merge pull request #12 from acme/x\n\nTitle (#99)",
                Some(12),
            ),
            ("Do more (#7)", Some(7)),
            ("Do more (#7) and (#8)\n\n(#9)", Some(8)),
            ("Do more #7", None),
            ("(#+7)", None),
            ("(#)", None),
            ("(#99999999999999999999999)", None),
            ("", None),
        ] {
            assert_eq!(number(message.as_bytes()), expected, "{message}");
        }
        assert_eq!(number(b"\xff (#7)"), None);
    }
}
