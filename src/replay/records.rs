//! Record files: from a tree entry to a [`Record`] with its proofs.

use std::sync::Arc;

use crate::document;
use crate::evidence::{Carrier, Record};
use crate::git::{Change, Commit, GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, Reader};
use crate::model::{Decision, Digest, ObjectId, Policy, PrincipalName};
use crate::signature::{Format, Proof, VerificationKey, prove_commit, prove_detached};

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
pub(super) fn read(reader: &mut Reader, tree: ObjectId, path: &[u8], leaf: Leaf, keys: &[VerificationKey]) -> Result<Record, GitError> {
    let shown: Arc<str> = String::from_utf8_lossy(path).into();
    let fault = |digest: Digest, why: &str| Record {
        digest,
        path: Arc::clone(&shown),
        decision: Err(why.to_owned()),
        signature_files: Vec::new(),
        signatures: Vec::new(),
        carriers: Vec::new(),
        openers: Vec::new(),
    };
    // What is no readable file has no bytes of its own: its place and object stand for it.
    let stand_in = || Digest::of(format!("{shown}\0{:o}\0{}", leaf.mode, leaf.id).as_bytes());
    if leaf.mode != MODE_REGULAR {
        return Ok(fault(
            stand_in(),
            if leaf.mode == MODE_EXECUTABLE { "a record may not be executable" } else { "a record is a regular file" },
        ));
    }
    if reader.blob_size(leaf.id)? > MOST_RECORD_BYTES {
        return Ok(fault(stand_in(), "a record is at most 256 KiB"));
    }
    let bytes = reader.blob(leaf.id)?;
    let digest = Digest::of(&bytes);
    let decision = match document::decision::parse(&shown, &bytes) {
        Ok(decision) => decision,
        Err(problems) => {
            let first =
                problems.first().map_or_else(String::new, |p| format!("line {}, column {}: {}", p.place.line, p.place.column, p.message));
            return Ok(fault(digest, &first));
        }
    };
    let mut signatures: Vec<Proof> = Vec::new();
    let mut signature_files = Vec::new();
    for format in Format::ALL {
        let mut beside = path.to_vec();
        beside.extend_from_slice(format.suffix().as_bytes());
        let Some(entry) = reader.entry_at(tree, &beside)? else { continue };
        signature_files.push((String::from_utf8_lossy(&beside).into_owned(), entry.id));
        let readable = matches!(entry.mode, MODE_REGULAR | MODE_EXECUTABLE) && reader.blob_size(entry.id)? <= MOST_RECORD_BYTES;
        let signature = if readable { reader.blob(entry.id)? } else { Vec::new() };
        signatures.extend(prove_detached(format, &bytes, &signature, keys));
    }
    Ok(Record {
        digest,
        path: shown,
        decision: Ok(Arc::new(decision)),
        signature_files,
        signatures,
        carriers: Vec::new(),
        openers: Vec::new(),
    })
}

/// The commit as possible evidence for records of one principal.
///
/// `changes` are the commit's changes against its first parent. Only a commit that does nothing but add records of one principal (and their
/// signatures) speaks for them.
pub(super) fn carrier(reader: &mut Reader, commit: &Commit, changes: &[Change], keys: &[VerificationKey]) -> Result<Carrier, GitError> {
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
        proofs: proofs(commit, keys),
        malformed: malformed(commit),
    })
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
