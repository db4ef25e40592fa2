//! `countersign block`.

use clap::Args;

use super::decide::{Change, DecisionOptions, Desk, Request, unknown};
use super::error::CommandError;
use super::exit::ExitCode;
use super::package_files::PackageFiles;
use super::session::Session;
use super::subject_argument::{SubjectArgument, Which};
use crate::model::{DecisionKind, Kind};

/// Stop a version, every version, or a person, at once: one authorised signature is enough
///
/// A block holds until `unblock` meets the full requirement. `principal/NAME` suspends a person whose key was stolen: from there on none
/// of its records count.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  countersign block skill/pdf-tools@1.2.0 --reason 'Under investigation'\n  countersign block skill/pdf-tools --all-versions --remove --reason 'Malicious'\n  countersign block principal/bob --reason 'Laptop stolen' --commit"
)]
pub struct Block {
    /// What: kind/name, kind/name@version (or @head, @current, @previous, digits of a digest), a glob, or principal/NAME
    #[arg(required = true, value_name = "SUBJECT")]
    subjects: Vec<SubjectArgument>,
    /// Block every present and future version
    #[arg(long)]
    all_versions: bool,
    /// Also remove the files from the tree
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    options: DecisionOptions,
}

impl Block {
    pub(super) fn run(&self, session: &Session) -> Result<ExitCode, CommandError> {
        let desk = Desk::open(session)?;
        let request = Request { all_versions: self.all_versions, ..Request::new(DecisionKind::Block, &self.subjects, &self.options) };
        let change = if self.remove { self.removal(&desk)? } else { Change::default() };
        desk.decide(&request, change)
    }

    /// The files of every subject that is named, wherever it lies.
    fn removal(&self, desk: &Desk<'_>) -> Result<Change, CommandError> {
        let ledger = &desk.situation.replay.ledger;
        let tree = desk.repository.root_tree(desk.situation.head.commit)?;
        let mut change = Change::default();
        for argument in &self.subjects {
            if let Which::One(id) = &argument.which {
                if id.kind == Kind::Principal {
                    return Err(CommandError::usage("a principal has no files to remove"));
                }
                if !ledger.subjects.contains_key(id) {
                    return Err(unknown(id, ledger));
                }
            }
            for subject in ledger.subjects.values().filter(|subject| argument.matches(&subject.id)) {
                for path in &subject.paths {
                    let Some(files) = PackageFiles::at(&desk.repository, tree, path)? else { continue };
                    change.removed.extend(files.files.iter().map(|(file, _, _)| files.placed(path, file)));
                }
            }
        }
        change.removed.sort();
        change.removed.dedup();
        if change.removed.is_empty() {
            return Err(CommandError::usage("there are no files to remove").help("Leave out --remove."));
        }
        Ok(change)
    }
}
