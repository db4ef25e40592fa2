//! Why something could not be read from a repository.

use std::path::PathBuf;

use countersign_model::ObjectId;

/// A failure of the Git layer. All except the first three mean that the repository cannot be
/// evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// No repository at or above the directory.
    #[error("no Git repository at or above {}", .0.display())]
    NotARepository(PathBuf),
    /// `HEAD` names a branch without commits.
    #[error("the branch {0} has no commits yet")]
    Unborn(String),
    /// A revision that the user wrote is not a commit.
    #[error("`{rev}` is not a commit: {reason}")]
    UnknownRevision {
        /// As written.
        rev: String,
        /// What the Git library says.
        reason: String,
    },
    /// The repository uses a format that this program cannot read.
    #[error("the repository uses {0}, which is not supported")]
    Unsupported(String),
    /// An object that history or a tree names is missing.
    #[error("object {0} is missing")]
    Missing(ObjectId),
    /// An object exists but does not match its id.
    #[error("object {id} is corrupt: {reason}")]
    Corrupt {
        /// Which one.
        id: ObjectId,
        /// In what way.
        reason: String,
    },
    /// A path leads through a tree with two readings, see [`crate::TreeFault`].
    #[error("tree {0} is malformed")]
    MalformedTree(ObjectId),
    /// More of something than any real repository has: a decompression or tree bomb.
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge {
        /// Of what.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// Two commits share no history, so they cannot be merged.
    #[error("{0} and {1} have no common ancestor")]
    Unrelated(ObjectId, ObjectId),
    /// The operating system refused a read or write.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// Of which file.
        path: PathBuf,
        /// Its message.
        reason: String,
    },
    /// Anything else that the Git library reports.
    #[error("{0}")]
    Library(String),
}

impl GitError {
    /// Wraps an I/O error with the path that it concerns.
    pub(super) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}
