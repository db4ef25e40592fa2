//! A regular file on disk while it is read.
//!
//! A link in its place is not followed, and a pipe not waited for. The kind of file is read from
//! the open file, so that no other can take its place before it is read. Where no file can be
//! opened so, links and pipes are only looked for first.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::error::GitError;
use countersign_model::Digest;
use countersign_model::digest::HashWriter;

/// Capacity reserved for a file before it is read: its size may be wrong.
const FIRST_READ: u64 = 1 << 20;

/// A regular file while it is read.
pub struct OpenFile<'a> {
    file: File,
    seen: FileStatus,
    /// Its path, for an error.
    place: &'a dyn Fn() -> PathBuf,
}

/// What an open file is, asked with the cheapest call there is: asking is a quarter of what reading
/// a small file costs.
struct FileStatus {
    regular: bool,
    executable: bool,
    size: u64,
}

impl FileStatus {
    #[cfg(unix)]
    fn of(file: &File) -> std::io::Result<Self> {
        use rustix::fs::{FileType, Mode, fstat};
        let found = fstat(file)?;
        let regular = FileType::from_raw_mode(found.st_mode).is_file();
        let executable = Mode::from_raw_mode(found.st_mode).contains(Mode::XUSR);
        Ok(Self {
            regular,
            executable,
            size: found.st_size.try_into().unwrap_or_default(),
        })
    }

    #[cfg(not(unix))]
    fn of(file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            regular: metadata.is_file(),
            executable: false,
            size: metadata.len(),
        })
    }
}

/// The bytes of a regular file; [`GitError::TooLarge`] above `limit`. A link in its place is an error,
/// one above it is followed.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, GitError> {
    let place = || path.to_owned();
    OpenFile::at(None, Path::new(""), &place)?.read(limit)
}

impl<'a> OpenFile<'a> {
    /// Opens a file, if it is still a regular one: `relative` to `dir`, or at `place` where there
    /// is no `dir`.
    pub(super) fn at(
        dir: Option<&File>,
        relative: &Path,
        place: &'a dyn Fn() -> PathBuf,
    ) -> Result<Self, GitError> {
        let opened = open_plain(dir, relative, place);
        let seen = opened.and_then(|opened| FileStatus::of(&opened).map(|seen| (opened, seen)));
        let (file, seen) = seen.map_err(|error| GitError::io(&place(), &error))?;
        if !seen.regular {
            return Err(GitError::Io {
                path: place(),
                reason: "it is not a regular file".to_owned(),
            });
        }
        Ok(Self { file, seen, place })
    }

    /// Whether its owner may execute it; never on Windows.
    pub(super) const fn is_executable(&self) -> bool {
        self.seen.executable
    }

    /// Bytes, when it was opened.
    pub fn size(&self) -> u64 {
        self.seen.size
    }

    /// The file's bytes; [`GitError::TooLarge`] above `limit`.
    pub fn read(self, limit: u64) -> Result<Vec<u8>, GitError> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, limit)?;
        Ok(bytes)
    }

    /// The same into `bytes`, replacing their content.
    pub fn read_into(mut self, bytes: &mut Vec<u8>, limit: u64) -> Result<(), GitError> {
        let size = self.size();
        let failed = |error: &std::io::Error| GitError::io(&(self.place)(), error);
        // One byte more than there should be: a read that ends before it has seen the end, and no
        // other is needed.
        let expected = usize::try_from(size.min(limit).min(FIRST_READ)).unwrap_or_default();
        bytes.resize(expected + 1, 0);
        let mut filled = 0;
        while filled < expected {
            match self.file.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        bytes.truncate(filled);
        if filled as u64 != size || filled != expected {
            let left = limit.saturating_add(1).saturating_sub(filled as u64);
            self.file
                .take(left)
                .read_to_end(bytes)
                .map_err(|error| failed(&error))?;
        }
        if bytes.len() as u64 > limit {
            return Err(GitError::TooLarge {
                what: format!("the size of {}", (self.place)().display()),
                limit,
            });
        }
        Ok(())
    }

    /// SHA-256 and length, however large it is, without holding it in memory.
    pub fn digest(self) -> Result<(Digest, u64), GitError> {
        let mut hash = HashWriter::default();
        let length = self.feed(&mut |piece| hash.update(piece))?;
        Ok((hash.digest(), length))
    }

    /// Gives the file's bytes to `sink`, piece by piece, and its length.
    pub fn feed(mut self, sink: &mut dyn FnMut(&[u8])) -> Result<u64, GitError> {
        let mut buffer = vec![0; 256 * 1024];
        let mut length = 0;
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(length),
                Ok(count) => {
                    sink(&buffer[..count]);
                    length += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(GitError::io(&(self.place)(), &error)),
            }
        }
    }
}

/// Opens a file for reading. A link that has taken its place is not followed, and a pipe not waited
/// for.
#[cfg(unix)]
fn open_plain(
    base: Option<&File>,
    relative: &Path,
    place: &dyn Fn() -> PathBuf,
) -> std::io::Result<File> {
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
fn open_plain(_: Option<&File>, _: &Path, place: &dyn Fn() -> PathBuf) -> std::io::Result<File> {
    let place = place();
    if !std::fs::symlink_metadata(&place)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    File::open(place)
}
