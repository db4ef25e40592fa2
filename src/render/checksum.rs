//! What the views of checksums show.

use crate::model::ObjectId;
use crate::replay::contents::Contents;

/// The content at one path.
#[derive(Clone, Copy, Debug)]
pub struct PathChecksum<'c> {
    /// As the user wrote it.
    pub path: &'c str,
    /// The commit it was read from; `None` for files on disk.
    pub head: Option<ObjectId>,
    /// The package; without refusals.
    pub contents: &'c Contents,
}
