//! How a change becomes a verdict.

pub mod evidence;
pub mod lifecycle;
pub mod model;
pub mod signature;
