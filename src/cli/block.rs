//! `countersign block`.

use clap::Args;

use super::decide::{Change, DecisionContext, DecisionOptions, Difference, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::package_files::PackageFiles;
use super::session::Session;
use super::subject_argument::{Selector, SubjectArgument, SubjectPattern, unknown_subject};
use crate::lifecycle::ledger::Subject;
use crate::model::{DecisionKind, State};

/// Stop a version, every version, or a person, immediately: one authorized signature is enough
///
/// A block applies until `unblock` has the approvals that approving needs. `principal/NAME`
/// suspends a person whose key was stolen: from then on, none of their records count.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign block skill/pdf-tools@1.2.0 --reason 'Under investigation'\n  countersign block skill/pdf-tools --all-versions --remove --reason 'Malicious'\n  countersign block principal/bob --reason 'Laptop stolen' --commit"
)]
pub struct Block {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, @all, digits of a
    /// digest), a glob, or principal/NAME
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    /// Block every present and future version
    #[arg(long)]
    all_versions: bool,
    /// Also remove the files from the tree; only that, when they are blocked or revoked already
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Block {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let context = DecisionContext::open(session)?;
        let all_versions = every_version(self.all_versions, &self.subjects)?;
        let request = Request {
            all_versions,
            ..Request::new(DecisionKind::Block, &self.subjects, &self.options)
        };
        if !self.remove {
            return context.decide(&request, Change::default());
        }
        let subjects = self.subjects_of_bytes(&context, all_versions)?;
        let paths: Vec<String> = subjects
            .iter()
            .flat_map(|subject| subject.paths.iter().cloned())
            .collect();
        let stopped = |subject: &&Subject| match subject.head_version() {
            _ if all_versions => !subject.blocked_all.is_empty(),
            Some(version) => matches!(version.state, State::Blocked | State::Revoked),
            None => false,
        };
        if subjects.iter().all(stopped) {
            let what = match subjects.as_slice() {
                [subject] => format!("Remove {}", subject.id),
                several => format!("Remove {} subjects", several.len()),
            };
            context.refuse_dirty(&paths)?;
            let change = removal(&context, &subjects)?;
            let why = "what is in the tree is blocked or revoked already";
            return context.change(&what, why, &self.options, &change);
        }
        // Someone's uncommitted work is not thrown away, and does not keep the block from being
        // written either.
        let clean = |found: Difference| found.dirty().is_none();
        if context.difference(&paths).is_ok_and(clean) {
            return context.decide(&request, removal(&context, &subjects)?);
        }
        session.out.warning(&format!(
            "the files stay, because some in {} have changes that are not committed; commit or undo those, then run the same command again to remove the files",
            paths.join(", ")
        ));
        context.decide(&request, Change::default())
    }

    /// The named subjects that are in the tree; the blocked version must be the one in the tree.
    fn subjects_of_bytes<'d>(
        &self,
        context: &'d DecisionContext<'_>,
        all_versions: bool,
    ) -> Result<Vec<&'d Subject>, CommandError> {
        let ledger = &context.history.replay.ledger;
        let mut subjects_of_bytes: Vec<&Subject> = Vec::new();
        for argument in &self.subjects {
            if let SubjectPattern::One(id) = &argument.subjects {
                if !id.kind.is_package() {
                    return Err(CommandError::usage(format!("{id} has no files to remove"))
                        .help("Leave out --remove."));
                }
                if !ledger.subjects.contains_key(id) {
                    return Err(unknown_subject(&id.to_string(), ledger.subjects.keys()));
                }
            }
            for subject in ledger
                .subjects
                .values()
                .filter(|subject| argument.matches(&subject.id) && !subject.paths.is_empty())
            {
                let named = if all_versions {
                    None
                } else {
                    Some(
                        argument
                            .version
                            .find(subject)
                            .map_err(CommandError::usage)?,
                    )
                };
                if let Some(version) = named.filter(|version| !version.present) {
                    return Err(CommandError::usage(format!(
                        "{} {} is not the version in the tree",
                        subject.id,
                        version.key.version.label()
                    ))
                    .help("Leave out --remove: the files in the tree belong to another version."));
                }
                subjects_of_bytes.push(subject);
            }
        }
        subjects_of_bytes.sort_by_key(|subject| &subject.id);
        subjects_of_bytes.dedup_by_key(|subject| &subject.id);
        if subjects_of_bytes.is_empty() {
            return Err(
                CommandError::usage("there are no files to remove").help("Leave out --remove.")
            );
        }
        Ok(subjects_of_bytes)
    }
}

/// Whether every version is meant, by the option or by `@all`.
pub(super) fn every_version(
    option: bool,
    subjects: &[SubjectArgument],
) -> Result<bool, CommandError> {
    let all = subjects
        .iter()
        .filter(|argument| argument.version == Selector::All)
        .count();
    if !option && all > 0 && all < subjects.len() {
        return Err(
            CommandError::usage("`@all` and single versions cannot be in one record")
                .help("Run the command once for each."),
        );
    }
    let narrow = subjects
        .iter()
        .find(|argument| !matches!(argument.version, Selector::All | Selector::Head));
    match narrow.filter(|_| option) {
        Some(_) => Err(
            CommandError::usage("a version and --all-versions exclude each other")
                .help("Leave out one of them."),
        ),
        None => Ok(option || all > 0),
    }
}

/// The files of every subject, at each of its paths.
fn removal(context: &DecisionContext<'_>, subjects: &[&Subject]) -> Result<Change, CommandError> {
    let tree = context.repository.root_tree(context.history.head.commit)?;
    let mut change = Change::default();
    for path in subjects.iter().flat_map(|subject| &subject.paths) {
        let Some(files) = PackageFiles::at(&context.repository, tree, path)? else {
            continue;
        };
        change.removed.extend(
            files
                .files
                .iter()
                .map(|(file, _, _)| files.placed(path, file)),
        );
    }
    change.removed.sort();
    change.removed.dedup();
    Ok(change)
}
