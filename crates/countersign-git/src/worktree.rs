//! The working tree: what a commit would take from it, and what HEAD lacks of it.
//!
//! Bytes are taken as they are. So a checkout that converts line endings differs from HEAD here, as
//! its bytes do.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gix::objs::Kind;

use super::diff::Leaf;
use super::error::GitError;
use super::folder::{
    Covers, FileKind, Folder, FolderFile, Listing, file, into_bytes, is_git, listed,
};
use super::ignored::Ignored;
use super::index_times::IndexTimes;
use super::reader::{blob_hasher, hash, to_model};
use super::repository::Repository;
use super::roots::Roots;
use super::tree::{MODE_EXECUTABLE, MODE_REGULAR, MODE_SUBMODULE, MODE_SYMLINK};

/// A path where the working tree is not what HEAD says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dirty {
    /// From the root of the working tree.
    pub path: Vec<u8>,
    /// In what way.
    pub how: DirtyKind,
}

/// How a working file differs from HEAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirtyKind {
    /// Other bytes, another kind of file, or another executable bit where Git goes by it.
    Modified,
    /// The same in a file that Git was told to overlook.
    Overlooked,
    /// In HEAD only, and not left out of the checkout on purpose.
    Missing,
    /// On disk only; also when Git ignores it.
    Untracked,
}

impl Repository {
    /// The files of the working tree at or below `roots` (paths from its root; an empty one is
    /// everything), paths from the root.
    ///
    /// A link on the way to a root is listed instead. Missing roots give nothing. The repository's
    /// own `.git` is not listed. [`GitError::Unsupported`] in a bare repository.
    pub fn work_files<P: AsRef<str>>(
        &self,
        roots: impl IntoIterator<Item = P>,
    ) -> Result<Folder, GitError> {
        self.work_files_except(roots, None)
    }

    /// The same without what Git ignores, whose folders are not entered.
    pub fn work_files_except<P: AsRef<str>>(
        &self,
        roots: impl IntoIterator<Item = P>,
        ignored: Option<&Ignored>,
    ) -> Result<Folder, GitError> {
        let base = self
            .work_dir()
            .ok_or_else(|| GitError::Unsupported("no working tree".to_owned()))?
            .to_owned();
        let covers =
            |path: &Path, is_folder| ignored.is_some_and(|ignored| ignored.covers(path, is_folder));
        let listing = Listing::except(&base, ignored.map(|_| &covers as &Covers<'_>));
        let mut files = Vec::new();
        for root in roots {
            files.extend(listing.root(root.as_ref())?);
        }
        files.retain(|file| file.path != b".git");
        // One root may be below another.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        Ok(Folder::new(base, files))
    }

    /// Where the working tree at or below `roots` differs from HEAD, sorted by path. The index only
    /// says which files Git was told to overlook.
    pub fn dirty<P: AsRef<str>>(
        &self,
        roots: impl IntoIterator<Item = P>,
    ) -> Result<Vec<Dirty>, GitError> {
        self.differences(roots, None, &IndexTimes::default())
    }

    /// The same without what is `ignored`, and as quick as `git status`: a file with the time that
    /// the index has is not read. For what is only mentioned, because programs can set that time.
    /// Nothing where nothing is checked out.
    pub fn uncommitted<P: AsRef<str>>(
        &self,
        roots: impl IntoIterator<Item = P>,
        ignored: Option<&Ignored>,
    ) -> Result<Vec<Dirty>, GitError> {
        match self.index_times() {
            Some(times) if self.work_dir().is_some() => self.differences(roots, ignored, &times),
            _ => Ok(Vec::new()),
        }
    }

    fn differences<P: AsRef<str>>(
        &self,
        roots: impl IntoIterator<Item = P>,
        ignored: Option<&Ignored>,
        times: &IndexTimes,
    ) -> Result<Vec<Dirty>, GitError> {
        let roots: Vec<String> = roots
            .into_iter()
            .map(|root| root.as_ref().to_owned())
            .collect();
        let tree = self.root_tree(self.head()?.commit)?;
        let mut changes = Vec::new();
        self.diff(None, Some(tree), &Roots::new(&roots), &mut changes)?;
        let leaves = changes
            .into_iter()
            .filter_map(|change| Some((change.path, change.after?)));
        let mut expected: BTreeMap<Vec<u8>, Leaf> = leaves
            .filter(|(_, leaf)| leaf.mode != MODE_SUBMODULE)
            .collect();
        let folder = self.work_files_except(&roots, ignored)?;
        let overlooked = self.overlooked();
        let mut dirty = Vec::new();
        for file in folder.files() {
            let how = match expected.remove(&file.path) {
                None => DirtyKind::Untracked,
                Some(leaf) if self.is_same(&folder, file, leaf, times)? => continue,
                Some(_) if overlooked.may_differ(&file.path) => DirtyKind::Overlooked,
                Some(_) => DirtyKind::Modified,
            };
            dirty.push(Dirty {
                path: file.path.clone(),
                how,
            });
        }
        let missing = expected
            .into_keys()
            .filter(|path| !overlooked.may_be_absent(path));
        dirty.extend(missing.map(|path| Dirty {
            path,
            how: DirtyKind::Missing,
        }));
        dirty.sort();
        Ok(dirty)
    }

    fn is_same(
        &self,
        folder: &Folder,
        file: &FolderFile,
        leaf: Leaf,
        times: &IndexTimes,
    ) -> Result<bool, GitError> {
        let corrupt = |reason| GitError::Corrupt {
            id: leaf.id,
            reason,
        };
        let compatible = match (file.kind, leaf.mode) {
            (FileKind::Regular, MODE_REGULAR) | (FileKind::Executable, MODE_EXECUTABLE) => true,
            (FileKind::Regular, MODE_EXECUTABLE) | (FileKind::Executable, MODE_REGULAR) => {
                !self.has_executable_bits()
            }
            // Where links cannot be made, Git writes what they say.
            (FileKind::Regular, MODE_SYMLINK) => !self.has_links(),
            (FileKind::Symlink, MODE_SYMLINK) => {
                let path = folder.place(file);
                let target =
                    into_bytes(fs::read_link(&path).map_err(|error| GitError::io(&path, &error))?);
                return Ok(
                    hash(self.object_format(), Kind::Blob, &target).map_err(corrupt)? == leaf.id,
                );
            }
            _ => false,
        };
        if !compatible || self.blob_size(leaf.id)? != file.size {
            return Ok(false);
        }
        if times.has(&file.path, &folder.place(file), leaf.id) {
            return Ok(true);
        }
        // However large it is: it is hashed as Git does, and not held.
        let mut hash = blob_hasher(self.object_format(), file.size);
        folder.feed(file, &mut |piece| hash.update(piece))?;
        Ok(to_model(
            &hash
                .try_finalize()
                .map_err(|error| corrupt(error.to_string()))?,
        ) == leaf.id)
    }
}

impl Listing<'_> {
    /// Goes down to one root without following links.
    fn root(&self, root: &str) -> Result<Vec<FolderFile>, GitError> {
        let mut relative = PathBuf::new();
        let mut found = None;
        for step in root
            .split('/')
            .filter(|step| !step.is_empty() && *step != ".")
        {
            if step == ".." {
                return Err(GitError::Io {
                    path: PathBuf::from(root),
                    reason: "it is outside the working tree".to_owned(),
                });
            }
            relative.push(step);
            let full = self.base().join(&relative);
            let metadata = match fs::symlink_metadata(&full) {
                Ok(metadata) => metadata,
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    return Ok(Vec::new());
                }
                Err(error) => return Err(GitError::io(&full, &error)),
            };
            let is_dir = metadata.is_dir();
            if self.is_ignored(&relative, is_dir) {
                return Ok(Vec::new());
            }
            found = Some(metadata);
            if !is_dir {
                break;
            }
        }
        match found {
            Some(metadata) if metadata.is_dir() && !relative.file_name().is_some_and(is_git) => {
                self.enter(&relative, relative.iter().count(), &listed)
            }
            Some(metadata) => {
                self.counted()?;
                Ok(vec![file(&relative, &metadata)])
            }
            None => self.enter(Path::new(""), 0, &listed),
        }
    }
}
