//! How a change becomes a verdict.

pub mod cli;
pub mod document;
pub mod evidence;
pub mod git;
pub mod lifecycle;
pub mod model;
pub mod signature;
