//! The content of any path, governed or not: its files with their digests, and why it could not be
//! a package.
//!
//! From a tree or from disk, in parallel. What a package may hold is judged as for governed ones; a
//! policy's size limits are not asked.

use std::path::Path;

use rayon::prelude::*;

use countersign_git::{
    FileKind, Folder, FolderFile, GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE,
    MODE_SYMLINK, MODE_TREE, OpenFile, Repository,
};
use countersign_model::digest::HashWriter;
use countersign_model::document::lfs;
use countersign_model::document::paths::{self, PathFault};
use countersign_model::{Digest, FileMode, Manifest, ManifestEntry, ObjectId, Policy, RuleId};

use super::policies::{FoundPolicy, Policies};

/// What is at a path.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its regular files, in path order.
    pub manifest: Manifest,
    /// The blob of each file of the manifest, in its order; empty for files on disk.
    pub blobs: Vec<ObjectId>,
    /// Why it could not be a package; empty when it could.
    pub refusals: Vec<ContentsRefusal>,
    /// The tree or blob, for other tools; `None` on disk.
    pub git_id: Option<ObjectId>,
}

/// One reason why files are no package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContentsRefusal {
    /// From the package; empty for the package as a whole. Hostile text.
    pub path: String,
    /// The rule that finds it in a governed package.
    pub rule: RuleId,
    /// What it is.
    pub why: String,
}

/// The largest file that could be a pointer to content elsewhere.
const LARGEST_POINTER: u64 = 32 * 1024;

/// The content at `path` of the root tree `tree`; the empty path is the whole tree. `None` when
/// nothing lies there.
pub fn in_tree(
    repository: &Repository,
    tree: ObjectId,
    path: &[u8],
) -> Result<Option<Contents>, GitError> {
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
        leaves.push((
            path.rsplit(|b| *b == b'/').next().unwrap_or(path).to_vec(),
            Leaf { mode, id },
        ));
    }
    let read = |(path, leaf): (Vec<u8>, Leaf)| {
        let hashed = match file_mode(leaf.mode) {
            Some(mode) => Some(Hashed::of_blob(repository, leaf.id, mode)?),
            None => None,
        };
        Ok((
            FoundFile {
                named: Named::new(path, leaf.mode),
                hashed,
            },
            leaf.id,
        ))
    };
    let files: Result<Vec<(FoundFile, ObjectId)>, GitError> =
        leaves.into_par_iter().map(read).collect();
    let (contents, blobs) = Contents::of(files?, is_folder, Some(id));
    Ok(Some(Contents { blobs, ..contents }))
}

/// The content of the folder or file at `path`, as its bytes lie on disk.
pub fn on_disk(path: &Path) -> Result<Contents, GitError> {
    let hash = |file: OpenFile<'_>, mode: FileMode, bytes: &mut Vec<u8>| {
        if file.size() > LARGEST_POINTER {
            return file.digest().map(|(sha256, size)| Hashed {
                mode,
                sha256,
                size,
                pointer: false,
            });
        }
        file.read_into(bytes, u64::MAX - 1)?;
        Ok(Hashed::of(bytes, mode))
    };
    let read = |file: FolderFile, opened: Option<OpenFile<'_>>, bytes: &mut Vec<u8>| {
        let mode = git_mode(file.kind);
        let hashed = match opened.zip(file_mode(mode)) {
            Some((opened, mode)) => Some(hash(opened, mode, bytes)?),
            None => None,
        };
        Ok((
            FoundFile {
                named: Named::new(file.path, mode),
                hashed,
            },
            (),
        ))
    };
    let (contents, _) = Contents::of(Folder::read_each(path, read)?, path.is_dir(), None);
    Ok(contents)
}

/// The policy in a tree, with the files it names.
pub fn policy(repository: &Repository, tree: ObjectId) -> Result<FoundPolicy, GitError> {
    repository.with_reader(|reader| Policies::default().find(reader, tree))
}

/// The package of the policy in a tree: `countersign.yaml`, its key files and what it protects,
/// with paths from the root.
pub fn policy_package(
    repository: &Repository,
    tree: ObjectId,
) -> Result<Option<Contents>, GitError> {
    let Some(entry) = repository.entry_at(tree, Policy::PATH.as_bytes())? else {
        return Ok(None);
    };
    let FoundPolicy::Valid(version) = policy(repository, tree)? else {
        return Ok(None);
    };
    let (mut entries, mut blobs) = (Vec::new(), Vec::new());
    for (path, bytes) in &version.files {
        let Some(entry_here) = repository.entry_at(tree, path.as_bytes())? else {
            continue;
        };
        let Some(mode) = file_mode(entry_here.mode) else {
            continue;
        };
        entries.push(Hashed::of(bytes, mode).entry(path.clone()));
        blobs.push(entry_here.id);
    }
    Ok(Some(Contents {
        is_folder: false,
        manifest: Manifest::new(entries),
        blobs,
        refusals: Vec::new(),
        git_id: Some(entry.id),
    }))
}

/// A file by its name and mode.
pub(super) struct Named {
    /// From the package. Hostile text, with replacements where it is none.
    path: String,
    /// Why no package may hold a file of this name; boxed because hardly any has one.
    fault: Option<Box<PathFault>>,
    mode: u32,
}

impl Named {
    pub(super) fn new(path: Vec<u8>, mode: u32) -> Self {
        match String::from_utf8(path) {
            Ok(path) => Self {
                fault: paths::check_text(&path).err().map(Box::new),
                path,
                mode,
            },
            Err(error) => {
                let path = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Self {
                    path,
                    fault: Some(Box::new(PathFault::NotUtf8)),
                    mode,
                }
            }
        }
    }

    /// The path, unless it is no text.
    pub(super) fn text(&self) -> Option<&str> {
        (self.fault.as_deref() != Some(&PathFault::NotUtf8)).then_some(&self.path)
    }
}

/// A file with its bytes summed.
struct FoundFile {
    named: Named,
    /// `None` unless it is a regular file.
    hashed: Option<Hashed>,
}

/// What a manifest says about a file, except for its path.
#[derive(Clone, Copy)]
struct Hashed {
    mode: FileMode,
    sha256: Digest,
    size: u64,
    /// Whether they are a pointer to content elsewhere.
    pointer: bool,
}

impl Hashed {
    fn of(bytes: &[u8], mode: FileMode) -> Self {
        Self {
            mode,
            sha256: Digest::of(bytes),
            size: bytes.len() as u64,
            pointer: lfs::pointer(bytes).is_some(),
        }
    }

    /// Of a blob of any size, of which no more is held than what could be a pointer.
    fn of_blob(repository: &Repository, id: ObjectId, mode: FileMode) -> Result<Self, GitError> {
        let (mut hash, mut first) = (HashWriter::default(), Vec::new());
        let size = repository.stream_blob(id, &mut |piece| {
            hash.update(piece);
            let room = (LARGEST_POINTER as usize + 1).saturating_sub(first.len());
            first.extend_from_slice(&piece[..piece.len().min(room)]);
        })?;
        let pointer = size <= LARGEST_POINTER && lfs::pointer(&first).is_some();
        Ok(Self {
            mode,
            sha256: hash.digest(),
            size,
            pointer,
        })
    }

    fn entry(self, path: String) -> ManifestEntry {
        ManifestEntry {
            path,
            mode: self.mode,
            sha256: self.sha256,
            size: self.size,
        }
    }
}

impl Contents {
    /// What files come to, without blobs; and what was known besides of each file of the manifest,
    /// in its order.
    fn of<B: Copy>(
        mut files: Vec<(FoundFile, B)>,
        is_folder: bool,
        git_id: Option<ObjectId>,
    ) -> (Self, Vec<B>) {
        // They come nearly in order, and a stable sort takes what is in order as it is.
        files.sort_by(|(a, _), (b, _)| a.named.path.as_bytes().cmp(b.named.path.as_bytes()));
        let mut refusals = refusals(files.iter().map(|(file, _)| &file.named));
        let pointers = files
            .iter()
            .filter(|(file, _)| file.hashed.is_some_and(|hashed| hashed.pointer));
        refusals.extend(pointers.map(|(file, _)| ContentsRefusal {
            path: file.named.path.clone(),
            rule: RuleId::LfsPointer,
            why: "a Git LFS pointer".to_owned(),
        }));
        refusals.sort();
        let besides = files
            .iter()
            .filter(|(file, _)| file.hashed.is_some())
            .map(|(_, besides)| *besides)
            .collect();
        let entries = files
            .into_iter()
            .filter_map(|(file, _)| Some(file.hashed?.entry(file.named.path)))
            .collect();
        (
            Self {
                is_folder,
                manifest: Manifest::new(entries),
                blobs: Vec::new(),
                refusals,
                git_id,
            },
            besides,
        )
    }

    /// The package checksum; `None` when it could not be a package.
    pub fn digest(&self) -> Option<Digest> {
        self.refusals.is_empty().then(|| self.manifest.digest())
    }
}

/// The mode as Git would have it; 0 for what Git cannot hold.
pub(super) const fn git_mode(kind: FileKind) -> u32 {
    match kind {
        FileKind::Regular => MODE_REGULAR,
        FileKind::Executable => MODE_EXECUTABLE,
        FileKind::Symlink => MODE_SYMLINK,
        FileKind::Other => 0,
    }
}

const fn file_mode(mode: u32) -> Option<FileMode> {
    match mode {
        MODE_REGULAR => Some(FileMode::Regular),
        MODE_EXECUTABLE => Some(FileMode::Executable),
        _ => None,
    }
}

/// What keeps these files from being a package, except for their bytes.
pub(super) fn refusals<'n>(files: impl Iterator<Item = &'n Named> + Clone) -> Vec<ContentsRefusal> {
    let mut refusals = Vec::new();
    let mut refuse = |path: &str, rule: RuleId, why: &str| {
        refusals.push(ContentsRefusal {
            path: path.to_owned(),
            rule,
            why: why.to_owned(),
        });
    };
    if files.clone().next().is_none() {
        refuse("", RuleId::PackageEmpty, "the folder has no files");
    }
    for Named { path, fault, mode } in files.clone() {
        if let Some(fault) = fault {
            refuse(path, RuleId::PathName, &fault.to_string());
        }
        match *mode {
            MODE_REGULAR | MODE_EXECUTABLE => {}
            MODE_SYMLINK => refuse(path, RuleId::Symlink, "a symbolic link"),
            MODE_SUBMODULE => refuse(path, RuleId::Submodule, "a submodule"),
            MODE_TREE => refuse(
                path,
                RuleId::TreeMalformed,
                "a folder whose tree object is malformed or too deep",
            ),
            0 => refuse(
                path,
                RuleId::FileMode,
                "neither a regular file nor a folder",
            ),
            mode => refuse(path, RuleId::FileMode, &format!("the mode {mode:o}")),
        }
    }
    for (one, other) in paths::collisions(files.map(|file| file.path.as_str())) {
        refuse(
            &one,
            RuleId::PathCollision,
            &format!("collides with {other}"),
        );
    }
    refusals
}
