//! The steps of the GitHub Action: from the runner's environment to a judged repository, a summary, annotations and outputs.
//!
//! Nothing of the judged change is executed, and no setting comes from it: the policy is the base's, the inputs are the workflow's.

mod environment;
mod event;
mod outputs;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::options::CommonOptions;
use super::question::{Answer, Refusal};
use super::session::Session;
use super::weighing;
use crate::check::Report;
use crate::git::Repository;
use crate::model::{ObjectId, Observation, RuleId};
use crate::render::github::Summary;
use crate::replay::ReplayError;

use environment::Environment;
use event::Occasion;

/// Judge the change or branch that a workflow of GitHub Actions runs for
///
/// This is what the Action starts. It reads the runner's environment: the event, the summary and the outputs. Everywhere else use `check`.
#[derive(Debug, Args)]
pub struct Action {}

impl Action {
    #[allow(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let environment = Environment::read()?;
        let files = outputs::Files::open(&environment)?;
        match judge(session, &environment) {
            Ok(exit) => Ok(exit),
            Err(error) => {
                files.error(&environment, session, &error)?;
                Err(error)
            }
        }
    }
}

fn judge(session: &Session<'_>, environment: &Environment) -> Result<ExitCode, CommandError> {
    let repository = session.repository()?;
    let files = outputs::Files::open(environment)?;
    // Before the event's commits are looked for: in a shallow clone they may be missing, and the depth is what the user can mend.
    repository.completeness().map_err(ReplayError::from)?;
    let question = Question::of(&repository, environment)?;
    let options = CommonOptions {
        anchor: environment.anchor.map(|anchor| anchor.to_string()),
        includes: question.includes.map(|commit| commit.to_string()),
        ..session.options.clone()
    };
    let asked = Session { options: &options, ..*session };
    let base = question.base.map(|base| base.to_string());
    match Answer::judge(&asked, &repository, base.as_deref()) {
        Ok(mut answer) => {
            unprotected(environment, &mut answer);
            let report = answer.report();
            let weighings = weighing::weighings(&repository, &answer, &report);
            let ledger = Some(&answer.survey.replay.ledger);
            let (context, links) = (&answer.context, &environment.links);
            files.report(
                environment,
                session,
                &Summary { context, ledger, report: &report, weighings: &weighings, links, pull: question.pull },
            )?;
            Ok(Answer::exit(&report))
        }
        Err(Refusal { error, report: Some(report) }) => {
            let (context, report): &(_, Report) = &report;
            let links = &environment.links;
            files.report(environment, session, &Summary { context, ledger: None, report, weighings: &[], links, pull: question.pull })?;
            session.out.error(&error);
            Ok(error.kind.exit())
        }
        Err(Refusal { error, report: None }) => Err(error),
    }
}

/// What is to be judged.
#[derive(Debug, Default)]
struct Question {
    base: Option<ObjectId>,
    includes: Option<ObjectId>,
    pull: Option<u64>,
}

impl Question {
    fn of(repository: &Repository, environment: &Environment) -> Result<Self, CommandError> {
        if let Some(base) = &environment.base {
            let pull = match environment.occasion {
                Occasion::Pull { number, .. } => Some(number),
                _ => None,
            };
            return Ok(Self { base: Some(repository.resolve_base(base)?), pull, ..Self::default() });
        }
        match &environment.occasion {
            Occasion::Pull { number, base, head } => {
                // The forge's own merge of the two, which the runner checks out by default: its first parent is the base.
                let node = repository.node(repository.head()?.commit)?;
                let base = match node.parents.as_slice() {
                    [base, second] if second == head => *base,
                    _ => tip(repository, base)?,
                };
                Ok(Self { base: Some(base), pull: Some(*number), includes: None })
            }
            Occasion::Queue { base, head, number } => {
                let checked_out = repository.head()?.commit;
                if checked_out != *head {
                    return Err(CommandError::not_evaluated(format!(
                        "HEAD is {}, but the queue asks about {}",
                        checked_out.short(),
                        head.short()
                    ))
                    .help("Check out the event's own commit: leave `ref` of actions/checkout alone."));
                }
                Ok(Self { base: Some(tip(repository, base)?), pull: *number, includes: None })
            }
            Occasion::Push { before, .. } => Ok(Self { includes: *before, ..Self::default() }),
            Occasion::Other => Ok(Self::default()),
        }
    }
}

/// The tip of the governed branch as this clone has it from the forge.
fn tip(repository: &Repository, branch: &str) -> Result<ObjectId, CommandError> {
    repository.reference(&format!("refs/remotes/origin/{branch}"))?.ok_or_else(|| {
        CommandError::not_evaluated(format!("this clone does not hold origin/{branch}, the base of the change"))
            .help("Check out with `fetch-depth: 0`, which brings every branch.")
    })
}

/// Says so when the workflow that judges is one that the judged change may rewrite.
fn unprotected(environment: &Environment, answer: &mut Answer) {
    let Some(workflow) = &environment.workflow else { return };
    if !answer.survey.replay.policy.policy.protect.contains(workflow) {
        answer.survey.add(&Observation::new(RuleId::GateNotProtected).with("workflow", workflow));
    }
}
