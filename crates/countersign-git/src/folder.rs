//! Files below a directory, on disk: listed, or read while they are listed.
//!
//! Links are listed and never followed, pipes are not waited for, and bytes are taken as they are:
//! no filter, no conversion, no program.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, File, FileType, Metadata};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::diff::{MAX_CHANGES, MAX_DEPTH};
use super::error::GitError;
use super::open_file::OpenFile;
use countersign_model::Digest;

/// The kind of entry at a path.
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

/// Files of one directory that one worker takes at a time.
const AT_ONCE: usize = 16;

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
    /// The directory at `base`, so that its files are opened relative to it; `None` where the
    /// system cannot do that, or for a file.
    opened: Option<File>,
    files: Vec<FolderFile>,
}

impl Folder {
    /// Lists the folder or single file that a user named, following links that lead to it; below
    /// it, no link is followed.
    pub fn list(path: &Path) -> Result<Self, GitError> {
        let real = path
            .canonicalize()
            .map_err(|error| GitError::io(path, &error))?;
        if real.is_dir() {
            let files = Listing::of(&real).enter(Path::new(""), 0, &listed)?;
            return Ok(Self::new(real, files));
        }
        // A file's name is the one that the user wrote, and its place what the link says.
        let name = path
            .file_name()
            .or_else(|| real.file_name())
            .map(PathBuf::from)
            .unwrap_or_default();
        let metadata = fs::symlink_metadata(&real).map_err(|error| GitError::io(&real, &error))?;
        let file = file(&name, &metadata);
        Ok(Self {
            base: real,
            is_file: true,
            opened: None,
            files: vec![file],
        })
    }

    /// What `make` makes of each file that [`Self::list`] lists, opened when it is a regular one.
    /// Folder by folder, each in order of names.
    ///
    /// `make` is lent a buffer, which may have old content.
    pub fn read_each<T: Send>(
        path: &Path,
        make: impl Fn(FolderFile, Option<OpenFile<'_>>, &mut Vec<u8>) -> Result<T, GitError> + Sync,
    ) -> Result<Vec<T>, GitError> {
        let real = path
            .canonicalize()
            .map_err(|error| GitError::io(path, &error))?;
        if !real.is_dir() {
            let folder = Self::list(path)?;
            let file = folder.files[0].clone();
            let place = || real.clone();
            let regular = matches!(file.kind, FileKind::Regular | FileKind::Executable);
            let opened = if regular {
                Some(folder.open(&file, &place)?)
            } else {
                None
            };
            return Ok(vec![make(file, opened, &mut Vec::new())?]);
        }
        let look = |found: ListedEntry<'_>, buffer: &mut Vec<u8>| {
            // The open file says whether it may be executed.
            let kind = kind_of(&found.name, found.file_type, || false);
            let path = into_bytes(found.within.join(&found.name));
            if kind != FileKind::Regular {
                return make(
                    FolderFile {
                        path,
                        kind,
                        size: 0,
                    },
                    None,
                    buffer,
                );
            }
            let place = || found.entry.path();
            let opened = OpenFile::at(found.dir, Path::new(&found.name), &place)?;
            let kind = if opened.is_executable() {
                FileKind::Executable
            } else {
                kind
            };
            make(
                FolderFile {
                    path,
                    kind,
                    size: opened.size(),
                },
                Some(opened),
                buffer,
            )
        };
        Listing::of(&real).enter(Path::new(""), 0, &look)
    }

    pub(super) fn new(base: PathBuf, mut files: Vec<FolderFile>) -> Self {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let opened = if cfg!(unix) {
            File::open(&base).ok()
        } else {
            None
        };
        Self {
            base,
            is_file: false,
            opened,
            files,
        }
    }

    /// The files, sorted by path bytes.
    pub fn files(&self) -> &[FolderFile] {
        &self.files
    }

    /// A file's bytes; [`GitError::TooLarge`] above `limit`, [`GitError::Io`] unless it is a
    /// regular file still.
    pub fn read(&self, file: &FolderFile, limit: u64) -> Result<Vec<u8>, GitError> {
        self.open(file, &|| self.place(file))?.read(limit)
    }

    /// SHA-256 and length of a file of any size, without holding it in memory.
    pub fn digest(&self, file: &FolderFile) -> Result<(Digest, u64), GitError> {
        self.open(file, &|| self.place(file))?.digest()
    }

    /// Gives a file's bytes to `sink`, piece by piece, and its length.
    pub fn feed(&self, file: &FolderFile, sink: &mut dyn FnMut(&[u8])) -> Result<u64, GitError> {
        self.open(file, &|| self.place(file))?.feed(sink)
    }

    pub(super) fn place(&self, file: &FolderFile) -> PathBuf {
        if self.is_file {
            self.base.clone()
        } else {
            self.base.join(path_of(&file.path))
        }
    }

    fn open<'a>(
        &self,
        file: &FolderFile,
        place: &'a dyn Fn() -> PathBuf,
    ) -> Result<OpenFile<'a>, GitError> {
        OpenFile::at(self.opened.as_ref(), &path_of(&file.path), place)
    }
}

/// Whether a file, or everything below a folder, is passed over.
pub(super) type Covers<'a> = dyn Fn(&Path, bool) -> bool + Sync + 'a;

/// A directory while it is listed.
pub(super) struct Listing<'a> {
    base: &'a Path,
    /// What is passed over.
    ignored: Option<&'a Covers<'a>>,
    /// Files so far.
    count: AtomicUsize,
}

/// An entry of a listing that is not a folder to enter.
pub(super) struct ListedEntry<'a> {
    entry: &'a DirEntry,
    file_type: FileType,
    /// Its directory, where the system can open one.
    dir: Option<&'a File>,
    /// The directory, from the base.
    within: &'a Path,
    name: OsString,
}

/// The file that was found, as a listing shows it.
pub(super) fn listed(found: ListedEntry<'_>, _: &mut Vec<u8>) -> Result<FolderFile, GitError> {
    // The metadata of an entry is that of the link, not of its target.
    let metadata = found
        .entry
        .metadata()
        .map_err(|error| GitError::io(&found.entry.path(), &error))?;
    Ok(file(&found.within.join(&found.name), &metadata))
}

pub(super) fn file(relative: &Path, metadata: &Metadata) -> FolderFile {
    let kind = kind_of(
        relative.file_name().unwrap_or_default(),
        metadata.file_type(),
        || is_executable(metadata),
    );
    FolderFile {
        path: into_bytes(relative.to_owned()),
        kind,
        size: metadata.len(),
    }
}

impl<'a> Listing<'a> {
    pub(super) fn of(base: &'a Path) -> Self {
        Self::except(base, None)
    }

    pub(super) fn except(base: &'a Path, ignored: Option<&'a Covers<'a>>) -> Self {
        Self {
            base,
            ignored,
            count: AtomicUsize::new(0),
        }
    }

    pub(super) fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        self.ignored.is_some_and(|covers| covers(path, is_folder))
    }

    pub(super) const fn base(&self) -> &Path {
        self.base
    }

    /// What `look` makes of each file below a directory: its files in order of their names, then
    /// the content of its folders. Files are looked at side by side; `look` is lent a buffer.
    pub(super) fn enter<T: Send>(
        &self,
        dir: &Path,
        depth: usize,
        look: &(impl Fn(ListedEntry<'_>, &mut Vec<u8>) -> Result<T, GitError> + Sync),
    ) -> Result<Vec<T>, GitError> {
        let full = self.base.join(dir);
        let failed = |error: &std::io::Error| GitError::io(&full, error);
        if depth > MAX_DEPTH {
            return Err(GitError::TooLarge {
                what: format!("the depth of {}", full.display()),
                limit: MAX_DEPTH as u64,
            });
        }
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&full).map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            let name = entry.file_name();
            let file_type = entry
                .file_type()
                .map_err(|error| GitError::io(&entry.path(), &error))?;
            if self.ignored.is_some() && self.is_ignored(&dir.join(&name), file_type.is_dir()) {
                continue;
            }
            if file_type.is_dir() && !is_git(&name) {
                folders.push(dir.join(name));
            } else {
                self.counted()?;
                files.push((entry, file_type, name));
            }
        }
        let opened = if cfg!(unix) {
            File::open(&full).ok()
        } else {
            None
        };
        let at = |buffer: &mut Vec<u8>,
                  (entry, file_type, name): (DirEntry, FileType, OsString)| {
            look(
                ListedEntry {
                    entry: &entry,
                    file_type,
                    dir: opened.as_ref(),
                    within: dir,
                    name,
                },
                buffer,
            )
        };
        files.sort_unstable_by(|a, b| a.2.cmp(&b.2));
        let files: Vec<Result<T, GitError>> = files
            .into_par_iter()
            .with_min_len(AT_ONCE)
            .map_init(Vec::new, at)
            .collect();
        // The same error each time, where there are several.
        let mut found = files.into_iter().collect::<Result<Vec<T>, GitError>>()?;
        // No directory stays open while those in it are entered.
        drop(opened);
        folders.sort_unstable();
        let below: Vec<Result<Vec<T>, GitError>> = folders
            .par_iter()
            .map(|folder| self.enter(folder, depth + 1, look))
            .collect();
        let below = below
            .into_iter()
            .collect::<Result<Vec<Vec<T>>, GitError>>()?;
        found.reserve(below.iter().map(Vec::len).sum());
        found.extend(below.into_iter().flatten());
        Ok(found)
    }

    /// Counts one more file.
    pub(super) fn counted(&self) -> Result<(), GitError> {
        if self.count.fetch_add(1, Ordering::Relaxed) >= MAX_CHANGES {
            let what = format!("the number of files in {}", self.base.display());
            return Err(GitError::TooLarge {
                what,
                limit: MAX_CHANGES as u64,
            });
        }
        Ok(())
    }
}

pub(super) fn is_git(name: &OsStr) -> bool {
    name == ".git"
}

fn kind_of(name: &OsStr, file_type: FileType, is_executable: impl FnOnce() -> bool) -> FileKind {
    if is_git(name) {
        FileKind::Other
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else if !file_type.is_file() {
        FileKind::Other
    } else if is_executable() {
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
pub(super) fn into_bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_encoded_bytes()
}

/// The same where steps are parted by something else.
#[cfg(not(unix))]
pub(super) fn into_bytes(path: PathBuf) -> Vec<u8> {
    let steps: Vec<&[u8]> = path.iter().map(std::ffi::OsStr::as_encoded_bytes).collect();
    steps.join(&b'/')
}

/// The relative path that Git writes like this.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(bytes)).into()
}

/// The same where not every path is text: one that is not text becomes a name that no file has.
#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> std::borrow::Cow<'_, Path> {
    Path::new(std::str::from_utf8(bytes).unwrap_or("\0")).into()
}
