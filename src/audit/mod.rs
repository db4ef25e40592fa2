//! Evidence for auditors: from the ledger and the findings to a report, and to a log that can only grow.
//!
//! `report` is the result as pure data. Nothing here prints, escapes, reads a file or a clock, or starts a program.

pub mod canonical;
pub mod checkpoint;
pub mod framework;
pub mod identity;
pub mod leaf;
pub mod merkle;
pub mod report;

pub use report::Report;
