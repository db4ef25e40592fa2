//! `log`: events.

use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::question::Answer;
use super::session::Session;
use super::status::select;
use crate::render::paint::Paint;
use crate::render::{human, json};

/// Show what happened: who decided what, when, why, with which evidence
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign log
  countersign log skill/pdf-tools
  countersign log --format json")]
pub struct Log {
    /// Subjects or globs; all when none is named
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<String>,
}

impl Log {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        // The program ends with the answer: nobody needs its memory back.
        let answer = ManuallyDrop::new(Answer::ask(session, &repository)?);
        let ledger = &answer.survey.replay.ledger;
        let named = ledger.events.iter().map(|event| &event.subject);
        let wanted = select(&self.subjects, named)?;
        let events = ledger.events.iter().filter(|event| wanted.as_ref().is_none_or(|wanted| wanted.contains(&event.subject)));
        let text = if session.json() {
            json::text(&json::log(&answer.context, events))
        } else {
            human::log(events, Paint { color: session.out.colored() })
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }
}
