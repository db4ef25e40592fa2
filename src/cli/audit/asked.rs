//! From the options to what is wanted.

use super::{ScopeOptions, Wanted};
use crate::audit::period::{Asked, End};
use crate::cli::error::CommandError;
use crate::cli::question::governed_base;
use crate::cli::session::Session;
use crate::git::Repository;
use crate::model::ObjectId;

/// What the options ask for, about the governed branch even where HEAD is on another.
pub fn wanted(session: &Session<'_>, repository: &Repository, scope: &ScopeOptions) -> Result<Wanted, CommandError> {
    let head = repository.head()?;
    let governed = governed_base(repository, &head.commit, head.branch.as_deref())?;
    let resolve = |rev: &String| Ok::<ObjectId, CommandError>(repository.resolve(rev)?);
    Ok(Wanted {
        head: governed.unwrap_or(head.commit),
        anchor: session.options.anchor.as_ref().map(resolve).transpose()?,
        includes: session.options.includes.as_ref().map(resolve).transpose()?,
        now: session.now,
        since: scope.since.as_deref().map(|text| end(repository, text)).transpose()?,
        until: scope.until.as_deref().map(|text| end(repository, text)).transpose()?,
        subjects: scope.subjects.clone(),
        frameworks: Vec::new(),
    })
}

fn end(repository: &Repository, text: &str) -> Result<Asked, CommandError> {
    let end = match End::instant(text) {
        Some(end) => end,
        None => End::Commit(repository.resolve(text)?),
    };
    Ok(Asked { text: text.to_owned(), end })
}
