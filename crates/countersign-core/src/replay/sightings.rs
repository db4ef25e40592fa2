//! Records that the commits of side lines introduce, each read at every commit that introduces it
//! or a signature of it.
//!
//! What the landing's own tree holds does not matter: a merge, and whatever was committed after the
//! record, can take away its file, its mode or its signature, but not that it was decided. All
//! proofs of one record are gathered, at whatever commit they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::evidence::Record;
use countersign_git::{GitError, Leaf, Reader, TreeChange};
use countersign_model::ObjectId;
use countersign_signature::{Format, VerificationKey};

use super::arrival::{Arrival, entry_at};
use super::carriers::Carriers;
use super::commits::ReadCommit;
use super::records;

/// What the commits of side lines say of records.
#[derive(Default)]
pub(super) struct Sightings {
    /// Every record that such a commit introduces, once for each path, mode and content, with all
    /// proofs of it.
    pub records: Vec<Record>,
    /// Paths of those that come into the landing's tree unchanged: its own copies have all that
    /// there is to know.
    pub copies: BTreeSet<String>,
}

/// Reads the records that commits other than the landing itself introduce. `changes` are those of
/// the landing's tree.
pub(super) fn read(
    reader: &mut Reader,
    arrival: &Arrival,
    changes: &[TreeChange],
    commits: &[ReadCommit],
    carriers: &mut Carriers,
    keys: &[VerificationKey],
) -> Result<Sightings, GitError> {
    let arrives: HashMap<&[u8], Leaf> = changes
        .iter()
        .filter_map(|change| Some((change.path.as_slice(), change.after?)))
        .collect();
    let mut found: BTreeMap<(Vec<u8>, u32, ObjectId), Record> = BTreeMap::new();
    let mut copies = BTreeSet::new();
    for commit in commits
        .iter()
        .filter(|commit| Some(commit.commit.id) != arrival.commit)
    {
        let files = commit
            .facts
            .introduced
            .iter()
            .filter(|(_, blob)| blob.is_some())
            .map(|(path, _)| &**path);
        let concerned = files.filter_map(|path| {
            if records::is_record(path) {
                Some(path)
            } else {
                records::signed_by(path)
            }
        });
        for path in concerned.collect::<BTreeSet<&[u8]>>() {
            let Some(leaf) = entry_at(reader, commit.commit.tree, path)? else {
                continue;
            };
            // Most merges bring a record as its branch had it: verifying it twice would find
            // nothing new.
            if arrives.get(path) == Some(&leaf)
                && same_signatures(reader, arrival.tree, commit.commit.tree, path)?
            {
                copies.insert(String::from_utf8_lossy(path).into_owned());
                continue;
            }
            let mut record = records::read(reader, commit.commit.tree, path, leaf, keys)?;
            if commit
                .facts
                .introduced
                .iter()
                .any(|(file, blob)| **file == *path && *blob == Some(leaf.id))
            {
                record.carriers.push(carriers.of(reader, commit)?.clone());
            }
            match found.get_mut(&(path.to_vec(), leaf.mode, leaf.id)) {
                Some(known) => known.add_copy(&record),
                None => {
                    found.insert((path.to_vec(), leaf.mode, leaf.id), record);
                }
            }
        }
    }
    Ok(Sightings {
        records: found.into_values().collect(),
        copies,
    })
}

/// Whether the signature files beside a record are the same in two trees.
fn same_signatures(
    reader: &mut Reader,
    one: ObjectId,
    other: ObjectId,
    path: &[u8],
) -> Result<bool, GitError> {
    for format in Format::ALL {
        let beside = [path, format.suffix().as_bytes()].concat();
        if entry_at(reader, one, &beside)? != entry_at(reader, other, &beside)? {
            return Ok(false);
        }
    }
    Ok(true)
}
