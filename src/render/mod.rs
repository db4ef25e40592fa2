//! Views of a ledger and of a report: pure functions from library types to text.
//!
//! All text from outside passes through `escape` on its way out. Nothing here prints, reads a clock
//! or accesses a repository.

pub mod checksum;
pub mod diff;
mod fit;
pub mod github;
pub mod human;
pub mod inventory;
mod inventory_csv;
pub mod json;
pub mod listing;
pub mod paint;
pub mod policy;
pub mod review_context;
pub mod reviews;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod show;
pub mod status;
pub mod suggest;
mod table;
mod unrecorded;

pub use countersign_audit::{ocsf, render as audit};
pub use countersign_core::context::{self, Context};
pub use countersign_model::escape;
pub use inventory_csv::inventory_csv;
pub use listing::Listing;
pub use paint::Paint;
pub use reviews::VerifiedReview;
