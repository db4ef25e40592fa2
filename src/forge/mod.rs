//! Pull requests and their reviews, as a forge tells them.
//!
//! Owns what is asked of a forge and the types its answers are parsed into. Believes nothing: whether a review counts is for `evidence` to say,
//! and every text here was written by somebody else. Knows no policy and no Git repository.

pub mod pull;

pub use pull::{Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, Review, ReviewState};
