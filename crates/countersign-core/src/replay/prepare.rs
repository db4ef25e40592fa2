//! One landing, read from Git under the policy that will judge it. Runs in parallel; the order of work cannot matter.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::PolicyVersion;
use crate::lifecycle::ledger::LandingRef;
use crate::lifecycle::{Landing, PackageAt};
use countersign_git::{Change, CommitNode, GitError, Leaf, Reader, Roots};
use countersign_model::{ObjectId, Policy, Position, Timestamp};
use countersign_signature::VerificationKey;

use super::blobs::Blobs;
use super::commits::{self, ReadCommit};
use super::package::{Builder, Found, roots_of};
use super::policies::{FoundPolicy, Policies};
use super::records::{self, Carriers};
use super::sightings;

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
pub(super) struct LandingReader<'a> {
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

impl LandingReader<'_> {
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
        self.side_policies(reader, arrival, &read, &mut landing)?;
        if let Some(own) = read.last().filter(|own| Some(own.commit.id) == arrival.commit) {
            landing.signer.clone_from(&own.facts.people.signer);
            landing.malformed = records::malformed(&own.commit);
        } else if let Some(id) = arrival.commit {
            let own = reader.commit(id)?;
            landing.malformed = records::malformed(&own);
            landing.signer = records::proofs(&own, &keys)
                .into_iter()
                .find(countersign_signature::Proof::is_good)
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

    /// Record files that changed in the tree, and records in the tree for which a signature arrives.
    fn records(
        reader: &mut Reader,
        arrival: &Arrival,
        changes: &[Change],
        read: &[ReadCommit],
        keys: &[VerificationKey],
        landing: &mut Landing,
    ) -> Result<(), GitError> {
        let mut carriers = Carriers::default();
        for change in changes.iter().filter(|change| records::is_record(&change.path)) {
            let Some(leaf) = change.after else {
                landing.removed_records.push(String::from_utf8_lossy(&change.path).into_owned());
                continue;
            };
            let mut record = records::read(reader, arrival.tree, &change.path, leaf, keys)?;
            if record.lowers() || record.signatures.is_empty() && record.decision.is_ok() {
                for commit in read {
                    let brought = commit.facts.introduced.iter().any(|(path, blob)| **path == *change.path && *blob == Some(leaf.id));
                    if brought {
                        record.carriers.push(carriers.of(reader, commit)?.clone());
                    }
                }
            }
            landing.records.push(record);
        }
        // A record that lowers and was in the tree before, without the proof that arrives now.
        let beside = changes.iter().filter(|change| change.after.is_some()).filter_map(|change| records::signed_by(&change.path));
        let stayed = |path: &&[u8]| changes.iter().all(|change| change.path != *path);
        for path in beside.filter(stayed).collect::<BTreeSet<&[u8]>>() {
            let Some(leaf) = entry_at(reader, arrival.tree, path)? else { continue };
            let record = records::read(reader, arrival.tree, path, leaf, keys)?;
            if record.lowers() {
                landing.records.push(record);
            }
        }
        let sightings = sightings::read(reader, arrival, changes, read, &mut carriers, keys)?;
        landing.side_records = sightings.records;
        landing.side_copies = sightings.copies;
        Ok(())
    }

    /// Policies in the commits of side lines, whatever the landing's own tree holds: what becomes of them is for the lifecycle to say.
    fn side_policies(&self, reader: &mut Reader, arrival: &Arrival, read: &[ReadCommit], landing: &mut Landing) -> Result<(), GitError> {
        for commit in read.iter().filter(|commit| Some(commit.commit.id) != arrival.commit) {
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
        Ok(())
    }
}

/// The entry at `path`; none in a tree that has two readings.
pub(super) fn entry_at(reader: &mut Reader, tree: ObjectId, path: &[u8]) -> Result<Option<Leaf>, GitError> {
    match reader.entry_at(tree, path) {
        Ok(entry) => Ok(entry.map(|entry| Leaf { mode: entry.mode, id: entry.id })),
        Err(GitError::MalformedTree(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
