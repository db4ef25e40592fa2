//! What Git wrote down in the index about each file on disk, by which it knows without reading that
//! a file is unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::reader::to_model;
use super::repository::Repository;
use countersign_model::ObjectId;

/// The blob of each file in the index, with the time of the file it was read from. Empty: every
/// file is read.
#[derive(Clone, Debug, Default)]
pub(super) struct IndexTimes {
    files: BTreeMap<Vec<u8>, (ObjectId, SystemTime)>,
}

impl IndexTimes {
    /// Whether the file at `path`, which `place` leads to, is the blob `id`, as Git judges it. The
    /// caller compares sizes.
    pub(super) fn has(&self, path: &[u8], place: &Path, id: ObjectId) -> bool {
        let Some((known, time)) = self.files.get(path) else {
            return false;
        };
        let modified = || fs::symlink_metadata(place).and_then(|found| found.modified());
        *known == id && modified().is_ok_and(|modified| modified == *time)
    }
}

impl Repository {
    /// `None` where nothing is checked out, because there is no index.
    pub(super) fn index_times(&self) -> Option<IndexTimes> {
        let local = self.local();
        let index = local.open_index().ok()?;
        // A file that changed after the index was written may have the time of before (gitglossary,
        // "racy Git"): what is not older than the index is read.
        let written = fs::metadata(index.path()).and_then(|found| found.modified());
        let written = written.ok()?;
        let files = index.entries().iter().filter_map(|entry| {
            let time = entry.stat.mtime;
            let time = UNIX_EPOCH + Duration::new(u64::from(time.secs), time.nsecs);
            (time < written).then(|| {
                let path = entry.path(&index).to_vec();
                (path, (to_model(&entry.id), time))
            })
        });
        Some(IndexTimes {
            files: files.collect(),
        })
    }
}
