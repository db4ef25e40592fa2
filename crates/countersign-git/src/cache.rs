//! One small file per name under the Git directory, for data that may be lost at any time.
//!
//! What is written carries its SHA-256, so a torn or damaged file reads as absent. It does not
//! protect against someone who writes to the Git directory on purpose: the caller decides what to
//! cache and when to trust it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::PathBuf;

use super::repository::Repository;
use countersign_model::Digest;
use countersign_model::digest::HashWriter;

/// Larger files are not read: no cache is that large, and what is decoded takes many times as much
/// memory.
const LIMIT: u64 = 64 << 20;
/// Bytes of the digest at the end.
const TRAILER: usize = 32;
/// Bytes that are hashed and written at a time.
const PIECE: usize = 64 << 10;

/// Writes to a file and hashes what is written.
struct Hashed<'f> {
    file: &'f mut tempfile::NamedTempFile,
    digest: HashWriter,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Repository {
    /// Where the cache called `name` (letters, digits, `.`, `-`) is; safe to delete.
    pub fn cache_path(&self, name: &str) -> PathBuf {
        self.git_dir().join("countersign").join(name)
    }

    /// What was last written; `None` when there is nothing, or it is incomplete.
    pub fn read_cache(&self, name: &str) -> Option<Vec<u8>> {
        self.read_cache_with(name, |bytes| Some(bytes.to_vec()))
    }

    /// What `decode` makes of that. It runs beside the hashing, so it may also get damaged bytes:
    /// what it made of them is dropped.
    pub fn read_cache_with<T: Send>(
        &self,
        name: &str,
        decode: impl FnOnce(&[u8]) -> Option<T> + Send,
    ) -> Option<T> {
        let path = self.cache_path(name);
        // A link may lead to what never ends, and reading a pipe waits for a writer: only plain
        // files are opened, and no more is read than was seen.
        let seen = fs::symlink_metadata(&path)
            .ok()
            .filter(|seen| seen.is_file() && seen.len() <= LIMIT)?;
        let mut bytes = Vec::with_capacity(usize::try_from(seen.len()).ok()?);
        File::open(&path)
            .ok()?
            .take(seen.len())
            .read_to_end(&mut bytes)
            .ok()?;
        let content = bytes.len().checked_sub(TRAILER)?;
        let (content, trailer) = bytes.split_at(content);
        let (whole, decoded) = rayon::join(
            || Digest::of(content).as_bytes() == trailer,
            || decode(content),
        );
        decoded.filter(|_| whole)
    }

    /// Replaces the file in one step; whether that worked. A cache that cannot be written is not a
    /// failure.
    pub fn write_cache(&self, name: &str, bytes: &[u8]) -> bool {
        self.write_cache_with(name, |content| content.write_all(bytes))
    }

    /// The same for content that never exists as a whole in memory.
    pub fn write_cache_with(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> bool {
        let path = self.cache_path(name);
        let Some(dir) = path.parent() else {
            return false;
        };
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(dir)?;
            // A link there would have the cache written wherever it leads.
            if !fs::symlink_metadata(dir)?.is_dir() {
                return Err(io::Error::other("not a folder"));
            }
            let mut file = tempfile::NamedTempFile::new_in(dir)?;
            let mut hashed = BufWriter::with_capacity(
                PIECE,
                Hashed {
                    file: &mut file,
                    digest: HashWriter::default(),
                },
            );
            content(&mut hashed)?;
            let digest = hashed
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .digest
                .digest();
            file.write_all(digest.as_bytes())?;
            file.persist(&path)?;
            Ok(())
        };
        write().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Scratch;
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_absent() {
        let scratch = Scratch::new();
        let repository = scratch.open();
        assert_eq!(repository.read_cache("replay"), None);
        assert!(
            repository.write_cache("replay", b"first")
                && repository.write_cache("replay", b"second")
        );
        assert_eq!(repository.read_cache("replay"), Some(b"second".to_vec()));
        let whole = fs::read(repository.cache_path("replay")).expect("written");
        for length in 0..whole.len() {
            fs::write(repository.cache_path("replay"), &whole[..length]).expect("writable");
            assert_eq!(repository.read_cache("replay"), None, "cut to {length}");
        }
        let mut flipped = whole;
        flipped[0] ^= 1;
        fs::write(repository.cache_path("replay"), flipped).expect("writable");
        assert_eq!(repository.read_cache("replay"), None);
        assert_eq!(
            fs::read_dir(repository.git_dir().join("countersign"))
                .expect("there")
                .count(),
            1,
            "no leftovers"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_not_regular_or_too_large_is_absent_at_once() {
        let scratch = Scratch::new();
        let repository = scratch.open();
        assert!(repository.write_cache("x", b"y"));
        let path = repository.cache_path("x");
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(LIMIT + 1))
            .expect("writable");
        assert_eq!(repository.read_cache("x"), None, "too large");
        fs::remove_file(&path).expect("writable");
        std::os::unix::fs::symlink("/dev/zero", &path).expect("writable");
        assert_eq!(repository.read_cache("x"), None, "what never ends");
        fs::remove_file(&path).expect("writable");
        let made = std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .expect("mkfifo is installed");
        assert!(made.success());
        assert_eq!(
            repository.read_cache("x"),
            None,
            "a pipe that no one writes to"
        );
        assert!(repository.write_cache("x", b"y"), "all of that is replaced");
        assert_eq!(repository.read_cache("x"), Some(b"y".to_vec()));
    }

    #[test]
    fn an_empty_content_is_not_an_absent_one() {
        let scratch = Scratch::new();
        let repository = scratch.open();
        assert!(repository.write_cache("x", b""));
        assert_eq!(repository.read_cache("x"), Some(Vec::new()));
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_not_a_failure() {
        let scratch = Scratch::new();
        fs::write(scratch.path().join(".git/countersign"), b"in the way").expect("writable");
        let repository = scratch.open();
        assert!(!repository.write_cache("x", b"y"));
        assert_eq!(repository.read_cache("x"), None);
    }
}
