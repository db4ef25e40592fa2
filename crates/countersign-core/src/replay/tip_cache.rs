//! What the last run read at the tip, kept under the Git directory like the replay's state; see
//! `cache`.
//!
//! The list of leaves is brought up to date by comparing two trees. A package follows from the
//! policy, the path and the objects alone, so it is taken over where these are the same. The faults
//! of its documents also follow from its risk and from whether some other paths exist.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use countersign_git::{GitError, Repository};
use countersign_model::document::Problem;
use countersign_model::{Digest, ObjectId, Risk};

use super::Replay;
use super::leaves::Leaves;
use super::package::Package;

/// Changes whenever the shape of what is kept or the meaning of anything in it may have.
const FORMAT: &str = concat!("countersign ", env!("CARGO_PKG_VERSION"), " tip 6");
const NAME: &str = "tip";
/// It is written again when so much of it is out of date.
const STALE: usize = 64;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    tree: ObjectId,
    policy: Digest,
}

/// A package with the faults of its documents at some risk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Judged {
    pub package: Package,
    pub at: JudgedAt,
    pub problems: Vec<Problem>,
}

/// What faults of documents depend on besides the package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JudgedAt {
    pub risk: Risk,
    /// Paths of the whole tree that its documents name, and whether something lay there.
    pub asked: BTreeMap<String, bool>,
}

impl JudgedAt {
    /// Whether the faults would be the same at `risk` in the tree of these leaves.
    pub fn holds(&self, risk: Risk, leaves: &Leaves) -> bool {
        self.risk == risk
            && self
                .asked
                .iter()
                .all(|(path, found)| leaves.has(path) == *found)
    }
}

/// What is known from the last run.
#[derive(Debug, Default)]
pub(super) struct CachedPackages {
    packages: BTreeMap<String, Judged>,
    /// How much of what was kept does not hold any more; `None` when nothing was kept.
    stale: Option<usize>,
}

/// The leaves of the judged tree, and packages that may be taken over.
#[derive(Debug)]
pub(super) struct TipEntries {
    pub leaves: Leaves,
    pub known: CachedPackages,
}

/// Reads what is in `tree`; with `cache`, what the last run read where it still applies under the
/// policy with the digest `policy`.
pub(super) fn load(
    repository: &Repository,
    tree: ObjectId,
    policy: Digest,
    cache: bool,
) -> Result<TipEntries, GitError> {
    let mut reader = repository.reader();
    if let Some((header, leaves, packages)) = cache.then(|| read(repository)).flatten()
        && reader.exists(header.tree)
    {
        let (leaves, changed) = leaves.moved(&mut reader, header.tree, tree)?;
        let same_policy = header.policy == policy;
        let packages = if same_policy { packages } else { Vec::new() };
        return Ok(TipEntries {
            leaves,
            known: CachedPackages {
                packages: by_path(packages),
                stale: Some(if same_policy { changed } else { usize::MAX }),
            },
        });
    }
    Ok(TipEntries {
        leaves: Leaves::walk(&mut reader, tree)?,
        known: CachedPackages::default(),
    })
}

fn read(repository: &Repository) -> Option<(Header, Leaves, Vec<Judged>)> {
    repository.read_cache_with(NAME, |bytes| {
        let (header, rest): (Header, &[u8]) = postcard::take_from_bytes(bytes).ok()?;
        if header.format != FORMAT {
            return None;
        }
        let (leaves, packages): (Leaves, Vec<Judged>) = postcard::from_bytes(rest).ok()?;
        leaves.is_sound().then_some((header, leaves, packages))
    })
}

impl FromIterator<Judged> for CachedPackages {
    /// What this run has read elsewhere: nothing of it was kept.
    fn from_iter<I: IntoIterator<Item = Judged>>(judged: I) -> Self {
        Self {
            packages: by_path(judged),
            stale: None,
        }
    }
}

fn by_path(judged: impl IntoIterator<Item = Judged>) -> BTreeMap<String, Judged> {
    judged
        .into_iter()
        .map(|judged| (judged.package.path.clone(), judged))
        .collect()
}

impl CachedPackages {
    /// Whether anything was read from the last run.
    pub const fn is_kept(&self) -> bool {
        self.stale.is_some()
    }

    /// The package that was at `path`, when the same object lies there still, as a folder or as a
    /// file.
    pub fn take(&mut self, path: &str, object: ObjectId, mode: u32) -> Option<Judged> {
        let judged = self.packages.remove(path)?;
        let same_mode = if judged.package.is_folder {
            countersign_git::MODE_TREE == mode
        } else {
            judged
                .package
                .files
                .first()
                .is_some_and(|file| file.mode == mode)
        };
        (judged.package.git_id == object && same_mode).then_some(judged)
    }

    /// Keeps what was read, when much of it is new.
    pub fn save(
        &self,
        repository: &Repository,
        replay: &Replay,
        leaves: &Leaves,
        judged: &[Judged],
    ) {
        if !replay.cache || self.stale.is_some_and(|stale| stale < STALE) {
            return;
        }
        let header = Header {
            format: FORMAT.to_owned(),
            tree: replay.tree,
            policy: replay.policy.digest,
        };
        let content = |file: &mut dyn io::Write| {
            postcard::to_io(&(header, leaves, judged), file)
                .map(drop)
                .map_err(io::Error::other)
        };
        repository.write_cache_with(NAME, content);
    }
}
