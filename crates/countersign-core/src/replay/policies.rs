//! The policy as it is in a tree: `countersign.yaml`, the key files it names and the files it
//! protects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::evidence::PolicyVersion;
use crate::lifecycle::PolicyTree;
use countersign_git::{GitError, MODE_EXECUTABLE, MODE_REGULAR, Reader, TreeEntry};
use countersign_model::document::{self, Problem};
use countersign_model::{Digest, FileMode, Manifest, ManifestEntry, ObjectId, Policy};
use countersign_signature::HAS_OPENPGP;

/// Largest `countersign.yaml`, key file and protected file, in bytes.
pub(super) const MOST_POLICY_BYTES: u64 = 1 << 20;

/// A policy read from a tree, with the problems that people need to fix it.
#[derive(Clone, Debug)]
pub enum FoundPolicy {
    /// A valid one.
    Valid(Arc<PolicyVersion>),
    /// One that cannot be used.
    Invalid(Arc<Vec<Problem>>),
    /// Not a file of its own.
    Irregular {
        /// The file that should not be so.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// None.
    Missing,
}

impl FoundPolicy {
    /// For the lifecycle, which carries no prose but the first reason.
    pub fn tree(&self) -> PolicyTree {
        match self {
            Self::Valid(version) => PolicyTree::Valid(Arc::clone(version)),
            Self::Invalid(problems) => PolicyTree::Invalid(
                problems
                    .first()
                    .map(|problem| problem.message.clone())
                    .unwrap_or_default(),
            ),
            Self::Irregular { path, why } => PolicyTree::Irregular {
                path: path.clone(),
                why: why.clone(),
            },
            Self::Missing => PolicyTree::Missing,
        }
    }
}

/// Everything that a policy's bytes depend on in one tree.
type Fingerprint = Vec<(String, Option<(u32, ObjectId)>)>;

/// Policies met so far. Shared by all workers; the same bytes always give the same policy.
#[derive(Default)]
pub(super) struct Policies {
    read: Mutex<HashMap<Fingerprint, FoundPolicy>>,
    named: Mutex<HashMap<ObjectId, Arc<BTreeSet<String>>>>,
    need_openpgp: AtomicBool,
}

impl Policies {
    /// The policy in `tree`.
    pub fn find(&self, reader: &mut Reader, tree: ObjectId) -> Result<FoundPolicy, GitError> {
        if let Some(other) = look_alike(reader, tree)? {
            let why = format!("{other} differs from {} only in case", Policy::PATH);
            return Ok(FoundPolicy::Irregular { path: other, why });
        }
        let Some(entry) = entry(reader, tree, Policy::PATH)? else {
            return Ok(FoundPolicy::Missing);
        };
        if !matches!(entry.mode, MODE_REGULAR | MODE_EXECUTABLE) {
            return Ok(FoundPolicy::Irregular {
                path: Policy::PATH.to_owned(),
                why: "it is not a regular file".to_owned(),
            });
        }
        let named = self.named_by(reader, &entry)?;
        let mut fingerprint: Fingerprint =
            vec![(Policy::PATH.to_owned(), Some((entry.mode, entry.id)))];
        for path in named.iter() {
            fingerprint.push((
                path.clone(),
                self::entry(reader, tree, path)?.map(|entry| (entry.mode, entry.id)),
            ));
        }
        if let Some(found) = lock(&self.read).get(&fingerprint) {
            return Ok(found.clone());
        }
        let found = read(reader, &fingerprint)?;
        if !HAS_OPENPGP && lists_openpgp(reader, &entry)? {
            self.need_openpgp.store(true, Ordering::Relaxed);
        }
        lock(&self.read).insert(fingerprint, found.clone());
        Ok(found)
    }

    /// Whether some policy found so far can be read only by a build with OpenPGP. To this one it is
    /// invalid, so that an older one stays in force: what follows from that answers no question.
    pub fn need_openpgp(&self) -> bool {
        self.need_openpgp.load(Ordering::Relaxed)
    }

    /// Paths whose change is a change of the policy in `tree`, in addition to `countersign.yaml`
    /// itself.
    pub fn named(
        &self,
        reader: &mut Reader,
        tree: ObjectId,
    ) -> Result<Arc<BTreeSet<String>>, GitError> {
        match entry(reader, tree, Policy::PATH)? {
            Some(entry) if matches!(entry.mode, MODE_REGULAR | MODE_EXECUTABLE) => {
                self.named_by(reader, &entry)
            }
            _ => Ok(Arc::default()),
        }
    }

    fn named_by(
        &self,
        reader: &mut Reader,
        entry: &TreeEntry,
    ) -> Result<Arc<BTreeSet<String>>, GitError> {
        if let Some(named) = lock(&self.named).get(&entry.id) {
            return Ok(Arc::clone(named));
        }
        let mut named = BTreeSet::new();
        if reader.blob_size(entry.id)? <= MOST_POLICY_BYTES
            && let Ok(parsed) = document::policy::parse(&reader.blob(entry.id)?)
        {
            named.extend(parsed.policy.named_files().into_iter().map(str::to_owned));
        }
        let named = Arc::new(named);
        lock(&self.named).insert(entry.id, Arc::clone(&named));
        Ok(named)
    }
}

fn read(reader: &mut Reader, fingerprint: &Fingerprint) -> Result<FoundPolicy, GitError> {
    let mut entries = Vec::new();
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, entry_here) in fingerprint {
        let refuse = |why: &str| {
            Problem::of_file(
                countersign_model::RuleId::PolicyInvalid,
                Policy::PATH,
                format!("{path} {why}"),
                format!("Make {path} a regular file of at most 1 MiB, or no longer name it."),
            )
        };
        let mode = match entry_here {
            Some((MODE_REGULAR, _)) => FileMode::Regular,
            Some((MODE_EXECUTABLE, _)) => FileMode::Executable,
            Some(_) => {
                problems.push(refuse("is not a regular file"));
                continue;
            }
            None => {
                problems.push(refuse("does not exist"));
                continue;
            }
        };
        let (_, id) = entry_here.expect("matched above");
        if reader.blob_size(id)? > MOST_POLICY_BYTES {
            problems.push(refuse("is too large"));
            continue;
        }
        let bytes: Arc<[u8]> = reader.blob(id)?.into();
        entries.push(ManifestEntry {
            path: path.clone(),
            mode,
            sha256: Digest::of(&bytes),
            size: bytes.len() as u64,
        });
        files.insert(path.clone(), bytes);
    }
    if !problems.is_empty() {
        return Ok(FoundPolicy::Invalid(Arc::new(problems)));
    }
    let digest = Manifest::new(entries).digest();
    let bytes = files
        .get(Policy::PATH)
        .cloned()
        .expect("the fingerprint starts with the policy itself");
    Ok(match PolicyVersion::read(bytes, &files, digest) {
        Ok(version) => FoundPolicy::Valid(Arc::new(version)),
        Err(problems) => FoundPolicy::Invalid(Arc::new(problems)),
    })
}

fn lists_openpgp(reader: &mut Reader, entry: &TreeEntry) -> Result<bool, GitError> {
    Ok(reader.blob_size(entry.id)? <= MOST_POLICY_BYTES
        && document::policy::parse(&reader.blob(entry.id)?)
            .is_ok_and(|parsed| parsed.policy.lists_openpgp()))
}

fn entry(reader: &mut Reader, tree: ObjectId, path: &str) -> Result<Option<TreeEntry>, GitError> {
    match reader.entry_at(tree, path.as_bytes()) {
        // A tree with two readings holds no policy in either.
        Err(GitError::MalformedTree(_)) => Ok(None),
        other => other,
    }
}

/// A second file at the root whose name differs from the policy's in case only: on some systems it
/// would replace it.
fn look_alike(reader: &mut Reader, tree: ObjectId) -> Result<Option<String>, GitError> {
    let same = |name: &[u8]| {
        name.eq_ignore_ascii_case(Policy::PATH.as_bytes()) && name != Policy::PATH.as_bytes()
    };
    Ok(reader
        .find_name(tree, same)?
        .map(|name| String::from_utf8_lossy(&name).into_owned()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
