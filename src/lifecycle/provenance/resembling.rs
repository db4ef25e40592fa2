//! Which earlier work a file may have been made from, and in which it was found.

use std::collections::BTreeSet;

use super::{NONE, Provenance};
use crate::model::ObjectId;

impl Provenance {
    /// Notes that much of a blob was already there in an earlier one.
    pub fn resemble(&mut self, pairs: &[(ObjectId, ObjectId)]) {
        for (blob, older) in pairs {
            if let (Some(blob), Some(older)) = (self.blobs.find(blob), self.blobs.find(older)) {
                self.resembling.entry(blob).or_default().insert(older);
            }
        }
    }

    /// Blobs that were brought to `path`, the newest first, each once, at most `most`.
    pub fn work_at(&self, path: &[u8], most: usize) -> Vec<ObjectId> {
        let Some(path) = self.paths.find(path) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let blobs = self.history(path).map(|touch| touch.blob).filter(|blob| *blob != NONE);
        blobs.filter(|blob| seen.insert(*blob)).take(most).map(|blob| *self.blobs.key(blob)).collect()
    }

    /// Blobs of the newest `most` touches with their paths, the newest first, each once.
    pub fn recent_work(&self, most: usize) -> Vec<(&[u8], ObjectId)> {
        let mut seen = BTreeSet::new();
        let brought = self.touches.iter().rev().take(most).filter(|touch| touch.blob != NONE);
        brought.filter(|touch| seen.insert(touch.blob)).map(|touch| (&**self.paths.key(touch.path), *self.blobs.key(touch.blob))).collect()
    }
}
