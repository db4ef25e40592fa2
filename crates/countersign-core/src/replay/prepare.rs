//! One landing, read from Git under the policy that will judge it. Runs in parallel; the order of
//! work cannot matter.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::{PolicyVersion, Record};
use crate::lifecycle::ledger::LandingRef;
use crate::lifecycle::{Landing, PackageAt, PolicyTree};
use countersign_git::{GitError, Reader, Roots, TreeChange};
use countersign_model::{KeyId, ObjectId, Policy};
use countersign_signature::{Proof, VerificationKey};

use super::arrival::{Arrival, entry_at};
use super::blobs::Blobs;
use super::carriers::Carriers;
use super::commits::{self, ReadCommit};
use super::package::{Builder, Found, roots_of};
use super::policies::{FoundPolicy, Policies};
use super::records;
use super::sightings::{self, Sightings};

/// What all workers share.
pub(super) struct LandingSources<'a> {
    pub policy: &'a Arc<PolicyVersion>,
    pub policies: &'a Policies,
    pub blobs: &'a Blobs,
    pub anchor_tree: ObjectId,
    /// Keys of every policy that was in force or proposed.
    pub keys: &'a [VerificationKey],
}

impl LandingSources<'_> {
    /// Reads everything about `arrival` that the lifecycle needs.
    pub fn read(&self, reader: &mut Reader, arrival: &Arrival) -> Result<Landing, GitError> {
        let keys = self.keys_with(reader, arrival)?;
        let mut commits = Vec::new();
        // No one is held responsible for what was there before governance began.
        if arrival.before.is_some() {
            for index in 0..arrival.commits.len() {
                commits.push(commits::read(reader, arrival, index, &keys)?);
            }
        }
        let changes = changes(reader, arrival, &commits)?;
        let landing = LandingReader {
            sources: self,
            reader,
            arrival,
            keys: &keys,
            commits: &commits,
            changes: &changes,
        }
        .read()?;
        drop(changes);
        Ok(Landing {
            commits: commits.into_iter().map(|commit| commit.facts).collect(),
            ..landing
        })
    }

    /// Keys against which this landing's signatures are proved: all known ones, and those of a
    /// policy that it brings.
    fn keys_with(
        &self,
        reader: &mut Reader,
        arrival: &Arrival,
    ) -> Result<Cow<'_, [VerificationKey]>, GitError> {
        if let FoundPolicy::Valid(version) = self.policies.find(reader, arrival.tree)?
            && version.digest != self.policy.digest
        {
            return Ok(self
                .keys
                .iter()
                .chain(version.roster.keys())
                .cloned()
                .collect());
        }
        Ok(Cow::Borrowed(self.keys))
    }
}

/// The tree's changes against the landing before, and against another one that it took in.
fn changes<'c>(
    reader: &mut Reader,
    arrival: &Arrival,
    commits: &'c [ReadCommit],
) -> Result<Cow<'c, [TreeChange]>, GitError> {
    let own = own_commit(arrival, commits);
    if let Some(taken) = arrival.took {
        let mut changes = Vec::new();
        for before in arrival.before.into_iter().chain([taken]) {
            let (all, tree) = (Roots::all(), Some(arrival.tree));
            reader.diff(Some(before), tree, &all, &mut changes)?;
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes.dedup_by(|a, b| a.path == b.path);
        return Ok(Cow::Owned(changes));
    }
    if let Some(own) = own {
        return Ok(Cow::Borrowed(&own.changes));
    }
    let mut changes = Vec::new();
    reader.diff(
        arrival.before,
        Some(arrival.tree),
        &Roots::all(),
        &mut changes,
    )?;
    Ok(Cow::Owned(changes))
}

/// The landing's own commit among those that it makes reachable: the last, where it is one of them.
fn own_commit<'c>(arrival: &Arrival, commits: &'c [ReadCommit]) -> Option<&'c ReadCommit> {
    commits
        .last()
        .filter(|own| Some(own.commit.id) == arrival.commit)
}

/// One landing on its way to the lifecycle: its commits are read and its tree is compared, the rest
/// is read from here.
struct LandingReader<'a> {
    sources: &'a LandingSources<'a>,
    reader: &'a mut Reader,
    arrival: &'a Arrival,
    /// See [`LandingSources::keys_with`].
    keys: &'a [VerificationKey],
    /// What it makes reachable; empty for the anchor.
    commits: &'a [ReadCommit],
    /// What its tree changes against the landing before.
    changes: &'a [TreeChange],
}

/// What a landing's own commit says of itself.
struct OwnSignature {
    signer: Option<KeyId>,
    malformed: Option<String>,
}

impl<'a> LandingReader<'a> {
    /// Everything but the commits, which the caller holds.
    fn read(mut self) -> Result<Landing, GitError> {
        let Arrival {
            position,
            commit,
            time,
            candidate,
            ..
        } = *self.arrival;
        let policy = self.policy()?;
        let packages = self.packages()?;
        let mut carriers = Carriers::default();
        let mut records = self.records(&mut carriers)?;
        records.extend(self.newly_signed_records()?);
        let Sightings {
            records: side_records,
            copies: side_copies,
        } = self.sightings(&mut carriers)?;
        let side_policies = self.side_policies()?;
        let OwnSignature { signer, malformed } = self.own_signature()?;
        Ok(Landing {
            at: LandingRef {
                position,
                commit,
                time,
            },
            candidate,
            governance: policy.is_some()
                || self
                    .changes
                    .iter()
                    .any(|change| records::in_approvals(&change.path)),
            policy,
            packages,
            records,
            removed_records: self.removed_records(),
            side_records,
            side_copies,
            side_policies,
            signer,
            malformed,
            ..Landing::default()
        })
    }

    /// The policy in the tree, where the landing changes it or a file that it names.
    fn policy(&mut self) -> Result<Option<PolicyTree>, GitError> {
        let LandingSources {
            policies, policy, ..
        } = self.sources;
        let named = policies.named(self.reader, self.arrival.tree)?;
        let in_force = policy.policy.named_files();
        let concerns = |path: &[u8]| {
            path.eq_ignore_ascii_case(Policy::PATH.as_bytes())
                || path.to_ascii_lowercase().starts_with(b"countersign.yaml/")
                || std::str::from_utf8(path)
                    .is_ok_and(|path| named.contains(path) || in_force.contains(path))
        };
        if self.arrival.before.is_none() || self.changes.iter().any(|change| concerns(&change.path))
        {
            return Ok(Some(policies.find(self.reader, self.arrival.tree)?.tree()));
        }
        Ok(None)
    }

    /// What lies now at each governed path where something changed.
    fn packages(&mut self) -> Result<Vec<(String, Option<PackageAt>)>, GitError> {
        let LandingSources {
            policy,
            blobs,
            anchor_tree,
            ..
        } = *self.sources;
        let policy = &policy.policy;
        let roots: BTreeSet<&[u8]> = self
            .changes
            .iter()
            .flat_map(|change| roots_of(policy, &change.path))
            .collect();
        let builder = Builder {
            policy,
            blobs,
            anchor_tree: Some(anchor_tree),
        };
        let mut packages = Vec::new();
        for root in roots {
            // A path that is not UTF-8 has no name; shown as text it could pass for another one.
            let Ok(text) = std::str::from_utf8(root) else {
                continue;
            };
            if self.is_kept(root)? {
                continue;
            }
            let package = match builder.build(self.reader, self.arrival.tree, root)? {
                Found::Package(package) => Some(package.at),
                Found::Nothing | Found::Unnamed(_) => None,
            };
            packages.push((text.to_owned(), package));
        }
        Ok(packages)
    }

    /// Whether a merge took this landing in and kept what its line had at `path`.
    fn is_kept(&mut self, path: &[u8]) -> Result<bool, GitError> {
        let Some((merge, before)) = self.arrival.kept else {
            return Ok(false);
        };
        let kept = entry_at(self.reader, merge, path)?;
        Ok(kept == entry_at(self.reader, before, path)?
            && kept != entry_at(self.reader, self.arrival.tree, path)?)
    }

    /// Record files that changed in the tree.
    fn records(&mut self, carriers: &mut Carriers) -> Result<Vec<Record>, GitError> {
        let mut found = Vec::new();
        for change in self.changed_records() {
            let Some(leaf) = change.after else { continue };
            let mut record = records::read(
                self.reader,
                self.arrival.tree,
                &change.path,
                leaf,
                self.keys,
            )?;
            if record.lowers() || record.signatures.is_empty() && record.decision.is_ok() {
                for commit in self.commits {
                    let brought = commit
                        .facts
                        .introduced
                        .iter()
                        .any(|(path, blob)| **path == *change.path && *blob == Some(leaf.id));
                    if brought {
                        record
                            .carriers
                            .push(carriers.of(self.reader, commit)?.clone());
                    }
                }
            }
            found.push(record);
        }
        Ok(found)
    }

    /// Paths of record files that the landing removes.
    fn removed_records(&self) -> Vec<String> {
        let removed = self
            .changed_records()
            .filter(|change| change.after.is_none());
        removed
            .map(|change| String::from_utf8_lossy(&change.path).into_owned())
            .collect()
    }

    fn changed_records(&self) -> impl Iterator<Item = &'a TreeChange> + use<'a> {
        self.changes
            .iter()
            .filter(|change| records::is_record(&change.path))
    }

    /// Records that lower and were in the tree before, without the signature that arrives now.
    fn newly_signed_records(&mut self) -> Result<Vec<Record>, GitError> {
        let arriving = self.changes.iter().filter(|change| change.after.is_some());
        let signed = arriving.filter_map(|change| records::signed_by(&change.path));
        let stayed = |path: &&[u8]| self.changes.iter().all(|change| change.path != *path);
        let mut found = Vec::new();
        for path in signed.filter(stayed).collect::<BTreeSet<&[u8]>>() {
            let Some(leaf) = entry_at(self.reader, self.arrival.tree, path)? else {
                continue;
            };
            let record = records::read(self.reader, self.arrival.tree, path, leaf, self.keys)?;
            if record.lowers() {
                found.push(record);
            }
        }
        Ok(found)
    }

    /// Records in the commits of side lines.
    fn sightings(&mut self, carriers: &mut Carriers) -> Result<Sightings, GitError> {
        sightings::read(
            self.reader,
            self.arrival,
            self.changes,
            self.commits,
            carriers,
            self.keys,
        )
    }

    /// Policies in the commits of side lines, whatever the landing's own tree holds: what becomes
    /// of them is for the lifecycle to say.
    fn side_policies(&mut self) -> Result<Vec<Arc<PolicyVersion>>, GitError> {
        let policies = self.sources.policies;
        let mut found: Vec<Arc<PolicyVersion>> = Vec::new();
        for commit in self
            .commits
            .iter()
            .filter(|commit| Some(commit.commit.id) != self.arrival.commit)
        {
            let named = policies.named(self.reader, commit.commit.tree)?;
            let of_policy = |path: &[u8]| {
                path == Policy::PATH.as_bytes()
                    || std::str::from_utf8(path).is_ok_and(|path| named.contains(path))
            };
            if commit
                .facts
                .introduced
                .iter()
                .any(|(path, _)| of_policy(path))
                && let FoundPolicy::Valid(version) =
                    policies.find(self.reader, commit.commit.tree)?
                && !found.iter().any(|known| known.digest == version.digest)
            {
                found.push(version);
            }
        }
        Ok(found)
    }

    /// Whose key signed the landing's own commit, and why its signature may not be used.
    fn own_signature(&mut self) -> Result<OwnSignature, GitError> {
        if let Some(own) = own_commit(self.arrival, self.commits) {
            let signer = own.facts.people.signer.clone();
            return Ok(OwnSignature {
                signer,
                malformed: commits::malformed(&own.commit),
            });
        }
        let Some(id) = self.arrival.commit else {
            return Ok(OwnSignature {
                signer: None,
                malformed: None,
            });
        };
        let own = self.reader.commit(id)?;
        let good = commits::proofs(&own, self.keys)
            .into_iter()
            .find(Proof::is_good);
        let signer = good.and_then(|proof| proof.key).map(|key| key.id);
        Ok(OwnSignature {
            signer,
            malformed: commits::malformed(&own),
        })
    }
}
