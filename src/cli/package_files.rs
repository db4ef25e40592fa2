//! The files of a package in any tree: for `show`, `diff`, `checksum` and putting an old version
//! back.

use std::collections::BTreeSet;

use super::error::CommandError;
use crate::git::{GitError, Repository};
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{FileMode, Manifest, ObjectId, RuleId};
use crate::replay::Replay;
use crate::replay::contents;
use crate::replay::package::{governed, roots_of};

/// A package's files as they are in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFiles {
    /// From the root.
    pub path: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Path in the package, mode and blob, in path order.
    pub files: Vec<(String, FileMode, ObjectId)>,
    /// Their manifest, in the same order.
    pub manifest: Manifest,
}

impl PackageFiles {
    /// The package at `path` in `tree`; `None` when there is none.
    pub fn at(
        repository: &Repository,
        tree: ObjectId,
        path: &str,
    ) -> Result<Option<Self>, CommandError> {
        let Some(contents) = contents::in_tree(repository, tree, path.as_bytes())? else {
            return Ok(None);
        };
        // What keeps files from being listed. Others say whether they may land.
        let unlisted = |rule: RuleId| {
            !matches!(
                rule,
                RuleId::LfsPointer | RuleId::PathCollision | RuleId::PackageEmpty
            )
        };
        if let Some(refusal) = contents
            .refusals
            .iter()
            .find(|refusal| unlisted(refusal.rule))
        {
            let error = CommandError::usage(format!(
                "{path} has no checksum: {}: {}",
                refusal.path, refusal.why
            ));
            return Err(error.help("Remove or rename the file: a package must not contain it."));
        }
        let entries = contents.manifest.entries().iter().zip(&contents.blobs);
        let files = entries
            .map(|(entry, blob)| (entry.path.clone(), entry.mode, *blob))
            .collect();
        Ok(Some(Self {
            path: path.to_owned(),
            is_folder: contents.is_folder,
            files,
            manifest: contents.manifest,
        }))
    }

    /// The path of a file of it, from the root, when the package is at `path`.
    pub fn placed(&self, path: &str, file: &str) -> String {
        if self.is_folder {
            format!("{path}/{file}")
        } else {
            path.to_owned()
        }
    }

    /// The files of a version that landed at any time, from the landing that brought it.
    pub fn of_version(
        repository: &Repository,
        replay: &Replay,
        subject: &Subject,
        version: &VersionState,
    ) -> Result<Self, CommandError> {
        let tree = match version.landed {
            Some(landed) => landed
                .commit
                .map_or(Ok(replay.tree), |commit| repository.root_tree(commit))?,
            None => return Err(never_landed(subject, version)),
        };
        for path in candidates(repository, replay, subject, tree)? {
            // A folder that is no longer a package may be next to the right one.
            let Ok(Some(files)) = Self::at(repository, tree, &path) else {
                continue;
            };
            if files.manifest.digest() == version.key.digest {
                return Ok(files);
            }
        }
        Err(never_landed(subject, version))
    }
}

/// Possible paths of `subject` in `tree`: the current ones first.
fn candidates(
    repository: &Repository,
    replay: &Replay,
    subject: &Subject,
    tree: ObjectId,
) -> Result<Vec<String>, GitError> {
    let policy = &replay.policy.policy;
    let mut paths: Vec<String> = subject
        .paths
        .iter()
        .chain(&subject.last_paths)
        .cloned()
        .collect();
    let mut others: BTreeSet<String> = BTreeSet::new();
    repository.walk_tree(tree, |path, _| {
        for root in roots_of(policy, path) {
            let kind = governed(policy, root).map(|(_, entry)| entry.kind);
            if kind == Some(subject.id.kind) {
                others.extend(std::str::from_utf8(root).ok().map(str::to_owned));
            }
        }
    })?;
    let named = |path: &String| path.contains(subject.id.name.as_str());
    let (likely, unlikely): (Vec<String>, Vec<String>) = others.into_iter().partition(named);
    paths.extend(likely);
    paths.extend(unlikely);
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    Ok(paths)
}

fn never_landed(subject: &Subject, version: &VersionState) -> CommandError {
    CommandError::usage(format!(
        "the files of {} {} are not in any landing",
        subject.id,
        version.key.version.label()
    ))
    .help("Choose a version that `countersign status` shows with a landing.")
}
