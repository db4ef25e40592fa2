//! What the views of a policy change show.

use crate::check::policy_comparison::PolicyComparison;
use crate::model::Digest;

/// The policy in force, another one, and what changes between them.
#[derive(Clone, Debug)]
pub struct PolicyDiff<'p> {
    /// Serial and digest of the policy in force.
    pub before: (u64, Digest),
    /// Where the other one was read from. Hostile text.
    pub name: String,
    /// Its serial and digest.
    pub after: (u64, Digest),
    /// What changes.
    pub comparison: &'p PolicyComparison,
    /// What to know before it lands. Hostile text.
    pub cautions: Vec<String>,
}
