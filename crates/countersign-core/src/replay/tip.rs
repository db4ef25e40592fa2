//! What is in the judged tree: every package with the faults of its documents, and everything that
//! is where nothing should be.

use std::collections::{BTreeMap, BTreeSet};

use countersign_git::{
    GitError, MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE, Reader,
    Repository,
};
use countersign_harness::Plugins;
use countersign_model::document::Problem;
use countersign_model::document::attributes::{self, AlteringAttribute, Attributes};
use countersign_model::document::validate;
use countersign_model::{
    Digest, Fact, Kind, ObjectId, Observation, Place, Policy, RuleId, SubjectId,
};

use crate::lifecycle::ledger::Outcome;

use super::blobs::Blobs;
use super::collisions;
use super::content;
use super::leaves::Leaves;
use super::loaded::{Loading, package_of};
use super::package::{Builder, Package};
use super::policies::{FoundPolicy, Policies};
use super::records;
use super::tip_cache::{self, Judged, JudgedAt, TipEntries};
use super::tip_packages::packages;
use super::ungoverned_revocations;
use super::{Replay, ReplayError, phases};

/// The tree at the head, read once.
#[derive(Debug)]
pub struct Tip {
    /// Packages in path order.
    pub packages: Vec<Package>,
    /// Faults in the documents of each package, in the same order.
    pub problems: Vec<Vec<Problem>>,
    /// Faults in the policy: doubts about the one that judges, and everything that keeps the one in
    /// the tree from being valid.
    pub lint: Vec<Problem>,
    /// Whether the policy in the tree is invalid, so that `lint` holds its faults.
    pub policy_invalid: bool,
    /// Facts about the tree.
    pub observations: Vec<Observation>,
    /// The plugins in the tree, with what their manifests name.
    pub plugins: Plugins,
    /// Paths of packages that a link puts where a harness loads them.
    pub linked: BTreeSet<String>,
    /// Which agents in the tree use a subject.
    pub used_by: BTreeMap<SubjectId, BTreeSet<SubjectId>>,
    /// What the faults of each package's documents depend on, in the order of the packages.
    judged_at: Vec<JudgedAt>,
    /// The policy under which it was read.
    policy: Digest,
}

/// Largest `.gitattributes` that is read.
const MOST_ATTRIBUTES: u64 = 1 << 20;

impl Tip {
    /// Reads the tree that `replay` judges, under the policy that judges it.
    pub fn read(repository: &Repository, replay: &mut Replay) -> Result<Self, ReplayError> {
        if let Some(tip_entries) = replay.tip_entries.take() {
            let read = tip_entries
                .map_err(ReplayError::from)
                .and_then(|tip_entries| Self::of(repository, replay, tip_entries));
            // A failure may be the cache's: whatever is wrong with the repository itself shows
            // again without it.
            if read.is_ok() {
                return read;
            }
        }
        let tip_entries = tip_cache::load(repository, replay.tree, replay.policy.digest, false)?;
        Self::of(repository, replay, tip_entries)
    }

    /// The same of a tree that has much in common with the one of `other`. All paths are read, and
    /// packages are taken over where their objects are the same.
    pub fn read_beside(
        repository: &Repository,
        replay: &Replay,
        other: &Self,
    ) -> Result<Self, ReplayError> {
        let mut tip_entries =
            tip_cache::load(repository, replay.tree, replay.policy.digest, false)?;
        if other.policy == replay.policy.digest {
            let judged = other.packages.iter().zip(&other.problems);
            let judged = judged.zip(&other.judged_at);
            tip_entries.known = judged
                .map(|((package, problems), at)| Judged {
                    package: package.clone(),
                    problems: problems.clone(),
                    at: at.clone(),
                })
                .collect();
        }
        Self::of(repository, replay, tip_entries)
    }

    fn of(
        repository: &Repository,
        replay: &Replay,
        tip_entries: TipEntries,
    ) -> Result<Self, ReplayError> {
        let span = phases::tip(replay.tree);
        let blobs = Blobs::new();
        let TipEntries { leaves, mut known } = tip_entries;
        let cached = known.is_kept();
        let policy = &replay.policy.policy;
        let mut reader = repository.reader();
        let (judged, mut observations) = packages(repository, replay, &blobs, &leaves, &mut known)?;
        known.save(repository, replay, &leaves, &judged);
        let (packages, rest): (Vec<Package>, Vec<_>) = judged
            .into_iter()
            .map(|judged| (judged.package, (judged.problems, judged.at)))
            .unzip();
        let (problems, judged_at): (Vec<Vec<Problem>>, Vec<JudgedAt>) = rest.into_iter().unzip();
        observations.extend(
            packages
                .iter()
                .flat_map(|package| package.refusals.iter().cloned()),
        );
        observations.extend(ungoverned_revocations::revoked(
            &mut reader,
            replay,
            &blobs,
        )?);
        let tree = Tree {
            policy,
            packages: &packages,
            leaves: &leaves,
        };
        let (lint, policy_invalid) =
            tree.policy_in_tree(&mut reader, repository, replay, &mut observations)?;
        phases::describe_tip(&span, packages.len(), cached);
        let look = || {
            let mut found = Vec::new();
            tree.signatures(replay, &mut found);
            tree.strays(&mut found);
            collisions::observe(policy, &packages, &leaves, &mut found);
            found
        };
        let read = || -> Result<_, GitError> {
            tree.links_above(&mut observations);
            tree.unmatched(&mut observations);
            tree.malformed(&mut reader, replay.tree, &mut observations)?;
            tree.attributes(&mut reader, &mut observations)?;
            let used_by = tree.dependencies(repository, replay, &mut observations)?;
            let seen = Loading {
                policy,
                packages: &packages,
                leaves: &leaves,
            }
            .look(&mut reader)?;
            Ok((used_by, seen))
        };
        let (found, read) = rayon::join(look, read);
        let (used_by, seen) = read?;
        observations.extend(found);
        observations.extend(seen.observations);
        content::identify(&mut observations, &leaves, &packages, replay.tree);
        observations.sort();
        observations.dedup();
        Ok(Self {
            packages,
            problems,
            lint,
            policy_invalid,
            observations,
            plugins: seen.plugins,
            linked: seen.linked,
            used_by,
            judged_at,
            policy: replay.policy.digest,
        })
    }
}

struct Tree<'a> {
    policy: &'a Policy,
    packages: &'a [Package],
    leaves: &'a Leaves,
}

impl Tree<'_> {
    /// Doubts about the policy that judges, faults of the one in the tree, and what that one would
    /// stop governing.
    fn policy_in_tree(
        &self,
        reader: &mut Reader,
        repository: &Repository,
        replay: &Replay,
        observations: &mut Vec<Observation>,
    ) -> Result<(Vec<Problem>, bool), GitError> {
        let mut lint = replay.doubts();
        match Policies::default().find(reader, replay.tree)? {
            FoundPolicy::Invalid(problems) => {
                lint.extend(problems.iter().cloned());
                return Ok((lint, true));
            }
            FoundPolicy::Valid(version) if version.digest != replay.policy.digest => {
                let blobs = Blobs::new();
                let builder = Builder {
                    policy: &version.policy,
                    blobs: &blobs,
                    anchor_tree: None,
                };
                let (after, _) =
                    repository.with_reader(|reader| builder.all(reader, replay.tree))?;
                let still: BTreeSet<&str> =
                    after.iter().map(|package| package.path.as_str()).collect();
                for package in self
                    .packages
                    .iter()
                    .filter(|package| !still.contains(package.path.as_str()))
                {
                    let place = Place::file(package.path.as_str());
                    observations.push(
                        Observation::new(RuleId::GovernanceNarrowed)
                            .subject(&package.at.subject)
                            .place(place),
                    );
                }
            }
            _ => {}
        }
        Ok((lint, false))
    }

    /// Signatures of accepted records that are no longer as they landed.
    fn signatures(&self, replay: &Replay, observations: &mut Vec<Observation>) {
        let present: BTreeMap<&[u8], ObjectId> = self
            .leaves
            .iter()
            .filter(|(path, _)| records::signed_by(path).is_some())
            .map(|(path, leaf)| (path, leaf.id))
            .collect();
        // A record that is gone or changed itself is found already.
        let altered =
            |rule: RuleId| matches!(rule, RuleId::DecisionAltered | RuleId::DecisionDropped);
        let found: BTreeSet<&str> = replay
            .ledger
            .observations
            .iter()
            .filter(|o| altered(o.rule))
            .filter_map(|o| o.place.as_ref())
            .map(|place| place.path.as_str())
            .collect();
        for standing in replay.ledger.records.values() {
            if !matches!(standing.outcome, Outcome::Accepted { .. })
                || found.contains(&*standing.path)
            {
                continue;
            }
            for (path, id) in &standing.signatures {
                let found = present.get(path.as_bytes());
                if found == Some(id) {
                    continue;
                }
                let how = if found.is_some() {
                    "changed"
                } else {
                    "removed"
                };
                observations.push(
                    standing
                        .observe(RuleId::DecisionAltered)
                        .with(Fact::Signature, path)
                        .with(Fact::How, how),
                );
            }
        }
    }

    /// A link or submodule where a folder should be that leads to governed paths.
    fn links_above(&self, observations: &mut Vec<Observation>) {
        for (path, leaf) in self
            .leaves
            .iter()
            .filter(|(_, leaf)| matches!(leaf.mode, MODE_SYMLINK | MODE_SUBMODULE))
        {
            let path = String::from_utf8_lossy(path);
            let above = |prefix: &str| {
                prefix == &*path
                    || prefix
                        .strip_prefix(&*path)
                        .is_some_and(|rest| rest.starts_with('/'))
            };
            let entry = self.policy.entries.iter().find(|entry| {
                above(entry.path.fixed_prefix()) && !entry.path.matches(path.as_bytes())
            });
            let approvals = above(Policy::APPROVALS) || path.starts_with("approvals/");
            if entry.is_some() || approvals {
                let rule = if leaf.mode == MODE_SYMLINK {
                    RuleId::Symlink
                } else {
                    RuleId::Submodule
                };
                observations.push(
                    Observation::new(rule)
                        .place(Place::file(path))
                        .with(Fact::Where, "above governed paths"),
                );
            }
        }
    }

    /// Files among the records that are neither records nor their signatures.
    fn strays(&self, observations: &mut Vec<Observation>) {
        for (path, leaf) in self.leaves.iter().filter(|(path, _)| {
            records::in_approvals(path) || *path == Policy::APPROVALS.as_bytes()
        }) {
            let regular = matches!(leaf.mode, MODE_REGULAR | MODE_EXECUTABLE);
            let belongs = regular
                && (records::is_record(path)
                    || records::signed_by(path).is_some_and(|record| self.leaves.contains(record)));
            if !belongs {
                observations.push(
                    Observation::new(RuleId::RecordUnexpected)
                        .place(Place::file(String::from_utf8_lossy(path))),
                );
            }
        }
    }

    /// Entries of the policy that govern nothing.
    fn unmatched(&self, observations: &mut Vec<Observation>) {
        for entry in &self.policy.entries {
            let matches = |package: &Package| entry.path.matches(package.path.as_bytes());
            if !self.packages.iter().any(matches) {
                let place = Place::at(Policy::PATH, entry.line, 1);
                observations.push(
                    Observation::new(RuleId::PolicyUnmatched)
                        .place(place)
                        .with(Fact::Entry, entry.path.as_str()),
                );
            }
        }
    }

    /// Trees with two readings, and odd modes on the way to governed files.
    fn malformed(
        &self,
        reader: &mut Reader,
        root: ObjectId,
        observations: &mut Vec<Observation>,
    ) -> Result<(), GitError> {
        for (path, leaf) in self
            .leaves
            .iter()
            .filter(|(_, leaf)| leaf.mode == MODE_TREE)
        {
            let path = String::from_utf8_lossy(path);
            let empty = reader.tree(leaf.id)?.entries.is_empty();
            if package_of(self.packages, &path).is_none() && !empty {
                observations.push(
                    Observation::new(RuleId::TreeMalformed)
                        .place(Place::file(path))
                        .with(
                            Fact::Why,
                            "it has more than one reading, or is nested too deep",
                        ),
                );
            }
        }
        let mut folders: BTreeSet<&str> = BTreeSet::from(["", Policy::APPROVALS]);
        for package in self.packages {
            folders.extend(
                package
                    .path
                    .match_indices('/')
                    .map(|(slash, _)| &package.path[..slash]),
            );
        }
        for folder in folders {
            let tree = match reader.entry_at(root, folder.as_bytes()) {
                _ if folder.is_empty() => root,
                Ok(Some(entry)) if entry.is_tree() => entry.id,
                _ => continue,
            };
            for fault in reader.tree(tree)?.faults {
                let path = if folder.is_empty() {
                    ".".to_owned()
                } else {
                    folder.to_owned()
                };
                observations.push(
                    Observation::new(RuleId::TreeMalformed)
                        .place(Place::file(path))
                        .with(Fact::Why, fault),
                );
            }
        }
        Ok(())
    }

    /// Attributes that make a checkout differ from the governed bytes.
    fn attributes(
        &self,
        reader: &mut Reader,
        observations: &mut Vec<Observation>,
    ) -> Result<(), GitError> {
        let mut files = Vec::new();
        for (path, leaf) in self.leaves.iter() {
            let Ok(path) = std::str::from_utf8(path) else {
                continue;
            };
            if !attributes::is_attributes_file(path)
                || !matches!(leaf.mode, MODE_REGULAR | MODE_EXECUTABLE)
            {
                continue;
            }
            if reader.blob_size(leaf.id)? <= MOST_ATTRIBUTES {
                files.push((path.to_owned(), reader.blob(leaf.id)?));
            } else {
                observations.push(
                    Observation::new(RuleId::AttributesAlterBytes)
                        .place(Place::file(path))
                        .with(Fact::Attribute, "a file too large to read"),
                );
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        let attributes = Attributes::parse(&files);
        let mut seen: BTreeMap<(SubjectId, AlteringAttribute), Vec<String>> = BTreeMap::new();
        for package in self.packages {
            for file in &package.files {
                let path = if package.is_folder {
                    format!("{}/{}", package.path, file.path)
                } else {
                    package.path.clone()
                };
                if let Some(altering) = attributes.altering(&path) {
                    seen.entry((package.at.subject.clone(), altering))
                        .or_default()
                        .push(path);
                }
            }
        }
        for ((subject, altering), paths) in seen {
            // Another line, or one that reaches other files, is another finding.
            observations.push(
                Observation::new(RuleId::AttributesAlterBytes)
                    .subject(&subject)
                    .place(altering.place)
                    .with(Fact::Attribute, altering.attribute)
                    .with(Fact::Pattern, altering.pattern)
                    .with(Fact::Path, &paths[0])
                    .with(Fact::Paths, Digest::of(paths.join("\0").as_bytes())),
            );
        }
        Ok(())
    }

    /// What agents use must exist, in a version that fits. Says who uses what.
    fn dependencies(
        &self,
        repository: &Repository,
        replay: &Replay,
        observations: &mut Vec<Observation>,
    ) -> Result<BTreeMap<SubjectId, BTreeSet<SubjectId>>, GitError> {
        let mut used_by: BTreeMap<SubjectId, BTreeSet<SubjectId>> = BTreeMap::new();
        let mut reader = repository.reader();
        for package in self
            .packages
            .iter()
            .filter(|package| package.at.subject.kind == Kind::Agent && package.at.digest.is_some())
        {
            let Some(file) = package.files.first() else {
                continue;
            };
            for (used, range) in validate::agent_uses(&reader.blob(file.id)?) {
                used_by
                    .entry(used.clone())
                    .or_default()
                    .insert(package.at.subject.clone());
                let versions = replay
                    .ledger
                    .subjects
                    .get(&used)
                    .map(|subject| subject.versions.as_slice())
                    .unwrap_or_default();
                let fits = |version: &countersign_model::Version| {
                    range.matches(version.semver())
                        || (version.is_pseudo() && range == semver::VersionReq::STAR)
                };
                let why = if versions.is_empty() {
                    "does not exist"
                } else if versions.iter().any(|version| fits(&version.key.version)) {
                    continue;
                } else {
                    "has no version in this range"
                };
                observations.push(
                    Observation::new(RuleId::AgentDependency)
                        .subject(&package.at.subject)
                        .version(&package.at.version)
                        .place(Place::file(package.path.as_str()))
                        .with(Fact::Uses, format!("{used}@{range}"))
                        .with(Fact::Why, why),
                );
            }
        }
        Ok(used_by)
    }
}
