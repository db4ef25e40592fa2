//! Evidence for auditors: from the ledger and the findings to a report, and to a log that can only grow.
//!
//! `report` is the result as pure data, `build` makes it, `render` shows it. Nothing here prints, reads a file or a clock, or starts a program.

pub mod build;
pub mod canonical;
pub mod checkpoint;
pub mod extension;
pub mod framework;
pub mod history;
pub mod identity;
pub mod leaf;
pub mod merkle;
pub mod ocsf;
pub mod period;
pub mod render;
pub mod report;
pub mod sample;
pub mod strict_json;
pub mod verify;
pub mod version_label;

pub use report::AuditReport;
