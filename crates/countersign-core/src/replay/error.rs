//! Why a question about a repository has no answer.

use std::sync::Arc;

use countersign_forge::ForgeError;
use countersign_git::{GitError, Incomplete};
use countersign_model::ObjectId;
use countersign_model::document::Problem;

/// Why the replay gave no ledger. None of these is ever a pass.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No landing of the branch holds a policy.
    #[error("no landing of this branch has a countersign.yaml")]
    NotGoverned,
    /// Every policy on the line is invalid, so nothing could begin.
    #[error("the policy that would be the anchor is not valid")]
    InvalidAnchor {
        /// The landing.
        commit: ObjectId,
        /// Its `countersign.yaml`.
        text: Vec<u8>,
        /// What is wrong with it.
        problems: Arc<Vec<Problem>>,
    },
    /// Commits or objects are not here.
    #[error("history is incomplete: {0}")]
    Incomplete(#[from] Incomplete),
    /// Something could not be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The pinned anchor does not lie on the branch's first-parent line.
    #[error("the pinned anchor {pinned} is not on the first-parent line of {head}")]
    AnchorNotReached {
        /// What `--anchor` names.
        pinned: ObjectId,
        /// Where the search began.
        head: ObjectId,
    },
    /// Governance began at another landing than the pinned one.
    #[error("governance starts at {found}, not at the pinned anchor {pinned}")]
    AnchorMismatch {
        /// What `--anchor` names.
        pinned: ObjectId,
        /// Where the line's first valid policy is.
        found: ObjectId,
    },
    /// The first policy restarts governance, and the verifier did not name its landing.
    #[error("policy {serial} at {} restarts governance, and it is not the pinned anchor", .commit.short())]
    RestartNotPinned {
        /// The landing.
        commit: ObjectId,
        /// The policy's serial.
        serial: u64,
    },
    /// Some policy lists a key that this build cannot read.
    #[error("a policy of this history lists an OpenPGP key, and this build has no OpenPGP")]
    NoOpenPgp,
    /// Merges make so many other lines reachable that judging them all would take too long.
    #[error("merges copy decisions between too many lines to judge them all")]
    TooManyLines,
    /// Base and head do not merge.
    #[error("the merge with the base conflicts in {}", .0.join(", "))]
    MergeConflict(Vec<String>),
    /// A forge was to be asked and gave no answer.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// A pull request's own commits are not here.
    #[error("the head {commit} of pull request {pull} is not in this clone")]
    PullNotFetched {
        /// Its number.
        pull: u64,
        /// Its head.
        commit: ObjectId,
    },
    /// The base is not in this clone, so it is not part of the governed branch either.
    #[error("the base {0} is not in this clone")]
    BaseMissing(ObjectId),
    /// The base is not part of the governed branch.
    #[error("the base {base} is not on the first-parent line of {branch}")]
    BaseNotOnBranch {
        /// What `--base` names.
        base: ObjectId,
        /// The governed branch.
        branch: String,
    },
}
