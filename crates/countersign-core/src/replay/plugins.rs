//! Which files of a tree are plugins' manifests, and what they say.

use countersign_git::{GitError, Reader};
use countersign_harness::{MOST_MANIFEST_BYTES, Plugins, is_manifest};
use countersign_model::ObjectId;

/// More bytes of manifests are not read: what is in their folders counts as loaded.
const MOST_BYTES: u64 = 256 << 20;

/// The plugins among the regular files of a tree, by path and blob.
pub fn read<'p>(reader: &mut Reader, files: impl Iterator<Item = (&'p str, ObjectId)>) -> Result<Plugins, GitError> {
    let files: Vec<(&str, ObjectId)> = files.collect();
    let mut plugins = Plugins::of_paths(files.iter().map(|(path, _)| *path));
    let mut left = MOST_BYTES;
    for (path, blob) in files.into_iter().filter(|(path, _)| is_manifest(path)) {
        let size = reader.blob_size(blob)?;
        if size > MOST_MANIFEST_BYTES.min(left) {
            plugins.unread(path);
        } else {
            left -= size;
            plugins.read(path, &reader.blob(blob)?);
        }
    }
    Ok(plugins)
}
