//! Which files of a tree are plugins' manifests, and what they say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use countersign_git::{GitError, Reader};
use countersign_harness::{MOST_MANIFEST_BYTES, ManifestContent, Plugins, is_manifest};
use countersign_model::ObjectId;

/// More bytes of manifests are not read: what is in their folders counts as loaded.
const MOST_BYTES: u64 = 64 << 20;

/// The plugins among the regular files of a tree, by path and blob. A file behind a link has the
/// path that it has behind the link.
pub fn read<'p, P: Into<Cow<'p, str>>>(
    reader: &mut Reader,
    files: impl Iterator<Item = (P, ObjectId)> + Clone,
) -> Result<Plugins, GitError> {
    let files = files.map(|(path, blob)| (path.into(), blob));
    let manifests: Vec<(Cow<'_, str>, ObjectId)> = files
        .clone()
        .filter(|(path, _)| is_manifest(path))
        .collect();
    let mut plugins = Plugins::of_paths(manifests.iter().map(|(path, _)| &**path));
    let mut left = MOST_BYTES;
    read_all(reader, &mut plugins, &mut left, manifests)?;
    if plugins.has_marketplaces() {
        let named = files
            .filter(|(path, _)| plugins.is_marketplace(path))
            .collect();
        read_all(reader, &mut plugins, &mut left, named)?;
    }
    Ok(plugins)
}

/// Reads every blob once, however many paths it has.
fn read_all(
    reader: &mut Reader,
    plugins: &mut Plugins,
    left: &mut u64,
    files: Vec<(Cow<'_, str>, ObjectId)>,
) -> Result<(), GitError> {
    let mut by_blob: BTreeMap<ObjectId, Vec<Cow<'_, str>>> = BTreeMap::new();
    for (path, blob) in files {
        by_blob.entry(blob).or_default().push(path);
    }
    for (blob, paths) in by_blob {
        let size = reader.blob_size(blob)?;
        if size > MOST_MANIFEST_BYTES.min(*left) {
            for path in &paths {
                plugins.unread(path);
            }
        } else {
            *left -= size;
            let content = ManifestContent::of(&reader.blob(blob)?);
            for path in &paths {
                plugins.read(path, &content);
            }
        }
    }
    Ok(())
}
