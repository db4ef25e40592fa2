//! Which pull requests belong to the governed branch, and the commits of theirs that this clone
//! lacks.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_forge::{Pull, PullRequest};
use countersign_git::Repository;
use countersign_model::{ObjectId, Policy};

use crate::replay::reviews;

/// Brings the commits of a pull request to this clone, as far as they can be had.
pub type Fetch<'a> = dyn Fn(u64, &[ObjectId]) + 'a;

/// Fetches the commits of `pulls` that decide and that this clone lacks. What cannot be had proves
/// nothing afterwards.
pub fn fetch_missing(
    repository: &Repository,
    pulls: &[Arc<Pull>],
    policy: &Policy,
    fetch: &Fetch<'_>,
) {
    let mut done = BTreeSet::new();
    for pull in pulls.iter().filter(|pull| done.insert(pull.request.number)) {
        let commits = reviews::commits_of(pull, policy).into_iter();
        let missing: Vec<ObjectId> = commits
            .filter(|commit| !reviews::is_here(repository, *commit))
            .collect();
        if !missing.is_empty() {
            fetch(pull.request.number, &missing);
        }
    }
}

/// Whether a pull request is made to the governed branch of the governed repository. A fork can
/// have one of the same number.
pub(super) fn is_here(request: &PullRequest, policy: &Policy) -> bool {
    request.repository.eq_ignore_ascii_case(&policy.repository) && request.base == policy.branch
}
