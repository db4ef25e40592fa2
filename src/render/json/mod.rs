//! The JSON output, versioned and decoupled from internal types. Absent values are null; arrays are
//! sorted by the keys stated at each type.

mod check;
mod checksum;
mod decision_report;
mod demo;
mod diff;
mod explain;
mod governance;
mod init;
mod inventory;
mod log;
#[cfg(test)]
mod page;
mod policy;
mod reviews;
pub mod schemas;
mod show;
mod status;
mod subject;
mod suggest;
mod verify;

#[cfg(test)]
mod tests;

pub use check::{Check, Counts, FindingOut, check};
pub use checksum::{ChecksumOut, Checksums, FileOut, checksum};
pub use decision_report::{DecidedItem, DecisionReport, LeftOut};
pub use demo::{Demo, DemoLanding};
pub use diff::{CapabilityOut, Diff, DiffSide, FileDiff, diff};
pub use explain::{Approved, EvidenceOut, Explain, Installation, Remedy, explain};
pub use governance::{
    AdministratorOut, ExplainPolicy, ExplainPrincipal, explain_policy, explain_principal,
};
pub use init::{Init, InitEntry, InitIgnored, InitWorkflow};
pub use inventory::{InventoryOut, ItemOut, NoteOut, SourceOut, UnsearchedOut, inventory};
pub use log::{EventLine, EventOut, Log, log};
pub use policy::{GovernedOut, PolicyChangeOut, PolicyDiffOut, PolicySide, policy_diff};
pub use reviews::{
    DifferenceOut, ReviewsRecorded, ReviewsVerified, VerifiedOut, reviews_recorded,
    reviews_verified,
};
pub use show::{Show, show};
pub use status::{Pending, PersonOut, PolicyOut, Status, status};
pub use subject::{ApprovalOut, Landed, RequirementOut, SubjectOut, VersionOut};
pub use suggest::{DraftOut, Suggest, suggest};
pub use verify::ReportVerified;

pub use super::escape::{json_line as line, json_text as text, write_json as write};
