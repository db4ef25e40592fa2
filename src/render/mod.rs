//! Views of a ledger and of a report: pure functions from library types to text.
//!
//! Every text that somebody else wrote passes through `escape` on its way out. Nothing here prints, reads a clock or looks at a repository.

pub mod audit;
pub mod checksum;
pub mod context;
pub mod diff;
pub mod escape;
pub mod human;
pub mod json;
pub mod paint;
pub mod policy;
#[cfg(test)]
mod sample;
mod selection;
pub mod show;
mod table;

pub use context::Context;
pub use paint::Paint;
