//! What a reviewer needs to know before they approve.

use std::collections::BTreeSet;

use crate::check::comparison::Comparison;
use crate::lifecycle::ledger::{Subject, VersionState};
use crate::model::SubjectId;

/// A changed subject, and what it would replace.
#[derive(Clone, Debug)]
pub struct ReviewContext<'w> {
    /// The subject, with the change landed.
    pub subject: &'w Subject,
    /// The version that the change would land.
    pub after: &'w VersionState,
    /// What it is compared with: the current version, else the branch's; `None` when it is new.
    pub before: Option<&'w VersionState>,
    /// What changed; `None` when the files could not be read as a package.
    pub comparison: Option<Comparison>,
    /// Agents in the tree that use it.
    pub used_by: BTreeSet<SubjectId>,
}
