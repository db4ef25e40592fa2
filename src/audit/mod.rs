//! Evidence for auditors: from the ledger and the findings to a report, and to a log that can only grow.
//!
//! `report` is the result as pure data. Nothing here prints, escapes, signs or reads a clock.

pub mod framework;
pub mod report;

pub use report::Report;
