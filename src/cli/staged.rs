//! `check --staged`: the commit that `git commit` would make, judged before it is made.
//!
//! Git says with `GIT_INDEX_FILE` which index a hook is about (`git commit -a` and `git commit PATH`
//! use one of their own), and with `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL` who the author is.

use std::env;
use std::path::PathBuf;

use super::environment::variable;
use super::error::CommandError;
use super::exit::ExitCode;
use super::question::{self, Unjudged};
use super::report;
use super::session::{Session, work_dir};
use crate::check::Report;
use crate::check::added::Unmade;
use crate::git::{Committer, Repository, StagedFault};
use crate::judge::{Answer, StagedAnswer};
use crate::model::{Identity, Verdict};
use crate::render::Context;
use crate::render::listing::Listing;

/// Judges what is staged.
pub fn judge(session: &Session<'_>, repository: &Repository) -> Result<StagedAnswer, Unjudged> {
    let root = work_dir(repository)?;
    // Git goes to the root before it looks for a relative one.
    let index = env::var_os("GIT_INDEX_FILE")
        .filter(|path| !path.is_empty())
        .map(|path| root.join(PathBuf::from(path)));
    let by = Committer {
        identity: author(),
        time: session.now,
    };
    let commit = repository
        .staged(index.as_deref(), &by)
        .map_err(CommandError::from)?;
    // A preview: what decides is the check of the commit where it lands.
    let question = question::question(session, repository, question::looking())?;
    let unmade = Unmade {
        has_author: by.identity.is_some(),
    };
    let judged = question.staged(repository, commit, unmade)?;
    question::mention_cache(session, &judged.answer);
    Ok(judged)
}

/// Prints the report: 0 when nothing but approvals is missing. A branch is where a draft waits, so
/// it may be committed.
pub fn show(
    session: &Session<'_>,
    context: &Context,
    answer: &Answer,
    report: &Report,
    listing: &Listing,
) -> Result<ExitCode, CommandError> {
    session.out.result(&report::shown(
        session,
        context,
        Some(&answer.survey.replay.ledger),
        report,
        &[],
        listing,
    ))?;
    Ok(match report.verdict {
        Verdict::Waiting => ExitCode::Pass,
        verdict => verdict.into(),
    })
}

/// Who the author will be; Git says so to hooks.
fn author() -> Option<Identity> {
    let email = variable("GIT_AUTHOR_EMAIL")?;
    let name = variable("GIT_AUTHOR_NAME").unwrap_or_default();
    Some(Identity::new(&name, &email))
}

impl From<StagedFault> for CommandError {
    fn from(fault: StagedFault) -> Self {
        match fault {
            StagedFault::Git(error) => error.into(),
            StagedFault::NoIndex(_) => Self::usage(&fault).help(
                "Stage something with `git add`. Where the index was removed, run `git reset`.",
            ),
            StagedFault::Unmerged(_) => {
                Self::usage(&fault).help("Resolve the conflicts, then run `git add` on the files.")
            }
            StagedFault::NotAMerge(_) => Self::not_evaluated(&fault)
                .help("Run `git merge --abort`, or remove the file, and merge again."),
            StagedFault::Unreadable(_) => Self::not_evaluated(&fault).help(
                "Run `git status`. If Git cannot read it either, remove the file and run `git reset`.",
            ),
        }
    }
}
