//! The steps of the GitHub Action: from the runner's environment to a judged repository, a summary,
//! annotations and outputs.
//!
//! Nothing of the judged change is executed, and no setting comes from it: the policy comes from
//! the base, the inputs from the workflow.

mod audit;
mod comment;
mod environment;
mod event;
mod outputs;
mod protection;
mod record;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::listing;
use super::options::CommonOptions;
use super::programs::Programs;
use super::question::{self, Unjudged};
use super::review_context;
use super::session::Session;
use crate::check::Report;
use crate::forge::ForgeError;
use crate::git::Repository;
use crate::judge::{Answer, MergeQueue, could_be_reviewed};
use crate::model::{ObjectId, Verdict};
use crate::render::Listing;
use crate::render::github::Summary;
use crate::replay::ReplayError;

use environment::{Command, Environment};
use event::Occasion;

/// Judge the change or branch that a workflow of GitHub Actions runs for
///
/// The GitHub Action runs this command. It reads the event, the summary file and the output file
/// from the runner's environment. Use `check` everywhere else.
#[derive(Debug, Args)]
pub struct Action {}

impl Action {
    #[allow(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let environment = Environment::read()?;
        let files = outputs::Files::open(&environment)?;
        let done = match environment.command {
            Command::Check => judge(session, &environment),
            Command::Record => record::run(session, &environment, &files),
            Command::Audit => audit::run(session, &environment, &files),
        };
        match done {
            Ok(exit) => Ok(exit),
            Err(error) => {
                // The annotation is in the log too, so the error is only printed for the lines of
                // the user's files that it shows.
                files.error(&environment, session, &error)?;
                if !error.diagnostics.is_empty() {
                    session.out.error(&error);
                }
                Ok(error.kind.exit())
            }
        }
    }
}

fn judge(session: &Session<'_>, environment: &Environment) -> Result<ExitCode, CommandError> {
    let repository = session.repository()?;
    let files = outputs::Files::open(environment)?;
    // Before the event's commits are looked for: in a shallow clone they may be missing, and the
    // depth is what the user can fix.
    repository.completeness().map_err(ReplayError::from)?;
    let scope = JudgeScope::of(&repository, environment)?;
    let options = CommonOptions {
        anchor: environment.anchor.map(|anchor| anchor.to_string()),
        includes: scope.includes.map(|commit| commit.to_string()),
        ..session.options.clone()
    };
    let pinned = Session {
        options: &options,
        ..*session
    };
    let base = scope.base.map(|base| base.to_string());
    let forge = match &scope.queue {
        _ if environment.token.is_none() => ForgeOptions::default(),
        Some(queue) => ForgeOptions::of_queue(queue.clone()),
        None => ForgeOptions::live(scope.pulls.clone()),
    };
    let listing = Listing {
        command: scope.command(environment),
        ..Listing::default()
    };
    let programs = repository
        .work_dir()
        .map(|work_dir| Programs::new(repository.git_dir(), work_dir));
    let fetch = |number: u64, commits: &[ObjectId]| {
        if let Some(programs) = &programs {
            programs.fetch_pull(number, commits, environment.token.as_ref());
        }
    };
    match question::judge(&pinned, &repository, base.as_deref(), &forge, Some(&fetch)) {
        Ok(mut answer) => {
            protection::observe(session, environment, &mut answer);
            let mut report = environment.weighed(answer.report());
            if environment.token.is_none() && waits_for_reviews(&answer, &report) {
                answer
                    .survey
                    .add_error(&ReplayError::Forge(ForgeError::NoToken));
                report = environment.weighed(answer.report());
            }
            let review_contexts = review_context::review_contexts(&repository, &answer, &report);
            let ledger = Some(&answer.survey.replay.ledger);
            let (context, links) = (&answer.context, &environment.links);
            let summary = Summary {
                context,
                ledger,
                report: &report,
                review_contexts: &review_contexts,
                links,
                listing: &listing,
                pull: scope.pull,
            };
            files.report(environment, session, &summary)?;
            comment::keep(
                session,
                environment,
                &answer.survey.replay.policy.policy,
                &summary,
            );
            Ok(report.verdict.into())
        }
        Err(
            ref unjudged @ Unjudged {
                ref error,
                report: Some(ref report),
            },
        ) => {
            let (context, report): &(_, Report) = report;
            let report = &environment.weighed(report.clone());
            let links = &environment.links;
            files.report(
                environment,
                session,
                &Summary {
                    context,
                    ledger: None,
                    report,
                    review_contexts: &[],
                    links,
                    listing: &listing,
                    pull: scope.pull,
                },
            )?;
            if !unjudged.is_told() {
                session.out.error(error);
            }
            Ok(error.kind.exit())
        }
        Err(Unjudged {
            error,
            report: None,
        }) => Err(error),
    }
}

/// What to judge.
#[derive(Debug, Default)]
struct JudgeScope {
    base: Option<ObjectId>,
    includes: Option<ObjectId>,
    /// The pull request that the report is shown on.
    pull: Option<u64>,
    /// The pull requests whose reviews count; empty to let the forge say which.
    pulls: Vec<u64>,
    /// The merge queue whose pull requests count.
    queue: Option<MergeQueue>,
}

impl JudgeScope {
    /// The command that judges the same in a clone.
    fn command(&self, environment: &Environment) -> String {
        let mut command = "countersign check".to_owned();
        let base = self.base.map(|base| base.to_string());
        let anchor = environment.anchor.map(|anchor| anchor.to_string());
        for (option, value) in [("--base", base), ("--anchor", anchor)] {
            listing::add(&mut command, option, value.as_deref());
        }
        if environment.strict {
            command.push_str(" --strict");
        }
        command
    }

    fn of(repository: &Repository, environment: &Environment) -> Result<Self, CommandError> {
        if let Some(base) = &environment.base {
            let pull = match &environment.occasion {
                Occasion::Pull { number, head, .. } => {
                    merged_onto(repository, environment, *head)?;
                    Some(*number)
                }
                _ => None,
            };
            return Ok(Self {
                base: Some(repository.resolve_base(base)?),
                pull,
                pulls: pull.into_iter().collect(),
                ..Self::default()
            });
        }
        match &environment.occasion {
            Occasion::Pull { number, base, head } => {
                let base = match merged_onto(repository, environment, *head)? {
                    Some(base) => base,
                    None => tip(repository, base)?,
                };
                Ok(Self {
                    base: Some(base),
                    pull: Some(*number),
                    pulls: vec![*number],
                    ..Self::default()
                })
            }
            Occasion::Queue { base, head, number } => {
                let checked_out = repository.head()?.commit;
                if checked_out != *head {
                    return Err(CommandError::not_evaluated(format!(
                        "HEAD is {}, but the merge queue's commit is {}",
                        checked_out.short(),
                        head.short()
                    ))
                    .help(
                        "Check out the event's own commit: do not set `ref` of actions/checkout.",
                    ));
                }
                let base = tip(repository, base)?;
                let queue = MergeQueue {
                    base,
                    named: *number,
                };
                Ok(Self {
                    base: Some(base),
                    pull: *number,
                    queue: Some(queue),
                    ..Self::default()
                })
            }
            Occasion::Push { before, .. } => Ok(Self {
                includes: *before,
                ..Self::default()
            }),
            Occasion::Other => Ok(Self::default()),
        }
    }
}

/// Onto what the forge has merged a pull request, where HEAD is that merge, as the runner checks it
/// out by default; `None` where HEAD is the pull request's head. Anything else is not what the
/// event asks about: a branch's name may have moved on, and a merge that its author made may have
/// any parents and any tree.
fn merged_onto(
    repository: &Repository,
    environment: &Environment,
    head: ObjectId,
) -> Result<Option<ObjectId>, CommandError> {
    let checked_out = repository.head()?.commit;
    if checked_out == head {
        return Ok(None);
    }
    match repository.node(checked_out)?.parents.as_slice() {
        [base, second] if *second == head && environment.sha == Some(checked_out) => Ok(Some(*base)),
        _ => Err(CommandError::not_evaluated(format!("HEAD is {}, but the pull request's head is {}", checked_out.short(), head.short()))
            .help("Check out the event's own commit: do not set `ref` of actions/checkout. A branch may have moved since the event.")),
    }
}

/// The tip of the governed branch as this clone has it from the forge.
fn tip(repository: &Repository, branch: &str) -> Result<ObjectId, CommandError> {
    repository
        .reference(&format!("refs/remotes/origin/{branch}"))?
        .ok_or_else(|| {
            CommandError::not_evaluated(format!(
                "origin/{branch}, the base of the change, is not in this clone"
            ))
            .help("Check out with `fetch-depth: 0`, which fetches every branch.")
        })
}

/// Whether a review could supply what is missing: someone whose approval is needed has an account.
fn waits_for_reviews(answer: &Answer, report: &Report) -> bool {
    let ledger = &answer.survey.replay.ledger;
    let mut versions = report
        .subjects
        .iter()
        .filter_map(|id| ledger.subjects.get(id)?.head_version());
    let policy = &answer.survey.replay.policy.policy;
    report.verdict == Verdict::Waiting && versions.any(|version| could_be_reviewed(version, policy))
}
