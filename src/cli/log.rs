//! `log`: events.

use std::collections::BTreeSet;
use std::io;
use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::options::Format;
use super::question;
use super::session::Session;
use super::spool::Spool;
use super::status::select;
use crate::git::Repository;
use crate::lifecycle::ledger::Event;
use crate::render::{Context, human, json, ocsf};

/// One event as one line, with its place in the whole log.
type Line = fn(&Context, u64, &Event) -> String;

/// Show what happened: who decided what, when, why, and with which evidence
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign log
  countersign log skill/pdf-tools
  countersign log -n 20 --newest-first
  countersign log --format json
  countersign log --format ndjson > events.ndjson")]
pub struct Log {
    /// Subjects or globs [default: all]
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<String>,
    /// Only the last N events
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    /// The newest event first
    #[arg(long)]
    newest_first: bool,
}

impl Log {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        let line: Option<Line> = match session.options.format {
            Format::Ndjson => {
                Some(|context, at, event| json::line(&json::EventLine::new(context, at, event)))
            }
            Format::Ocsf => Some(ocsf::line),
            _ => None,
        };
        if line.is_some() && (self.number.is_some() || self.newest_first) {
            return Err(CommandError::usage(
                "-n and --newest-first are for people and JSON: this format is a stream in order",
            )
            .help("Leave them out, and take the last lines with `tail -n`."));
        }
        if let Some(line) = line
            && self.stream(session, &repository, line)?
        {
            return Ok(ExitCode::Pass);
        }
        // The program exits afterwards, so freeing the memory is not needed.
        let answer = ManuallyDrop::new(question::view(
            session,
            &repository,
            &ForgeOptions::default(),
        )?);
        let ledger = &answer.survey.replay.ledger;
        let named = ledger.events.iter().map(|event| &event.subject);
        let wanted = select(&self.subjects, named)?;
        let events = (0_u64..).zip(&ledger.events).filter(|(_, event)| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&event.subject))
        });
        let mut events: Vec<(u64, &Event)> = events.collect();
        let all = events.len();
        events.drain(..all.saturating_sub(self.number.unwrap_or(all)));
        if self.newest_first {
            events.reverse();
        }
        let events = events.into_iter();
        let context = &answer.context;
        match (line, session.options.format) {
            (Some(line), _) => session
                .out
                .stream(events.map(|(at, event)| Ok(line(context, at, event))))?,
            (None, Format::Json) => session.out.result(&json::text(&json::log(
                context,
                events.map(|(_, event)| event),
            )))?,
            _ => session.out.result(&session.out.paint().fit(human::log(
                events.map(|(_, event)| event),
                session.out.paint(),
            )))?,
        }
        Ok(ExitCode::Pass)
    }

    /// Prints the events of the governed branch, of which few are in memory at any time; `false`
    /// where HEAD is a candidate and nothing was printed.
    fn stream(
        &self,
        session: &Session<'_>,
        repository: &Repository,
        line: Line,
    ) -> Result<bool, CommandError> {
        let failed =
            |error: io::Error| CommandError::io("store the events in a temporary file", &error);
        let mut spool = Spool::new().map_err(failed)?;
        let mut named = BTreeSet::new();
        let mut take = |events: Vec<Event>| {
            for event in events {
                spool.add(&event);
                named.insert(event.subject);
            }
        };
        let Some(context) = question::events(session, repository, &mut take)? else {
            return Ok(false);
        };
        let wanted = select(&self.subjects, named.iter())?;
        let spooled = spool.read().map_err(failed)?;
        let lines = (0_u64..)
            .zip(spooled)
            .filter_map(|(at, event)| match event {
                Ok(event)
                    if wanted
                        .as_ref()
                        .is_some_and(|wanted| !wanted.contains(&event.subject)) =>
                {
                    None
                }
                event => Some(event.map(|event| line(&context, at, &event))),
            });
        session.out.stream(lines)?;
        Ok(true)
    }
}
