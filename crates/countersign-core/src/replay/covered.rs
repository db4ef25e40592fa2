//! Whether a kept state is about the landings that the repository has: an old state under a new
//! head is refused where that shows.
//!
//! The newest landings are compared with the commits, and the decisions that they brought with the
//! records in their trees. A state that someone made up in every detail passes; this finds one that
//! was kept back, or that was given another head.

use std::collections::BTreeSet;

use crate::lifecycle::Lifecycle;
use countersign_git::{CommitNode, GitError, MODE_REGULAR, Reader, Roots, TreeChange};
use countersign_model::{Digest, ObjectId, Policy};

use super::records::{MOST_RECORD_BYTES, is_record};

/// Landings that are compared: enough for what was kept back, few enough that no view waits for
/// them.
const COMPARED: usize = 64;

/// Whether `landings`, which `lifecycle` has seen, end with first parents of `head`, and it knows
/// the records that the last of them brought, and no others.
pub(super) fn agrees(
    reader: &mut Reader,
    lifecycle: &Lifecycle,
    landings: &[ObjectId],
    head: &CommitNode,
) -> Result<bool, GitError> {
    let mut oldest = head.clone();
    for landing in landings.iter().rev().skip(1).take(COMPARED) {
        if oldest.parents.first() != Some(landing) {
            return Ok(false);
        }
        oldest = reader.node(*landing)?;
    }
    // Of a short line every record is compared, those of the anchor too.
    let first = landings.len().saturating_sub(COMPARED);
    let before = (first > 0).then_some(oldest.tree);
    let mut changes = Vec::new();
    reader.diff(
        before,
        Some(head.tree),
        &Roots::new([Policy::APPROVALS]),
        &mut changes,
    )?;
    changes.retain(|change| is_record(&change.path));
    for change in &changes {
        if !knows(reader, lifecycle, change)? {
            return Ok(false);
        }
    }
    let brought: BTreeSet<&[u8]> = changes
        .iter()
        .filter(|change| change.after.is_some())
        .map(|change| change.path.as_slice())
        .collect();
    Ok(lifecycle
        .record_files_since(first)
        .all(|path| brought.contains(path.as_bytes())))
}

/// Whether `lifecycle` has the record file as the tree has it.
fn knows(
    reader: &mut Reader,
    lifecycle: &Lifecycle,
    change: &TreeChange,
) -> Result<bool, GitError> {
    let known = std::str::from_utf8(&change.path)
        .ok()
        .and_then(|path| lifecycle.record_file(path));
    let Some(leaf) = change.after else {
        return Ok(known.is_none());
    };
    // What is no regular file, or too large to be read, has no bytes to compare.
    if leaf.mode != MODE_REGULAR || reader.blob_size(leaf.id)? > MOST_RECORD_BYTES {
        return Ok(true);
    }
    Ok(known == Some(Digest::of(&reader.blob(leaf.id)?)))
}
