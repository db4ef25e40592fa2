//! How a change becomes a verdict.

pub mod audit;
pub mod check;
pub mod cli;
pub mod demo;
pub mod document;
pub mod evidence;
pub mod forge;
pub mod git;
pub mod harness;
pub mod lifecycle;
pub mod model;
pub mod render;
pub mod replay;
pub mod signature;
