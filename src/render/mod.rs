//! Views of a ledger and of a report: pure functions from library types to text.
//!
//! Every text that somebody else wrote passes through `escape` on its way out. Nothing here prints, reads a clock or looks at a repository.

pub mod audit;
pub mod checksum;
pub mod context;
pub mod diff;
pub mod escape;
pub mod github;
pub mod human;
pub mod json;
pub mod ocsf;
pub mod paint;
pub mod policy;
pub mod reviews;
#[cfg(test)]
mod sample;
pub mod sarif;
mod selection;
pub mod show;
mod table;
pub mod weighing;

pub use context::Context;
pub use paint::Paint;
pub use reviews::VerifiedReview;
