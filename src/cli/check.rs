//! `check`: the gate.

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::question::Answer;
use super::session::Session;
use super::worktree;
use crate::render::paint::Paint;
use crate::render::{human, json};

/// Judge this repository: pass, waiting, fail or not-evaluated
///
/// Without a base the tip of the governed branch is judged, and everything counts. With --base the change that merging HEAD into it would
/// land is judged, and only what it makes worse counts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign check                        judge the governed branch
  countersign check --base origin/main     judge this branch as a change of main
  countersign check --base origin/main --pull 7 --live
                                           the same, and count its reviews
  countersign check --worktree             only the files as they lie on disk, for a pre-commit hook")]
pub struct Check {
    /// Judge what merging HEAD into this commit of the governed branch would land
    #[arg(long, value_name = "REF", conflicts_with = "worktree")]
    base: Option<String>,
    /// Check only the documents in the worktree, without history
    #[arg(long)]
    worktree: bool,
    #[command(flatten)]
    forge: ForgeOptions,
    /// Paths that a hook may pass; the whole worktree is looked at all the same
    #[arg(value_name = "FILE", hide = true, requires = "worktree")]
    files: Vec<std::path::PathBuf>,
}

impl Check {
    /// Of the tip.
    pub(super) fn tip() -> Self {
        Self { base: None, worktree: false, forge: ForgeOptions::default(), files: Vec::new() }
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        if self.worktree {
            return worktree::check(session, &repository);
        }
        let paint = Paint { color: session.out.colored() };
        match Answer::judge(session, &repository, self.base.as_deref(), &self.forge) {
            Ok(answer) => {
                let report = answer.report();
                let ledger = Some(&answer.survey.replay.ledger);
                let text = if session.json() {
                    json::text(&json::check(&answer.context, ledger, &report))
                } else {
                    human::check(&answer.context, ledger, &report, paint)
                };
                session.out.result(&text)?;
                Ok(Answer::exit(&report))
            }
            Err(refusal) => {
                if let Some((context, report)) = refusal.report.as_deref() {
                    let text = if session.json() {
                        json::text(&json::check(context, None, report))
                    } else {
                        human::check(context, None, report, paint)
                    };
                    session.out.result(&text)?;
                }
                Err(refusal.error)
            }
        }
    }
}
