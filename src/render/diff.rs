//! What the views of a comparison show.

use crate::check::comparison::Comparison;
use crate::model::{Digest, State};

/// Two packages and what changed between them.
#[derive(Clone, Debug)]
pub struct Compare<'c> {
    /// The earlier one; `None` for a subject of which nothing was current.
    pub before: Option<ComparedVersion>,
    /// The later one.
    pub after: ComparedVersion,
    /// What changed.
    pub comparison: &'c Comparison,
}

impl Compare<'_> {
    /// Whether both are the same, byte for byte.
    pub fn is_same(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| before.digest == self.after.digest)
    }
}

/// One of the two.
#[derive(Clone, Debug)]
pub struct ComparedVersion {
    /// `kind/name@version`, or a path. Hostile text.
    pub name: String,
    /// Its package checksum.
    pub digest: Digest,
    /// Its state, when it is a version.
    pub state: Option<State>,
    /// Where the same bytes were before, when they moved here: a path, and its subject where that
    /// is another.
    pub moved_from: Option<String>,
}
