//! The bytes of a version that landed once, found again in Git.

use crate::git::Repository;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Row, Subject};
use crate::model::{FileMode, ObjectId, SubjectId};
use crate::render::show::Shown;
use crate::replay::contents::{self, Contents};
use crate::replay::{Replay, package};

use super::error::CommandError;
use super::subject_argument::{SubjectArgument, Which};

/// A version with its files.
#[derive(Debug)]
pub struct LandedVersion {
    /// Where it lay.
    pub path: String,
    /// The landing that was read; `None` for a candidate.
    pub commit: Option<ObjectId>,
    /// What lay there.
    pub contents: Contents,
    /// Path, mode and bytes of every file.
    pub files: Vec<(String, FileMode, Vec<u8>)>,
}

impl LandedVersion {
    /// For the views.
    pub fn view<'v>(&'v self, subject: &'v Subject, row: &'v Row) -> Shown<'v> {
        Shown { subject, row, path: &self.path, commit: self.commit, contents: &self.contents }
    }
}

/// The subject and version that `text` names.
pub fn named<'l>(ledger: &'l Ledger, text: &str) -> Result<(&'l Subject, &'l Row), CommandError> {
    let argument = argument(text)?;
    let subject = subject(ledger, &argument)?;
    let row = argument.version.row(subject).map_err(|error| {
        CommandError::usage(error)
            .help(format!("List its versions with `countersign log {}` or `countersign explain {}`.", subject.id, subject.id))
    })?;
    Ok((subject, row))
}

/// What `text` means.
pub fn argument(text: &str) -> Result<SubjectArgument, CommandError> {
    text.parse().map_err(|error| {
        CommandError::usage(error).help("Name a subject such as skill/pdf-tools, or a version of it such as skill/pdf-tools@1.2.0.")
    })
}

/// The one subject that `argument` means.
pub fn subject<'l>(ledger: &'l Ledger, argument: &SubjectArgument) -> Result<&'l Subject, CommandError> {
    let id: &SubjectId = match &argument.which {
        Which::One(id) => id,
        Which::Matching(glob) => return Err(CommandError::usage(format!("`{}` names many subjects", glob.as_str())).help("Name one.")),
    };
    ledger
        .subjects
        .get(id)
        .ok_or_else(|| CommandError::usage(format!("no subject is called {id}")).help("List the subjects with `countersign status`."))
}

/// Finds the files of `row`: at its landing, or in the tree at the head.
pub fn find(repository: &Repository, replay: &Replay, subject: &Subject, row: &Row) -> Result<LandedVersion, CommandError> {
    let Some(landing) = row.landed else {
        return Err(CommandError::usage(format!("{}@{} never landed: it was only decided upon", subject.id, row.key.version)));
    };
    let tree = landing.commit.map_or(Ok(replay.tree), |commit| repository.root_tree(commit))?;
    let has_it = |path: &str| -> Result<Option<(String, Contents)>, CommandError> {
        let found = contents::in_tree(repository, tree, path.as_bytes())?;
        Ok(found.filter(|contents| contents.digest() == Some(row.key.digest)).map(|contents| (path.to_owned(), contents)))
    };
    let mut found = None;
    for path in subject.paths.iter().chain(&subject.last_paths) {
        found = has_it(path)?;
        if found.is_some() {
            break;
        }
    }
    if found.is_none() {
        // It has moved since then: look under every path that is governed now, then under every path of that name.
        for path in elsewhere(repository, replay, subject, tree)? {
            found = has_it(&path)?;
            if found.is_some() {
                break;
            }
        }
    }
    let Some((path, contents)) = found else {
        let commit = landing.commit.map(|commit| commit.to_string()).unwrap_or_default();
        return Err(CommandError::not_evaluated(format!("the files of {}@{} are not found at {commit}", subject.id, row.key.version))
            .help(format!("Look for them with `git ls-tree -r {commit}`: they lie at a path that the policy no longer governs.")));
    };
    let read = |(entry, blob): (&crate::model::ManifestEntry, &ObjectId)| Ok((entry.path.clone(), entry.mode, repository.blob(*blob)?));
    let files: Result<Vec<_>, CommandError> = contents.manifest.entries().iter().zip(&contents.blobs).map(read).collect();
    Ok(LandedVersion { path, commit: landing.commit, files: files?, contents })
}

fn elsewhere(repository: &Repository, replay: &Replay, subject: &Subject, tree: ObjectId) -> Result<Vec<String>, CommandError> {
    let packages = package::packages(repository, &replay.policy.policy, tree)?;
    let mut paths: Vec<String> =
        packages.into_iter().filter(|package| package.at.subject == subject.id).map(|package| package.path).collect();
    let name = subject.id.name.as_str();
    repository.walk_tree(tree, |path, _| {
        let Ok(path) = std::str::from_utf8(path) else { return };
        let mut start = 0;
        for step in path.split('/') {
            let end = start + step.len();
            let is_named = step == name || step.rsplit_once('.').is_some_and(|(stem, _)| stem == name && end == path.len());
            if is_named && !paths.iter().any(|known| known == &path[..end]) {
                paths.push(path[..end].to_owned());
            }
            start = end + 1;
        }
    })?;
    Ok(paths)
}
