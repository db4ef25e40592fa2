//! `countersign.decided/v1`: what a command wrote.

use serde::Serialize;

/// The output of the decisions (`approve`, `reject`, `deprecate`, `block`, `unblock`, `revoke`, `archive`) and of `rollback`.
///
/// It is printed once everything is written. A decision that would have no effect writes and prints nothing: the exit code is 2.
#[derive(Clone, Debug, Serialize)]
pub struct Decided {
    /// `countersign.decided/v1`.
    pub schema: &'static str,
    /// What was decided; null when only files were put back or taken away, which takes no decision.
    pub decision: Option<&'static str>,
    /// By whom.
    pub principal: Option<String>,
    /// Path of the record.
    pub record: Option<String>,
    /// What was decided upon, in the order of the record.
    pub items: Vec<DecidedItem>,
    /// Subjects that a glob matches and the decision would do nothing for, in order of name.
    pub left_out: Vec<LeftOut>,
    /// Paths of every file written or put back, sorted; the record and its signature are among them.
    pub written: Vec<String>,
    /// Paths of every file taken away, sorted.
    pub removed: Vec<String>,
    /// The commit that holds all of it; null without `--commit`.
    pub committed: Option<String>,
    /// Commands that bring it to the governed branch, in order.
    pub next: Vec<String>,
    /// Commands of which one is due afterwards, because a stopped version still lies in the tree.
    pub follow_ups: Vec<String>,
}

impl Decided {
    /// What `schema` says.
    pub const SCHEMA: &'static str = "countersign.decided/v1";
}

/// One thing decided upon.
#[derive(Clone, Debug, Serialize)]
pub struct DecidedItem {
    /// `kind/name`.
    pub subject: String,
    /// The version, the policy's serial, or `all`.
    pub version: String,
    /// Its digest; null for `all`.
    pub digest: Option<String>,
    /// Its state once the record has landed; null for `all` and the policy, and where only a signed commit will prove the record.
    pub state: Option<&'static str>,
}

/// A subject that was left alone.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// `kind/name`.
    pub subject: String,
    /// Why.
    pub reason: String,
}
