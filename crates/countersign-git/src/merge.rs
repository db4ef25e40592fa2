//! The tree that merging a branch would give, without touching the repository.
//!
//! What is merged, and what is the common ancestor, follows from objects and parent links alone.
//! Results live in memory and are read through the same [`Repository`]. No program is started: of
//! the attributes, read from the governed side's tree, only Git's built-in merge drivers (`text`,
//! `binary`, `union`) have an effect, and configuration does not. Defaults are those of `git
//! merge-tree --write-tree` (histogram diff, renames at 50 %), except that renamed and edited files
//! are searched for within a bound of their own (see `renames.rs`): the search is quadratic, and a
//! pull request must not be able to stall its check. Git calls a file that one side adds to a
//! directory that the other side renamed a conflict; so does this program.

use std::collections::BTreeSet;
use std::sync::Arc;

use gix::bstr::BString;
use gix::merge::plumbing::blob::builtin_driver::text;
use gix::merge::plumbing::tree::{Conflict, Options, Resolution, TreatAsUnresolved};
use gix::objs::Write as _;
use gix::worktree::stack::state;

use super::diff::TreeChange;
use super::error::GitError;
use super::object::ObjectFormat;
use super::reader::{to_gix, to_model};
use super::renames::Renames;
use super::repository::Repository;
use super::roots::Roots;
use super::tree::is_tree;
use countersign_model::ObjectId;

/// More best common ancestors than any real history has.
const MAX_BASES: usize = 16;
/// Renamed and edited files are searched for among this many on a side; what they may cost is
/// bounded by `renames.rs`.
const LIMIT: usize = 1000;
/// The same where several best common ancestors are merged first: commits that have all landed.
const ANCESTOR_LIMIT: usize = 100;
/// Files of this size and more are not merged line by line; `core.bigFileThreshold` of Git.
const BIG_FILE: u64 = 512 << 20;

/// What a merge gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// The root tree, readable through the repository that merged.
    Tree(ObjectId),
    /// The paths that a person has to resolve, sorted; bytes that are not UTF-8 are replaced.
    Conflict(Vec<String>),
}

impl Repository {
    /// Merges `head` into `base`.
    ///
    /// [`GitError::Unrelated`] without a common ancestor; [`GitError::MalformedTree`] where a tree
    /// that takes part has two readings.
    pub fn merge(&self, base: ObjectId, head: ObjectId) -> Result<Merge, GitError> {
        let bases = self.merge_bases(base, head)?;
        let (ours, theirs) = (self.root_tree(base)?, self.root_tree(head)?);
        match bases.as_slice() {
            [] => return Err(GitError::Unrelated(base, head)),
            [one] if *one == head => return Ok(Merge::Tree(ours)),
            [one] if *one == base => return Ok(Merge::Tree(theirs)),
            many if many.len() > MAX_BASES => {
                return Err(GitError::TooLarge {
                    what: "the number of merge bases".to_owned(),
                    limit: MAX_BASES as u64,
                });
            }
            _ => {}
        }
        let mut merging = Merging::new(self)?;
        let ancestor = match bases.as_slice() {
            [one] => self.root_tree(*one)?,
            many => merging.virtual_ancestor(self, many, ours)?,
        };
        let result = merging.trees(self, ancestor, ours, theirs)?;
        merging.keep(self);
        Ok(result)
    }
}

/// One merge under way: a view of the objects that writes to memory.
pub(super) struct Merging {
    objects: gix::Repository,
}

fn library(error: impl std::fmt::Display) -> GitError {
    GitError::Library(format!("the merge failed: {error}"))
}

impl Merging {
    pub(super) fn new(repository: &Repository) -> Result<Self, GitError> {
        let mut objects = repository.local().with_object_memory();
        objects.object_cache_size_if_unset(16 << 20);
        // The empty tree may be a side, and need not be stored.
        objects
            .write_buf(gix::objs::Kind::Tree, &[])
            .map_err(library)?;
        Ok(Self { objects })
    }

    fn trees(
        &mut self,
        repository: &Repository,
        ancestor: ObjectId,
        ours: ObjectId,
        theirs: ObjectId,
    ) -> Result<Merge, GitError> {
        if ancestor == ours || ours == theirs {
            return Ok(Merge::Tree(theirs));
        }
        if ancestor == theirs {
            return Ok(Merge::Tree(ours));
        }
        self.publish(repository);
        let changes = [
            changed(repository, ancestor, ours)?,
            changed(repository, ancestor, theirs)?,
        ];
        let dirs = directories(changes.iter().flatten());
        let renames = Renames::between(
            repository,
            ancestor,
            [(ours, &changes[0]), (theirs, &changes[1])],
        )?;
        self.with_renames(repository, [ancestor, ours, theirs], dirs, &renames)
    }

    /// Merges `[ancestor, ours, theirs]`, of which `dirs` changed, without what `renames` leaves
    /// aside.
    pub(super) fn with_renames(
        &self,
        repository: &Repository,
        trees: [ObjectId; 3],
        dirs: BTreeSet<Vec<u8>>,
        renames: &Renames,
    ) -> Result<Merge, GitError> {
        let ours = trees[1];
        let mut lesser = trees;
        for tree in &mut lesser {
            *tree = renames.apply(repository, &self.objects, *tree)?;
        }
        let [ancestor, lesser_ours, lesser_theirs] = lesser;
        let (mut diffing, mut merging) = platforms(
            attributes(repository, ours, dirs)?,
            repository.object_format(),
        );
        let labels = text::Labels {
            ancestor: None,
            current: None,
            other: None,
        };
        let objects = &self.objects;
        let mut outcome = gix::merge::plumbing::tree(
            &to_gix(&ancestor),
            &to_gix(&lesser_ours),
            &to_gix(&lesser_theirs),
            labels,
            objects,
            |bytes| objects.write_buf(gix::objs::Kind::Blob, bytes),
            &mut gix::diff::tree::State::default(),
            &mut diffing,
            &mut merging,
            options(renames.inexact().then_some(LIMIT)),
        )
        .map_err(library)?;
        let conflicts: BTreeSet<String> = outcome
            .conflicts
            .iter()
            .filter(|conflict| is_unresolved(conflict))
            .flat_map(paths)
            .collect();
        if !conflicts.is_empty() {
            return Ok(Merge::Conflict(conflicts.into_iter().collect()));
        }
        let tree = outcome
            .tree
            .write(|tree| objects.write(tree))
            .map_err(library)?;
        Ok(Merge::Tree(to_model(&tree)))
    }

    /// Several best common ancestors are merged into one first, as Git's recursive strategy does.
    fn virtual_ancestor(
        &mut self,
        repository: &Repository,
        bases: &[ObjectId],
        ours: ObjectId,
    ) -> Result<ObjectId, GitError> {
        let mut dirs = BTreeSet::new();
        let first = repository.root_tree(bases[0])?;
        for base in &bases[1..] {
            dirs.extend(directories(&changed(
                repository,
                first,
                repository.root_tree(*base)?,
            )?));
        }
        let (mut diffing, mut merging) = platforms(
            attributes(repository, ours, dirs)?,
            repository.object_format(),
        );
        let mut bases: Vec<gix::ObjectId> = bases.iter().map(to_gix).collect();
        let (Some(first), Some(second)) = (bases.pop(), bases.pop()) else {
            return Err(GitError::Library(
                "a virtual ancestor takes two commits".to_owned(),
            ));
        };
        let mut graph = self.objects.revision_graph(None);
        let outcome = gix::merge::plumbing::commit::virtual_merge_base(
            first,
            second,
            bases,
            &mut graph,
            &mut diffing,
            &mut merging,
            &self.objects,
            &mut |id| id.to_hex().to_string(),
            options(Some(ANCESTOR_LIMIT)),
        );
        Ok(to_model(&outcome.map_err(library)?.tree_id))
    }

    /// Lets the repository read what has been written to memory so far.
    fn publish(&mut self, repository: &Repository) {
        let Some(written) = self.objects.objects.reset_object_memory() else {
            return;
        };
        if let Ok(mut overlay) = repository.overlay.write() {
            for (id, (kind, bytes)) in written.iter() {
                overlay.insert(to_model(id), (*kind, Arc::from(bytes.as_slice())));
            }
        }
        self.objects.objects.set_object_memory(written);
    }

    fn keep(mut self, repository: &Repository) {
        self.publish(repository);
    }
}

/// The attribute files of the governed side that concern changed paths, as a stack to look
/// attributes up in.
fn attributes(
    repository: &Repository,
    ours: ObjectId,
    dirs: BTreeSet<Vec<u8>>,
) -> Result<gix::worktree::Stack, GitError> {
    let mut files: Vec<(BString, gix::ObjectId)> = Vec::new();
    for dir in dirs {
        let path = if dir.is_empty() {
            b".gitattributes".to_vec()
        } else {
            [dir.as_slice(), b"/.gitattributes"].concat()
        };
        if let Some(entry) = repository
            .entry_at(ours, &path)?
            .filter(|entry| entry.mode & 0o170_000 == 0o100_000)
        {
            files.push((path.into(), to_gix(&entry.id)));
        }
    }
    files.sort();
    let mut macros = gix::attrs::search::MetadataCollection::default();
    let no_files = std::iter::empty::<std::path::PathBuf>();
    let globals =
        gix::attrs::Search::new_globals(no_files, &mut Vec::new(), &mut macros).map_err(library)?;
    let attributes =
        state::Attributes::new(globals, None, state::attributes::Source::IdMapping, macros);
    let state = gix::worktree::stack::State::AttributesStack(attributes);
    // With attributes from objects only, the directory is never read; it must merely be one.
    Ok(gix::worktree::Stack::new(
        repository.git_dir(),
        state,
        gix::glob::pattern::Case::Sensitive,
        Vec::new(),
        files,
    ))
}

/// Comparing and merging of blobs, without drivers, filters or worktrees.
fn platforms(
    attributes: gix::worktree::Stack,
    format: ObjectFormat,
) -> (
    gix::diff::blob::Platform,
    gix::merge::plumbing::blob::Platform,
) {
    let kind = match format {
        ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
        ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
    };
    let filter = || {
        gix::filter::plumbing::Pipeline::new(
            gix::command::Context::default(),
            kind,
            gix::filter::plumbing::pipeline::Options::default(),
        )
    };
    let diffing = gix::diff::blob::Platform::new(
        gix::diff::blob::platform::Options {
            algorithm: Some(gix::diff::blob::Algorithm::Histogram),
            skip_internal_diff_if_external_is_configured: false,
        },
        gix::diff::blob::Pipeline::new(
            gix::diff::blob::pipeline::WorktreeRoots::default(),
            filter(),
            Vec::new(),
            gix::diff::blob::pipeline::Options {
                large_file_threshold_bytes: BIG_FILE,
                ..Default::default()
            },
        ),
        gix::diff::blob::pipeline::Mode::ToGit,
        attributes.clone(),
    );
    let merging = gix::merge::plumbing::blob::Platform::new(
        gix::merge::plumbing::blob::Pipeline::new(
            gix::merge::plumbing::blob::pipeline::WorktreeRoots::default(),
            filter(),
            gix::merge::plumbing::blob::pipeline::Options {
                large_file_threshold_bytes: BIG_FILE,
            },
        ),
        gix::merge::plumbing::blob::pipeline::Mode::ToGit,
        attributes,
        Vec::new(),
        gix::merge::plumbing::blob::platform::Options::default(),
    );
    (diffing, merging)
}

/// With a search for renamed and edited files among as many as the square root of `limit`; else
/// only for files of the same content.
fn options(limit: Option<usize>) -> Options {
    let percentage = limit.and(gix::diff::Rewrites::default().percentage);
    Options {
        rewrites: Some(gix::diff::Rewrites {
            percentage,
            limit: limit.unwrap_or(1),
            ..Default::default()
        }),
        blob_merge: gix::merge::plumbing::blob::platform::merge::Options {
            text: text::Options {
                diff_algorithm: gix::diff::blob::Algorithm::Histogram,
                ..Default::default()
            },
            ..Default::default()
        },
        ..Default::default()
    }
}

/// What differs between two trees that a merge compares.
pub(super) fn changed(
    repository: &Repository,
    from: ObjectId,
    to: ObjectId,
) -> Result<Vec<TreeChange>, GitError> {
    let mut changes: Vec<TreeChange> = Vec::new();
    repository.diff(Some(from), Some(to), &Roots::all(), &mut changes)?;
    // A tree that `diff` did not enter would be read by the merge, in a way of its own.
    let closed = changes
        .iter()
        .flat_map(|change| [change.before, change.after])
        .flatten()
        .find(|leaf| is_tree(leaf.mode));
    closed.map_or(Ok(changes), |leaf| Err(GitError::MalformedTree(leaf.id)))
}

/// The directories, with all those above them, of every path that changed; `""` is the root.
pub(super) fn directories<'c>(
    changes: impl IntoIterator<Item = &'c TreeChange>,
) -> BTreeSet<Vec<u8>> {
    let mut dirs = BTreeSet::from([Vec::new()]);
    for change in changes {
        let mut dir = change.path.as_slice();
        while let Some(slash) = dir.iter().rposition(|byte| *byte == b'/') {
            dir = &dir[..slash];
            if !dirs.insert(dir.to_vec()) {
                break;
            }
        }
    }
    dirs
}

fn is_unresolved(conflict: &Conflict) -> bool {
    conflict.is_unresolved(TreatAsUnresolved::git())
        || matches!(
            conflict.resolution,
            Ok(Resolution::SourceLocationAffectedByRename { .. })
        )
}

fn paths(conflict: &Conflict) -> Vec<String> {
    [conflict.ours.location(), conflict.theirs.location()]
        .into_iter()
        .map(ToString::to_string)
        .collect()
}
