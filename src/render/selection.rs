//! Which version represents a subject, also when its files are gone.

use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::State;

/// The version that a view shows for a subject: the one in the tree, else the current one, else the one that landed last.
pub(super) fn shown(subject: &Subject) -> Option<&VersionState> {
    let last = || subject.versions.iter().max_by_key(|row| row.landed.map(|landing| landing.position));
    if subject.paths.is_empty() { subject.current_version().or_else(last) } else { subject.head_version() }
}

/// The state shown for a subject.
pub(super) fn state(subject: &Subject) -> State {
    match shown(subject) {
        Some(row) => row.state,
        None if !subject.blocked_all.is_empty() => State::Blocked,
        None => State::Draft,
    }
}

/// The subject's path, or its last one.
pub(super) fn path(subject: &Subject) -> Option<&str> {
    subject.paths.first().or_else(|| subject.last_paths.first()).map(String::as_str)
}
