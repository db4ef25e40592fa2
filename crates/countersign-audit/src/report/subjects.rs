//! Subjects at the period's end, and what comes due.

use serde::Serialize;

use super::Moment;

/// One subject at the period's end.
#[derive(Clone, Debug, Serialize)]
pub struct InventoryItem {
    /// `kind/name`.
    pub subject: String,
    /// The kind.
    pub kind: &'static str,
    /// Where it lies, sorted; empty when its files are gone.
    pub paths: Vec<String>,
    /// Owners as the policy writes them.
    pub owners: Vec<String>,
    /// The people behind them, sorted.
    pub owned_by: Vec<Person>,
    /// Risk.
    pub risk: &'static str,
    /// The version in the tree, else the one that is current.
    pub version: Option<String>,
    /// Its bytes.
    pub digest: Option<String>,
    /// Its state.
    pub state: &'static str,
    /// The current version.
    pub current: Option<String>,
    /// Whether the bytes were there at the anchor.
    pub baseline: bool,
    /// Where it first landed.
    pub landed: Option<Moment>,
    /// Where its requirement was met.
    pub granted: Option<Moment>,
    /// Who approved it and how that is known, sorted by person.
    pub approvers: Vec<Approver>,
    /// End of the approval.
    pub expires: Option<String>,
    /// When it must be looked at again, where the policy says how often.
    pub next_review: Option<String>,
    /// Rules that have something to say about it, sorted.
    pub findings: Vec<String>,
    /// What happened to it, over all of history, by position.
    pub timeline: Vec<TimelineEntry>,
}

/// A principal with the name that people know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    /// Name in the policy.
    pub principal: String,
    /// Printed name at the time.
    pub name: String,
}

/// Somebody who counts toward an approval.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Approver {
    /// Name in the policy.
    pub principal: String,
    /// Printed name.
    pub name: String,
    /// `signature`, `commit` or `review`.
    pub evidence: &'static str,
    /// What that evidence proves, in one sentence.
    pub strength: &'static str,
}

/// One thing in a subject's life.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Moment,
    /// What: an event's action.
    pub action: &'static str,
    /// Which version.
    pub version: Option<String>,
    /// By whom.
    pub principal: Option<String>,
    /// Whether it had effect.
    pub effect: bool,
}

/// A review that is due.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewDue {
    /// What.
    pub subject: String,
    /// Who owns it.
    pub owners: Vec<Person>,
    /// The policy's word, in days.
    pub every_days: i64,
    /// The last time somebody decided to keep it.
    pub last: Option<String>,
    /// When the next one is due; null when nobody ever decided, which is overdue.
    pub due: Option<String>,
    /// Whether that is past.
    pub overdue: bool,
}

/// Something that ends.
#[derive(Clone, Debug, Serialize)]
pub struct Expiry {
    /// `approval` or `key`.
    pub kind: &'static str,
    /// The subject and version, or the principal and key.
    pub what: String,
    /// When.
    pub ends: String,
    /// Whether it has ended.
    pub ended: bool,
}

/// What is kept of one kind of record.
#[derive(Clone, Debug, Serialize)]
pub struct Retention {
    /// The policy's word for the kind, such as `decisions`.
    pub kind: String,
    /// How long the policy wants it kept, in days.
    pub keep_days: i64,
    /// How many there are.
    pub records: u32,
    /// The oldest.
    pub oldest: Option<String>,
    /// How many are older than that and could be let go; nothing is ever deleted.
    pub older: u32,
    /// Paths of accepted records that are no longer where they landed, though they must be kept, sorted.
    pub missing: Vec<String>,
    /// Why nothing can be said, where the tool keeps no such records.
    pub note: Option<String>,
}
