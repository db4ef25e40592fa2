//! The bytes of a version that landed once, found again in Git.

use crate::check::comparison::{self, Comparison, PackageSide};
use crate::git::Repository;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{FileMode, ObjectId, SubjectId};
use crate::render::show::ShownVersion;
use crate::replay::Replay;

use super::error::CommandError;
use super::package_files::PackageFiles;
use super::subject_argument::{SubjectArgument, SubjectPattern, unknown_subject};

/// A version with its files.
#[derive(Debug)]
pub struct LandedVersion {
    /// Its path at that landing, and its blobs.
    pub package: PackageFiles,
    /// The landing that was read; `None` for a candidate.
    pub commit: Option<ObjectId>,
    /// Path, mode and bytes of every file.
    pub files: Vec<(String, FileMode, Vec<u8>)>,
}

impl LandedVersion {
    /// For the views.
    pub fn view<'v>(&'v self, subject: &'v Subject, version: &'v VersionState) -> ShownVersion<'v> {
        ShownVersion {
            subject,
            version,
            path: &self.package.path,
            commit: self.commit,
            manifest: &self.package.manifest,
        }
    }
}

/// The subject and version that `text` names.
pub fn named<'l>(
    ledger: &'l Ledger,
    text: &str,
) -> Result<(&'l Subject, &'l VersionState), CommandError> {
    let argument = argument(ledger, text)?;
    let subject = subject(ledger, &argument)?;
    Ok((subject, version_state(subject, &argument)?))
}

/// The version of `subject` that `argument` names.
pub fn version_state<'l>(
    subject: &'l Subject,
    argument: &SubjectArgument,
) -> Result<&'l VersionState, CommandError> {
    argument.version.find(subject).map_err(|error| {
        CommandError::usage(error).help(format!(
            "List its versions with `countersign log {}` or `countersign explain {}`.",
            subject.id, subject.id
        ))
    })
}

/// What `text` means.
pub fn argument(ledger: &Ledger, text: &str) -> Result<SubjectArgument, CommandError> {
    text.parse().map_err(|error| {
        let name = text.split_once('@').map_or(text, |(name, _)| name);
        let helps = unknown_subject(name, ledger.subjects.keys()).help;
        let error =
            CommandError::usage(error).help("Name a subject such as skill/pdf-tools, or a version of it such as skill/pdf-tools@1.2.0.");
        // An invalid name has no version to complain about.
        if name.parse::<SubjectId>().is_ok() { error } else { helps.into_iter().fold(error, CommandError::help) }
    })
}

/// The one subject that `argument` means.
pub fn subject<'l>(
    ledger: &'l Ledger,
    argument: &SubjectArgument,
) -> Result<&'l Subject, CommandError> {
    match &argument.subjects {
        SubjectPattern::One(id) => ledger
            .subjects
            .get(id)
            .ok_or_else(|| unknown_subject(&id.to_string(), ledger.subjects.keys())),
        SubjectPattern::Matching(glob) => Err(CommandError::usage(format!(
            "`{}` names more than one subject",
            glob.as_str()
        ))
        .help("Name one.")),
    }
}

/// Reads the files of `version` from the landing that brought them.
pub fn find(
    repository: &Repository,
    replay: &Replay,
    subject: &Subject,
    version: &VersionState,
) -> Result<LandedVersion, CommandError> {
    let package = PackageFiles::of_version(repository, replay, subject, version)?;
    let read = |(path, mode, blob): &(String, FileMode, ObjectId)| {
        Ok((path.clone(), *mode, repository.blob(*blob)?))
    };
    let files: Result<Vec<_>, CommandError> = package.files.iter().map(read).collect();
    Ok(LandedVersion {
        commit: version.landed.and_then(|landing| landing.commit),
        files: files?,
        package,
    })
}

/// What a version changes against the current one of its subject, or against nothing where none is
/// current or it is the current one itself; `None` where bytes cannot be read here.
pub fn compared_with_current<'l>(
    repository: &Repository,
    replay: &Replay,
    subject: &'l Subject,
    version: &VersionState,
) -> Option<(Option<&'l VersionState>, Comparison)> {
    let side = |version: &VersionState| {
        let found = find(repository, replay, subject, version).ok()?;
        Some(PackageSide {
            kind: subject.id.kind,
            files: found.files,
        })
    };
    let current = subject
        .current_version()
        .filter(|current| current.key != version.key);
    let before = match current {
        Some(current) => side(current)?,
        None => PackageSide {
            kind: subject.id.kind,
            files: Vec::new(),
        },
    };
    let comparison = comparison::compare(&before, &side(version)?);
    Some((current, comparison))
}
