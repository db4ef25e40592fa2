//! A record and everything that could prove who made it, before any policy is asked.

use std::sync::Arc;

use crate::model::{Decision, Digest, ForgeAccount, ObjectId, PrincipalName};
use crate::signature::Proof;

/// A decision file as it came into the history, with its proofs.
#[derive(Clone, Debug)]
pub struct Record {
    /// SHA-256 of its bytes: what makes two files the same record.
    pub digest: Digest,
    /// Where it lies.
    pub path: Arc<str>,
    /// Its content, or why it could not be read (place and reason, for people).
    pub decision: Result<Arc<Decision>, String>,
    /// Paths and blobs of the signature files beside it.
    pub signature_files: Vec<(String, ObjectId)>,
    /// Proofs of the detached signatures beside it; empty when there is none.
    pub signatures: Vec<Proof>,
    /// The commits that brought exactly this path and blob; empty when not looked for.
    pub carriers: Vec<Carrier>,
    /// The accounts that opened a pull request which did nothing but add this record; empty unless a forge was asked.
    pub openers: Vec<ForgeAccount>,
}

impl Record {
    /// Whether it could be read and takes trust away.
    pub fn lowers(&self) -> bool {
        self.decision.as_ref().is_ok_and(|decision| !decision.kind.raises())
    }
}

/// A commit that introduced a record.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// The commit.
    pub commit: ObjectId,
    /// Whether it has exactly one parent.
    pub single_parent: bool,
    /// The one principal whose records are all that the commit adds; `None` when it does anything else.
    pub only_records_of: Option<PrincipalName>,
    /// Proofs of the commit's own signature; empty when unsigned.
    pub proofs: Vec<Proof>,
    /// Why the commit's signature may not be used, when it has more than one reading.
    pub malformed: Option<String>,
}
