//! How a change becomes a verdict.

pub mod check;
pub mod document;
pub mod lifecycle;
pub mod model;
pub mod render;
