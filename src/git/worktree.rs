//! Files as they lie on disk: for schema checks before a commit, for the checksum of a folder outside Git, and to see what HEAD lacks.
//!
//! Links are listed and never followed. Bytes are taken as they are: no filter, no line-ending conversion, no program. So a checkout that
//! converts line endings differs from HEAD here, as its bytes do.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::objs::Kind;
use rayon::prelude::*;
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

/// What is set aside for a file before its bytes are there: its size is no promise.
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
}

/// The files below one directory, sorted by path bytes.
#[derive(Debug)]
pub struct Folder {
    base: PathBuf,
    /// Whether `base` is the one file.
    is_file: bool,
    /// The directory at `base`, so that no file's way to it is gone again; `None` where systems have no such thing, or it is a file.
    opened: Option<File>,
    files: Vec<FolderFile>,
}

/// A directory while it is listed.
struct Listing<'a> {
    base: &'a Path,
    /// Files so far.
    count: AtomicUsize,
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
            let files = Listing::of(&real).enter(Path::new(""), 0)?;
            return Ok(Self::new(real, files));
        }
        // A file's name is the one that the user wrote, and its place what the link says.
        let name = path.file_name().or_else(|| real.file_name()).map(PathBuf::from).unwrap_or_default();
        let metadata = fs::symlink_metadata(&real).map_err(|error| GitError::io(&real, &error))?;
        let file = FolderFile { path: bytes_of(&name), kind: kind_of(&metadata), size: metadata.len() };
        Ok(Self { base: real, is_file: true, opened: None, files: vec![file] })
    }

    fn new(base: PathBuf, mut files: Vec<FolderFile>) -> Self {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let opened = if cfg!(unix) { File::open(&base).ok() } else { None };
        Self { base, is_file: false, opened, files }
    }

    /// The files, sorted by path bytes.
    pub fn files(&self) -> &[FolderFile] {
        &self.files
    }

    /// A file's bytes; [`GitError::TooLarge`] above `limit`, [`GitError::Io`] unless it is a regular file still.
    pub fn read(&self, file: &FolderFile, limit: u64) -> Result<Vec<u8>, GitError> {
        let (mut opened, size) = self.open(file)?;
        let failed = |error: &std::io::Error| GitError::io(&self.place(file), error);
        // One byte more than there should be: a read that ends before it has seen the end, and no other is needed.
        let expected = usize::try_from(size.min(limit).min(FIRST_READ)).unwrap_or_default();
        let mut bytes = vec![0; expected + 1];
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
        if filled as u64 != size || filled != expected {
            let left = limit.saturating_add(1).saturating_sub(filled as u64);
            opened.take(left).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        }
        if bytes.len() as u64 > limit {
            return Err(GitError::TooLarge { what: format!("the size of {}", self.place(file).display()), limit });
        }
        Ok(bytes)
    }

    /// SHA-256 and length of a file of any size, without holding it in memory.
    pub fn digest(&self, file: &FolderFile) -> Result<(Digest, u64), GitError> {
        let (mut opened, _) = self.open(file)?;
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
                Err(error) => return Err(GitError::io(&self.place(file), &error)),
            }
        }
    }

    fn place(&self, file: &FolderFile) -> PathBuf {
        if self.is_file { self.base.clone() } else { self.base.join(path_of(&file.path)) }
    }

    /// A file, if it is a regular one still, and how long it is now.
    fn open(&self, file: &FolderFile) -> Result<(File, u64), GitError> {
        let opened = open_plain(self.opened.as_ref(), &path_of(&file.path), || self.place(file));
        let seen = opened.and_then(|opened| opened.metadata().map(|metadata| (opened, metadata)));
        let (opened, metadata) = seen.map_err(|error| GitError::io(&self.place(file), &error))?;
        if !metadata.is_file() {
            return Err(GitError::Io { path: self.place(file), reason: "it is not a regular file".to_owned() });
        }
        Ok((opened, metadata.len()))
    }
}

/// Opens a file for reading. A link that has taken its place is not followed, and a pipe not waited for.
#[cfg(unix)]
fn open_plain(base: Option<&File>, relative: &Path, place: impl Fn() -> PathBuf) -> std::io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = match base {
        Some(base) => openat(base, relative, flags, Mode::empty()),
        None => openat(CWD, place(), flags, Mode::empty()),
    };
    Ok(opened?.into())
}

/// The same where links cannot be refused while opening.
#[cfg(not(unix))]
fn open_plain(_: Option<&File>, _: &Path, place: impl Fn() -> PathBuf) -> std::io::Result<File> {
    let place = place();
    if !fs::symlink_metadata(&place)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    File::open(place)
}

impl<'a> Listing<'a> {
    fn of(base: &'a Path) -> Self {
        Self { base, count: AtomicUsize::new(0) }
    }

    /// The files below a directory, its folders side by side, in no order.
    fn enter(&self, dir: &Path, depth: usize) -> Result<Vec<FolderFile>, GitError> {
        let full = self.base.join(dir);
        if depth > MAX_DEPTH {
            return Err(GitError::TooLarge { what: format!("the depth of {}", full.display()), limit: MAX_DEPTH as u64 });
        }
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&full).map_err(|error| GitError::io(&full, &error))? {
            let entry = entry.map_err(|error| GitError::io(&full, &error))?;
            let name = entry.file_name();
            // The metadata of an entry is that of the link, not of its target.
            let metadata = entry.metadata().map_err(|error| GitError::io(&entry.path(), &error))?;
            let relative = dir.join(&name);
            if is_open(&metadata, &relative) { folders.push(relative) } else { files.push(self.file(relative, &metadata)?) }
        }
        folders.sort_unstable();
        let below: Vec<Result<Vec<FolderFile>, GitError>> = folders.par_iter().map(|folder| self.enter(folder, depth + 1)).collect();
        // The same error each time, where there are several.
        for found in below {
            files.extend(found?);
        }
        Ok(files)
    }

    /// What lies at a path: a file, or those of a folder.
    fn take(&self, relative: PathBuf, metadata: &Metadata) -> Result<Vec<FolderFile>, GitError> {
        if is_open(metadata, &relative) { self.enter(&relative, relative.iter().count()) } else { Ok(vec![self.file(relative, metadata)?]) }
    }

    fn file(&self, relative: PathBuf, metadata: &Metadata) -> Result<FolderFile, GitError> {
        if self.count.fetch_add(1, Ordering::Relaxed) >= MAX_CHANGES {
            let what = format!("the number of files in {}", self.base.display());
            return Err(GitError::TooLarge { what, limit: MAX_CHANGES as u64 });
        }
        let kind = if is_git(&relative) { FileKind::Other } else { kind_of(metadata) };
        Ok(FolderFile { path: bytes_of(&relative), kind, size: metadata.len() })
    }
}

/// Whether it is a folder to be entered.
fn is_open(metadata: &Metadata, relative: &Path) -> bool {
    metadata.is_dir() && !is_git(relative)
}

fn is_git(relative: &Path) -> bool {
    relative.file_name().is_some_and(|name| name == ".git")
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

/// A relative path, or what a link says, as Git writes it.
#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

/// The same where steps are parted by something else.
#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    let steps: Vec<&[u8]> = path.iter().map(std::ffi::OsStr::as_encoded_bytes).collect();
    steps.join(&b'/')
}

/// The relative path that Git writes like this.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).into()
}

/// The same where not every path is text: what is none becomes a name that no file has.
#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    Path::new(std::str::from_utf8(bytes).unwrap_or("\0")).into()
}

impl Repository {
    /// The files of the working tree at or below `roots` (paths from its root; an empty one is everything), paths from the root.
    ///
    /// Where a link stands in a root's way it is listed instead. Roots that are not there give nothing. The repository's own `.git` is not
    /// listed. [`GitError::Unsupported`] in a bare repository.
    pub fn work_files<P: AsRef<str>>(&self, roots: impl IntoIterator<Item = P>) -> Result<Folder, GitError> {
        let base = self.work_dir().ok_or_else(|| GitError::Unsupported("no working tree".to_owned()))?.to_owned();
        let listing = Listing::of(&base);
        let mut files = Vec::new();
        for root in roots {
            files.extend(listing.root(root.as_ref())?);
        }
        files.retain(|file| file.path != b".git");
        Ok(Folder::new(base, files))
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
                let path = folder.place(file);
                bytes_of(&fs::read_link(&path).map_err(|error| GitError::io(&path, &error))?)
            }
            _ => return Ok(false),
        };
        let actual: ObjectId =
            hash(self.object_format(), Kind::Blob, &bytes).map_err(|reason| GitError::Corrupt { id: leaf.id, reason })?;
        Ok(actual == leaf.id)
    }
}

impl Listing<'_> {
    /// Goes down to one root without following links.
    fn root(&self, root: &str) -> Result<Vec<FolderFile>, GitError> {
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
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
                Err(error) => return Err(GitError::io(&full, &error)),
            };
            let is_dir = metadata.is_dir();
            found = Some(metadata);
            if !is_dir {
                break;
            }
        }
        match found {
            Some(metadata) => self.take(relative, &metadata),
            None => self.enter(Path::new(""), 0),
        }
    }
}
