//! `countersign rollback`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::files::NewFile;
use super::package_files::PackageFiles;
use super::session::Session;
use super::subject_argument::{
    Selector, SubjectArgument, SubjectArgumentError, SubjectPattern, unknown_subject,
};
use crate::check::remedy::{Return, return_to, ways_to_current};
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{DecisionKind, FileMode};

/// Return to an earlier approved version: write the decision and restore its files from Git
///
/// Returning to the previously current version needs one signature; any other needs the same
/// approvals as approving. The version that is left counts as rolled back until it is approved
/// again. If the version is already current, because a newer one was blocked or revoked, only its
/// files are restored: no decision is written, and your reason is in the message of the commit.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign rollback skill/pdf-tools --to previous --reason '1.3.0 breaks on large files'\n  countersign rollback skill/pdf-tools --to 1.1.0 --reason 'Back to the last good one' --commit"
)]
pub struct Rollback {
    /// What: kind/name
    #[arg(value_name = "SUBJECT")]
    subject: SubjectArgument,
    /// The version to return to, or `previous`
    #[arg(long, value_name = "VERSION", value_parser = target)]
    to: Selector,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Rollback {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let context = DecisionContext::open(session)?;
        let ledger = &context.history.replay.ledger;
        let SubjectPattern::One(id) = &self.subject.subjects else {
            return Err(
                CommandError::usage("a rollback names one subject").help("Name it as kind/name.")
            );
        };
        let subject = ledger
            .subjects
            .get(id)
            .ok_or_else(|| unknown_subject(&id.to_string(), ledger.subjects.keys()))?;
        let target = self.to.find(subject).map_err(CommandError::usage)?;
        let label = target.key.version.label();
        match return_to(subject, target) {
            Return::Nothing => Err(CommandError::usage(format!(
                "{id} {label} is current, and in the tree"
            ))
            .help("Name another version with --to.")),
            Return::Impossible(why) => Err(impossible(&why, ledger, subject)),
            Return::Files => context.change(
                &format!("Restore {id} {label}"),
                &format!(
                    "{label} is the current version already, by the records that stopped what is in the tree"
                ),
                &self.options,
                &restoration(&context, subject, target)?,
            ),
            Return::Decision { .. } => {
                // The version that is left is the current one, whatever is in the tree.
                let argument = match self.subject.version {
                    Selector::Head => SubjectArgument {
                        subjects: self.subject.subjects.clone(),
                        version: Selector::Current,
                    },
                    _ => self.subject.clone(),
                };
                let is_there = subject.head.as_ref() == Some(&target.key);
                let change = if is_there {
                    Change::default()
                } else {
                    restoration(&context, subject, target)?
                };
                let arguments = [argument];
                let request = Request {
                    to: Some(&target.key.version),
                    ..Request::new(DecisionKind::Rollback, &arguments, &self.options)
                };
                context.decide(&request, change)
            }
        }
    }
}

/// `--to`: `@previous` means `previous`, as in other commands.
fn target(text: &str) -> Result<Selector, SubjectArgumentError> {
    text.strip_prefix('@').unwrap_or(text).parse()
}

/// Why the rollback is not possible, and what to do instead.
fn impossible(why: &str, ledger: &Ledger, subject: &Subject) -> CommandError {
    let error = CommandError::usage(why);
    if subject.current.is_some() {
        return error.help(format!(
            "Choose another version; `countersign explain {}` lists them.",
            subject.id
        ));
    }
    let ways = ways_to_current(ledger, subject);
    let commands = ways
        .iter()
        .filter_map(|way| Some(format!("Run `{}`: {}.", way.command.as_ref()?, way.needs)));
    commands
        .fold(error, CommandError::help)
        .help("Land a higher version, with the older bytes if you want those, and approve it.")
}

/// What has to happen in the tree so that `target` is at every path of `subject`.
fn restoration(
    context: &DecisionContext<'_>,
    subject: &Subject,
    target: &VersionState,
) -> Result<Change, CommandError> {
    let replay = &context.history.replay;
    let old = PackageFiles::of_version(&context.repository, replay, subject, target)?;
    let tree = context.repository.root_tree(context.history.head.commit)?;
    let places = if subject.paths.is_empty() {
        vec![old.path.clone()]
    } else {
        subject.paths.clone()
    };
    context.refuse_dirty(&places)?;
    let mut change = Change::default();
    for place in places {
        let now = PackageFiles::at(&context.repository, tree, &place)?;
        for (file, mode, id) in &old.files {
            let same = now
                .as_ref()
                .is_some_and(|now| now.files.contains(&(file.clone(), *mode, *id)));
            if !same {
                let bytes = context.repository.blob(*id)?;
                change.restored.push(NewFile {
                    path: old.placed(&place, file),
                    bytes,
                    executable: *mode == FileMode::Executable,
                });
            }
        }
        for (file, _, _) in now.iter().flat_map(|now| &now.files) {
            if !old.files.iter().any(|(kept, _, _)| kept == file) {
                change.removed.push(old.placed(&place, file));
            }
        }
    }
    Ok(change)
}
