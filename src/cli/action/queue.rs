//! Which pull requests a merge queue is about to land.
//!
//! The queue's branch names the last one; the commits that it has put together name the others. A number found here only says whose reviews
//! are read: what they approve is decided by the bytes that land, and by their base and repository.

use std::collections::BTreeSet;

use crate::git::{GitError, Repository};
use crate::model::ObjectId;

/// More pull requests than a queue puts together.
const MOST: usize = 100;

/// The numbers of the pull requests between `base` and `head`, with `named`, which the queue's branch names.
pub(super) fn numbers(repository: &Repository, base: ObjectId, head: ObjectId, named: Option<u64>) -> Result<Vec<u64>, GitError> {
    let mut numbers: BTreeSet<u64> = named.into_iter().collect();
    let mut next = Some(head);
    for _ in 0..MOST {
        let Some(commit) = next.filter(|commit| *commit != base) else { break };
        let commit = repository.commit(commit)?;
        numbers.extend(number(&commit.message));
        next = commit.parents.first().copied();
    }
    Ok(numbers.into_iter().collect())
}

/// `Merge pull request #7 from acme/change` and `Do more (#7)`, as the forge writes them.
fn number(message: &[u8]) -> Option<u64> {
    let subject = message.split(|byte| *byte == b'\n').next()?;
    let subject = std::str::from_utf8(subject).ok()?.trim();
    let digits = match subject.strip_prefix("Merge pull request #") {
        Some(rest) => rest.split(' ').next()?,
        None => subject.strip_suffix(')')?.rsplit_once("(#")?.1,
    };
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forges_own_subjects_name_a_pull_request() {
        for (message, expected) in [
            ("Merge pull request #12 from acme/x\n\nTitle (#99)", Some(12)),
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
