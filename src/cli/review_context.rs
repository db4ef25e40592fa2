//! What a reviewer needs to know: each changed subject, and what it would replace.

use super::landed;
use crate::check::Report;
use crate::check::comparison::{self, PackageSide};
use crate::git::Repository;
use crate::judge::Answer;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::render::review_context::ReviewContext;
use crate::replay::Replay;

/// Subjects whose files are compared: a summary shows no more.
const MOST: usize = 50;

/// Every changed subject of a candidate that is in the tree, in the report's order; nothing when a
/// branch is judged.
pub(super) fn review_contexts<'a>(
    repository: &Repository,
    answer: &'a Answer,
    report: &Report,
) -> Vec<ReviewContext<'a>> {
    if !answer.survey.replay.candidate {
        return Vec::new();
    }
    let ledger = &answer.survey.replay.ledger;
    let subjects = report
        .subjects
        .iter()
        .filter_map(|id| ledger.subjects.get(id));
    subjects
        .filter_map(|subject| weigh(repository, answer, subject))
        .take(MOST)
        .collect()
}

fn weigh<'a>(
    repository: &Repository,
    answer: &'a Answer,
    subject: &'a Subject,
) -> Option<ReviewContext<'a>> {
    let after = subject.head_version()?;
    // A reviewer knows the approved version; the branch may have one that no one has read.
    let base = answer
        .base
        .as_ref()
        .and_then(|base| Some((&base.replay, base.replay.ledger.subjects.get(&subject.id)?)));
    let before = base.and_then(|(replay, subject)| {
        Some((
            replay,
            subject,
            subject
                .current_version()
                .or_else(|| subject.head_version())?,
        ))
    });
    let before = before.filter(|(.., version)| version.key != after.key);
    if before.is_none()
        && base.is_some_and(|(_, subject)| {
            subject
                .head_version()
                .is_some_and(|version| version.key == after.key)
        })
    {
        return None;
    }
    let new = side(repository, &answer.survey.replay, subject, after);
    let old = match before {
        Some((replay, subject, version)) => side(repository, replay, subject, version),
        None => Some(PackageSide {
            kind: subject.id.kind,
            files: Vec::new(),
        }),
    };
    let comparison = old
        .zip(new)
        .map(|(old, new)| comparison::compare(&old, &new));
    let used_by = answer
        .survey
        .tip
        .used_by
        .get(&subject.id)
        .cloned()
        .unwrap_or_default();
    Some(ReviewContext {
        subject,
        after,
        before: before.map(|(.., version)| version),
        comparison,
        used_by,
    })
}

fn side(
    repository: &Repository,
    replay: &Replay,
    subject: &Subject,
    version: &VersionState,
) -> Option<PackageSide> {
    let version = landed::find(repository, replay, subject, version).ok()?;
    Some(PackageSide {
        kind: subject.id.kind,
        files: version.files,
    })
}
