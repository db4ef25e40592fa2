//! The content of any path, governed or not: its files with their digests, and why it could not be a package.
//!
//! From a tree or from disk, in parallel. What a package may hold is judged as for governed ones; a policy's size limits are not asked.

use std::borrow::Cow;
use std::path::Path;

use rayon::prelude::*;

use crate::document::{lfs, paths};
use crate::git::{
    FileKind, Folder, FolderFile, GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE, OpenFile,
    Repository,
};
use crate::model::{Digest, FileMode, Manifest, ManifestEntry, ObjectId, Policy, RuleId};

use super::policies::{FoundPolicy, Policies};

/// What lies at a path.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its regular files, in path order.
    pub manifest: Manifest,
    /// The blob of each file of the manifest, in its order; empty for files on disk.
    pub blobs: Vec<ObjectId>,
    /// Why it could not be a package; empty when it could.
    pub refusals: Vec<Refusal>,
    /// The tree or blob, for other tools; `None` on disk.
    pub git_id: Option<ObjectId>,
}

/// One reason why files are no package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// From the package; empty for the package as a whole. Hostile text.
    pub path: String,
    /// The rule that finds it in a governed package.
    pub rule: RuleId,
    /// What it is.
    pub why: String,
}

/// The largest file that could be a pointer to content elsewhere.
const LARGEST_POINTER: u64 = 32 * 1024;
/// Paths that are worth a second thread.
const MANY: usize = 512;

/// The content at `path` of the root tree `tree`; the empty path is the whole tree. `None` when nothing lies there.
pub fn in_tree(repository: &Repository, tree: ObjectId, path: &[u8]) -> Result<Option<Contents>, GitError> {
    let (mode, id) = if path.is_empty() {
        (MODE_TREE, tree)
    } else {
        match repository.entry_at(tree, path)? {
            Some(entry) => (entry.mode, entry.id),
            None => return Ok(None),
        }
    };
    let is_folder = mode == MODE_TREE;
    let mut leaves: Vec<(Vec<u8>, Leaf)> = Vec::new();
    if is_folder {
        repository.walk_tree(id, |path, leaf| leaves.push((path.to_vec(), leaf)))?;
    } else {
        leaves.push((path.rsplit(|b| *b == b'/').next().unwrap_or(path).to_vec(), Leaf { mode, id }));
    }
    let listed: Vec<(&[u8], u32)> = leaves.iter().map(|(path, leaf)| (path.as_slice(), leaf.mode)).collect();
    let mut contents = Contents { refusals: refusals(&listed), ..Contents::empty(is_folder, Some(id)) };
    let regular: Vec<(Vec<u8>, Leaf)> = leaves.into_iter().filter(|(_, leaf)| file_mode(leaf.mode).is_some()).collect();
    let hashed: Result<Vec<Hashed>, GitError> = regular.par_iter().map(|(_, leaf)| Ok(Hashed::of(&repository.blob(leaf.id)?))).collect();
    let mut files: Vec<(ManifestEntry, bool, ObjectId)> = Vec::with_capacity(regular.len());
    for ((path, leaf), hashed) in regular.into_iter().zip(hashed?) {
        files.push((hashed.entry(path, leaf.mode), hashed.pointer, leaf.id));
    }
    files.sort_by(|a, b| a.0.path.as_bytes().cmp(b.0.path.as_bytes()));
    contents.refuse_pointers(files.iter().map(|(entry, pointer, _)| (entry, *pointer)));
    contents.blobs = files.iter().map(|(_, _, id)| *id).collect();
    contents.manifest = Manifest::new(files.into_iter().map(|(entry, _, _)| entry).collect());
    contents.refusals.sort();
    Ok(Some(contents))
}

/// The content of the folder or file at `path`, as its bytes lie on disk.
pub fn on_disk(path: &Path) -> Result<Contents, GitError> {
    let mode = |kind: FileKind| match kind {
        FileKind::Regular => MODE_REGULAR,
        FileKind::Executable => MODE_EXECUTABLE,
        FileKind::Symlink => MODE_SYMLINK,
        FileKind::Other => 0,
    };
    let hash = |file: OpenFile<'_>, bytes: &mut Vec<u8>| {
        if file.size() > LARGEST_POINTER {
            return file.digest().map(|(sha256, size)| Hashed { sha256, size, pointer: false });
        }
        file.read_into(bytes, u64::MAX - 1)?;
        Ok(Hashed::of(bytes))
    };
    let files = Folder::read_each(path, hash)?;
    let listed: Vec<(&[u8], u32)> = files.iter().map(|(file, _)| (file.path.as_slice(), mode(file.kind))).collect();
    let mut contents = Contents { refusals: refusals(&listed), ..Contents::empty(path.is_dir(), None) };
    let regular = files.into_par_iter().with_min_len(MANY).filter_map(|(file, hashed)| Some((file, hashed?)));
    let entry = |(file, hashed): (FolderFile, Hashed)| (hashed.entry(file.path, mode(file.kind)), hashed.pointer);
    let entries: Vec<(ManifestEntry, bool)> = regular.map(entry).collect();
    contents.refuse_pointers(entries.iter().map(|(entry, pointer)| (entry, *pointer)));
    contents.manifest = Manifest::new(entries.into_iter().map(|(entry, _)| entry).collect());
    contents.refusals.sort();
    Ok(contents)
}

/// The policy in a tree, with the files it names.
pub fn policy(repository: &Repository, tree: ObjectId) -> Result<FoundPolicy, GitError> {
    repository.with_reader(|reader| Policies::default().find(reader, tree))
}

/// The package of the policy in a tree: `countersign.yaml`, its key files and what it protects, with paths from the root.
pub fn policy_package(repository: &Repository, tree: ObjectId) -> Result<Option<Contents>, GitError> {
    let Some(entry) = repository.entry_at(tree, Policy::PATH.as_bytes())? else { return Ok(None) };
    let FoundPolicy::Valid(version) = policy(repository, tree)? else { return Ok(None) };
    let mut contents = Contents::empty(false, Some(entry.id));
    let mut entries = Vec::new();
    for (path, bytes) in &version.files {
        let Some(lying) = repository.entry_at(tree, path.as_bytes())? else { continue };
        entries.push(Hashed::of(bytes).entry(path.clone().into_bytes(), lying.mode));
        contents.blobs.push(lying.id);
    }
    contents.manifest = Manifest::new(entries);
    Ok(Some(contents))
}

/// What a manifest needs of a file's bytes.
#[derive(Clone, Copy)]
struct Hashed {
    sha256: Digest,
    size: u64,
    /// Whether they are a pointer to content elsewhere.
    pointer: bool,
}

impl Hashed {
    fn of(bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), size: bytes.len() as u64, pointer: lfs::pointer(bytes).is_some() }
    }

    fn entry(self, path: Vec<u8>, mode: u32) -> ManifestEntry {
        let path = String::from_utf8(path).unwrap_or_else(|error| text_of(error.as_bytes()).into_owned());
        ManifestEntry { path, mode: file_mode(mode).unwrap_or(FileMode::Regular), sha256: self.sha256, size: self.size }
    }
}

impl Contents {
    fn empty(is_folder: bool, git_id: Option<ObjectId>) -> Self {
        Self { is_folder, manifest: Manifest::default(), blobs: Vec::new(), refusals: Vec::new(), git_id }
    }

    fn refuse_pointers<'e>(&mut self, entries: impl Iterator<Item = (&'e ManifestEntry, bool)>) {
        let refusal =
            |entry: &ManifestEntry| Refusal { path: entry.path.clone(), rule: RuleId::LfsPointer, why: "a Git LFS pointer".to_owned() };
        self.refusals.extend(entries.filter(|(_, pointer)| *pointer).map(|(entry, _)| refusal(entry)));
    }

    /// The package checksum; `None` when it could not be a package.
    pub fn digest(&self) -> Option<Digest> {
        self.refusals.is_empty().then(|| self.manifest.digest())
    }
}

/// A path for people. Nearly all are text, and found to be in less time than replacements are looked for.
fn text_of(path: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(path).map_or_else(|_| String::from_utf8_lossy(path), Cow::Borrowed)
}

const fn file_mode(mode: u32) -> Option<FileMode> {
    match mode {
        MODE_REGULAR => Some(FileMode::Regular),
        MODE_EXECUTABLE => Some(FileMode::Executable),
        _ => None,
    }
}

/// What keeps these files from being a package, but for their bytes.
pub(super) fn refusals(files: &[(&[u8], u32)]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |path: &str, rule: RuleId, why: &str| refusals.push(Refusal { path: path.to_owned(), rule, why: why.to_owned() });
    if files.is_empty() {
        refuse("", RuleId::PackageEmpty, "the folder has no files");
    }
    let shown: Vec<Cow<'_, str>> = files.par_iter().with_min_len(MANY).map(|(path, _)| text_of(path)).collect();
    let (faults, collisions) = rayon::join(
        || files.par_iter().with_min_len(MANY).map(|(path, _)| paths::check_path(path).err()).collect::<Vec<_>>(),
        || paths::collisions(shown.iter().map(|path| &**path)),
    );
    for (((_, mode), shown), fault) in files.iter().zip(&shown).zip(faults) {
        if let Some(fault) = fault {
            refuse(shown, RuleId::PathName, &fault.to_string());
        }
        match *mode {
            MODE_REGULAR | MODE_EXECUTABLE => {}
            MODE_SYMLINK => refuse(shown, RuleId::Symlink, "a symbolic link"),
            MODE_SUBMODULE => refuse(shown, RuleId::Submodule, "a submodule"),
            MODE_TREE => refuse(shown, RuleId::TreeMalformed, "a folder whose tree object is malformed or too deep"),
            0 => refuse(shown, RuleId::FileMode, "neither a regular file nor a folder"),
            mode => refuse(shown, RuleId::FileMode, &format!("the mode {mode:o}")),
        }
    }
    for (one, other) in collisions {
        refuse(&one, RuleId::PathCollision, &format!("collides with {other}"));
    }
    refusals
}
