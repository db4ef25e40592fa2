//! `check`: the gate.

use clap::Args;

use super::error::{CommandError, ErrorKind};
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::listing::{self, ListingOptions};
use super::options::Format;
use super::question::{self, Unjudged};
use super::session::Session;
use super::{report, review_context, staged, uncommitted, worktree};
use crate::check::Report;
use crate::git::GitError;
use crate::model::glob::Glob;
use crate::render::Listing;

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
  countersign check --staged               what `git commit` would add, for a pre-commit hook
  countersign check --worktree             only the files on disk, without history
  countersign check --rule unversioned     list all findings of one rule
  countersign check --severity info        list the notes")]
pub struct Check {
    /// Judge what merging HEAD into this commit of the governed branch would land
    #[arg(long, value_name = "REF", conflicts_with = "worktree")]
    base: Option<String>,
    /// Check only the documents in the working tree, without history
    #[arg(long, group = "local", conflicts_with = "review_source")]
    worktree: bool,
    /// Judge the commit that `git commit` would make of what is staged, and report only what HEAD
    /// does not have; 0 when only approvals are missing
    #[arg(long, group = "local", conflicts_with_all = ["base", "review_source"])]
    staged: bool,
    /// Let warnings count: one makes the verdict fail
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    forge: ForgeOptions,
    #[command(flatten)]
    listing: ListingOptions,
    /// Only findings about this subject, or about those that a glob such as 'skill/*' matches
    #[arg(long, value_name = "SUBJECT", value_parser = listing::subject, help_heading = listing::HEADING)]
    subject: Vec<Glob>,
    /// What the user types for this, where another command runs it.
    #[arg(skip)]
    shown_as: Option<&'static str>,
    /// Paths from a pre-commit hook; ignored, everything on disk or staged is checked
    #[arg(value_name = "FILE", hide = true, requires = "local")]
    files: Vec<std::path::PathBuf>,
}

impl Check {
    /// Of the tip, for a command that shows it as `countersign check`.
    pub(super) fn tip() -> Self {
        Self {
            shown_as: Some("countersign check"),
            base: None,
            worktree: false,
            staged: false,
            strict: false,
            forge: ForgeOptions::default(),
            listing: ListingOptions::default(),
            subject: Vec::new(),
            files: Vec::new(),
        }
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let listing = self
            .listing
            .listing(session, &self.subject, self.typed(session))?;
        let repository = match session.open()? {
            Ok(repository) => repository,
            Err(error @ (GitError::Unsupported(_) | GitError::RefStorage(_))) => {
                let unreadable = Unjudged::unreadable(session, error);
                return self.unjudged(session, unreadable, &listing);
            }
            Err(error) => return Err(error.into()),
        };
        if self.worktree {
            return worktree::check(session, &repository, &listing, self.strict);
        }
        if self.staged {
            return match staged::judge(session, &repository) {
                Ok(judged) => {
                    let report = self.weighed(judged.report);
                    staged::show(session, &judged.context, &judged.answer, &report, &listing)
                }
                Err(error) => self.unjudged(session, error, &listing),
            };
        }
        match question::judge(
            session,
            &repository,
            self.base.as_deref(),
            &self.forge,
            None,
        ) {
            Ok(answer) => {
                let report = self.weighed(answer.report());
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
                    &listing,
                ))?;
                uncommitted::mention(session, &repository, &answer.survey.replay.policy.policy);
                Ok(report.verdict.into())
            }
            Err(error) => self.unjudged(session, error, &listing),
        }
    }

    fn weighed(&self, report: Report) -> Report {
        if self.strict {
            report.strictly()
        } else {
            report
        }
    }

    /// This command, as the user can type it to be answered the same.
    fn typed(&self, session: &Session<'_>) -> String {
        if let Some(shown) = self.shown_as {
            return shown.to_owned();
        }
        let mut command = listing::typed(session, "check");
        listing::add(&mut command, "--base", self.base.as_deref());
        if self.worktree {
            command.push_str(" --worktree");
        }
        if self.staged {
            command.push_str(" --staged");
        }
        if self.strict {
            command.push_str(" --strict");
        }
        self.forge.add_to(&mut command);
        command
    }

    /// Says why there is no verdict: once for people, with a report for programs.
    fn unjudged(
        &self,
        session: &Session<'_>,
        unjudged: Unjudged,
        listing: &Listing,
    ) -> Result<ExitCode, CommandError> {
        let read_by_people = matches!(
            session.options.format,
            Format::Human | Format::Markdown | Format::Github
        );
        if read_by_people && unjudged.error.kind == ErrorKind::Usage {
            return Err(unjudged.error);
        }
        let is_told = unjudged.is_told();
        if let Some((context, report)) = unjudged.report.map(|of| *of) {
            let report = self.weighed(report);
            session.out.result(&report::shown(
                session,
                &context,
                None,
                &report,
                &[],
                listing,
            ))?;
        }
        if read_by_people && is_told {
            return Ok(unjudged.error.kind.exit());
        }
        Err(unjudged.error)
    }
}
