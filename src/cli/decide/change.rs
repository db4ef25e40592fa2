//! What a decision changes in the tree: records with their signatures, and files of packages.

use std::collections::BTreeMap;

use crate::cli::error::CommandError;
use crate::cli::files::{Folder, NewFile};
use crate::git::write::Writer;
use crate::git::{MODE_EXECUTABLE, MODE_REGULAR, Repository};
use crate::model::ObjectId;

/// A change in the working tree, with what was there before.
#[must_use]
pub struct Applied<'c> {
    added: &'c [NewFile],
    before: Vec<(&'c str, Option<NewFile>)>,
}

impl Applied<'_> {
    /// Takes the change back because of `error`, which then says what is left of it.
    pub fn undo(self, folder: &Folder, error: CommandError) -> CommandError {
        let added = self.added.iter().map(|file| (file.path.as_str(), None));
        let left: Vec<&str> = added
            .chain(self.before)
            .filter(|(path, before)| {
                let undone = match before {
                    Some(file) => folder.replace(file),
                    None => folder.remove(path),
                };
                undone.is_err()
            })
            .map(|(path, _)| path)
            .collect();
        if left.is_empty() {
            error.help("Nothing was changed.")
        } else {
            error.help(format!(
                "Look at {}: the change of it could not be taken back. Nothing was committed.",
                left.join(", ")
            ))
        }
    }
}

/// What a command changes below the root.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Records and their signatures: never over something that is there.
    pub added: Vec<NewFile>,
    /// Files of packages that are put back as they were.
    pub restored: Vec<NewFile>,
    /// Files of packages that go away.
    pub removed: Vec<String>,
}

impl Change {
    /// Every path, for `git add`.
    pub fn paths(&self) -> Vec<&str> {
        let written = self
            .added
            .iter()
            .chain(&self.restored)
            .map(|file| file.path.as_str());
        written
            .chain(self.removed.iter().map(String::as_str))
            .collect()
    }

    /// Applies it to the working tree: all of it or nothing.
    pub fn write(&self, folder: &Folder) -> Result<Applied<'_>, CommandError> {
        let restored = self.restored.iter().map(|file| &file.path);
        let mut before = Vec::new();
        for path in restored.chain(&self.removed) {
            before.push((path.as_str(), folder.take(path)?));
        }
        // Complete beside their places before anything else: renaming them needs no space.
        let unchanged = |error: CommandError| error.help("Nothing was changed.");
        let staged = folder.stage_all(&self.restored).map_err(unchanged)?;
        folder.create(&self.added).map_err(unchanged)?;
        let applied = Applied {
            added: &self.added,
            before,
        };
        let done = staged
            .put_in_place()
            .and_then(|()| self.removed.iter().try_for_each(|path| folder.remove(path)));
        match done {
            Ok(()) => Ok(applied),
            Err(error) => Err(applied.undo(folder, error)),
        }
    }

    /// Writes the tree that HEAD has with this change.
    pub fn tree(
        &self,
        repository: &Repository,
        writer: &Writer,
        head: ObjectId,
    ) -> Result<ObjectId, CommandError> {
        let mut files: BTreeMap<Vec<u8>, (u32, ObjectId)> = BTreeMap::new();
        repository.walk_tree(repository.root_tree(head)?, |path, leaf| {
            files.insert(path.to_vec(), (leaf.mode, leaf.id));
        })?;
        for path in &self.removed {
            files.remove(path.as_bytes());
        }
        for file in self.added.iter().chain(&self.restored) {
            let mode = if file.executable {
                MODE_EXECUTABLE
            } else {
                MODE_REGULAR
            };
            files.insert(
                file.path.clone().into_bytes(),
                (
                    mode,
                    writer
                        .write_blob(&file.bytes)
                        .map_err(CommandError::not_evaluated)?,
                ),
            );
        }
        writer
            .write_tree(&files)
            .map_err(CommandError::not_evaluated)
    }
}
