//! Record files: from a tree entry to a [`Record`] with its proofs.

use std::sync::Arc;

use crate::evidence::Record;
use countersign_git::{GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, Reader};
use countersign_model::document;
use countersign_model::{Digest, ObjectId, Policy};
use countersign_signature::{Format, Proof, VerificationKey, prove_detached};

/// Largest record and largest signature file, in bytes. A batch of a thousand items fits.
pub(super) const MOST_RECORD_BYTES: u64 = 1 << 18;

/// Whether a path is where a record may lie.
pub fn is_record(path: &[u8]) -> bool {
    in_approvals(path) && path.ends_with(b".yaml") && std::str::from_utf8(path).is_ok()
}

/// Whether a path is in the folder of records.
pub fn in_approvals(path: &[u8]) -> bool {
    path.strip_prefix(Policy::APPROVALS.as_bytes())
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// The record whose signature a path could be.
pub fn signed_by(path: &[u8]) -> Option<&[u8]> {
    Format::ALL
        .iter()
        .find_map(|format| path.strip_suffix(format.suffix().as_bytes()))
        .filter(|record| is_record(record))
}

/// Reads the record at `path` in `tree`, and proves the signatures beside it.
///
/// An entry that is not a regular file still has bytes, which may be a signed decision that lowers:
/// it is read all the same, with its fault.
pub(super) fn read(
    reader: &mut Reader,
    tree: ObjectId,
    path: &[u8],
    leaf: Leaf,
    keys: &[VerificationKey],
) -> Result<Record, GitError> {
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
            let first = problems.first().map_or_else(String::new, |p| {
                format!(
                    "line {}, column {}: {}",
                    p.place.line, p.place.column, p.message
                )
            });
            return Ok(unreadable(digest, mode_fault.unwrap_or(&first)));
        }
    };
    let mut signatures: Vec<Proof> = Vec::new();
    let mut signature_files = Vec::new();
    for format in Format::ALL {
        let mut beside = path.to_vec();
        beside.extend_from_slice(format.suffix().as_bytes());
        let Some(entry) = reader.entry_at(tree, &beside)? else {
            continue;
        };
        signature_files.push((String::from_utf8_lossy(&beside).into_owned(), entry.id));
        let regular = matches!(entry.mode, MODE_REGULAR | MODE_EXECUTABLE);
        // To lower, the signature's bytes are enough, whatever the entry is.
        let usable = regular || !decision.kind.raises() && is_blob(entry.mode);
        let readable = usable && reader.blob_size(entry.id)? <= MOST_RECORD_BYTES;
        let signature = if readable {
            reader.blob(entry.id)?
        } else {
            Vec::new()
        };
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
