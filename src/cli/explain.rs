//! `explain`: the five questions about one version, and why it is in its state.

use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::landed;
use super::question::Answer;
use super::session::Session;
use super::subject_argument::Selector;
use crate::lifecycle::ledger::{Row, Subject};
use crate::render::human::Explanation;
use crate::render::paint::Paint;
use crate::render::{human, json};

/// Explain a version: who owns it, what is approved, which bytes, where it belongs, what happened, and why
///
/// Names each piece of evidence with what became of it, the line of the policy that decided, and the commands that would change the state.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign explain skill/pdf-tools
  countersign explain skill/pdf-tools@1.2.0
  countersign explain skill/pdf-tools@previous --format json")]
pub struct Explain {
    /// A subject, and perhaps a version of it: a version, head, current, previous, or the start of a digest
    #[arg(value_name = "SUBJECT[@VERSION]")]
    subject: String,
    #[command(flatten)]
    forge: ForgeOptions,
}

impl Explain {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        // The program ends with the answer: nobody needs its memory back.
        let answer = ManuallyDrop::new(Answer::ask_with(session, &repository, &self.forge)?);
        let replay = &answer.survey.replay;
        let argument = landed::argument(&replay.ledger, &self.subject)?;
        let subject = landed::subject(&replay.ledger, &argument)?;
        let row = if argument.version == Selector::Head && !self.subject.contains('@') {
            shown(subject)
        } else {
            Some(landed::row(subject, &argument)?)
        };
        let explanation = Explanation {
            context: &answer.context,
            ledger: &replay.ledger,
            policy: &replay.policy.policy,
            subject,
            row,
            findings: &answer.survey.findings,
        };
        let text = if session.json() {
            json::text(&json::explain(&explanation))
        } else {
            human::explain(&explanation, Paint { color: session.out.colored() })
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }
}

/// The version that a subject without a version means: the one in the tree; when it is gone, the current one, else the last that landed.
fn shown(subject: &Subject) -> Option<&Row> {
    if subject.paths.is_empty() {
        let last = || subject.rows.iter().max_by_key(|row| row.landed.map(|landing| landing.position));
        subject.current_row().or_else(last)
    } else {
        subject.head_row()
    }
}
