//! The packages of the judged tree, each with the faults of its documents: read, or taken over from
//! the last run where nothing moved.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rayon::prelude::*;

use countersign_git::{GitError, MODE_EXECUTABLE, MODE_REGULAR, Reader, Repository};
use countersign_harness::MANIFESTS;
use countersign_model::document::Problem;
use countersign_model::document::validate::{self, PackageFile as DocumentFile, PackageFiles};
use countersign_model::{FileMode, Observation, Policy, Risk, RuleId};

use super::Replay;
use super::blobs::Blobs;
use super::leaves::Leaves;
use super::package::{Builder, Found, Governed, Package, governed};
use super::tip_cache::{CachedPackages, Judged, JudgedAt};

/// Every package in path order with the faults of its documents, taken over where nothing moved;
/// and governed paths that hold none.
pub(super) fn packages(
    repository: &Repository,
    replay: &Replay,
    blobs: &Blobs,
    leaves: &Leaves,
    known: &mut CachedPackages,
) -> Result<(Vec<Judged>, Vec<Observation>), GitError> {
    let policy = &replay.policy.policy;
    let mut roots = Governed::of(policy);
    leaves.iter().for_each(|(path, _)| roots.add(path));
    let taken: Vec<(Vec<u8>, Option<Judged>)> = repository.with_reader(|reader| {
        let take = |root: Vec<u8>| {
            let entry = reader.entry_at(replay.tree, &root).ok().flatten();
            let judged = entry.and_then(|entry| {
                known.take(std::str::from_utf8(&root).ok()?, entry.id, entry.mode)
            });
            (root, judged)
        };
        roots.roots.into_iter().map(take).collect()
    });
    let roots = RootReader {
        replay,
        builder: Builder {
            policy,
            blobs,
            anchor_tree: None,
        },
        leaves,
    };
    let read = |(root, taken): (Vec<u8>, Option<Judged>)| {
        repository.with_reader(|reader| roots.read(reader, &root, taken))
    };
    let found: Result<Vec<RootContent>, GitError> =
        taken.into_par_iter().with_min_len(16).map(read).collect();
    let (mut judged, mut unnamed) = (Vec::new(), Vec::new());
    for content in found? {
        match content {
            RootContent::Package(package) => judged.push(*package),
            RootContent::Unnamed(observation) => unnamed.push(*observation),
            RootContent::Nothing => {}
        }
    }
    Ok((judged, unnamed))
}

/// What is at a governed path.
enum RootContent {
    Package(Box<Judged>),
    /// Something that has no name, and why.
    Unnamed(Box<Observation>),
    Nothing,
}

/// Reads what is at governed paths.
struct RootReader<'a> {
    replay: &'a Replay,
    builder: Builder<'a>,
    leaves: &'a Leaves,
}

impl RootReader<'_> {
    /// Reads what is at `root`; `taken` is the same package as the last run judged it, where its
    /// objects are still the same.
    fn read(
        &self,
        reader: &mut Reader,
        root: &[u8],
        taken: Option<Judged>,
    ) -> Result<RootContent, GitError> {
        let package = match taken {
            Some(judged) if judged.at.holds(self.risk(&judged.package), self.leaves) => {
                return Ok(RootContent::Package(Box::new(judged)));
            }
            Some(judged) => judged.package,
            None => match self.builder.build(reader, self.replay.tree, root)? {
                Found::Package(package) => *package,
                Found::Unnamed(observation) => return Ok(RootContent::Unnamed(observation)),
                Found::Nothing => return Ok(RootContent::Nothing),
            },
        };
        let risk = self.risk(&package);
        let (problems, asked) =
            documents(reader, self.builder.policy, &package, risk, self.leaves)?;
        Ok(RootContent::Package(Box::new(Judged {
            package,
            problems,
            at: JudgedAt { risk, asked },
        })))
    }

    /// The risk that documents are judged at.
    fn risk(&self, package: &Package) -> Risk {
        self.replay
            .ledger
            .subjects
            .get(&package.at.subject)
            .map_or(Risk::default(), |subject| subject.risk)
    }
}

/// Faults in a package's documents, and which paths outside they were asked for; none for a package
/// that is refused anyway and whose files cannot be read.
fn documents(
    reader: &mut Reader,
    policy: &Policy,
    package: &Package,
    risk: Risk,
    leaves: &Leaves,
) -> Result<(Vec<Problem>, BTreeMap<String, bool>), GitError> {
    // What is too large is not read: that it is too large is said already.
    if package
        .refusals
        .iter()
        .any(|refusal| refusal.rule == RuleId::PackageTooLarge)
    {
        return Ok((Vec::new(), BTreeMap::new()));
    }
    let (_, entry) =
        governed(policy, package.path.as_bytes()).expect("a package lies where an entry matches");
    let mut contents = Vec::with_capacity(package.files.len());
    let mut left = policy.limits.package_bytes;
    for file in &package.files {
        let mode = match file.mode {
            MODE_REGULAR => FileMode::Regular,
            MODE_EXECUTABLE => FileMode::Executable,
            _ => continue,
        };
        let size = reader.blob_size(file.id)?;
        if size > left {
            break;
        }
        left -= size;
        contents.push((file.path.as_str(), mode, reader.blob(file.id)?));
    }
    let files = contents
        .iter()
        .map(|(path, mode, bytes)| DocumentFile {
            path,
            mode: *mode,
            bytes,
        })
        .collect();
    let files = PackageFiles {
        kind: entry.kind,
        path: &package.path,
        subject: &package.at.subject,
        is_folder: package.is_folder,
        files,
        plugin_manifests: &MANIFESTS,
    };
    let asked = RefCell::new(BTreeMap::new());
    let exists = |path: &str| {
        *asked
            .borrow_mut()
            .entry(path.to_owned())
            .or_insert_with(|| leaves.has(path))
    };
    let problems = validate::package(&files, policy, entry, risk, &exists);
    Ok((problems, asked.into_inner()))
}
