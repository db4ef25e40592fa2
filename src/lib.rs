//! How a change becomes a verdict.

pub mod git;
pub mod lifecycle;
pub mod model;
