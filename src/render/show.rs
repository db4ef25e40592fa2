//! What the views of one version's files show.

use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::{Manifest, ObjectId};

/// A version with its files.
#[derive(Clone, Copy, Debug)]
pub struct ShownVersion<'s> {
    /// The subject.
    pub subject: &'s Subject,
    /// The version.
    pub version: &'s VersionState,
    /// Path of its files.
    pub path: &'s str,
    /// The landing that was read; `None` for a candidate.
    pub commit: Option<ObjectId>,
    /// Its files.
    pub manifest: &'s Manifest,
}
