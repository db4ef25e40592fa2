//! Loose objects: each is opened once.
//!
//! The library asks for a file's kind, opens it and maps it, at every reading. Here a folder of
//! objects is listed once, a file is opened and read once, and what is small is kept, up to a
//! bound. Anything unusual, missing or large is left to the library.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};

use gix::objs::Kind;
use gix::zlib::{Inflate, Status};

use countersign_model::ObjectId;

/// Larger files are left to the library, which maps them.
const LARGEST_FILE: u64 = 64 << 10;
/// Larger objects too.
const LARGEST: usize = 256 << 10;
/// Objects up to this size are kept,
const LARGEST_KEPT: usize = 16 << 10;
/// as long as all of them are at most this large.
const MOST_KEPT: usize = 16 << 20;

/// The loose objects of a repository, without its alternates.
pub(super) struct Loose {
    folder: PathBuf,
    /// By the first byte of the id, from the first request on: the ids there, sorted.
    names: Vec<OnceLock<Vec<ObjectId>>>,
    kept: RwLock<ReadObjects>,
}

#[derive(Default)]
struct ReadObjects {
    objects: BTreeMap<ObjectId, (Kind, Arc<[u8]>)>,
    size: usize,
}

impl Loose {
    /// Those in a folder `objects`.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            names: (0..256).map(|_| OnceLock::new()).collect(),
            kept: RwLock::default(),
        }
    }

    /// The object's bytes, in place of what `buffer` holds, and its kind. They are not yet compared
    /// with the id. `None` when the library has to read it.
    pub fn read(&self, id: ObjectId, inflate: &mut Inflate, buffer: &mut Vec<u8>) -> Option<Kind> {
        if !self.has(id) {
            return None;
        }
        if let Some((kind, bytes)) = self.kept.read().ok()?.objects.get(&id) {
            buffer.clear();
            buffer.extend_from_slice(bytes);
            return Some(*kind);
        }
        let kind = self.open(id, inflate, buffer)?;
        if buffer.len() <= LARGEST_KEPT {
            self.keep(id, kind, buffer);
        }
        Some(kind)
    }

    fn has(&self, id: ObjectId) -> bool {
        let Some(names) = id
            .as_bytes()
            .first()
            .and_then(|first| self.names.get(usize::from(*first)))
        else {
            return false;
        };
        names
            .get_or_init(|| self.list(id))
            .binary_search(&id)
            .is_ok()
    }

    /// The ids that begin as `id` does.
    fn list(&self, id: ObjectId) -> Vec<ObjectId> {
        let first = id.to_string()[..2].to_owned();
        let entries = fs::read_dir(self.folder.join(&first))
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<ObjectId> = entries
            .filter_map(|entry| {
                format!("{first}{}", entry.file_name().to_str()?)
                    .parse()
                    .ok()
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn open(&self, id: ObjectId, inflate: &mut Inflate, buffer: &mut Vec<u8>) -> Option<Kind> {
        let name = id.to_string();
        let mut file = File::open(self.folder.join(&name[..2]).join(&name[2..])).ok()?;
        let mut packed = Vec::with_capacity(1 << 10);
        file.by_ref()
            .take(LARGEST_FILE + 1)
            .read_to_end(&mut packed)
            .ok()?;
        if packed.len() as u64 > LARGEST_FILE {
            return None;
        }
        inflate.reset();
        buffer.clear();
        // Most objects fit; only one that does not is inflated twice.
        buffer.resize((packed.len() * 4).clamp(1 << 10, LARGEST), 0);
        let mut done = inflate.once(&packed, buffer).ok()?;
        if done.0 != Status::StreamEnd {
            inflate.reset();
            buffer.resize(LARGEST, 0);
            done = inflate.once(&packed, buffer).ok()?;
        }
        if done.0 != Status::StreamEnd {
            return None;
        }
        buffer.truncate(done.2);
        let (kind, size, header) = gix::objs::decode::loose_header(buffer).ok()?;
        if buffer.len() - header != usize::try_from(size).ok()? {
            return None;
        }
        buffer.drain(..header);
        Some(kind)
    }

    fn keep(&self, id: ObjectId, kind: Kind, bytes: &[u8]) {
        let Ok(mut kept) = self.kept.write() else {
            return;
        };
        if kept.size + bytes.len() <= MOST_KEPT
            && kept.objects.insert(id, (kind, Arc::from(bytes))).is_none()
        {
            kept.size += bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Scratch;
    use super::super::*;

    #[test]
    fn a_loose_object_is_opened_once_and_still_compared_with_its_id() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let scratch = Scratch::with_format(format);
            scratch.write("a/b", "text\n");
            let head = scratch.commit("one");
            let blob = scratch.id("HEAD:a/b");
            let repository = scratch.open();
            let reader = || repository.reader();
            let tree = reader().root_tree(head).expect("a commit");
            assert_eq!(
                (reader().blob_size(blob), reader().blob(blob)),
                (Ok(5), Ok(b"text\n".to_vec()))
            );
            assert!(
                matches!(reader().commit(blob), Err(GitError::Corrupt { .. })),
                "of another kind"
            );
            let listing = reader().tree(tree).expect("a tree");
            // Whatever is read a second time is not looked for in files.
            let objects = scratch.path().join(".git/objects");
            std::fs::rename(&objects, scratch.path().join("away")).expect("writable");
            std::fs::create_dir(&objects).expect("writable");
            assert_eq!(reader().root_tree(head), Ok(tree));
            assert_eq!(reader().tree(tree), Ok(listing));
            assert_eq!(reader().blob(blob), Ok(b"text\n".to_vec()));
        }
    }

    #[test]
    fn objects_that_come_after_the_listing_are_found_and_tampered_ones_are_corrupt() {
        let scratch = Scratch::new();
        scratch.write("a", "one\n");
        scratch.commit("one");
        let repository = scratch.open();
        repository.blob(scratch.id("HEAD:a")).expect("there");
        for number in 0..300 {
            scratch.write("a", &format!("{number}\n"));
        }
        scratch.commit("two");
        let late = scratch.id("HEAD:a");
        assert_eq!(repository.blob(late), Ok(b"299\n".to_vec()));
        let place = |id: &str| {
            scratch
                .path()
                .join(".git/objects")
                .join(&id[..2])
                .join(&id[2..])
        };
        let (one, two) = (
            place(&scratch.id("HEAD:a").to_string()),
            place(&scratch.id("HEAD~1:a").to_string()),
        );
        std::fs::remove_file(&two).expect("there");
        std::fs::rename(&one, &two).expect("writable");
        assert!(matches!(
            scratch.open().blob(scratch.id("HEAD~1:a")),
            Err(GitError::Corrupt { .. })
        ));
    }
}
