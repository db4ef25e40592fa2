//! What the views of a comparison show.

use crate::check::comparison::Comparison;
use crate::model::{Digest, State};

/// Two packages and what changed between them.
#[derive(Clone, Debug)]
pub struct Compare<'c> {
    /// The earlier one.
    pub before: ComparedVersion,
    /// The later one.
    pub after: ComparedVersion,
    /// What changed.
    pub comparison: &'c Comparison,
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
}
