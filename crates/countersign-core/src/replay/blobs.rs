//! Facts about blobs, each computed once however many landings that follow each other hold it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_git::{GitError, Reader};
use countersign_model::document::head::{self, Head};
use countersign_model::document::lfs;
use countersign_model::{Digest, Kind, ObjectId};

/// What a manifest needs of a blob.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlobFacts {
    pub sha256: Digest,
    pub size: u64,
    pub lfs_pointer: bool,
}

const SHARDS: usize = 16;
/// Entries that a shard holds before it is emptied: what one tree has many times over, and not what
/// a long history has.
const MOST: usize = 512;

/// Heads by blob, kind, and whether the reader is lenient.
type Heads = HashMap<(ObjectId, Kind, bool), Arc<Head>>;

/// Shared by all workers. Only content-addressed facts live here, so the order in which workers ask
/// cannot matter.
pub(super) struct Blobs {
    facts: Vec<Mutex<HashMap<ObjectId, BlobFacts>>>,
    heads: Vec<Mutex<Heads>>,
}

impl Blobs {
    pub fn new() -> Self {
        Self {
            facts: (0..SHARDS).map(|_| Mutex::default()).collect(),
            heads: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Gives the memory back: nothing more will be read.
    pub fn forget(&self) {
        self.facts.iter().for_each(|shard| {
            drop(std::mem::take(
                &mut *shard.lock().unwrap_or_else(PoisonError::into_inner),
            ));
        });
        self.heads.iter().for_each(|shard| {
            drop(std::mem::take(
                &mut *shard.lock().unwrap_or_else(PoisonError::into_inner),
            ));
        });
    }

    /// The facts of a blob of at most `limit` bytes; `None` when it is larger.
    pub fn facts(
        &self,
        reader: &mut Reader,
        id: ObjectId,
        limit: u64,
    ) -> Result<Option<BlobFacts>, GitError> {
        let shard = &self.facts[shard(&id)];
        if let Some(facts) = shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
        {
            return Ok((facts.size <= limit).then_some(*facts));
        }
        if reader.blob_size(id)? > limit {
            return Ok(None);
        }
        let bytes = reader.blob(id)?;
        let facts = BlobFacts {
            sha256: Digest::of(&bytes),
            size: bytes.len() as u64,
            lfs_pointer: lfs::pointer(&bytes).is_some(),
        };
        keep(shard, id, facts);
        Ok(Some(facts))
    }

    /// What a document declares. Its blob has passed [`Self::facts`] before.
    pub fn head(
        &self,
        reader: &mut Reader,
        id: ObjectId,
        kind: Kind,
        lenient: bool,
        path: &str,
    ) -> Result<Arc<Head>, GitError> {
        let key = (id, kind, lenient);
        let shard = &self.heads[shard(&id)];
        if let Some(head) = shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(Arc::clone(head));
        }
        let bytes = reader.blob(id)?;
        let head = Arc::new(head::read(kind, lenient, path, &bytes));
        keep(shard, key, Arc::clone(&head));
        Ok(head)
    }
}

fn keep<K: Eq + std::hash::Hash, V>(shard: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut known = shard.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key, value);
}

fn shard(id: &ObjectId) -> usize {
    usize::from(id.as_bytes()[0]) % SHARDS
}
