//! Pull requests and their reviews, as a forge tells them.
//!
//! Owns what is asked of a forge and the types its answers are parsed into. Believes nothing: whether a review counts is for `evidence` to say,
//! and every text here was written by somebody else. Knows no policy and no Git repository.

pub mod pull;
pub mod recorded;

use crate::model::ObjectId;

pub use pull::{Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, Review, ReviewState};
pub use recorded::Recorded;

/// Whoever can be asked about pull requests.
pub trait Forge {
    /// One pull request with all its reviews and events.
    fn pull(&self, number: u64) -> Result<Pull, ForgeError>;

    /// The pull requests that a commit came with, open or merged.
    fn pulls_of(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError>;
}

/// Why a forge gave no answer. Never a pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// The saved answers do not hold this one.
    #[error("the saved answers say nothing about {0}")]
    NotRecorded(String),
    /// The saved answers cannot be read.
    #[error("the saved answers cannot be read: {0}")]
    Malformed(String),
}
