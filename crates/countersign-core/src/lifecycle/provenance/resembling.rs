//! Which earlier work a file may have been made from, and in which it was found.

use std::collections::BTreeSet;

use super::{NONE, Provenance};
use countersign_model::ObjectId;

/// Blobs that were at this exact path.
const MOST_AT_PATH: usize = 16;
/// Paths of the same name elsewhere, the newest ones.
const MOST_NAMESAKES: usize = 32;
/// Files that the landing removes.
const MOST_REMOVED: usize = 64;
/// The newest changes of files, whatever they are.
const MOST_RECENT: usize = 128;

impl Provenance {
    /// Notes that much of a blob was already there in an earlier one.
    pub fn resemble(&mut self, pairs: &[(ObjectId, ObjectId)]) {
        for (blob, older) in pairs {
            if let (Some(blob), Some(older)) = (self.blobs.find(blob), self.blobs.find(older)) {
                self.resembling.entry(blob).or_default().insert(older);
            }
        }
    }

    /// The blobs from which work at `path` may have come, each once: what lay there, under the same
    /// name, at the `removed` paths, and what was brought last.
    pub fn sources<'p>(
        &self,
        path: &[u8],
        removed: impl Iterator<Item = &'p [u8]>,
    ) -> Vec<ObjectId> {
        let own = self
            .paths
            .find(path)
            .into_iter()
            .flat_map(|path| self.history(path))
            .map(|touch| touch.blob);
        let last = |path: u32| {
            self.history(path)
                .map(|touch| touch.blob)
                .find(|blob| *blob != NONE)
        };
        let namesakes = self
            .names
            .get(&name(path))
            .into_iter()
            .flatten()
            .rev()
            .take(MOST_NAMESAKES)
            .filter_map(|path| last(*path));
        let removed = removed
            .take(MOST_REMOVED)
            .filter_map(|path| last(self.paths.find(path)?));
        let recent = self
            .touches
            .iter()
            .rev()
            .take(MOST_RECENT)
            .map(|touch| touch.blob);
        let mut seen = BTreeSet::new();
        let all = own
            .filter(|blob| *blob != NONE)
            .take(MOST_AT_PATH)
            .chain(namesakes)
            .chain(removed)
            .chain(recent);
        all.filter(|blob| *blob != NONE && seen.insert(*blob))
            .map(|blob| *self.blobs.key(blob))
            .collect()
    }

    /// Finds a path by its name from now on.
    pub(super) fn note_name(&mut self, path: u32) {
        self.names
            .entry(name(self.paths.key(path)))
            .or_default()
            .push(path);
    }
}

/// The last step of a path without case, as a hash: what is taken for a namesake by chance is only
/// compared in vain.
fn name(path: &[u8]) -> u32 {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}
