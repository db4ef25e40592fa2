//! Moves the checked-out branch to a commit that is already written: the reference with its log,
//! and the index for the changed paths.
//!
//! Git's own `update-index` compares every file that changed within the same second as the index,
//! and for that it starts the filters that configuration and attributes name. Nothing here starts a
//! program or reads a file of the worktree.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stat};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};

use super::write::{WriteError, Writer, full_name};
use countersign_model::ObjectId;

/// The new index entry of a path: mode and blob; `None` removes it.
pub type Staged = BTreeMap<String, Option<(u32, ObjectId)>>;

impl Writer {
    /// Points HEAD's branch, or a detached HEAD, from `before` to `after`. The reference log names
    /// `committer` (`Name <email> seconds zone`).
    pub fn advance_head(
        &self,
        before: ObjectId,
        after: ObjectId,
        committer: &[u8],
        message: &str,
    ) -> Result<(), WriteError> {
        let expected = PreviousValue::MustExistAndMatch(Target::Object(self.to_gix(before)?));
        self.update("HEAD", after, expected, committer, message)
    }

    /// Makes the branch `name` (without `refs/heads/`) at `commit`; an error when that branch
    /// exists.
    pub fn create_branch(
        &self,
        name: &str,
        commit: ObjectId,
        committer: &[u8],
        message: &str,
    ) -> Result<(), WriteError> {
        self.update(
            &format!("refs/heads/{name}"),
            commit,
            PreviousValue::MustNotExist,
            committer,
            message,
        )
    }

    fn update(
        &self,
        name: &str,
        new: ObjectId,
        expected: PreviousValue,
        committer: &[u8],
        message: &str,
    ) -> Result<(), WriteError> {
        let failed = |source| WriteError::Git {
            action: "change a reference",
            source,
        };
        let committer = gix::actor::SignatureRef::from_bytes(committer).map_err(failed)?;
        let log = LogChange {
            mode: RefLog::AndReference,
            force_create_reflog: false,
            message: message.into(),
        };
        let change = Change::Update {
            log,
            expected,
            new: Target::Object(self.to_gix(new)?),
        };
        let edit = RefEdit {
            change,
            name: full_name(name)?,
            deref: true,
        };
        self.repo
            .edit_references_as([edit], Some(committer))
            .map_err(failed)?;
        Ok(())
    }

    /// Brings the index along for the paths of `staged`; everything else in it stays staged as it
    /// was.
    ///
    /// What the index says of a file that changed within the index's own second may be outdated.
    /// Git compares such files when it writes the index; here they are marked, so that Git compares
    /// them when the user next runs it.
    pub fn stage(&self, staged: &Staged) -> Result<(), WriteError> {
        let failed = |source| WriteError::Git {
            action: "write the index",
            source,
        };
        let mut index = (**self.repo.index_or_empty().map_err(failed)?).clone();
        let written = index.timestamp().unix_seconds();
        for entry in index
            .entries_mut()
            .iter_mut()
            .filter(|entry| i64::from(entry.stat.mtime.secs) >= written)
        {
            entry.stat.size = 0;
        }
        if index.is_sparse() {
            self.expand(&mut index).map_err(failed)?;
        }
        let added: BTreeSet<&[u8]> = staged
            .iter()
            .filter(|(_, to)| to.is_some())
            .map(|(path, _)| path.as_bytes())
            .collect();
        let folders: BTreeSet<&[u8]> = added.iter().flat_map(|path| above(path)).collect();
        // A path is a file or a folder, in the index too.
        index.remove_entries(|_, path, _| {
            let named = path.to_str().is_ok_and(|path| staged.contains_key(path));
            named
                || folders.contains(path.as_bytes())
                || above(path).any(|folder| added.contains(folder))
        });
        for (path, to) in staged {
            let Some((mode, id)) = to else { continue };
            let (id, mode) = (self.to_gix(*id)?, Mode::from_bits_truncate(*mode));
            index.dangerously_push_entry(
                Stat::default(),
                id,
                Flags::empty(),
                mode,
                BStr::new(path),
            );
        }
        index.sort_entries();
        // It caches the trees of folders, and Git would trust it.
        index.remove_tree();
        index
            .write(gix::index::write::Options::default())
            .map_err(failed)
    }

    /// Replaces the folders of a sparse index, each one entry, by their files.
    fn expand(&self, index: &mut gix::index::File) -> Result<(), gix::Error> {
        let folders: Vec<(BString, gix::ObjectId)> = index
            .entries()
            .iter()
            .filter(|entry| entry.mode == Mode::DIR)
            .map(|entry| (entry.path(index).to_owned(), entry.id))
            .collect();
        index.remove_entries(|_, _, entry| entry.mode == Mode::DIR);
        for (folder, tree) in folders {
            let inside = self.repo.index_from_tree(&tree)?;
            for entry in inside.entries() {
                let path = [folder.as_slice(), entry.path(&inside)].concat();
                let flags = Flags::EXTENDED | Flags::SKIP_WORKTREE;
                index.dangerously_push_entry(
                    Stat::default(),
                    entry.id,
                    flags,
                    entry.mode,
                    path.as_bstr(),
                );
            }
        }
        Ok(())
    }
}

/// The folders that `path` is in.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
}
