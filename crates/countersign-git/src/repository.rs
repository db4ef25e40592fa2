//! Opening a repository, and what its refs say.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gix::bstr::ByteSlice as _;
use gix::discover::upwards;
use gix::sec::Trust;

use super::commit::Commit;
use super::diff::TreeChange;
use super::error::GitError;
use super::loose::Loose;
use super::object::{CommitNode, OBJECT_LIMIT, ObjectFormat};
use super::reader::{Reader, to_model};
use super::roots::Roots;
use super::tree::{TreeEntry, TreeListing};
use countersign_model::ObjectId;

/// What `HEAD` points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRef {
    /// The commit.
    pub commit: ObjectId,
    /// The branch without `refs/heads/`; `None` when detached.
    pub branch: Option<String>,
}

/// An open repository, shared by all threads.
///
/// Every reading method borrows a [`Reader`] from a pool; a worker that reads much takes its own
/// with [`Repository::reader`].
pub struct Repository {
    /// Replaced when what was read is to be forgotten.
    inner: RwLock<gix::ThreadSafeRepository>,
    pub(super) pool: Mutex<Vec<Reader>>,
    /// Objects of merges: in memory only, see `merge.rs`.
    pub(super) overlay: super::reader::Overlay,
    loose: Arc<Loose>,
    format: ObjectFormat,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_dir: Option<PathBuf>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("git_dir", &self.git_dir)
            .finish_non_exhaustive()
    }
}

/// Only what the program itself sets counts: a repository's own configuration must not change what
/// a verifier sees.
fn only_ours(section: &gix::config::file::Metadata) -> bool {
    section.source == gix::config::Source::Api
}

fn options() -> gix::open::Options {
    gix::open::Options::isolated()
        .config_overrides([
            "core.useReplaceRefs=false".to_owned(),
            format!("gitoxide.objects.allocLimit={OBJECT_LIMIT}"),
            "core.precomposeUnicode=false".to_owned(),
        ])
        .filter_config_section(only_ours)
}

fn open_at(git_dir: &Path) -> Result<gix::ThreadSafeRepository, impl std::fmt::Display> {
    options()
        .with(Trust::Full)
        .open_path_as_is(true)
        .open(git_dir)
}

impl Repository {
    /// Opens the repository at `dir` or the nearest one above it: ordinary, bare, or a linked
    /// worktree, no matter who owns its files.
    ///
    /// Ownership does not matter, because nothing that the repository configures is obeyed or
    /// executed.
    pub fn open(dir: &Path) -> Result<Self, GitError> {
        let dir = dir
            .canonicalize()
            .map_err(|error| GitError::io(dir, &error))?;
        let search = upwards::Options {
            trust: upwards::TrustPolicy::Assume(Trust::Full),
            ..Default::default()
        };
        let (found, _) = gix::discover::upwards_opts(&dir, search)
            .map_err(|_| GitError::NotARepository(dir.clone()))?;
        let (git_dir, work_dir) = found.into_repository_and_work_tree_directories();
        let inner = open_at(&git_dir)
            .map_err(|_| GitError::Unsupported("a configuration that cannot be read".to_owned()))?;
        let local = inner.to_thread_local();
        super::format::require_known(local.config_snapshot().plumbing())?;
        let format = match local.object_hash() {
            gix::hash::Kind::Sha1 => ObjectFormat::Sha1,
            gix::hash::Kind::Sha256 => ObjectFormat::Sha256,
            other => return Err(GitError::Unsupported(format!("the object format {other}"))),
        };
        let git_dir = absolute(local.git_dir(), &dir);
        let common_dir = absolute(local.common_dir(), &dir);
        let work_dir = work_dir.map(|path| absolute(&path, &dir));
        tracing::info!(git_dir = %git_dir.display(), "opened");
        let overlay = super::reader::Overlay::default();
        let loose = Arc::new(Loose::new(local.objects.store_ref().path().to_owned()));
        Ok(Self {
            inner: RwLock::new(inner),
            pool: Mutex::default(),
            overlay,
            loose,
            format,
            git_dir,
            common_dir,
            work_dir,
        })
    }

    /// The library's repository, for one thread.
    pub(super) fn local(&self) -> gix::Repository {
        self.inner
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .to_thread_local()
    }

    /// The Git directory of this worktree: where `HEAD` is.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The directory that all worktrees share: where objects and branches are. Equal to `git_dir`
    /// unless this is a linked worktree.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Root of the checked-out files; `None` when bare.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// The hash that names objects here.
    pub fn object_format(&self) -> ObjectFormat {
        self.format
    }

    /// The commit and branch of `HEAD`; [`GitError::Unborn`] when there is none yet.
    pub fn head(&self) -> Result<HeadRef, GitError> {
        let refs = self.local().refs;
        let library = |error: gix::Error| GitError::Library(error.to_string());
        let mut name = "HEAD".to_owned();
        // Git follows five levels of symbolic refs; a loop ends here too.
        for level in 0..=5 {
            let Some(found) = refs.try_find(name.as_str()).map_err(library)? else {
                let branch = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
                return Err(GitError::Unborn(branch));
            };
            match found.target {
                gix::refs::Target::Object(id) => {
                    let branch = (level > 0)
                        .then(|| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned());
                    tracing::info!(commit = %id, branch = branch.as_deref().unwrap_or("none"), "HEAD");
                    return Ok(HeadRef {
                        commit: to_model(&id),
                        branch,
                    });
                }
                gix::refs::Target::Symbolic(next) => {
                    let text = next.as_bstr().to_str();
                    text.map_err(|_| {
                        GitError::Unsupported("a branch name that is not UTF-8".to_owned())
                    })?
                    .clone_into(&mut name);
                }
            }
        }
        Err(GitError::Library(
            "HEAD is a loop of symbolic refs".to_owned(),
        ))
    }

    /// The commit at the tip of a local branch, or of the remote-tracking branch `origin/<branch>`;
    /// `None` when there is neither.
    pub fn branch(&self, branch: &str) -> Result<Option<ObjectId>, GitError> {
        let local = self.reference(&format!("refs/heads/{branch}"))?;
        if local.is_some() {
            Ok(local)
        } else {
            self.reference(&format!("refs/remotes/origin/{branch}"))
        }
    }

    /// The object that a reference names by its full name, such as `refs/heads/main`; `None` when
    /// it does not exist, or names another reference.
    pub fn reference(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        match self.local().refs.try_find(name) {
            Ok(Some(gix::refs::Reference {
                target: gix::refs::Target::Object(id),
                ..
            })) => Ok(Some(to_model(&id))),
            _ => Ok(None),
        }
    }

    /// A reader with caches of its own, for one worker.
    pub fn reader(&self) -> Reader {
        Reader::new(
            self.local(),
            self.format,
            self.overlay.clone(),
            self.loose.clone(),
        )
    }

    /// Lends a pooled reader to `work`.
    pub fn with_reader<T>(&self, work: impl FnOnce(&mut Reader) -> T) -> T {
        let pooled = self.pool.lock().map_or(None, |mut pool| pool.pop());
        let mut reader = pooled.unwrap_or_else(|| self.reader());
        let result = work(&mut reader);
        if let Ok(mut pool) = self.pool.lock() {
            pool.push(reader);
        }
        result
    }

    /// Gives back the memory in which readers keep what they have read, and the pack files that
    /// they have mapped: much of it will not be read again. A reader that is lent out keeps
    /// its own.
    pub fn forget_read(&self) {
        if let Ok(mut pool) = self.pool.lock() {
            pool.clear();
        }
        // The library unmaps packs with its last handle only. What cannot be opened again stays as
        // it was.
        if let Ok(opened) = open_at(&self.git_dir) {
            *self.inner.write().unwrap_or_else(PoisonError::into_inner) = opened;
        }
    }

    /// See [`Reader::commit_bytes`].
    pub fn commit_bytes(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.with_reader(|reader| reader.commit_bytes(id))
    }

    /// See [`Reader::commit`].
    pub fn commit(&self, id: ObjectId) -> Result<Commit, GitError> {
        self.with_reader(|reader| reader.commit(id))
    }

    /// See [`Reader::node`].
    pub fn node(&self, id: ObjectId) -> Result<CommitNode, GitError> {
        self.with_reader(|reader| reader.node(id))
    }

    /// See [`Reader::root_tree`].
    pub fn root_tree(&self, commit: ObjectId) -> Result<ObjectId, GitError> {
        self.with_reader(|reader| reader.root_tree(commit))
    }

    /// See [`Reader::blob`].
    pub fn blob(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.with_reader(|reader| reader.blob(id))
    }

    /// See [`Reader::blob_unverified`].
    pub fn blob_unverified(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.with_reader(|reader| reader.blob_unverified(id))
    }

    /// See [`Reader::stream_blob`].
    pub fn stream_blob(&self, id: ObjectId, sink: &mut dyn FnMut(&[u8])) -> Result<u64, GitError> {
        self.with_reader(|reader| reader.stream_blob(id, sink))
    }

    /// See [`Reader::blob_size`].
    pub fn blob_size(&self, id: ObjectId) -> Result<u64, GitError> {
        self.with_reader(|reader| reader.blob_size(id))
    }

    /// See [`Reader::tree`].
    pub fn tree(&self, id: ObjectId) -> Result<TreeListing, GitError> {
        self.with_reader(|reader| reader.tree(id))
    }

    /// See [`Reader::entry_at`].
    pub fn entry_at(&self, tree: ObjectId, path: &[u8]) -> Result<Option<TreeEntry>, GitError> {
        self.with_reader(|reader| reader.entry_at(tree, path))
    }

    /// See [`Reader::diff`].
    pub fn diff(
        &self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        roots: &Roots,
        out: &mut Vec<TreeChange>,
    ) -> Result<(), GitError> {
        self.with_reader(|reader| reader.diff(before, after, roots, out))
    }

    /// See [`Reader::walk_tree`].
    pub fn walk_tree(
        &self,
        tree: ObjectId,
        visit: impl FnMut(&[u8], super::Leaf),
    ) -> Result<(), GitError> {
        self.with_reader(|reader| reader.walk_tree(tree, visit))
    }
}

fn absolute(path: &Path, base: &Path) -> PathBuf {
    let joined = base.join(path);
    joined.canonicalize().unwrap_or(joined)
}
