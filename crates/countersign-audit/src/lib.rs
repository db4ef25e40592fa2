//! Evidence for auditors: from the ledger and the findings to a report, and to a log that can only
//! grow.
//!
//! **Owns** the report as data (`report`), how it is built (`build`), the append-only log with its
//! proofs (`leaf`, `merkle`, `checkpoint`), compliance frameworks, and the renderings of all this
//! (`render`, `ocsf`).
//!
//! **Must not** decide anything, read a file or a clock, print, or start a program. The same
//! repository and the same time give the same bytes.
//!
//! **Start reading** at [`build::build`], then at [`verify`], which checks a report that someone
//! else made.

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
