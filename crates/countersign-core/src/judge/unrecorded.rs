//! Merged pull requests whose reviews may approve what waits, and which this clone does not have.
//!
//! An author writes the messages of commits, so a number in one is a reason to ask the forge and
//! nothing else: no state depends on it.

use std::collections::BTreeSet;

use countersign_git::{GitError, Repository};
use countersign_model::{EvidenceKind, Policy, PrincipalName};

use super::pull_requests::landings_of_versions;
use crate::lifecycle::ledger::VersionState;
use crate::replay::Replay;

/// Longest subject of a commit that is read, in bytes.
const LONGEST_SUBJECT: usize = 1000;

/// Whether a review by someone with an account could still count for `version`.
pub fn could_be_reviewed(version: &VersionState, policy: &Policy) -> bool {
    let has_account = |name: &PrincipalName| {
        let principal = policy.principals.get(name);
        principal.is_some_and(|principal| !principal.accounts.is_empty())
    };
    version.requirements.iter().any(|one| {
        one.missing > 0
            && one.accept.contains(EvidenceKind::Review)
            && one.candidates.iter().any(has_account)
    })
}

/// Numbers of the pull requests that, by the messages of their landings, brought versions that
/// still wait for an approval which a review could give; only landings after the last one that
/// recorded a review.
pub(super) fn pull_requests(
    repository: &Repository,
    replay: &Replay,
) -> Result<BTreeSet<u64>, GitError> {
    let policy = &replay.policy.policy;
    let recorded = replay
        .ledger
        .events
        .iter()
        .filter(|event| event.review.is_some() && event.record.is_some())
        .map(|event| event.landing.position)
        .max();
    let landings = landings_of_versions(replay, |version| could_be_reviewed(version, policy));
    let mut numbers = BTreeSet::new();
    for landing in landings {
        // What a candidate would land is in no pull request that was merged.
        let Some(commit) = landing
            .commit
            .filter(|commit| !is_candidate(replay, *commit))
        else {
            continue;
        };
        if recorded.is_none_or(|recorded| landing.position > recorded) {
            numbers.extend(number(&repository.commit(commit)?.message));
        }
    }
    Ok(numbers)
}

fn is_candidate(replay: &Replay, commit: countersign_model::ObjectId) -> bool {
    replay.candidate && commit == replay.head
}

/// The number in the subject of a merge (`Merge pull request #7 from …`) or of a squash (`… (#7)`),
/// as GitHub writes them.
fn number(message: &[u8]) -> Option<u64> {
    let subject = message.split(|byte| *byte == b'\n').next()?;
    let subject = std::str::from_utf8(subject.get(..subject.len().min(LONGEST_SUBJECT))?).ok()?;
    let digits = match subject.strip_prefix("Merge pull request #") {
        Some(rest) => rest.split(' ').next()?,
        None => subject.trim_end().strip_suffix(')')?.rsplit_once("(#")?.1,
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_taken_from_the_subjects_that_a_forge_writes() {
        for (message, expected) in [
            (
                "Merge pull request #7 from acme/topic\n\nTitle (#9)",
                Some(7),
            ),
            ("Add pdf (#12)", Some(12)),
            ("Add pdf (#12)\r\n\nbody", Some(12)),
            ("Revert \"Add pdf (#12)\" (#13)", Some(13)),
            ("Fix #12", None),
            ("Add (#12) pdf", None),
            ("Add pdf (#0)", None),
            ("Add pdf (#+1)", None),
            ("Add pdf (#99999999999999999999999)", None),
            ("Merge pull request #x from y", None),
            ("", None),
        ] {
            assert_eq!(number(message.as_bytes()), expected, "{message}");
        }
        let long = format!("{} (#7)", "x".repeat(LONGEST_SUBJECT));
        assert_eq!(number(long.as_bytes()), None);
        assert_eq!(number(b"\xff (#7)"), None);
    }
}
