//! A note about governed files that are on disk only: people who just edited one expect that it was
//! judged.

use super::options::Format;
use super::session::Session;
use super::worktree::user_settings;
use crate::git::{Dirty, DirtyKind, Repository};
use crate::model::Policy;
use crate::model::quantity::counted;
use crate::render::escape;
use crate::replay::worktree;

/// Paths that are named; the rest is counted.
const NAMED: usize = 3;

/// Says on standard error which governed files are changed and not committed. Nothing for programs,
/// and nothing where the working tree cannot be read: no result depends on it.
pub fn mention(session: &Session<'_>, repository: &Repository, policy: &Policy) {
    if session.options.format != Format::Human || session.options.quiet {
        return;
    }
    let ignored = repository.ignored(&user_settings());
    let found = worktree::uncommitted(repository, policy, ignored.as_ref()).unwrap_or_default();
    if !found.is_empty() {
        session.out.note(&words(&found));
    }
}

fn words(found: &[Dirty]) -> String {
    let (number, verb) = match found.len() {
        1 => ("1 file".to_owned(), "is"),
        several => (counted(several, "file"), "are"),
    };
    let named: Vec<String> = found.iter().take(NAMED).map(named).collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{number} changed and not committed {verb} not judged: {}{more}\n`countersign check --worktree` checks what is on disk",
        named.join(", ")
    )
}

fn named(one: &Dirty) -> String {
    let path = String::from_utf8_lossy(&one.path);
    let path = escape::terminal(&path);
    match one.how {
        DirtyKind::Missing => format!("{path} (deleted)"),
        DirtyKind::Untracked => format!("{path} (new)"),
        DirtyKind::Modified | DirtyKind::Overlooked => path.into_owned(),
    }
}
