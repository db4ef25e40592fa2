//! How a change becomes a verdict.

pub mod cli;
pub mod render;

pub use countersign_audit as audit;
pub use countersign_core::{check, evidence, judge, lifecycle, replay};
pub use countersign_demo as demo;
pub use countersign_forge as forge;
pub use countersign_git as git;
pub use countersign_harness as harness;
pub use countersign_model as model;
pub use countersign_model::document;
pub use countersign_signature as signature;
