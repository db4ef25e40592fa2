//! `check`: the gate.

use clap::Args;

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::options::Format;
use super::question::{self, Unjudged};
use super::session::Session;
use super::{report, review_context, uncommitted, worktree};
use crate::git::GitError;

/// Judge this repository: pass, waiting, fail or not-evaluated
///
/// Without --base, judges the tip of the governed branch, and everything counts. With --base,
/// judges the change that merging HEAD into it would land, and only what it makes worse counts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign check                        judge the governed branch
  countersign check --base origin/main     judge merging this branch into main
  countersign check --base origin/main --pull 7 --live
                                           also count its reviews
  countersign check --base origin/main --pull 7 --save-answers 7.json
                                           also save the forge's answers for --answers
  countersign check --worktree             only the files on disk, for a pre-commit hook")]
pub struct Check {
    /// Judge what merging HEAD into this commit of the governed branch would land
    #[arg(long, value_name = "REF", conflicts_with = "worktree")]
    base: Option<String>,
    /// Check only the documents in the working tree, without history
    #[arg(long, conflicts_with = "review_source")]
    worktree: bool,
    #[command(flatten)]
    forge: ForgeOptions,
    /// Paths from a pre-commit hook; ignored, the whole working tree is checked
    #[arg(value_name = "FILE", hide = true, requires = "worktree")]
    files: Vec<std::path::PathBuf>,
}

impl Check {
    /// Of the tip.
    pub(super) fn tip() -> Self {
        Self {
            base: None,
            worktree: false,
            forge: ForgeOptions::default(),
            files: Vec::new(),
        }
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = match session.open()? {
            Ok(repository) => repository,
            Err(error @ (GitError::Unsupported(_) | GitError::RefStorage(_))) => {
                return unjudged(session, Unjudged::unreadable(session, error));
            }
            Err(error) => return Err(error.into()),
        };
        if self.worktree {
            return worktree::check(session, &repository);
        }
        match question::judge(
            session,
            &repository,
            self.base.as_deref(),
            &self.forge,
            None,
        ) {
            Ok(answer) => {
                let report = answer.report();
                let review_contexts = match session.options.format {
                    Format::Markdown => {
                        review_context::review_contexts(&repository, &answer, &report)
                    }
                    _ => Vec::new(),
                };
                session.out.result(&report::shown(
                    session,
                    &answer.context,
                    Some(&answer.survey.replay.ledger),
                    &report,
                    &review_contexts,
                ))?;
                uncommitted::mention(session, &repository, &answer.survey.replay.policy.policy);
                Ok(report.verdict.into())
            }
            Err(error) => unjudged(session, error),
        }
    }
}

/// Says why there is no verdict: once for people, with a report for programs.
fn unjudged(session: &Session<'_>, unjudged: Unjudged) -> Result<ExitCode, CommandError> {
    let read_by_people = matches!(
        session.options.format,
        Format::Human | Format::Markdown | Format::Github
    );
    if read_by_people && unjudged.error.kind == ErrorKind::Usage {
        return Err(unjudged.error);
    }
    if let Some((context, report)) = unjudged.report.as_deref() {
        session
            .out
            .result(&report::shown(session, context, None, report, &[]))?;
    }
    if read_by_people && unjudged.is_told() {
        return Ok(unjudged.error.kind.exit());
    }
    Err(unjudged.error)
}
