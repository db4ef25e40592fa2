//! What Git goes by when it compares the working tree with the index: what it found out about the
//! file system when the repository was made, and which files it was told to overlook.
//!
//! This is the only configuration that is read here. It decides what counts as a change on disk,
//! and never what a commit holds.

use std::collections::BTreeMap;

use gix::index::entry::{Flags, Mode};

use super::reader::to_model;
use super::repository::Repository;
use countersign_model::ObjectId;

/// Files that Git was told to overlook in the working tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlooked {
    /// `skip-worktree`, as in a sparse checkout: path, mode and blob.
    skipped: BTreeMap<Vec<u8>, (u32, ObjectId)>,
    /// Folders of a sparse index, each ending in a slash, with their trees.
    folders: BTreeMap<Vec<u8>, ObjectId>,
    /// `assume-unchanged`.
    assumed: Vec<Vec<u8>>,
    /// In a sparse checkout a skipped file that is there all the same counts.
    sparse: bool,
}

impl Overlooked {
    /// Whether Git does not miss the file where it is not on disk.
    pub(super) fn may_be_absent(&self, path: &[u8]) -> bool {
        self.skipped.contains_key(path) || self.folder_of(path).is_some() || self.is_assumed(path)
    }

    /// Whether Git does not look at what is on disk there.
    pub(super) fn may_differ(&self, path: &[u8]) -> bool {
        self.is_assumed(path) || !self.sparse && self.skipped.contains_key(path)
    }

    fn is_assumed(&self, path: &[u8]) -> bool {
        self.assumed
            .binary_search_by(|assumed| assumed.as_slice().cmp(path))
            .is_ok()
    }

    /// The folder of a sparse index that `path` is in: its length and its tree.
    fn folder_of(&self, path: &[u8]) -> Option<(usize, ObjectId)> {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        ends.map(|(at, _)| &path[..=at])
            .find_map(|folder| Some((folder.len(), *self.folders.get(folder)?)))
    }
}

impl Repository {
    /// What the index says; nothing where it cannot be read.
    pub(super) fn overlooked(&self) -> Overlooked {
        let mut found = Overlooked {
            sparse: self.configures("core", "sparseCheckout") == Some(true),
            ..Overlooked::default()
        };
        let local = self.local();
        let Ok(index) = local.index_or_empty() else {
            return found;
        };
        for entry in index.entries() {
            let path = entry.path(&index).to_vec();
            let id = to_model(&entry.id);
            if entry.mode == Mode::DIR {
                found.folders.insert(path, id);
            } else if entry.flags.contains(Flags::SKIP_WORKTREE) {
                found.skipped.insert(path, (entry.mode.bits(), id));
            } else if entry.flags.contains(Flags::ASSUME_VALID) {
                found.assumed.push(path);
            }
        }
        found.assumed.sort();
        found
    }

    /// Mode and blob of a file that a sparse checkout leaves out of the working tree.
    pub fn left_out(&self, path: &str) -> Option<(u32, ObjectId)> {
        let overlooked = self.overlooked();
        if let Some(found) = overlooked.skipped.get(path.as_bytes()) {
            return Some(*found);
        }
        let (length, tree) = overlooked.folder_of(path.as_bytes())?;
        let entry = self.entry_at(tree, &path.as_bytes()[length..]).ok()??;
        Some((entry.mode, entry.id))
    }

    /// Whether Git goes by the executable bit of files on disk.
    pub fn has_executable_bits(&self) -> bool {
        cfg!(unix) && self.configures("core", "fileMode") != Some(false)
    }

    /// Whether Git writes symbolic links as such.
    pub(super) fn has_links(&self) -> bool {
        cfg!(unix) && self.configures("core", "symlinks") != Some(false)
    }

    /// A switch of the repository's own configuration.
    pub(super) fn configures(&self, section: &str, key: &str) -> Option<bool> {
        let local = self.local();
        let config = local.config_snapshot();
        let sections = config.plumbing().sections_by_name(section)?;
        let values = sections
            .filter(|section| section.header().subsection_name().is_none())
            .filter_map(|section| section.value_implicit(key));
        let last = values.last()?;
        // `fileMode` alone is a value too.
        let Some(text) = last else { return Some(true) };
        gix::config::Boolean::try_from(text)
            .ok()
            .map(|value| value.0)
    }
}
