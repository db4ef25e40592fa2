//! From a tree and a policy to packages: which governed paths there are, what lies there, its
//! digest and declared version.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::lifecycle::PackageAt;
use countersign_git::{
    GitError, Leaf, MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK, Reader, Repository,
};
use countersign_model::document::head;
use countersign_model::document::paths;
use countersign_model::policy::Entry;
use countersign_model::policy_input::Profile;
use countersign_model::{
    Digest, Fact, FileMode, Kind, Manifest, ManifestEntry, Name, ObjectId, Observation, Place,
    Policy, RuleId, SubjectId, Version,
};

use super::blobs::Blobs;

/// A file of a package, or whatever else lies there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFile {
    /// Relative to the package; a one-file package has its file name. Bytes that are not UTF-8 are
    /// replaced.
    pub path: String,
    /// Mode in the tree.
    pub mode: u32,
    /// The object.
    pub id: ObjectId,
}

/// A package as it is in one tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Package {
    /// From the root.
    pub path: String,
    /// Index of the last entry of the policy that matches: it gives kind, name and owners.
    pub entry: usize,
    /// What the lifecycle needs.
    pub at: PackageAt,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Its files in path order.
    pub files: Vec<ReadFile>,
    /// The manifest; `None` when the package is refused.
    pub manifest: Option<Manifest>,
    /// Why it is refused.
    pub refusals: Vec<Observation>,
    /// The Git tree or blob id, for other tools.
    pub git_id: ObjectId,
}

/// Something at a governed path that cannot even be named.
#[derive(Clone, Debug)]
pub enum Found {
    /// A package, perhaps refused.
    Package(Box<Package>),
    /// Nothing that this entry governs.
    Nothing,
    /// A governed path without a valid subject name.
    Unnamed(Box<Observation>),
}

/// The governed paths that a changed file could belong to: every step of its path that an entry
/// matches.
pub fn roots_of<'p>(policy: &Policy, path: &'p [u8]) -> Vec<&'p [u8]> {
    let steps = path
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'/')
        .map(|(slash, _)| &path[..slash])
        .chain([path]);
    steps
        .filter(|root| governed(policy, root).is_some())
        .collect()
}

/// The entry that names a package at `path`: the last that matches, unless the path is ignored.
pub fn governed<'p>(policy: &'p Policy, path: &[u8]) -> Option<(usize, &'p Entry)> {
    let entry = policy
        .entries
        .iter()
        .enumerate()
        .rfind(|(_, entry)| entry.path.matches(path))?;
    (!policy.ignores(path)).then_some(entry)
}

/// Every package that `policy` finds in the root tree `tree`, in path order.
pub fn packages(
    repository: &Repository,
    policy: &Policy,
    tree: ObjectId,
) -> Result<Vec<Package>, GitError> {
    let blobs = Blobs::new();
    let builder = Builder {
        policy,
        blobs: &blobs,
        anchor_tree: None,
    };
    repository
        .with_reader(|reader| builder.all(reader, tree))
        .map(|(packages, _)| packages)
}

/// What packages are made from.
pub(super) struct Builder<'a> {
    pub policy: &'a Policy,
    pub blobs: &'a Blobs,
    /// Root tree of the anchor, to tell baseline bytes.
    pub anchor_tree: Option<ObjectId>,
}

impl Builder<'_> {
    /// The package at `path` in `tree`.
    pub fn build(
        &self,
        reader: &mut Reader,
        tree: ObjectId,
        path: &[u8],
    ) -> Result<Found, GitError> {
        let Some((index, entry)) = governed(self.policy, path) else {
            return Ok(Found::Nothing);
        };
        let entry_here = match reader.entry_at(tree, path) {
            Ok(Some(entry_here)) => entry_here,
            Ok(None) => return Ok(Found::Nothing),
            Err(GitError::MalformedTree(_)) => {
                return Ok(unnamed(
                    path,
                    RuleId::TreeMalformed,
                    "the tree above it is malformed",
                ));
            }
            Err(error) => return Err(error),
        };
        let is_folder = entry_here.is_tree();
        if !is_folder
            && entry.kind == Kind::Skill
            && matches!(entry_here.mode, MODE_REGULAR | MODE_EXECUTABLE)
        {
            return Ok(Found::Nothing);
        }
        let Ok(text) = paths::check_path(path) else {
            return Ok(unnamed(
                path,
                RuleId::PathName,
                "the path has a name that some systems do not support",
            ));
        };
        let Some(name) = subject_name(entry, text, is_folder) else {
            return Ok(unnamed(
                path,
                RuleId::SubjectName,
                "a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -",
            ));
        };
        let subject = SubjectId::new(entry.kind, name);
        let mut draft = Draft {
            subject,
            path: text,
            files: Vec::new(),
            refusals: Vec::new(),
        };
        self.collect(
            reader,
            entry_here.mode,
            entry_here.id,
            is_folder,
            &mut draft,
        )?;
        let manifest = self.manifest(reader, &mut draft)?;
        let digest = manifest.as_ref().map(Manifest::digest);
        let declared = self.declared(reader, entry.kind, is_folder, &draft)?;
        let version = declared.as_ref().and_then(|head| head.version.clone());
        let version =
            version.unwrap_or_else(|| Version::pseudo(&digest.unwrap_or(Digest::of(b""))));
        let baseline = match self.anchor_tree {
            Some(anchor) => reader
                .entry_at(anchor, path)
                .ok()
                .flatten()
                .is_some_and(|then| then.id == entry_here.id && then.mode == entry_here.mode),
            None => false,
        };
        let mut contents: Vec<Digest> = manifest
            .iter()
            .flat_map(|manifest| manifest.entries().iter().map(|entry| entry.sha256))
            .collect();
        contents.sort_unstable();
        let at = PackageAt {
            subject: draft.subject.clone(),
            declared_name: declared
                .as_ref()
                .and_then(|head| head.name.as_deref())
                .and_then(|name| name.parse().ok()),
            digest,
            version,
            risk: declared.as_ref().and_then(|head| head.risk),
            files: Arc::from(contents),
            one_file: !is_folder,
            baseline,
            git_id: Some(entry_here.id),
        };
        let Draft {
            files, refusals, ..
        } = draft;
        Ok(Found::Package(Box::new(Package {
            path: text.to_owned(),
            entry: index,
            at,
            is_folder,
            files,
            manifest,
            refusals,
            git_id: entry_here.id,
        })))
    }

    fn collect(
        &self,
        reader: &mut Reader,
        mode: u32,
        id: ObjectId,
        is_folder: bool,
        draft: &mut Draft<'_>,
    ) -> Result<(), GitError> {
        if !is_folder {
            let name = draft
                .path
                .rsplit('/')
                .next()
                .unwrap_or(draft.path)
                .to_owned();
            draft.files.push(ReadFile {
                path: name,
                mode,
                id,
            });
            return Ok(());
        }
        let limit = usize::try_from(self.policy.limits.package_files).unwrap_or(usize::MAX);
        let mut files = Vec::new();
        let mut too_many = false;
        let mut walked: Vec<(Vec<u8>, Leaf)> = Vec::new();
        reader.walk_tree(id, |path, leaf| {
            if walked.len() <= limit {
                walked.push((path.to_vec(), leaf));
            } else {
                too_many = true;
            }
        })?;
        if too_many || walked.len() > limit {
            draft.refuse(
                RuleId::PackageTooLarge,
                "",
                &format!("more than {limit} files"),
            );
            walked.truncate(limit);
        }
        for (path, leaf) in walked {
            let shown = String::from_utf8_lossy(&path).into_owned();
            if let Err(fault) = paths::check_path(&path) {
                draft.refuse(RuleId::PathName, &shown, &fault.to_string());
            }
            files.push(ReadFile {
                path: shown,
                mode: leaf.mode,
                id: leaf.id,
            });
        }
        if files.is_empty() {
            draft.refuse(RuleId::PackageEmpty, "", "the folder has no files");
        }
        for (one, other) in paths::collisions(files.iter().map(|file| file.path.as_str())) {
            draft.refuse(
                RuleId::PathCollision,
                &one,
                &format!("collides with {other}"),
            );
        }
        draft.files = files;
        Ok(())
    }

    fn manifest(
        &self,
        reader: &mut Reader,
        draft: &mut Draft<'_>,
    ) -> Result<Option<Manifest>, GitError> {
        let mut entries = Vec::with_capacity(draft.files.len());
        let limit = self.policy.limits.package_bytes;
        let mut total = 0u64;
        for file in draft.files.clone() {
            let mode = match file.mode {
                MODE_REGULAR => FileMode::Regular,
                MODE_EXECUTABLE => FileMode::Executable,
                MODE_SYMLINK => {
                    draft.refuse(RuleId::Symlink, &file.path, "a symbolic link");
                    continue;
                }
                MODE_SUBMODULE => {
                    draft.refuse(RuleId::Submodule, &file.path, "a submodule");
                    continue;
                }
                countersign_git::MODE_TREE => {
                    draft.refuse(
                        RuleId::TreeMalformed,
                        &file.path,
                        "a folder whose tree object is malformed, empty or too deep",
                    );
                    continue;
                }
                mode => {
                    draft.refuse(RuleId::FileMode, &file.path, &format!("the mode {mode:o}"));
                    continue;
                }
            };
            let Some(facts) = self
                .blobs
                .facts(reader, file.id, limit.saturating_sub(total))?
            else {
                draft.refuse(
                    RuleId::PackageTooLarge,
                    "",
                    &format!("more than {limit} bytes in all"),
                );
                break;
            };
            total += facts.size;
            if facts.lfs_pointer {
                draft.refuse(RuleId::LfsPointer, &file.path, "a Git LFS pointer");
            }
            entries.push(ManifestEntry {
                path: file.path,
                mode,
                sha256: facts.sha256,
                size: facts.size,
            });
        }
        Ok(draft.refusals.is_empty().then(|| Manifest::new(entries)))
    }

    fn declared(
        &self,
        reader: &mut Reader,
        kind: Kind,
        is_folder: bool,
        draft: &Draft<'_>,
    ) -> Result<Option<Arc<head::Head>>, GitError> {
        let main = if is_folder {
            head::main_file(kind, draft.files.iter().map(|file| file.path.as_str()))
        } else {
            draft
                .files
                .first()
                .map(|file| file.path.as_str())
                .filter(|_| kind != Kind::Setup)
        };
        let Some(main) = main.and_then(|main| draft.files.iter().find(|file| file.path == main))
        else {
            return Ok(None);
        };
        // What is larger than a whole package may be is refused, and never read.
        let readable = matches!(main.mode, MODE_REGULAR | MODE_EXECUTABLE)
            && self
                .blobs
                .facts(reader, main.id, self.policy.limits.package_bytes)?
                .is_some();
        if !readable {
            return Ok(None);
        }
        self.blobs
            .head(
                reader,
                main.id,
                kind,
                self.policy.profile == Profile::Lenient,
                &main.path,
            )
            .map(Some)
    }

    /// Every package in `tree` and every governed path that cannot be one, in path order.
    pub fn all(
        &self,
        reader: &mut Reader,
        tree: ObjectId,
    ) -> Result<(Vec<Package>, Vec<Observation>), GitError> {
        let mut roots = Governed::of(self.policy);
        reader.walk_tree(tree, |path, _| roots.add(path))?;
        let mut packages = Vec::new();
        let mut unnamed = Vec::new();
        for root in roots.roots {
            match self.build(reader, tree, &root)? {
                Found::Package(package) => packages.push(*package),
                Found::Unnamed(observation) => unnamed.push(*observation),
                Found::Nothing => {}
            }
        }
        Ok((packages, unnamed))
    }
}

/// Collects the governed paths above and at many files.
pub(super) struct Governed<'p> {
    policy: &'p Policy,
    ignored: bool,
    pub roots: BTreeSet<Vec<u8>>,
    last: Vec<u8>,
}

impl<'p> Governed<'p> {
    pub const fn of(policy: &'p Policy) -> Self {
        Self {
            policy,
            ignored: false,
            roots: BTreeSet::new(),
            last: Vec::new(),
        }
    }

    /// Collects the paths instead that an entry matches and `ignore` takes out.
    pub const fn ignored(policy: &'p Policy) -> Self {
        Self {
            policy,
            ignored: true,
            roots: BTreeSet::new(),
            last: Vec::new(),
        }
    }

    /// Adds what governs `path`. Files of one folder should follow each other: their common folders
    /// are looked at once.
    pub fn add(&mut self, path: &[u8]) {
        let shared = path
            .iter()
            .zip(&self.last)
            .take_while(|(a, b)| a == b)
            .count();
        let slashes = path
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'/')
            .map(|(slash, _)| slash);
        // A folder was looked at when the path before is in it too; the path itself never was.
        let fresh = slashes
            .filter(|slash| *slash >= shared)
            .map(|slash| &path[..slash])
            .chain([path]);
        for root in fresh {
            let wanted = if self.ignored {
                self.policy.ignores(root)
                    && self
                        .policy
                        .entries
                        .iter()
                        .any(|entry| entry.path.matches(root))
            } else {
                governed(self.policy, root).is_some()
            };
            if wanted {
                self.roots.insert(root.to_vec());
            }
        }
        self.last.clear();
        self.last.extend_from_slice(path);
    }
}

struct Draft<'p> {
    subject: SubjectId,
    path: &'p str,
    files: Vec<ReadFile>,
    refusals: Vec<Observation>,
}

impl Draft<'_> {
    fn refuse(&mut self, rule: RuleId, file: &str, why: &str) {
        let one_file = !self.path.is_empty()
            && self.path.ends_with(file)
            && self.files.len() == 1
            && self.files[0].path == file;
        let place = if file.is_empty() || one_file {
            self.path.to_owned()
        } else {
            format!("{}/{file}", self.path)
        };
        self.refusals.push(
            Observation::new(rule)
                .subject(&self.subject)
                .place(Place::file(place))
                .with(Fact::Why, why),
        );
    }
}

fn unnamed(path: &[u8], rule: RuleId, why: &str) -> Found {
    Found::Unnamed(Box::new(
        Observation::new(rule)
            .place(Place::file(String::from_utf8_lossy(path)))
            .with(Fact::Why, why),
    ))
}

/// The folder's name, the file's stem, or what the entry's template makes of its wildcards.
pub fn subject_name(entry: &Entry, path: &str, is_folder: bool) -> Option<Name> {
    let name = entry.name_at(path.as_bytes())?;
    let stem = if is_folder || entry.name.is_some() {
        name.as_str()
    } else {
        [".md", ".yaml", ".yml", ".json"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(&name)
    };
    stem.parse().ok()
}
