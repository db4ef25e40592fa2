//! Blobs of any size, piece by piece.
//!
//! A blob of 900 MB of zeros is 1 MB in a pack, so what a blob costs must not depend on what it
//! says. A loose object and a whole one in a pack are inflated into a buffer of one size and hashed
//! on the way. Only a blob that a pack stores as a delta has to be built in memory; Git makes no
//! delta of a file of [`LARGEST_DELTA`] bytes and more, and neither is one read here.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gix::odb::pack::{Bundle, data::entry::Header};
use gix::zlib::Decompress;

use super::error::GitError;
use super::object::ObjectFormat;
use super::reader::{Reader, blob_hasher, to_gix, to_model};
use countersign_model::ObjectId;

/// Bytes of a blob that are held at a time.
pub(super) const PIECE: usize = 64 << 10;
/// A blob in a pack that is at most this large is read whole.
const SMALL: u64 = 1 << 20;
/// `core.bigFileThreshold` of Git.
const LARGEST_DELTA: u64 = 512 << 20;

/// Held while a large blob is in memory, so that workers hold one among them.
static IN_MEMORY: Mutex<()> = Mutex::new(());

/// Takes the pieces of a blob in order.
type Sink<'s> = dyn FnMut(&[u8]) + 's;

impl Reader {
    /// Gives the bytes of a blob to `sink`, piece by piece, and its length. They are hashed against
    /// the id: on an error, forget what came.
    pub fn stream_blob(&mut self, id: ObjectId, sink: &mut Sink<'_>) -> Result<u64, GitError> {
        if let Some(length) = self.stream_loose(id, sink)? {
            return Ok(length);
        }
        let size = self.blob_size(id)?;
        if size > SMALL
            && let Some(length) = self.stream_packed(id, size, sink)?
        {
            return Ok(length);
        }
        if size > LARGEST_DELTA {
            return Err(GitError::TooLarge {
                what: format!("blob {id}, which a pack stores as a delta"),
                limit: LARGEST_DELTA,
            });
        }
        let alone = if size > SMALL {
            IN_MEMORY.lock().ok()
        } else {
            None
        };
        let bytes = self.blob(id)?;
        sink(&bytes);
        drop(alone);
        Ok(bytes.len() as u64)
    }

    /// `None` unless the repository itself has the object as a file of its own.
    fn stream_loose(&self, id: ObjectId, sink: &mut Sink<'_>) -> Result<Option<u64>, GitError> {
        let name = id.to_string();
        let path = self
            .local
            .objects
            .store_ref()
            .path()
            .join(&name[..2])
            .join(&name[2..]);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GitError::io(&path, &error)),
        };
        let mut inflated = Inflated::new(id, BufReader::with_capacity(PIECE, file));
        // The header of a file ends with a zero byte: `blob 12345`.
        let mut first = vec![0; 32];
        let filled = inflated.fill(&mut first)?;
        first.truncate(filled);
        let corrupt = |reason: &str| GitError::Corrupt {
            id,
            reason: reason.to_owned(),
        };
        let end = first
            .iter()
            .position(|byte| *byte == 0)
            .ok_or_else(|| corrupt("it has no header"))?;
        let header = std::str::from_utf8(&first[..end])
            .ok()
            .and_then(|header| header.split_once(' '));
        let (kind, size) = header.ok_or_else(|| corrupt("it has no header"))?;
        if kind != "blob" {
            return Err(GitError::Corrupt {
                id,
                reason: format!("it is a {kind} instead of a blob"),
            });
        }
        let size = size
            .parse()
            .map_err(|_| corrupt("its header has no length"))?;
        inflated
            .check(self.object_format(), size, &first[end + 1..], sink)
            .map(Some)
    }

    /// `None` unless a pack stores the object whole.
    fn stream_packed(
        &mut self,
        id: ObjectId,
        size: u64,
        sink: &mut Sink<'_>,
    ) -> Result<Option<u64>, GitError> {
        let format = self.object_format();
        for pack in self.packs()? {
            let Some(index) = pack.index.lookup(to_gix(&id)) else {
                continue;
            };
            let corrupt = |error: gix::Error| GitError::Corrupt {
                id,
                reason: error.to_string(),
            };
            let entry = pack
                .pack
                .entry(pack.index.pack_offset_at_index(index))
                .map_err(corrupt)?;
            if !matches!(entry.header, Header::Blob) || entry.decompressed_size != size {
                continue;
            }
            let Some(bytes) = pack
                .pack
                .entry_slice(entry.data_offset..pack.pack.pack_end() as u64)
            else {
                continue;
            };
            return Inflated::new(id, bytes)
                .check(format, size, &[], sink)
                .map(Some);
        }
        Ok(None)
    }

    /// The packs of the repository and of its alternates, opened once.
    fn packs(&mut self) -> Result<&[Bundle], GitError> {
        if self.packs.is_none() {
            let store = self.local.objects.store_ref();
            let library = |error: gix::Error| GitError::Library(error.to_string());
            let mut folders = vec![store.path().to_owned()];
            folders.extend(store.alternate_db_paths().map_err(library)?);
            let mut packs = Vec::new();
            for path in folders
                .iter()
                .flat_map(|folder| indices(&folder.join("pack")))
            {
                // What cannot be opened is not looked into; the object is then read as any other.
                packs.extend(Bundle::at(&path, self.local.object_hash()).ok());
            }
            self.packs = Some(packs);
        }
        Ok(self.packs.as_deref().unwrap_or_default())
    }
}

/// The index files in a folder of packs, sorted.
fn indices(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "idx"))
        .collect();
    found.sort();
    found
}

/// A blob while it is inflated.
struct Inflated<R> {
    id: ObjectId,
    from: R,
    state: Decompress,
}

impl<R: BufRead> Inflated<R> {
    fn new(id: ObjectId, from: R) -> Self {
        Self {
            id,
            from,
            state: Decompress::default(),
        }
    }

    /// Fills `buffer` as far as the stream goes.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, GitError> {
        gix::zlib::stream::inflate::read(&mut self.from, &mut self.state, buffer).map_err(|error| {
            GitError::Corrupt {
                id: self.id,
                reason: error.to_string(),
            }
        })
    }

    /// Gives `first` and what follows it to `sink`, and compares all of it with the id and `size`.
    fn check(
        mut self,
        format: ObjectFormat,
        size: u64,
        first: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<u64, GitError> {
        let mut hash = blob_hasher(format, size);
        let mut length = first.len() as u64;
        hash.update(first);
        sink(first);
        let mut piece = vec![0; PIECE];
        while length <= size {
            let count = self.fill(&mut piece)?;
            if count == 0 {
                break;
            }
            length += count as u64;
            hash.update(&piece[..count]);
            sink(&piece[..count]);
        }
        let corrupt = |reason: String| GitError::Corrupt {
            id: self.id,
            reason,
        };
        if length != size {
            return Err(corrupt(format!(
                "its length is not the {size} bytes that its header says"
            )));
        }
        let actual = to_model(
            &hash
                .try_finalize()
                .map_err(|error| corrupt(error.to_string()))?,
        );
        if actual == self.id {
            Ok(length)
        } else {
            Err(corrupt(format!("its bytes have the id {actual}")))
        }
    }
}
