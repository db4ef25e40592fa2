//! What a view says about the question: which repository, which commits, which time.

use countersign_model::{ObjectId, Policy, Timestamp};

/// The question that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The repository's name in the policy in force; `None` when no policy was reached.
    pub repository: Option<String>,
    /// The governed branch.
    pub branch: Option<String>,
    /// The commit that was judged; `None` for what is on disk or staged, and where there is none.
    pub head: Option<ObjectId>,
    /// The base of a candidate; HEAD for what is staged.
    pub base: Option<ObjectId>,
    /// The anchor.
    pub anchor: Option<ObjectId>,
    /// Whether the verifier named the anchor.
    pub anchor_pinned: bool,
    /// The time at which expiry was judged.
    pub now: Timestamp,
}

impl Context {
    /// Completes it with what only the replay knows.
    pub(crate) fn name(&mut self, policy: &Policy, anchor: ObjectId) {
        self.repository = Some(policy.repository.clone());
        self.branch = Some(policy.branch.clone());
        self.anchor = Some(anchor);
    }
}
