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
    #[error("`{rev}` {why}")]
    UnknownRevision {
        /// As written.
        rev: String,
        /// Why not.
        why: RevisionFault,
    },
    /// The repository uses a format that this program cannot read.
    #[error("the repository uses {0}, which is not supported")]
    Unsupported(String),
    /// The repository keeps its references in a way that this program cannot read.
    #[error("the repository keeps its references in the format `{0}`, which is not supported")]
    RefStorage(String),
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

/// Why a revision does not name a commit; what follows the revision in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionFault {
    /// A whole id of an object that this clone does not have.
    #[error("is not in this clone")]
    Absent {
        /// A remote that could have it.
        remote: Option<String>,
    },
    /// A branch of a remote that was not fetched.
    #[error("is not in this clone")]
    NotFetched {
        /// The remote.
        remote: String,
        /// Its branch.
        branch: String,
    },
    /// `@{upstream}` of a branch that follows no other.
    #[error("does not name a commit: the branch `{branch}` has no upstream")]
    NoUpstream {
        /// The branch.
        branch: String,
    },
    /// `@{upstream}` where HEAD is on no branch.
    #[error("does not name a commit: HEAD is not on a branch")]
    Detached,
    /// `@{push}`, which depends on settings of several kinds.
    #[error("cannot be resolved here: Countersign does not read where `git push` pushes to")]
    Push,
    /// `a..b`, `^a` and the like.
    #[error("is a range, not one commit")]
    Range,
    /// `:/text` and `^{/text}`.
    #[error("matches no commit message; the text is compared as it is, not as a pattern")]
    Search,
    /// The beginning of several ids.
    #[error("is the beginning of more than one id")]
    Ambiguous,
    /// The name is known, and what follows it leads nowhere.
    #[error("does not lead to a commit from `{name}`")]
    Beyond {
        /// The name.
        name: String,
    },
    /// An object of another kind.
    #[error("is {0}, not a commit")]
    NotACommit(&'static str),
    /// The object is damaged.
    #[error("names an object that cannot be read")]
    Unreadable,
    /// Anything else.
    #[error("does not name a commit in this clone")]
    Unknown,
}

impl GitError {
    /// How to make the repository readable, where that is known.
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::RefStorage(_) => {
                Some("Convert it, or a clone of it, with `git refs migrate --ref-format=files`.")
            }
            Self::Unsupported(_) => {
                Some("Clone it again with the options that Git has by default.")
            }
            Self::Missing(_) | Self::Corrupt { .. } => Some(
                "Clone the repository again, complete and unfiltered; `git fsck` shows what is broken.",
            ),
            _ => None,
        }
    }

    /// Wraps an I/O error with the path that it concerns.
    pub(super) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}
