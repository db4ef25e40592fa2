//! Turns the options into a request.

use super::{ScopeOptions, Wanted};
use crate::audit::period::{End, RequestedBound};
use crate::cli::error::CommandError;
use crate::cli::session::Session;
use crate::git::Repository;
use crate::judge::governed_base;
use crate::model::ObjectId;

/// The request, about the governed branch even if HEAD is on another one.
pub fn wanted(
    session: &Session<'_>,
    repository: &Repository,
    scope: &ScopeOptions,
) -> Result<Wanted, CommandError> {
    let head = repository.head()?;
    let governed = governed_base(repository, &head)?;
    let resolve = |rev: &String| Ok::<ObjectId, CommandError>(repository.resolve(rev)?);
    Ok(Wanted {
        head: governed.unwrap_or(head.commit),
        anchor: session.options.anchor.as_ref().map(resolve).transpose()?,
        includes: session.options.includes.as_ref().map(resolve).transpose()?,
        now: session.now,
        since: scope
            .since
            .as_deref()
            .map(|text| end(repository, text))
            .transpose()?,
        until: scope
            .until
            .as_deref()
            .map(|text| end(repository, text))
            .transpose()?,
        subjects: scope.subjects.clone(),
        frameworks: Vec::new(),
    })
}

/// Refuses a commit that is not the tip of the governed branch: what a job for a change has checked
/// out has not landed.
pub fn is_tip(repository: &Repository, branch: &str, head: ObjectId) -> Result<(), CommandError> {
    let named = |place: &str| repository.reference(&format!("refs/{place}/{branch}"));
    let tip = match named("remotes/origin")? {
        Some(tip) => Some(tip),
        None => named("heads")?,
    };
    let help = "Check out the governed branch with `fetch-depth: 0`, on schedule, workflow_dispatch or push.";
    match tip {
        Some(tip) if tip == head => Ok(()),
        Some(tip) => {
            let why = format!(
                "HEAD is at {}, but the governed branch {branch} is at {}",
                head.short(),
                tip.short()
            );
            Err(CommandError::not_evaluated(why).help(help))
        }
        None => Err(CommandError::not_evaluated(format!(
            "the governed branch {branch} is not in this clone"
        ))
        .help(help)),
    }
}

/// A revision becomes the commit that it names: another clone, or this one tomorrow, may know
/// another one by that name.
fn end(repository: &Repository, text: &str) -> Result<RequestedBound, CommandError> {
    if let Some(end) = End::instant(text) {
        return Ok(RequestedBound {
            text: text.to_owned(),
            end,
        });
    }
    let commit = repository.resolve(text)?;
    Ok(RequestedBound {
        text: commit.to_string(),
        end: End::Commit(commit),
    })
}
