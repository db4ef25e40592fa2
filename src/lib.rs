//! How a change becomes a verdict.

pub mod lifecycle;
pub mod model;
