//! What a forge knows about one pull request.

use serde::{Deserialize, Serialize};

use countersign_model::{ObjectId, Timestamp};

/// An account. Only the number identifies it: a login can be abandoned and taken by someone else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Numeric id, never used twice by one forge.
    pub id: u64,
    /// Shown to people; hostile text.
    pub login: String,
    /// Who acts under it.
    pub kind: AccountKind,
}

/// Who acts under an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountKind {
    /// A person's own account.
    User,
    /// A bot or an app.
    Bot,
    /// Anything else, such as an organization or a deleted account, which belongs to no person.
    Other,
}

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Approve was pressed.
    Approved,
    /// Changes were requested.
    ChangesRequested,
    /// A comment, which is neither approval nor rejection.
    Commented,
    /// A review that was dismissed.
    Dismissed,
    /// Not submitted.
    Pending,
    /// A word that this program does not know: never an approval, and it takes away the one before.
    Unknown,
}

/// One submitted review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The forge's number.
    pub id: u64,
    /// Who; `None` when the account is gone.
    pub account: Option<Account>,
    /// What it says now.
    pub state: ReviewState,
    /// The commit that the forge says was reviewed. It may have been pointed elsewhere since.
    pub commit: Option<ObjectId>,
    /// When, by the forge's clock; `None` for a pending one.
    pub submitted: Option<Timestamp>,
}

/// Something that changed what a pull request is about, stamped by the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadEvent {
    /// When, by the forge's clock.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: HeadEventKind,
}

/// Kinds of such events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum HeadEventKind {
    /// The head was replaced by something that does not descend from it.
    ForcePush {
        /// The head before; `None` when the forge does not say, and then nothing reviewed earlier
        /// can be shown to be what lands.
        before: Option<ObjectId>,
        /// The head after.
        after: Option<ObjectId>,
    },
    /// The pull request was pointed at another base branch.
    BaseChanged,
    /// The base branch itself was replaced.
    BaseForcePush,
}

/// Whether a pull request can still be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// It can.
    Open,
    /// It was merged or given up, or the forge uses a word that this program does not know.
    Closed,
}

/// A pull request without its reviews.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `host/owner/name` of the repository it is made to, as a policy writes it.
    pub repository: String,
    /// Its base branch.
    pub base: String,
    /// Its head now, or when it was merged.
    pub head: ObjectId,
    /// Who opened it; `None` when the account is gone.
    pub author: Option<Account>,
    /// Whether the forge says that it was merged. No evidence of any approval.
    pub merged: bool,
    /// The commit that merging made: the merge, the squash, or the last rebased commit.
    pub merge_commit: Option<ObjectId>,
    /// Whether it is open; `None` in answers that an older program recorded, and then it is taken
    /// to be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PullState>,
}

impl PullRequest {
    /// Whether it could still land. Only such a pull request says anything about a change that has
    /// not landed.
    pub fn is_open(&self) -> bool {
        self.state == Some(PullState::Open) && !self.merged
    }
}

/// A pull request with everything that is queried about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// The pull request.
    pub request: PullRequest,
    /// Every review, oldest first.
    pub reviews: Vec<Review>,
    /// Every event that changed head or base, oldest first.
    pub events: Vec<HeadEvent>,
}
