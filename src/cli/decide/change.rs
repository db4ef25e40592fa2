//! What a decision changes in the tree: records with their signatures, and files of packages.

use std::collections::BTreeMap;

use crate::cli::error::CommandError;
use crate::cli::files::{Folder, NewFile};
use crate::git::write::Writer;
use crate::git::{MODE_EXECUTABLE, MODE_REGULAR, Repository};
use crate::model::ObjectId;

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

    /// Applies it to the working tree.
    pub fn write(&self, folder: &Folder) -> Result<(), CommandError> {
        folder.create(&self.added)?;
        for path in &self.removed {
            folder.remove(path)?;
        }
        self.restored
            .iter()
            .try_for_each(|file| folder.replace(file))
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
