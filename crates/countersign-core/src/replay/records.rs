//! Record files: from a tree entry to a [`Record`] with its proofs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::evidence::{Carrier, Record};
use countersign_git::{Change, Commit, GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, Reader};
use countersign_model::document;
use countersign_model::{Decision, Digest, ObjectId, Policy, PrincipalName};
use countersign_signature::{Format, Proof, VerificationKey, prove_commit, prove_detached};

use super::commits::ReadCommit;

/// Largest record and largest signature file, in bytes. A batch of a thousand items fits.
pub(super) const MOST_RECORD_BYTES: u64 = 1 << 18;

/// Whether a path is where a record may lie.
pub fn is_record(path: &[u8]) -> bool {
    in_approvals(path) && path.ends_with(b".yaml") && std::str::from_utf8(path).is_ok()
}

/// Whether a path lies in the folder of records.
pub fn in_approvals(path: &[u8]) -> bool {
    path.strip_prefix(Policy::APPROVALS.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// The record whose signature a path could be.
pub fn signed_by(path: &[u8]) -> Option<&[u8]> {
    Format::ALL.iter().find_map(|format| path.strip_suffix(format.suffix().as_bytes())).filter(|record| is_record(record))
}

/// Reads the record at `path` in `tree`, and proves the signatures beside it.
///
/// An entry that is not a regular file still has bytes, which may be a signed decision that lowers: it is read all the same, with its fault.
pub(super) fn read(reader: &mut Reader, tree: ObjectId, path: &[u8], leaf: Leaf, keys: &[VerificationKey]) -> Result<Record, GitError> {
    let shown: Arc<str> = String::from_utf8_lossy(path).into();
    let mode_fault = match leaf.mode {
        MODE_REGULAR => None,
        MODE_EXECUTABLE => Some("a record may not be executable"),
        _ => Some("a record is a regular file"),
    };
    let unreadable = |digest: Digest, why: &str| Record {
        digest,
        path: Arc::clone(&shown),
        decision: Err(why.to_owned()),
        mode_fault,
        signature_files: Vec::new(),
        signatures: Vec::new(),
        carriers: Vec::new(),
        openers: Vec::new(),
    };
    // What has no readable bytes is identified by its place and object.
    let stand_in = || Digest::of(format!("{shown}\0{:o}\0{}", leaf.mode, leaf.id).as_bytes());
    if !is_blob(leaf.mode) {
        return Ok(unreadable(stand_in(), "a record is a regular file"));
    }
    if reader.blob_size(leaf.id)? > MOST_RECORD_BYTES {
        return Ok(unreadable(stand_in(), "a record is at most 256 KiB"));
    }
    let bytes = reader.blob(leaf.id)?;
    let digest = Digest::of(&bytes);
    let decision = match document::decision::parse(&shown, &bytes) {
        Ok(decision) => decision,
        Err(problems) => {
            let first =
                problems.first().map_or_else(String::new, |p| format!("line {}, column {}: {}", p.place.line, p.place.column, p.message));
            return Ok(unreadable(digest, mode_fault.unwrap_or(&first)));
        }
    };
    let mut signatures: Vec<Proof> = Vec::new();
    let mut signature_files = Vec::new();
    for format in Format::ALL {
        let mut beside = path.to_vec();
        beside.extend_from_slice(format.suffix().as_bytes());
        let Some(entry) = reader.entry_at(tree, &beside)? else { continue };
        signature_files.push((String::from_utf8_lossy(&beside).into_owned(), entry.id));
        let regular = matches!(entry.mode, MODE_REGULAR | MODE_EXECUTABLE);
        // To lower, the signature's bytes are enough, whatever the entry is.
        let usable = regular || !decision.kind.raises() && is_blob(entry.mode);
        let readable = usable && reader.blob_size(entry.id)? <= MOST_RECORD_BYTES;
        let signature = if readable { reader.blob(entry.id)? } else { Vec::new() };
        signatures.extend(prove_detached(format, &bytes, &signature, keys));
    }
    Ok(Record {
        digest,
        path: shown,
        decision: Ok(Arc::new(decision)),
        mode_fault,
        signature_files,
        signatures,
        carriers: Vec::new(),
        openers: Vec::new(),
    })
}

/// Whether an entry of this mode holds a blob, in whatever spelling Git accepts.
const fn is_blob(mode: u32) -> bool {
    matches!(mode & 0o170_000, 0o100_000 | 0o120_000)
}

/// The commit as possible evidence for records of one principal.
///
/// `changes` are the commit's changes against its first parent. Only a commit that does nothing but add records of one principal (and their
/// signatures) speaks for them.
fn carrier(reader: &mut Reader, commit: &Commit, changes: &[Change], proofs: &[Proof]) -> Result<Carrier, GitError> {
    let mut principal: Option<PrincipalName> = None;
    let mut only = !changes.is_empty();
    for change in changes {
        let added = change.before.is_none() && change.after.is_some_and(|leaf| leaf.mode == MODE_REGULAR);
        if added && signed_by(&change.path).is_some() {
            continue;
        }
        let decision: Option<Decision> = match change.after {
            Some(leaf) if added && is_record(&change.path) && reader.blob_size(leaf.id)? <= MOST_RECORD_BYTES => {
                document::decision::parse(&String::from_utf8_lossy(&change.path), &reader.blob(leaf.id)?).ok()
            }
            _ => None,
        };
        match (decision, &principal) {
            (Some(decision), None) => principal = Some(decision.principal),
            (Some(decision), Some(name)) if decision.principal == *name => {}
            _ => {
                only = false;
                break;
            }
        }
    }
    Ok(Carrier {
        commit: commit.id,
        single_parent: commit.parents.len() == 1,
        only_records_of: principal.filter(|_| only),
        proofs: proofs.to_vec(),
        malformed: malformed(commit),
    })
}

/// The carriers of a landing's commits, each made when it is first needed: a commit may add a thousand records.
#[derive(Default)]
pub(super) struct Carriers(BTreeMap<ObjectId, Carrier>);

impl Carriers {
    /// `commit` as a carrier.
    pub fn of(&mut self, reader: &mut Reader, commit: &ReadCommit) -> Result<&Carrier, GitError> {
        Ok(match self.0.entry(commit.commit.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(carrier(reader, &commit.commit, &commit.changes, &commit.proofs)?),
        })
    }
}

/// Why a commit's signature may not be used, when it has more than one reading.
pub(super) fn malformed(commit: &Commit) -> Option<String> {
    let faults = commit.signature().err()?;
    Some(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// Proofs of a commit's own signature; empty when it is unsigned, and a malformed one proves nothing.
pub(super) fn proofs(commit: &Commit, keys: &[VerificationKey]) -> Vec<Proof> {
    match commit.signature() {
        Ok(Some(signature)) => prove_commit(&signature.payload, &signature.armor, keys),
        _ => Vec::new(),
    }
}
