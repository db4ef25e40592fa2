//! How a change becomes a verdict.

pub mod demo;
pub mod git;
pub mod lifecycle;
pub mod model;
