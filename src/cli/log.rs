//! `log`: events.

use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::options::Format;
use super::question::Answer;
use super::session::Session;
use super::status::select;
use crate::render::paint::Paint;
use crate::render::{human, json, ocsf};

/// Show what happened: who decided what, when, why, with which evidence
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign log
  countersign log skill/pdf-tools
  countersign log --format json
  countersign log --format ndjson > events.ndjson")]
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
        let events =
            (0_u64..).zip(&ledger.events).filter(|(_, event)| wanted.as_ref().is_none_or(|wanted| wanted.contains(&event.subject)));
        let context = &answer.context;
        match session.options.format {
            // One line after the other, so that memory does not grow with what is printed.
            Format::Ndjson => session.out.stream(events.map(|(at, event)| json::line(&json::EventLine::new(context, at, event))))?,
            Format::Ocsf => session.out.stream(events.map(|(at, event)| ocsf::line(context, at, event)))?,
            Format::Json => session.out.result(&json::text(&json::log(context, events.map(|(_, event)| event))))?,
            _ => session.out.result(&human::log(events.map(|(_, event)| event), Paint { color: session.out.colored() }))?,
        }
        Ok(ExitCode::Pass)
    }
}
