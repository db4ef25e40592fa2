//! `suggest`: what is left to approve, the smallest change first.

use std::mem::ManuallyDrop;

use clap::Args;

use super::decide::Signer;
use super::error::CommandError;
use super::exit::ExitCode;
use super::forge::ForgeOptions;
use super::landed;
use super::programs::Programs;
use super::question;
use super::session::Session;
use super::status::{is_waiting, select};
use crate::check::comparison::Comparison;
use crate::check::due::due;
use crate::check::logins::Logins;
use crate::git::Repository;
use crate::judge::Answer;
use crate::lifecycle::ledger::{RequirementStatus, Subject, VersionState};
use crate::model::PrincipalName;
use crate::render::suggest::{Suggested, Suggestion};
use crate::render::{human, json};

/// Show what is left to approve, the smallest change first, with the commands to read and approve it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  countersign suggest
  countersign suggest --mine
  countersign suggest 'skill/*' --as alice")]
pub struct Suggest {
    /// Subjects or globs [default: all]
    #[arg(value_name = "SUBJECT")]
    subjects: Vec<String>,
    /// Only what waits for you: the person in the policy who has your key
    #[arg(long)]
    mine: bool,
    /// Only what waits for this person
    #[arg(long = "as", value_name = "PRINCIPAL", conflicts_with = "mine")]
    principal: Option<PrincipalName>,
    #[command(flatten)]
    forge: ForgeOptions,
}

impl Suggest {
    pub(super) fn run(&self, session: &Session<'_>) -> Result<ExitCode, CommandError> {
        let repository = session.repository()?;
        // The program exits afterwards, so freeing the memory is not needed.
        let answer = ManuallyDrop::new(question::view(session, &repository, &self.forge)?);
        let whom = self.whom(&repository, &answer)?;
        let suggested = self.suggested(&repository, &answer, whom.as_ref())?;
        let text = if session.json() {
            json::text(&json::suggest(&answer.context, &suggested))
        } else {
            session
                .out
                .paint()
                .fit(human::suggest(&suggested, session.out.paint()))
        };
        session.out.result(&text)?;
        Ok(ExitCode::Pass)
    }

    /// For whom it is shown; `None` for everyone.
    fn whom(
        &self,
        repository: &Repository,
        answer: &Answer,
    ) -> Result<Option<PrincipalName>, CommandError> {
        let version = &answer.survey.replay.policy;
        if self.mine {
            let base = repository
                .work_dir()
                .unwrap_or_else(|| repository.git_dir());
            let programs = Programs::new(repository.git_dir(), base);
            return Signer::user(&programs, version).map(Some);
        }
        let listed = &version.policy.principals;
        match &self.principal {
            Some(name) if !listed.contains_key(name) => {
                let names: Vec<&str> = listed.keys().map(PrincipalName::as_str).collect();
                Err(
                    CommandError::usage(format!("`{name}` is not in the current policy"))
                        .help(format!("Name one of {}.", names.join(", "))),
                )
            }
            name => Ok(name.clone()),
        }
    }

    fn suggested<'a>(
        &self,
        repository: &Repository,
        answer: &'a Answer,
        whom: Option<&PrincipalName>,
    ) -> Result<Suggested<'a>, CommandError> {
        let replay = &answer.survey.replay;
        let ledger = &replay.ledger;
        let logins = answer.logins();
        let wanted = select(&self.subjects, ledger.subjects.keys())?;
        let asked = |requirements: &[RequirementStatus]| {
            whom.is_none_or(|whom| {
                let mut open = requirements.iter().filter(|one| one.missing > 0);
                open.any(|one| one.candidates.contains(whom))
            })
        };
        let waiting = ledger.subjects.values().filter(|subject| {
            let named = wanted
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&subject.id));
            named && is_waiting(subject)
        });
        let mut suggestions: Vec<Suggestion<'a>> = waiting
            .filter_map(|subject| Some((subject, subject.head_version()?)))
            .filter(|(_, version)| asked(&version.requirements))
            .map(|(subject, version)| suggestion(repository, answer, subject, version, &logins))
            .collect();
        suggestions.sort_by_key(|one| (one.weight(), &one.subject.id));
        let pending = ledger
            .pending
            .as_ref()
            .filter(|_| self.subjects.is_empty())
            .filter(|pending| asked(std::slice::from_ref(&pending.requirement)));
        Ok(Suggested {
            whom: whom.cloned(),
            logins,
            pending,
            suggestions,
        })
    }
}

fn suggestion<'a>(
    repository: &Repository,
    answer: &'a Answer,
    subject: &'a Subject,
    version: &'a VersionState,
    logins: &Logins,
) -> Suggestion<'a> {
    let replay = &answer.survey.replay;
    let found = landed::compared_with_current(repository, replay, subject, version);
    let (current, comparison) = found.map_or((None, None), |(current, comparison)| {
        (current, Some(comparison))
    });
    let count = |of: fn(&Comparison) -> u32| comparison.as_ref().map(of);
    Suggestion {
        subject,
        version,
        current: current.map(|current| current.key.version.label()),
        files: count(|found| found.files.len() as u32),
        added: count(|found| lines(found, |lines| lines.added)),
        removed: count(|found| lines(found, |lines| lines.removed)),
        widens: count(|found| found.capabilities.iter().filter(|one| one.widens).count() as u32),
        needs: due(&version.requirements, logins).unwrap_or_default(),
    }
}

fn lines(of: &Comparison, count: fn(&crate::git::lines::LineChanges) -> u32) -> u32 {
    let changed = of.files.iter().filter_map(|file| file.lines.as_ref());
    changed.map(count).sum()
}
