//! Moves the checked-out branch to a commit that is already written: the reference with its log,
//! and the index for the changed paths.
//!
//! In two steps, so that what can fail fails before anything has moved: [`Writer::prepare_advance`]
//! locks both and writes the new index beside the old one, and [`Advance::finish`] puts them in
//! place.
//!
//! Git's own `update-index` compares every file that changed within the same second as the index,
//! and for that it starts the filters that configuration and attributes name. Nothing here starts a
//! program or reads a file of the worktree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Duration;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stat};
use gix::lock::acquire::Fail;
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};

use super::write::{WriteError, Writer, full_name};
use countersign_model::ObjectId;

/// The new index entry of a path: mode and blob; `None` removes it.
pub type Staged = BTreeMap<String, Option<(u32, ObjectId)>>;

/// A branch that is locked and about to move, with the index that goes with it. Dropped, it leaves
/// everything as it was.
pub struct Advance<'w> {
    reference: gix::refs::file::Transaction<'w, 'w>,
    index: Option<gix::lock::Marker>,
    committer: Vec<u8>,
}

/// How far an advance came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advanced {
    /// Both are in place.
    Whole,
    /// The branch has moved, and the index could not be put in place.
    WithoutIndex,
}

/// How long another command's lock of a reference is waited for, as Git does by default.
const PATIENCE: Fail = Fail::AfterDurationWithBackoff(Duration::from_millis(100));

impl Writer {
    /// Locks HEAD's branch, or a detached HEAD, at `before`, to point it to `after`, and brings a
    /// copy of the index along for the paths of `staged`; a bare repository has none. The reference
    /// log will name `committer` (`Name <email> seconds zone`).
    pub fn prepare_advance(
        &self,
        before: ObjectId,
        after: ObjectId,
        committer: &[u8],
        message: &str,
        staged: Option<&Staged>,
    ) -> Result<Advance<'_>, WriteError> {
        let index = staged.map(|staged| self.next_index(staged)).transpose()?;
        let expected = PreviousValue::MustExistAndMatch(Target::Object(self.to_gix(before)?));
        let edit = self.update("HEAD", after, expected, message)?;
        Ok(Advance {
            reference: self.prepare(edit)?,
            index,
            committer: committer.to_vec(),
        })
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
        let name = format!("refs/heads/{name}");
        let edit = self.update(&name, commit, PreviousValue::MustNotExist, message)?;
        let advance = Advance {
            reference: self.prepare(edit)?,
            index: None,
            committer: committer.to_vec(),
        };
        advance.finish().map(drop)
    }

    fn update(
        &self,
        name: &str,
        new: ObjectId,
        expected: PreviousValue,
        message: &str,
    ) -> Result<RefEdit, WriteError> {
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
        Ok(RefEdit {
            change,
            name: full_name(name)?,
            deref: true,
        })
    }

    fn prepare(&self, edit: RefEdit) -> Result<gix::refs::file::Transaction<'_, '_>, WriteError> {
        let locks = self.locks_of(edit.name.as_bstr());
        let prepared = self
            .repo
            .refs
            .transaction()
            .prepare([edit], PATIENCE, PATIENCE);
        prepared.map_err(|source| {
            locks
                .into_iter()
                .find(|lock| lock.exists())
                .map_or_else(|| changing(source), WriteError::Locked)
        })
    }

    /// The files by which other commands lock what a change of the reference `name` touches.
    fn locks_of(&self, name: &BStr) -> Vec<PathBuf> {
        let (own, common) = (self.repo.git_dir(), self.repo.common_dir());
        let mut names = vec![name.to_owned()];
        if let Ok(Some(found)) = self.repo.refs.try_find(name.to_str_lossy().as_ref())
            && let Target::Symbolic(target) = found.target
        {
            names.push(target.as_bstr().to_owned());
        }
        let mut locks: Vec<PathBuf> = names
            .iter()
            .flat_map(|name| [own, common].map(|dir| dir.join(format!("{name}.lock"))))
            .collect();
        locks.push(common.join("packed-refs.lock"));
        locks
    }

    /// Locks the index and writes what it will be: everything in it stays staged as it was, except
    /// for the paths of `staged`.
    ///
    /// What the index says of a file that changed within the index's own second may be outdated.
    /// Git compares such files when it writes the index; here they are marked, so that Git compares
    /// them when the user next runs it.
    fn next_index(&self, staged: &Staged) -> Result<gix::lock::Marker, WriteError> {
        let failed = |source| WriteError::Git {
            action: "write the index",
            source,
        };
        let place = self.repo.index_path();
        let io = |source| WriteError::Io {
            action: "write",
            path: place.clone(),
            source,
        };
        // Locked before it is read, so that no other command changes it in between.
        let lock = gix::lock::File::acquire_to_update_resource(&place, Fail::Immediately, None, 0);
        let lock = lock.map_err(|source| {
            let file = place.with_extension("lock");
            if file.exists() {
                WriteError::Locked(file)
            } else {
                failed(source)
            }
        })?;
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
        self.apply(&mut index, staged)?;
        let mut out = BufWriter::new(lock);
        index
            .write_to(&mut out, gix::index::write::Options::default())
            .map_err(failed)?;
        let mut lock = out.into_inner().map_err(|error| io(error.into_error()))?;
        // A disk that is full says so here, and not once the branch has moved.
        lock.with_mut(|file| file.sync_all()).map_err(io)?;
        lock.close().map_err(io)
    }

    fn apply(&self, index: &mut gix::index::File, staged: &Staged) -> Result<(), WriteError> {
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
        Ok(())
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

impl Advance<'_> {
    /// Moves the branch, then puts the index in place, as Git does. An error means that the branch
    /// did not move.
    pub fn finish(self) -> Result<Advanced, WriteError> {
        let committer = gix::actor::SignatureRef::from_bytes(&self.committer).map_err(changing)?;
        self.reference.commit(Some(committer)).map_err(changing)?;
        Ok(match self.index.map(gix::lock::Marker::commit) {
            Some(Err(_)) => Advanced::WithoutIndex,
            Some(Ok(_)) | None => Advanced::Whole,
        })
    }
}

fn changing(source: gix::Error) -> WriteError {
    WriteError::Git {
        action: "change a reference",
        source,
    }
}

/// The folders that `path` is in.
fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
}
