//! What the views of `status` show.

use std::collections::BTreeSet;

use crate::check::governance::PrincipalView;
use crate::check::logins::Logins;
use crate::model::SubjectId;

/// The part of the ledger that is shown.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Only these subjects; `None` for all.
    pub subjects: Option<BTreeSet<SubjectId>>,
    /// The people that were named, in order of their names.
    pub people: Vec<PrincipalView>,
    /// By which accounts the people of the policy are known.
    pub logins: Logins,
    /// Merged pull requests, by number, whose reviews could approve what waits, and of which the
    /// repository has no record.
    pub unrecorded: BTreeSet<u64>,
}

impl Shown {
    /// Whether a subject is shown.
    pub fn has(&self, id: &SubjectId) -> bool {
        self.subjects
            .as_ref()
            .is_none_or(|subjects| subjects.contains(id))
    }
}
