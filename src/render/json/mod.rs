//! The JSON output, versioned and decoupled from internal types. What is absent is null; arrays are sorted by the keys stated at each type.

mod check;
mod checksum;
mod decided;
mod demo;
mod diff;
mod explain;
mod governance;
mod init;
mod log;
mod policy;
mod reviews;
mod show;
mod status;
mod subject;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use check::{Check, Counts, FindingOut, check};
pub use checksum::{ChecksumOut, Checksums, FileOut, checksum};
pub use decided::{Decided, DecidedItem, LeftOut};
pub use demo::{Demo, DemoLanding};
pub use diff::{CapabilityOut, Diff, DiffSide, FileDiff, diff};
pub use explain::{Approved, EvidenceOut, Explain, Installation, Remedy, explain};
pub use governance::{AdministratorOut, ExplainPolicy, ExplainPrincipal, explain_policy, explain_principal};
pub use init::{Init, InitEntry, InitIgnored};
pub use log::{EventLine, EventOut, Log, log};
pub use policy::{GovernedOut, PolicyChangeOut, PolicyDiffOut, PolicySide, policy_diff};
pub use reviews::{DifferenceOut, Recorded, Verified, VerifiedOut, reviews_recorded, reviews_verified};
pub use show::{Show, show};
pub use status::{Pending, PolicyOut, Status, status};
pub use subject::{Have, Landed, RequirementOut, SubjectOut, VersionOut};

use super::escape::{InertJson, InertLine};

/// The text of a value: indented, escaped for terminals, with a final line break.
pub fn text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    write(value, &mut bytes).expect("output types have string keys, and a Vec takes every write");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// The same piece by piece, for what is too large to be held as a whole.
pub fn write(value: &impl Serialize, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, InertJson::default());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The text of a value on one line, escaped for terminals, with a final line break.
pub fn line(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, InertLine);
    value.serialize(&mut serializer).expect("output types have string keys, and a Vec takes every write");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}
