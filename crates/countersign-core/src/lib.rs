//! Judges a repository: from commits, records and reviews to the state of every version, and from there to a verdict.
//!
//! The layers, each of which uses only those before it: `evidence` says who decided, `lifecycle` what that comes to, `replay` feeds it a history,
//! `check` judges what is there.
//!
//! Comments refer to trust rules by number: `docs/trust-model.md` states them, with their reasons.

pub mod check;
pub mod context;
pub mod evidence;
pub mod judge;
pub mod lifecycle;
pub mod replay;

pub use context::Context;
