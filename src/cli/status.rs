//! `status`: every subject.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::listing::{self, ListingOptions};
use super::question;
use super::session::Session;
use super::shell_word::quoted;
use super::subject_argument::unknown_subject;
use super::uncommitted;
use crate::model::SubjectId;
use crate::model::glob::Glob;
use crate::render::paint::Paint;
use crate::render::{human, json};

/// Show every subject: version, state, owner, digest, and what is missing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign status
  countersign status skill/pdf-tools
  countersign status 'skill/*' --format json")]
pub struct Status {
    /// Subjects or globs, such as skill/pdf-tools or 'skill/*' [default: all]
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<String>,
    #[command(flatten)]
    forge: ForgeOptions,
    #[command(flatten)]
    listing: ListingOptions,
    /// What the user types for this, where another command runs it.
    #[arg(skip)]
    shown_as: Option<&'static str>,
}

impl Status {
    /// Of every subject, for a command that shows it as `countersign status`.
    pub(super) fn all() -> Self {
        Self {
            shown_as: Some("countersign status"),
            subjects: Vec::new(),
            forge: ForgeOptions::default(),
            listing: ListingOptions::default(),
        }
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let listing = self.listing.listing(session, &[], self.typed(session))?;
        let repository = session.repository()?;
        // The program exits afterwards, so freeing the memory is not needed.
        let answer = ManuallyDrop::new(question::view(session, &repository, &self.forge)?);
        let ledger = &answer.survey.replay.ledger;
        let wanted = select(&self.subjects, ledger.subjects.keys())?;
        let text = if session.json() {
            json::text(&json::status(
                &answer.context,
                ledger,
                &answer.survey.findings,
                wanted.as_ref(),
            ))
        } else {
            human::status(
                &answer.context,
                ledger,
                &answer.survey.findings,
                wanted.as_ref(),
                &listing,
                Paint {
                    color: session.out.colored(),
                },
            )
        };
        session.out.result(&text)?;
        uncommitted::mention(session, &repository, &answer.survey.replay.policy.policy);
        Ok(ExitCode::Pass)
    }

    /// This command, as the user can type it to be answered the same.
    fn typed(&self, session: &Session<'_>) -> String {
        if let Some(shown) = self.shown_as {
            return shown.to_owned();
        }
        let mut command = listing::typed(session, "status");
        for subject in &self.subjects {
            command.push_str(&format!(" {}", quoted(subject)));
        }
        self.forge.add_to(&mut command);
        command
    }
}

/// The known subjects that `names` (subjects or globs over `kind/name`) mean; `None` when nothing
/// is named.
pub(super) fn select<'s>(
    names: &[String],
    known: impl Iterator<Item = &'s SubjectId> + Clone,
) -> Result<Option<BTreeSet<SubjectId>>, CommandError> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut wanted = BTreeSet::new();
    for name in names {
        let glob = Glob::parse(name).map_err(|error| {
            CommandError::usage(error)
                .help("Name a subject such as skill/pdf-tools, or a glob such as 'skill/*'.")
        })?;
        let before = wanted.len();
        wanted.extend(
            known
                .clone()
                .filter(|id| glob.matches(id.to_string().as_bytes()))
                .cloned(),
        );
        if wanted.len() == before
            && !known
                .clone()
                .any(|id| glob.matches(id.to_string().as_bytes()))
        {
            return Err(unknown_subject(
                name.split_once('@').map_or(name.as_str(), |(name, _)| name),
                known,
            ));
        }
    }
    Ok(Some(wanted))
}
