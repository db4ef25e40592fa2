//! The policy, packages and records as they lie on disk, for a look before a commit. No history, no
//! signatures, nothing followed or run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::evidence::PolicyVersion;
use countersign_git::{
    Dirty, FileKind, Folder, FolderFile, GitError, Ignored, MODE_EXECUTABLE, MODE_REGULAR,
    Repository,
};
use countersign_harness::MANIFESTS;
use countersign_model::document::validate::{self, PackageFile, PackageFiles};
use countersign_model::document::{Problem, decision, head};
use countersign_model::policy_input::Profile;
use countersign_model::{
    Digest, Fact, FileMode, Kind, Manifest, ManifestEntry, Observation, Place, Policy, RuleId,
    SubjectId,
};

use super::contents::{Named, git_mode, refusals};
use super::package::{governed, roots_of, subject_name};
use super::policies::MOST_POLICY_BYTES;
use super::records;

/// The policy on disk.
#[derive(Debug)]
pub struct WorkPolicy {
    /// Bytes of `countersign.yaml`.
    pub text: Vec<u8>,
    /// What it says, or what is wrong with it.
    pub policy: Result<PolicyVersion, Vec<Problem>>,
}

/// One governed package on disk with its faults.
#[derive(Debug)]
pub struct WorkPackage {
    /// What it is called.
    pub subject: SubjectId,
    /// From the root.
    pub path: String,
    /// Checksum; `None` when it is refused.
    pub digest: Option<Digest>,
    /// Faults in its documents.
    pub problems: Vec<Problem>,
    /// Why it is refused.
    pub observations: Vec<Observation>,
}

/// Everything governed on disk.
#[derive(Debug, Default)]
pub struct WorkPackages {
    /// In path order.
    pub packages: Vec<WorkPackage>,
    /// Governed paths without a valid name.
    pub unnamed: Vec<Observation>,
}

/// The records on disk.
#[derive(Debug, Default)]
pub struct WorkRecords {
    /// How many there are.
    pub count: usize,
    /// Faults in them.
    pub problems: Vec<Problem>,
    /// Files that do not belong there.
    pub observations: Vec<Observation>,
}

/// Largest record, in bytes.
const MOST_RECORD_BYTES: u64 = 1 << 20;

/// The policy in the working tree; `None` when there is no such file.
pub fn policy(repository: &Repository) -> Result<Option<WorkPolicy>, GitError> {
    let Some((_, text)) = read_file(repository, Policy::PATH)? else {
        return Ok(None);
    };
    let policy = version(repository, &text)?;
    Ok(Some(WorkPolicy { text, policy }))
}

/// The policy with this text, with the files on disk that it names.
pub fn version(
    repository: &Repository,
    text: &[u8],
) -> Result<Result<PolicyVersion, Vec<Problem>>, GitError> {
    let parsed = match countersign_model::document::policy::parse(text) {
        Ok(parsed) => parsed,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for path in std::iter::once(Policy::PATH).chain(parsed.policy.named_files()) {
        match read_file(repository, path)? {
            Some((mode, bytes)) => {
                entries.push(ManifestEntry {
                    path: path.to_owned(),
                    mode,
                    sha256: Digest::of(&bytes),
                    size: bytes.len() as u64,
                });
                files.insert(path.to_owned(), bytes.into());
            }
            None => problems.push(Problem::of_file(
                RuleId::PolicyInvalid,
                Policy::PATH,
                format!("{path} does not exist, is not a regular file, or is larger than 1 MiB"),
                format!("Make {path} a regular file of at most 1 MiB, or no longer name it."),
            )),
        }
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let digest = Manifest::new(entries).digest();
    Ok(PolicyVersion::read(text.into(), &files, digest))
}

fn read_file(repository: &Repository, path: &str) -> Result<Option<(FileMode, Vec<u8>)>, GitError> {
    let folder = repository.work_files([path])?;
    let Some(file) = folder
        .files()
        .iter()
        .find(|file| file.path == path.as_bytes())
    else {
        return not_checked_out(repository, path);
    };
    let Some(mode) = mode_of(file) else {
        return Ok(None);
    };
    match folder.read(file, MOST_POLICY_BYTES) {
        Ok(bytes) => Ok(Some((mode, bytes))),
        Err(GitError::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file that a sparse checkout leaves out: a commit would keep it as it is.
fn not_checked_out(
    repository: &Repository,
    path: &str,
) -> Result<Option<(FileMode, Vec<u8>)>, GitError> {
    let Some((mode, id)) = repository.left_out(path) else {
        return Ok(None);
    };
    let mode = match mode {
        MODE_REGULAR => FileMode::Regular,
        MODE_EXECUTABLE => FileMode::Executable,
        _ => return Ok(None),
    };
    if repository.blob_size(id)? > MOST_POLICY_BYTES {
        return Ok(None);
    }
    Ok(Some((mode, repository.blob(id)?)))
}

const fn mode_of(file: &FolderFile) -> Option<FileMode> {
    match file.kind {
        FileKind::Regular => Some(FileMode::Regular),
        FileKind::Executable => Some(FileMode::Executable),
        FileKind::Symlink | FileKind::Other => None,
    }
}

/// Files on disk that `policy` governs and that are not as HEAD has them: of the policy, of packages
/// and of records, without what is `ignored`. For a note: the times in the index are trusted.
pub fn uncommitted(
    repository: &Repository,
    policy: &Policy,
    ignored: Option<&Ignored>,
) -> Result<Vec<Dirty>, GitError> {
    let own: Vec<&str> = std::iter::once(Policy::PATH)
        .chain(policy.named_files())
        .collect();
    let prefixes = policy
        .entries
        .iter()
        .map(|entry| entry.path.fixed_prefix())
        .chain(own.iter().copied())
        .chain([Policy::APPROVALS]);
    let prefixes: BTreeSet<&str> = prefixes.collect();
    let mut found = repository.uncommitted(prefixes, ignored)?;
    found.retain(|one| {
        let path = one.path.as_slice();
        own.iter().any(|own| own.as_bytes() == path)
            || records::in_approvals(path)
            || !roots_of(policy, path).is_empty()
    });
    Ok(found)
}

/// Every package in the working tree that `policy` governs, without what is `ignored`.
pub fn packages(
    repository: &Repository,
    policy: &Policy,
    ignored: Option<&Ignored>,
) -> Result<WorkPackages, GitError> {
    let prefixes: BTreeSet<&str> = policy
        .entries
        .iter()
        .map(|entry| entry.path.fixed_prefix())
        .collect();
    let folder = repository.work_files_except(prefixes, ignored)?;
    let mut roots: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (index, file) in folder.files().iter().enumerate() {
        for root in roots_of(policy, &file.path) {
            roots.entry(root.to_vec()).or_default().push(index);
        }
    }
    let mut found = WorkPackages::default();
    let exists = |path: &str| {
        repository
            .work_files_except([path], ignored)
            .is_ok_and(|found| !found.files().is_empty())
    };
    let read =
        |(root, files): (&Vec<u8>, &Vec<usize>)| package(&folder, policy, root, files, &exists);
    let read: Vec<Result<Option<Result<WorkPackage, Observation>>, GitError>> =
        roots.par_iter().map(read).collect();
    for package in read {
        match package? {
            Some(Ok(package)) => found.packages.push(package),
            Some(Err(observation)) => found.unnamed.push(observation),
            None => {}
        }
    }
    Ok(found)
}

fn package(
    folder: &Folder,
    policy: &Policy,
    root: &[u8],
    indices: &[usize],
    exists: &dyn Fn(&str) -> bool,
) -> Result<Option<Result<WorkPackage, Observation>>, GitError> {
    let Some((_, entry)) = governed(policy, root) else {
        return Ok(None);
    };
    let listed: Vec<&FolderFile> = indices
        .iter()
        .map(|index| &folder.files()[*index])
        .collect();
    let is_folder = listed.iter().any(|file| file.path.len() > root.len());
    if !is_folder && entry.kind == Kind::Skill && listed.iter().all(|file| mode_of(file).is_some())
    {
        return Ok(None);
    }
    let unnamed = |rule: RuleId, why: &str| {
        Some(Err(Observation::new(rule)
            .place(Place::file(String::from_utf8_lossy(root)))
            .with(Fact::Why, why)))
    };
    let Ok(path) = countersign_model::document::paths::check_path(root) else {
        return Ok(unnamed(
            RuleId::PathName,
            "the path has a name that some systems do not support",
        ));
    };
    let Some(name) = subject_name(entry, path, is_folder) else {
        return Ok(unnamed(
            RuleId::SubjectName,
            "a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -",
        ));
    };
    let subject = SubjectId::new(entry.kind, name);
    let last = root.rsplit(|b| *b == b'/').next().unwrap_or(root);
    let inner_of = |file: &FolderFile| {
        if is_folder {
            file.path.get(root.len() + 1..).unwrap_or_default()
        } else {
            last
        }
        .to_vec()
    };
    let named: Vec<Named> = listed
        .iter()
        .map(|file| Named::new(inner_of(file), git_mode(file.kind)))
        .collect();
    let place = |inner: &str| {
        if inner.is_empty() || !is_folder {
            path.to_owned()
        } else {
            format!("{path}/{inner}")
        }
    };
    let observe = |rule: RuleId, inner: &str, why: &str| {
        Observation::new(rule)
            .subject(&subject)
            .place(Place::file(place(inner)))
            .with(Fact::Why, why)
    };
    let mut observations: Vec<Observation> = refusals(named.iter())
        .iter()
        .map(|refusal| observe(refusal.rule, &refusal.path, &refusal.why))
        .collect();
    if is_folder && matches!(entry.kind, Kind::Agent | Kind::Contract) {
        observations.push(observe(
            RuleId::PackageShape,
            "",
            "one file is expected here, not a folder",
        ));
    }
    if listed.len() as u64 > policy.limits.package_files {
        observations.push(observe(
            RuleId::PackageTooLarge,
            "",
            &format!("more than {} files", policy.limits.package_files),
        ));
    }
    let mut contents: Vec<(String, FileMode, Vec<u8>)> = Vec::new();
    let mut left = policy.limits.package_bytes;
    for (file, named) in listed
        .iter()
        .zip(&named)
        .take(usize::try_from(policy.limits.package_files).unwrap_or(usize::MAX))
    {
        let (Some(mode), Some(inner)) = (mode_of(file), named.text()) else {
            continue;
        };
        match folder.read(file, left) {
            Ok(bytes) => {
                left -= bytes.len() as u64;
                if countersign_model::document::lfs::pointer(&bytes).is_some() {
                    observations.push(observe(RuleId::LfsPointer, inner, "a Git LFS pointer"));
                }
                contents.push((inner.to_owned(), mode, bytes));
            }
            Err(GitError::TooLarge { .. }) => {
                observations.push(observe(
                    RuleId::PackageTooLarge,
                    inner,
                    &format!("more than {} bytes in all", policy.limits.package_bytes),
                ));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let problems = faults(policy, &subject, path, is_folder, &contents, exists);
    let digest = observations.is_empty().then(|| digest(&contents));
    Ok(Some(Ok(WorkPackage {
        subject,
        path: path.to_owned(),
        digest,
        problems,
        observations,
    })))
}

fn digest(contents: &[(String, FileMode, Vec<u8>)]) -> Digest {
    let entry = |(path, mode, bytes): &(String, FileMode, Vec<u8>)| ManifestEntry {
        path: path.clone(),
        mode: *mode,
        sha256: Digest::of(bytes),
        size: bytes.len() as u64,
    };
    Manifest::new(contents.iter().map(entry).collect()).digest()
}

fn faults(
    policy: &Policy,
    subject: &SubjectId,
    path: &str,
    is_folder: bool,
    contents: &[(String, FileMode, Vec<u8>)],
    exists: &dyn Fn(&str) -> bool,
) -> Vec<Problem> {
    let Some((_, entry)) = governed(policy, path.as_bytes()) else {
        return Vec::new();
    };
    let main = if is_folder {
        head::main_file(entry.kind, contents.iter().map(|(path, ..)| path.as_str()))
    } else {
        contents
            .first()
            .map(|(path, ..)| path.as_str())
            .filter(|_| entry.kind != Kind::Setup)
    };
    let declared = main
        .and_then(|main| contents.iter().find(|(path, ..)| path == main))
        .and_then(|(path, _, bytes)| {
            head::read(entry.kind, policy.profile == Profile::Lenient, path, bytes).risk
        });
    let floor = policy
        .entries_for(path.as_bytes())
        .filter_map(|entry| entry.risk)
        .max()
        .unwrap_or_default();
    let risk = declared.map_or(floor, |declared| floor.max(declared));
    let files = contents
        .iter()
        .map(|(path, mode, bytes)| PackageFile {
            path,
            mode: *mode,
            bytes,
        })
        .collect();
    validate::package(
        &PackageFiles {
            kind: entry.kind,
            path,
            subject,
            is_folder,
            files,
            plugin_manifests: &MANIFESTS,
        },
        policy,
        entry,
        risk,
        exists,
    )
}

/// The records in the working tree: whether they can be read and are where they should be. No
/// signature is looked at.
pub fn records(
    repository: &Repository,
    ignored: Option<&Ignored>,
) -> Result<WorkRecords, GitError> {
    let folder = repository.work_files_except([Policy::APPROVALS], ignored)?;
    let mut found = WorkRecords::default();
    let present: BTreeSet<&[u8]> = folder
        .files()
        .iter()
        .map(|file| file.path.as_slice())
        .collect();
    for file in folder.files() {
        let path = String::from_utf8_lossy(&file.path);
        let unexpected =
            || Observation::new(RuleId::RecordUnexpected).place(Place::file(path.as_ref()));
        if mode_of(file).is_none() {
            found.observations.push(unexpected());
        } else if records::is_record(&file.path) {
            found.count += 1;
            let bytes = match folder.read(file, MOST_RECORD_BYTES) {
                Ok(bytes) => bytes,
                Err(GitError::TooLarge { .. }) => {
                    let help = "Remove the file: no decision is that large.";
                    found.problems.push(Problem::of_file(
                        RuleId::RecordInvalid,
                        &path,
                        "more than 1 MiB",
                        help,
                    ));
                    continue;
                }
                Err(error) => return Err(error),
            };
            match decision::parse(&path, &bytes) {
                Ok(decision) if decision.path() != path => {
                    let help = format!("Move it to {}, with its signature.", decision.path());
                    found.problems.push(Problem::of_file(
                        RuleId::RecordMisplaced,
                        &path,
                        "its path does not match its decision",
                        help,
                    ));
                }
                Ok(_) => {}
                Err(problems) => found.problems.extend(problems),
            }
        } else if !records::signed_by(&file.path).is_some_and(|record| present.contains(record)) {
            found.observations.push(unexpected());
        }
    }
    Ok(found)
}
