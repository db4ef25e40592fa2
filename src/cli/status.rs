//! `status`: every subject.

mod filter;

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use clap::Args;

use self::filter::SubjectFilter;
pub(super) use self::filter::is_waiting;
use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::listing::{self, ListingOptions};
use super::question;
use super::session::Session;
use super::shell_word::quoted;
use super::subject_argument::unknown_subject;
use super::uncommitted;
use crate::check::governance::PrincipalView;
use crate::judge::Answer;
use crate::model::SubjectId;
use crate::model::glob::Glob;
use crate::render::status::Shown;
use crate::render::{human, json};

/// Show every subject: version, state, owner, digest, and what is missing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign status
  countersign status skill/pdf-tools
  countersign status 'skill/*' --format json
  countersign status --waiting --owner data-platform
  countersign status principal/alice")]
pub struct Status {
    /// Subjects or globs, such as skill/pdf-tools, 'skill/*' or principal/alice [default: all but
    /// people]
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<String>,
    #[command(flatten)]
    filter: SubjectFilter,
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
            filter: SubjectFilter::default(),
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
        let (people, subjects): (Vec<String>, Vec<String>) = self
            .subjects
            .iter()
            .cloned()
            .partition(|name| name.starts_with(PEOPLE));
        let people = principals(&people, &answer)?;
        let wanted = if subjects.is_empty() && !people.is_empty() {
            Some(BTreeSet::new())
        } else {
            select(&subjects, ledger.subjects.keys())?
        };
        let shown = Shown {
            subjects: self.filter.narrow(ledger, wanted),
            people,
            logins: answer.logins(),
            unrecorded: answer.unrecorded.clone(),
        };
        let text = if session.json() {
            json::text(&json::status(
                &answer.context,
                ledger,
                &answer.survey.findings,
                &shown,
            ))
        } else {
            session.out.paint().fit(human::status(
                &answer.context,
                ledger,
                &answer.survey.findings,
                &shown,
                &listing,
                session.out.paint(),
            ))
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
        self.filter.add_to(&mut command);
        self.forge.add_to(&mut command);
        command
    }
}

/// What begins the name of a person.
const PEOPLE: &str = "principal/";

/// The people of the policy in force that `names` (or globs) mean, in order of their names.
fn principals(names: &[String], answer: &Answer) -> Result<Vec<PrincipalView>, CommandError> {
    let replay = &answer.survey.replay;
    let listed = &replay.policy.policy.principals;
    let known: Vec<SubjectId> = listed
        .keys()
        .filter_map(|name| format!("{PEOPLE}{name}").parse().ok())
        .collect();
    let wanted = select(names, known.iter())?.unwrap_or_default();
    let views = wanted.iter().filter_map(|id| {
        let name = id.name.as_str().parse().ok()?;
        PrincipalView::of(&replay.ledger, &replay.policy, &name)
    });
    Ok(views.collect())
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
