//! What all parsers and readers of objects share: the format that names objects, the size limit,
//! and a commit as a walk needs it.
//!
//! The bottom of this crate: uses no other module of it.

use smallvec::SmallVec;

use countersign_model::{ObjectId, Timestamp};

/// Largest object that is read: a memory bound against bombs, far above any package limit.
pub(super) const OBJECT_LIMIT: usize = 2 << 30;

/// The hash that names a repository's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectFormat {
    /// 20-byte ids.
    Sha1,
    /// 32-byte ids.
    Sha256,
}

impl ObjectFormat {
    /// The name in `extensions.objectFormat`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// Bytes in an id.
    pub const fn id_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The one commit header that may carry a signature.
    pub const fn signature_header(self) -> &'static str {
        match self {
            Self::Sha1 => "gpgsig",
            Self::Sha256 => "gpgsig-sha256",
        }
    }
}

/// What a walk needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitNode {
    /// Its id.
    pub id: ObjectId,
    /// Its root tree.
    pub tree: ObjectId,
    /// Its parents in order.
    pub parents: Parents,
    /// The committer's claimed time, clamped.
    pub committed: Timestamp,
}

/// The parents of a commit, in order. Most have one, and a long line has very many of those.
pub type Parents = SmallVec<[ObjectId; 1]>;
