//! `countersign block`.

use clap::Args;

use super::decide::{Change, DecisionOptions, Desk, Request};
use super::error::CommandError;
use super::exit::ExitCode;
use super::package_files::PackageFiles;
use super::session::Session;
use super::subject_argument::{Selector, SubjectArgument, Which, unknown_subject};
use crate::lifecycle::ledger::Subject;
use crate::model::{DecisionKind, Kind, State};

/// Stop a version, every version, or a person, at once: one authorised signature is enough
///
/// A block holds until `unblock` meets the full requirement. `principal/NAME` suspends a person whose key was stolen: from there on none
/// of its records count.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign block skill/pdf-tools@1.2.0 --reason 'Under investigation'\n  countersign block skill/pdf-tools --all-versions --remove --reason 'Malicious'\n  countersign block principal/bob --reason 'Laptop stolen' --commit"
)]
pub struct Block {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, @all, digits of a digest), a glob, or principal/NAME
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
        let desk = Desk::open(session)?;
        let all_versions = every_version(self.all_versions, &self.subjects)?;
        let request = Request { all_versions, ..Request::new(DecisionKind::Block, &self.subjects, &self.options) };
        if !self.remove {
            return desk.decide(&request, Change::default());
        }
        let subjects = self.lying(&desk, all_versions)?;
        let change = removal(&desk, &subjects)?;
        let stopped = |subject: &&Subject| match subject.head_row() {
            _ if all_versions => !subject.blocked_all.is_empty(),
            Some(row) => matches!(row.state, State::Blocked | State::Revoked),
            None => false,
        };
        if subjects.iter().all(stopped) {
            let what = match subjects.as_slice() {
                [subject] => format!("Remove {}", subject.id),
                several => format!("Remove {} subjects", several.len()),
            };
            return desk.change(&what, &self.options, &change);
        }
        desk.decide(&request, change)
    }

    /// The subjects that are named and lie in the tree, which is where the version that is blocked has to lie.
    fn lying<'d>(&self, desk: &'d Desk<'_>, all_versions: bool) -> Result<Vec<&'d Subject>, CommandError> {
        let ledger = &desk.situation.replay.ledger;
        let mut lying: Vec<&Subject> = Vec::new();
        for argument in &self.subjects {
            if let Which::One(id) = &argument.which {
                if matches!(id.kind, Kind::Principal | Kind::Policy) {
                    return Err(CommandError::usage(format!("{id} has no files to remove")).help("Leave out --remove."));
                }
                if !ledger.subjects.contains_key(id) {
                    return Err(unknown_subject(&id.to_string(), ledger.subjects.keys()));
                }
            }
            for subject in ledger.subjects.values().filter(|subject| argument.matches(&subject.id) && !subject.paths.is_empty()) {
                let named = if all_versions { None } else { Some(argument.version.row(subject).map_err(CommandError::usage)?) };
                if let Some(row) = named.filter(|row| !row.present) {
                    return Err(CommandError::usage(format!("{} {} is not what lies in the tree", subject.id, row.key.version.label()))
                        .help("Leave out --remove: the files that are there belong to another version."));
                }
                lying.push(subject);
            }
        }
        lying.sort_by_key(|subject| &subject.id);
        lying.dedup_by_key(|subject| &subject.id);
        if lying.is_empty() {
            return Err(CommandError::usage("there are no files to remove").help("Leave out --remove."));
        }
        Ok(lying)
    }
}

/// Whether every version is meant, by the option or by `@all`.
pub(super) fn every_version(option: bool, subjects: &[SubjectArgument]) -> Result<bool, CommandError> {
    let all = subjects.iter().filter(|argument| argument.version == Selector::All).count();
    if !option && all > 0 && all < subjects.len() {
        return Err(CommandError::usage("`@all` and single versions cannot stand in one record").help("Decide them one after the other."));
    }
    let narrow = subjects.iter().find(|argument| !matches!(argument.version, Selector::All | Selector::Head));
    match narrow.filter(|_| option) {
        Some(_) => Err(CommandError::usage("a version and --all-versions contradict each other").help("Leave out one of them.")),
        None => Ok(option || all > 0),
    }
}

/// The files of every subject, wherever it lies.
fn removal(desk: &Desk<'_>, subjects: &[&Subject]) -> Result<Change, CommandError> {
    let tree = desk.repository.root_tree(desk.situation.head.commit)?;
    let mut change = Change::default();
    for path in subjects.iter().flat_map(|subject| &subject.paths) {
        let Some(files) = PackageFiles::at(&desk.repository, tree, path)? else { continue };
        desk.refuse_dirty(std::slice::from_ref(path))?;
        change.removed.extend(files.files.iter().map(|(file, _, _)| files.placed(path, file)));
    }
    change.removed.sort();
    change.removed.dedup();
    Ok(change)
}
