//! One landing, read from Git under the policy that will judge it. Runs in parallel; the order of work cannot matter.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::{PolicyVersion, Record};
use crate::git::{Change, CommitNode, GitError, Reader, Roots};
use crate::lifecycle::ledger::LandingRef;
use crate::lifecycle::{Landing, PackageAt};
use crate::model::{ObjectId, Policy, Position, Timestamp};
use crate::signature::{Proof, VerificationKey};

use super::blobs::Blobs;
use super::commits::{self, ReadCommit};
use super::package::{Builder, Found, roots_of};
use super::policies::{FoundPolicy, Policies};
use super::records;

/// A landing to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub position: Position,
    /// The landing's commit; `None` for a candidate that no commit holds.
    pub commit: Option<ObjectId>,
    pub time: Option<Timestamp>,
    pub tree: ObjectId,
    /// Tree of the landing before; `None` for the anchor, where everything is new.
    pub before: Option<ObjectId>,
    /// The landing before.
    pub parent: Option<ObjectId>,
    /// Newly reachable commits, oldest first, the landing's own commit last where it has one.
    pub commits: Vec<CommitNode>,
    pub candidate: bool,
}

/// What all workers share.
pub(super) struct Workshop<'a> {
    pub policy: &'a Arc<PolicyVersion>,
    pub policies: &'a Policies,
    pub blobs: &'a Blobs,
    pub anchor_tree: ObjectId,
    /// Keys of every policy that was in force or proposed.
    pub keys: &'a [VerificationKey],
}

impl Arrival {
    /// The root tree of a parent of the commit at `index`, when it is at hand.
    pub fn tree_of(&self, parent: ObjectId, index: usize) -> Option<ObjectId> {
        if self.parent == Some(parent) {
            return self.before;
        }
        // A branch's commits follow each other.
        let before = index.checked_sub(1).map(|before| &self.commits[before])?;
        (before.id == parent).then_some(before.tree)
    }
}

impl Workshop<'_> {
    /// Reads everything about `arrival` that the lifecycle needs.
    pub fn prepare(&self, reader: &mut Reader, arrival: &Arrival) -> Result<Landing, GitError> {
        let mut landing = Landing {
            at: LandingRef { position: arrival.position, commit: arrival.commit, time: arrival.time },
            candidate: arrival.candidate,
            ..Landing::default()
        };
        let keys = self.keys_with(reader, arrival)?;
        let mut read = Vec::new();
        // Nobody is held responsible for what was there before governance began.
        if arrival.before.is_some() {
            for index in 0..arrival.commits.len() {
                read.push(commits::read(reader, arrival, index, &keys)?);
            }
        }
        let changes = Self::changes(reader, arrival, &read)?;
        let changes = &*changes;
        self.policy(reader, arrival, changes, &mut landing)?;
        self.packages(reader, arrival, changes, &mut landing)?;
        Self::records(reader, arrival, changes, &read, &keys, &mut landing)?;
        self.side_lines(reader, arrival, &read, &keys, &mut landing)?;
        if let Some(own) = read.last().filter(|own| Some(own.commit.id) == arrival.commit) {
            landing.signer.clone_from(&own.facts.people.signer);
            landing.malformed = records::malformed(&own.commit);
        } else if let Some(id) = arrival.commit {
            let own = reader.commit(id)?;
            landing.malformed = records::malformed(&own);
            landing.signer = records::proofs(&own, &keys)
                .into_iter()
                .find(crate::signature::Proof::is_good)
                .and_then(|proof| proof.key)
                .map(|key| key.id);
        }
        landing.governance = landing.policy.is_some() || changes.iter().any(|change| records::in_approvals(&change.path));
        landing.commits = read.into_iter().map(|read| read.facts).collect();
        Ok(landing)
    }

    /// The tree's changes against the landing before.
    fn changes<'r>(reader: &mut Reader, arrival: &Arrival, read: &'r [ReadCommit]) -> Result<Cow<'r, [Change]>, GitError> {
        match read.last() {
            Some(own) if Some(own.commit.id) == arrival.commit => Ok(Cow::Borrowed(&own.changes)),
            _ => {
                let mut changes = Vec::new();
                reader.diff(arrival.before, Some(arrival.tree), &Roots::all(), &mut changes)?;
                Ok(Cow::Owned(changes))
            }
        }
    }

    /// Keys against which this landing's signatures are proved: all known ones, and those of a policy that it brings.
    fn keys_with(&self, reader: &mut Reader, arrival: &Arrival) -> Result<Cow<'_, [VerificationKey]>, GitError> {
        if let FoundPolicy::Valid(version) = self.policies.find(reader, arrival.tree)?
            && version.digest != self.policy.digest
        {
            return Ok(self.keys.iter().chain(version.roster.keys()).cloned().collect());
        }
        Ok(Cow::Borrowed(self.keys))
    }

    fn policy(&self, reader: &mut Reader, arrival: &Arrival, changes: &[Change], landing: &mut Landing) -> Result<(), GitError> {
        let named = self.policies.named(reader, arrival.tree)?;
        let in_force = self.policy.policy.named_files();
        let concerns = |path: &[u8]| {
            path.eq_ignore_ascii_case(Policy::PATH.as_bytes())
                || path.to_ascii_lowercase().starts_with(b"countersign.yaml/")
                || std::str::from_utf8(path).is_ok_and(|path| named.contains(path) || in_force.contains(path))
        };
        if arrival.before.is_none() || changes.iter().any(|change| concerns(&change.path)) {
            landing.policy = Some(self.policies.find(reader, arrival.tree)?.tree());
        }
        Ok(())
    }

    fn packages(&self, reader: &mut Reader, arrival: &Arrival, changes: &[Change], landing: &mut Landing) -> Result<(), GitError> {
        let policy = &self.policy.policy;
        let roots: BTreeSet<&[u8]> = changes.iter().flat_map(|change| roots_of(policy, &change.path)).collect();
        let builder = Builder { policy, blobs: self.blobs, anchor_tree: Some(self.anchor_tree) };
        for root in roots {
            // A path that is no UTF-8 has no name; shown as text it could pass for another one.
            let Ok(text) = std::str::from_utf8(root) else { continue };
            let package: Option<PackageAt> = match builder.build(reader, arrival.tree, root)? {
                Found::Package(package) => Some(package.at),
                Found::Nothing | Found::Unnamed(_) => None,
            };
            landing.packages.push((text.to_owned(), package));
        }
        Ok(())
    }

    fn records(
        reader: &mut Reader,
        arrival: &Arrival,
        changes: &[Change],
        read: &[ReadCommit],
        keys: &[VerificationKey],
        landing: &mut Landing,
    ) -> Result<(), GitError> {
        for change in changes.iter().filter(|change| records::is_record(&change.path)) {
            let Some(leaf) = change.after else {
                landing.removed_records.push(String::from_utf8_lossy(&change.path).into_owned());
                continue;
            };
            let mut record = records::read(reader, arrival.tree, &change.path, leaf, keys)?;
            if record.signatures.is_empty() && record.decision.is_ok() {
                for commit in read {
                    let brought = commit.facts.introduced.iter().any(|(path, blob)| **path == *change.path && *blob == Some(leaf.id));
                    if brought {
                        record.carriers.push(records::carrier(reader, &commit.commit, &commit.changes, keys)?);
                    }
                }
            }
            if record.lowers() {
                record.signatures.extend(branch_signatures(reader, arrival, read, &change.path, leaf, keys)?);
            }
            landing.records.push(record);
        }
        Self::proved_anew(reader, arrival, changes, read, keys, landing)
    }

    /// Lowering records that lay in the tree before, for which a proof arrives now: whoever landed a copy without one must not void them.
    fn proved_anew(
        reader: &mut Reader,
        arrival: &Arrival,
        changes: &[Change],
        read: &[ReadCommit],
        keys: &[VerificationKey],
        landing: &mut Landing,
    ) -> Result<(), GitError> {
        let beside = changes.iter().filter(|change| change.after.is_some()).filter_map(|change| records::signed_by(&change.path));
        let sides = read.iter().filter(|side| Some(side.commit.id) != arrival.commit);
        let brought = sides.flat_map(|side| side.facts.introduced.iter().filter(|(_, blob)| blob.is_some()).map(|(path, _)| &**path));
        let brought = brought.filter_map(|path| if records::is_record(path) { Some(path) } else { records::signed_by(path) });
        let stayed = |path: &&[u8]| changes.iter().all(|change| change.path != *path);
        for path in beside.chain(brought).filter(stayed).collect::<BTreeSet<&[u8]>>() {
            let entry = match reader.entry_at(arrival.tree, path) {
                Ok(Some(entry)) => entry,
                Ok(None) | Err(GitError::MalformedTree(_)) => continue,
                Err(error) => return Err(error),
            };
            let leaf = crate::git::Leaf { mode: entry.mode, id: entry.id };
            let mut record = records::read(reader, arrival.tree, path, leaf, keys)?;
            if record.lowers() {
                record.signatures.extend(branch_signatures(reader, arrival, read, path, leaf, keys)?);
                landing.records.push(record);
            }
        }
        Ok(())
    }

    /// What side branches brought and the landing's tree does not have: dropped records, and policies of another line.
    fn side_lines(
        &self,
        reader: &mut Reader,
        arrival: &Arrival,
        read: &[ReadCommit],
        keys: &[VerificationKey],
        landing: &mut Landing,
    ) -> Result<(), GitError> {
        let mut dropped: BTreeMap<(Vec<u8>, ObjectId), Record> = BTreeMap::new();
        for commit in read.iter().filter(|commit| Some(commit.commit.id) != arrival.commit) {
            for (path, blob) in &commit.facts.introduced {
                let Some(blob) = blob.filter(|_| records::is_record(path)) else { continue };
                let key = (path.to_vec(), blob);
                if dropped.contains_key(&key) || lies_at(reader, arrival.tree, path)? == Some(blob) {
                    continue;
                }
                let Some(entry) = reader.entry_at(commit.commit.tree, path)? else { continue };
                let leaf = crate::git::Leaf { mode: entry.mode, id: entry.id };
                let mut record = records::read(reader, commit.commit.tree, path, leaf, keys)?;
                record.signatures.extend(branch_signatures(reader, arrival, read, path, leaf, keys)?);
                if record.signatures.is_empty() {
                    record.carriers.push(records::carrier(reader, &commit.commit, &commit.changes, keys)?);
                }
                dropped.insert(key, record);
            }
            // Kept whatever the landing's own tree holds: what becomes of it is for the lifecycle to say, now or later.
            let named = self.policies.named(reader, commit.commit.tree)?;
            let of_policy =
                |path: &[u8]| path == Policy::PATH.as_bytes() || std::str::from_utf8(path).is_ok_and(|path| named.contains(path));
            if commit.facts.introduced.iter().any(|(path, _)| of_policy(path)) {
                let found = self.policies.find(reader, commit.commit.tree)?;
                if let FoundPolicy::Valid(version) = found
                    && !landing.side_policies.iter().any(|known| known.digest == version.digest)
                {
                    landing.side_policies.push(version);
                }
            }
        }
        landing.dropped = dropped.into_values().collect();
        Ok(())
    }
}

/// Proofs from the commits of side branches that brought this record or a signature of it: whoever merges cannot take them away.
fn branch_signatures(
    reader: &mut Reader,
    arrival: &Arrival,
    read: &[ReadCommit],
    path: &[u8],
    leaf: crate::git::Leaf,
    keys: &[VerificationKey],
) -> Result<Vec<Proof>, GitError> {
    let mut proofs = Vec::new();
    for side in read.iter().filter(|side| Some(side.commit.id) != arrival.commit) {
        let concerns = side.facts.introduced.iter().any(|(file, _)| **file == *path || records::signed_by(file) == Some(path));
        if concerns && lies_at(reader, side.commit.tree, path)? == Some(leaf.id) {
            for proof in records::read(reader, side.commit.tree, path, leaf, keys)?.signatures {
                if !proofs.contains(&proof) {
                    proofs.push(proof);
                }
            }
        }
    }
    Ok(proofs)
}

fn lies_at(reader: &mut Reader, tree: ObjectId, path: &[u8]) -> Result<Option<ObjectId>, GitError> {
    match reader.entry_at(tree, path) {
        Ok(entry) => Ok(entry.map(|entry| entry.id)),
        Err(GitError::MalformedTree(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
