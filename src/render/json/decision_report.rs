//! `countersign.decision-report/v1`: what a command wrote.

use schemars::JsonSchema;
use serde::Serialize;

/// The output of the decisions (`approve`, `reject`, `deprecate`, `block`, `unblock`, `revoke`,
/// `archive`) and of `rollback`.
///
/// It is printed once everything is written. A decision that would have no effect writes and prints
/// nothing: the exit code is 2.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DecisionReport {
    /// `countersign.decision-report/v1`.
    pub schema: &'static str,
    /// Whether nothing was signed, written or removed (`--dry-run`): the fields then say what would
    /// be.
    pub dry_run: bool,
    /// What was decided; null when only files were restored or removed, which needs no decision.
    pub decision: Option<&'static str>,
    /// By whom.
    pub principal: Option<String>,
    /// Path of the record.
    pub record: Option<String>,
    /// What was decided about, in the order of the record.
    pub items: Vec<DecidedItem>,
    /// Subjects that a glob matches but the decision would not change, in order of name.
    pub left_out: Vec<LeftOut>,
    /// Paths of every file written or restored, sorted, including the record and its signature.
    pub written: Vec<String>,
    /// Paths of every file removed, sorted.
    pub removed: Vec<String>,
    /// The commit that contains all of it; null without `--commit`.
    pub committed: Option<String>,
    /// Commands that bring it to the governed branch, in order.
    pub next: Vec<String>,
    /// Commands of which one must be run afterwards, because a stopped version is still in the
    /// tree.
    pub follow_ups: Vec<String>,
}

impl DecisionReport {
    /// The value of `schema`.
    pub const SCHEMA: &'static str = "countersign.decision-report/v1";
}

/// One subject of the decision.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DecidedItem {
    /// `kind/name`.
    pub subject: String,
    /// The version, the policy's serial, or `all`.
    pub version: String,
    /// Its digest; null for `all`.
    pub digest: Option<String>,
    /// Its state once the record has landed; null for `all` and the policy, and where only a signed
    /// commit will prove the record.
    pub state: Option<&'static str>,
}

/// A subject that was left out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LeftOut {
    /// `kind/name`.
    pub subject: String,
    /// Why.
    pub reason: String,
}
