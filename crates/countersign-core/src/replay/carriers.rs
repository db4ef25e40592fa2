//! Commits as evidence for the records that they add.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::evidence::Carrier;
use countersign_git::{Commit, GitError, MODE_REGULAR, Reader, TreeChange};
use countersign_model::document;
use countersign_model::{Decision, ObjectId, PrincipalName};
use countersign_signature::Proof;

use super::commits::{self, ReadCommit};
use super::records::{MOST_RECORD_BYTES, is_record, signed_by};

/// The commit as possible evidence for records of one principal.
///
/// `changes` are the commit's changes against its first parent. Only a commit that does nothing but
/// add records of one principal (and their signatures) speaks for them.
fn carrier(
    reader: &mut Reader,
    commit: &Commit,
    changes: &[TreeChange],
    proofs: &[Proof],
) -> Result<Carrier, GitError> {
    let mut principal: Option<PrincipalName> = None;
    let mut only = !changes.is_empty();
    for change in changes {
        let added =
            change.before.is_none() && change.after.is_some_and(|leaf| leaf.mode == MODE_REGULAR);
        if added && signed_by(&change.path).is_some() {
            continue;
        }
        let decision: Option<Decision> = match change.after {
            Some(leaf)
                if added
                    && is_record(&change.path)
                    && reader.blob_size(leaf.id)? <= MOST_RECORD_BYTES =>
            {
                document::decision::parse(
                    &String::from_utf8_lossy(&change.path),
                    &reader.blob(leaf.id)?,
                )
                .ok()
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
        malformed: commits::malformed(commit),
    })
}

/// The carriers of a landing's commits, each made when it is first needed: a commit may add a
/// thousand records.
#[derive(Default)]
pub(super) struct Carriers(BTreeMap<ObjectId, Carrier>);

impl Carriers {
    /// `commit` as a carrier.
    pub fn of(&mut self, reader: &mut Reader, commit: &ReadCommit) -> Result<&Carrier, GitError> {
        Ok(match self.0.entry(commit.commit.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(carrier(
                reader,
                &commit.commit,
                &commit.changes,
                &commit.proofs,
            )?),
        })
    }
}
