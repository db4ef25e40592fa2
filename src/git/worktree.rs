//! Files as they lie on disk: for schema checks before a commit, for the checksum of a folder outside Git, and to see what HEAD lacks.
//!
//! Links are listed and never followed. Bytes are taken as they are: no filter, no line-ending conversion, no program. So a checkout that
//! converts line endings differs from HEAD here, as its bytes do.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use gix::objs::Kind;
use sha2::{Digest as _, Sha256};

use super::diff::{Leaf, MAX_CHANGES, MAX_DEPTH};
use super::error::GitError;
use super::reader::hash;
use super::repository::{OBJECT_LIMIT, Repository};
use super::roots::Roots;
use super::tree::{MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK};
use crate::model::{Digest, ObjectId};

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A file.
    Regular,
    /// A file that its owner may execute; never on Windows.
    Executable,
    /// A symbolic link, whatever it points to.
    Symlink,
    /// A device, a socket, or something called `.git`, which is not entered.
    Other,
}

/// What is set aside for a file before its bytes are there: its listed size is no promise.
const FIRST_READ: u64 = 1 << 20;

/// One file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderFile {
    /// From the folder, with `/` between steps.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: FileKind,
    /// Bytes, when it was listed.
    pub size: u64,
    relative: PathBuf,
}

/// The files below one directory, sorted by path bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    base: PathBuf,
    files: Vec<FolderFile>,
}

/// A path where the working tree is not what HEAD says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dirty {
    /// From the root of the working tree.
    pub path: Vec<u8>,
    /// In what way.
    pub how: DirtyKind,
}

/// How a working file differs from HEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirtyKind {
    /// Other bytes, another kind of file, or another executable bit.
    Modified,
    /// In HEAD only.
    Missing,
    /// On disk only; also when Git ignores it.
    Untracked,
}

impl Folder {
    /// Lists the folder or single file that a user named, with whatever links lead to it; below it none is followed.
    pub fn list(path: &Path) -> Result<Self, GitError> {
        let real = path.canonicalize().map_err(|error| GitError::io(path, &error))?;
        if real.is_dir() {
            let mut folder = Self { base: real, files: Vec::new() };
            folder.enter(Path::new(""), 0)?;
            folder.sort();
            return Ok(folder);
        }
        // A file's name is the one that the user wrote, and its place what the link says.
        let name = path.file_name().or_else(|| real.file_name()).map(PathBuf::from).unwrap_or_default();
        let metadata = fs::symlink_metadata(&real).map_err(|error| GitError::io(&real, &error))?;
        let file = FolderFile { path: bytes_of(&name), kind: kind_of(&metadata), size: metadata.len(), relative: PathBuf::new() };
        Ok(Self { base: real, files: vec![file] })
    }

    /// The files, sorted by path bytes.
    pub fn files(&self) -> &[FolderFile] {
        &self.files
    }

    /// A file's bytes; [`GitError::TooLarge`] above `limit`, [`GitError::Io`] unless it is a regular file still.
    pub fn read(&self, file: &FolderFile, limit: u64) -> Result<Vec<u8>, GitError> {
        let (path, mut opened) = self.open(file)?;
        // One read for a file that is as long as it was when it was listed, and one to see its end.
        let expected = usize::try_from(file.size.min(limit).min(FIRST_READ)).unwrap_or_default();
        let mut bytes = vec![0; expected];
        let failed = |error: &std::io::Error| GitError::io(&path, error);
        let mut filled = 0;
        while filled < expected {
            match opened.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        bytes.truncate(filled);
        let left = limit.saturating_add(1).saturating_sub(filled as u64);
        opened.take(left).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if bytes.len() as u64 > limit {
            return Err(GitError::TooLarge { what: format!("the size of {}", path.display()), limit });
        }
        Ok(bytes)
    }

    /// SHA-256 and length of a file of any size, without holding it in memory.
    pub fn digest(&self, file: &FolderFile) -> Result<(Digest, u64), GitError> {
        let (path, mut opened) = self.open(file)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut length = 0;
        loop {
            match opened.read(&mut buffer) {
                Ok(0) => return Ok((Digest::from_bytes(hasher.finalize().into()), length)),
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    length += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(GitError::io(&path, &error)),
            }
        }
    }

    fn open(&self, file: &FolderFile) -> Result<(PathBuf, File), GitError> {
        let path = if file.relative.as_os_str().is_empty() { self.base.clone() } else { self.base.join(&file.relative) };
        let refused = |reason: &str| GitError::Io { path: path.clone(), reason: reason.to_owned() };
        // Looked at again: opening a pipe would block, and a link may have taken the file's place.
        let metadata = fs::symlink_metadata(&path).map_err(|error| GitError::io(&path, &error))?;
        if !metadata.is_file() {
            return Err(refused("it is not a regular file"));
        }
        let opened = File::open(&path).map_err(|error| GitError::io(&path, &error))?;
        Ok((path, opened))
    }

    fn sort(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn enter(&mut self, dir: &Path, depth: usize) -> Result<(), GitError> {
        let full = self.base.join(dir);
        if depth > MAX_DEPTH {
            return Err(GitError::TooLarge { what: format!("the depth of {}", full.display()), limit: MAX_DEPTH as u64 });
        }
        for entry in fs::read_dir(&full).map_err(|error| GitError::io(&full, &error))? {
            let entry = entry.map_err(|error| GitError::io(&full, &error))?;
            let name = entry.file_name();
            // The metadata of an entry is that of the link, not of its target.
            let metadata = entry.metadata().map_err(|error| GitError::io(&entry.path(), &error))?;
            self.take(&dir.join(&name), &metadata, depth, name == ".git")?;
        }
        Ok(())
    }

    fn take(&mut self, relative: &Path, metadata: &Metadata, depth: usize, closed: bool) -> Result<(), GitError> {
        if metadata.is_dir() && !closed {
            return self.enter(relative, depth + 1);
        }
        if self.files.len() >= MAX_CHANGES {
            let what = format!("the number of files in {}", self.base.display());
            return Err(GitError::TooLarge { what, limit: MAX_CHANGES as u64 });
        }
        let kind = if closed { FileKind::Other } else { kind_of(metadata) };
        self.files.push(FolderFile { path: bytes_of(relative), kind, size: metadata.len(), relative: relative.to_owned() });
        Ok(())
    }
}

fn kind_of(metadata: &Metadata) -> FileKind {
    let file_type = metadata.file_type();
    if file_type.is_symlink() {
        FileKind::Symlink
    } else if !file_type.is_file() {
        FileKind::Other
    } else if is_executable(metadata) {
        FileKind::Executable
    } else {
        FileKind::Regular
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    // Git looks at the owner's bit alone.
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}

/// A relative path as Git writes it.
fn bytes_of(path: &Path) -> Vec<u8> {
    let steps: Vec<&[u8]> = path.iter().map(std::ffi::OsStr::as_encoded_bytes).collect();
    steps.join(&b'/')
}

impl Repository {
    /// The files of the working tree at or below `roots` (paths from its root; an empty one is everything), paths from the root.
    ///
    /// Where a link stands in a root's way it is listed instead. Roots that are not there give nothing. The repository's own `.git` is not
    /// listed. [`GitError::Unsupported`] in a bare repository.
    pub fn work_files<P: AsRef<str>>(&self, roots: impl IntoIterator<Item = P>) -> Result<Folder, GitError> {
        let base = self.work_dir().ok_or_else(|| GitError::Unsupported("no working tree".to_owned()))?.to_owned();
        let mut folder = Folder { base, files: Vec::new() };
        for root in roots {
            folder.take_root(root.as_ref())?;
        }
        folder.files.retain(|file| file.path != b".git");
        folder.sort();
        folder.files.dedup_by(|a, b| a.path == b.path);
        Ok(folder)
    }

    /// Where the working tree at or below `roots` differs from HEAD, sorted by path. The index is not looked at.
    pub fn dirty<P: AsRef<str>>(&self, roots: impl IntoIterator<Item = P>) -> Result<Vec<Dirty>, GitError> {
        let roots: Vec<String> = roots.into_iter().map(|root| root.as_ref().to_owned()).collect();
        let tree = self.root_tree(self.head()?.commit)?;
        let mut changes = Vec::new();
        self.diff(None, Some(tree), &Roots::new(&roots), &mut changes)?;
        let leaves = changes.into_iter().filter_map(|change| Some((change.path, change.after?)));
        let mut expected: BTreeMap<Vec<u8>, Leaf> = leaves.filter(|(_, leaf)| leaf.mode != MODE_SUBMODULE).collect();
        let folder = self.work_files(&roots)?;
        let mut dirty = Vec::new();
        for file in folder.files() {
            let how = match expected.remove(&file.path) {
                None => Some(DirtyKind::Untracked),
                Some(leaf) => (!self.is_same(&folder, file, leaf)?).then_some(DirtyKind::Modified),
            };
            dirty.extend(how.map(|how| Dirty { path: file.path.clone(), how }));
        }
        dirty.extend(expected.into_keys().map(|path| Dirty { path, how: DirtyKind::Missing }));
        dirty.sort();
        Ok(dirty)
    }

    fn is_same(&self, folder: &Folder, file: &FolderFile, leaf: Leaf) -> Result<bool, GitError> {
        let bytes = match (file.kind, leaf.mode) {
            (FileKind::Regular, MODE_REGULAR) | (FileKind::Executable, MODE_EXECUTABLE) => {
                if self.blob_size(leaf.id)? != file.size {
                    return Ok(false);
                }
                folder.read(file, OBJECT_LIMIT as u64)?
            }
            (FileKind::Regular, MODE_EXECUTABLE) if !cfg!(unix) => folder.read(file, OBJECT_LIMIT as u64)?,
            (FileKind::Symlink, MODE_SYMLINK) => {
                let path = folder.base.join(&file.relative);
                bytes_of(&fs::read_link(&path).map_err(|error| GitError::io(&path, &error))?)
            }
            _ => return Ok(false),
        };
        let actual: ObjectId =
            hash(self.object_format(), Kind::Blob, &bytes).map_err(|reason| GitError::Corrupt { id: leaf.id, reason })?;
        Ok(actual == leaf.id)
    }
}

impl Folder {
    /// Goes down to one root without following links.
    fn take_root(&mut self, root: &str) -> Result<(), GitError> {
        let mut relative = PathBuf::new();
        let mut found = None;
        for step in root.split('/').filter(|step| !step.is_empty() && *step != ".") {
            if step == ".." {
                return Err(GitError::Io { path: PathBuf::from(root), reason: "it leads out of the working tree".to_owned() });
            }
            relative.push(step);
            let full = self.base.join(&relative);
            let metadata = match fs::symlink_metadata(&full) {
                Ok(metadata) => metadata,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
                Err(error) => return Err(GitError::io(&full, &error)),
            };
            let is_dir = metadata.is_dir();
            found = Some(metadata);
            if !is_dir {
                break;
            }
        }
        match found {
            Some(metadata) => {
                self.take(&relative, &metadata, relative.iter().count(), relative.file_name().is_some_and(|name| name == ".git"))
            }
            None => self.enter(Path::new(""), 0),
        }
    }
}
