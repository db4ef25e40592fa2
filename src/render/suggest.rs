//! What the views of `suggest` show.

use crate::check::logins::Logins;
use crate::lifecycle::ledger::{PendingPolicy, Subject, VersionState};
use crate::model::PrincipalName;

/// What is left to approve.
#[derive(Clone, Debug)]
pub struct Suggested<'a> {
    /// For whom; `None` for everyone.
    pub whom: Option<PrincipalName>,
    /// By which accounts the people of the policy are known.
    pub logins: Logins,
    /// A policy change that waits for approvals.
    pub pending: Option<&'a PendingPolicy>,
    /// The smallest change first.
    pub suggestions: Vec<Suggestion<'a>>,
}

/// A draft that waits for approvals.
#[derive(Clone, Debug)]
pub struct Suggestion<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The draft.
    pub version: &'a VersionState,
    /// The current version that it is compared with; `None` where everything is new.
    pub current: Option<String>,
    /// Files that differ; this and the rest `None` where bytes could not be read here.
    pub files: Option<u32>,
    /// Lines that are new.
    pub added: Option<u32>,
    /// Lines that are gone.
    pub removed: Option<u32>,
    /// Capabilities that are new.
    pub widens: Option<u32>,
    /// The approvals that are missing, in words.
    pub needs: String,
}

impl Suggestion<'_> {
    /// By how much there is to read; what could not be read comes last.
    pub fn weight(&self) -> (u32, u32) {
        let sum = self
            .added
            .zip(self.removed)
            .map(|(a, b)| a.saturating_add(b));
        (sum.unwrap_or(u32::MAX), self.files.unwrap_or(u32::MAX))
    }

    /// The command that shows the change.
    pub fn diff(&self) -> String {
        format!("countersign diff {}", self.subject.id)
    }

    /// The command that approves it.
    pub fn approve(&self) -> String {
        format!("countersign approve {} --reason …", self.subject.id)
    }
}
