//! The program: its commands, and the views that only they use.
//!
//! **Owns** [`cli`], the only code that prints, starts programs, reads the clock and writes files;
//! and [`render`], from a ledger or a report to text and JSON. It names every other crate once
//! more, for its commands, its tests and the fuzzer.
//!
//! **Must not** hold a rule: what a version's state is, and what a change may do, is for
//! `countersign-core` to say.
//!
//! **Start reading** at a command, such as `cli/check.rs`, then at [`judge::Question`], which it
//! asks.

pub mod cli;
pub mod render;

pub use countersign_audit as audit;
pub use countersign_core::{check, evidence, judge, lifecycle, replay};
pub use countersign_demo as demo;
pub use countersign_forge as forge;
pub use countersign_git as git;
pub use countersign_harness as harness;
pub use countersign_install as install;
pub use countersign_model as model;
pub use countersign_model::document;
pub use countersign_signature as signature;
