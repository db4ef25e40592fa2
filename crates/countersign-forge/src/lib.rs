//! Pull requests and their reviews, as a forge reports them.
//!
//! **Owns** the questions to a forge, the types its answers are parsed into, saved answers, and
//! every connection (the feature `github`).
//!
//! **Must not** trust an answer: whether a review counts is for `evidence` to say, and every text
//! here comes from outside. Must not know a policy or a Git repository, read the environment
//! (address, repository and token are given), or change anything on a forge except through
//! [`ForgeWriter`].
//!
//! **Start reading** at [`Forge`], then at [`Pull`].

pub mod account;
pub mod error;
#[cfg(feature = "github")]
pub mod github;
pub mod pull;
pub mod repository;
pub mod saved;

pub use account::{Holder, RequiredWorkflow, SigningKeys};
pub use error::{ForgeError, ForgeRequest};
pub use pull::{
    Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, PullState, Review,
    ReviewState,
};
pub use repository::RepositoryName;
pub use saved::SavedForge;

use countersign_model::ObjectId;

/// The queries about one repository of a forge. Nothing here changes anything there; see
/// [`ForgeWriter`].
pub trait Forge: Send + Sync {
    /// Which repository.
    fn repository(&self) -> &RepositoryName;

    /// The pull requests that brought a commit, or that would. Some may be made to other
    /// repositories.
    fn pulls_of_commit(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError>;

    /// A pull request with all its reviews and events. The events are read after the reviews:
    /// whatever moved a review is among them.
    fn pull(&self, number: u64) -> Result<Pull, ForgeError>;

    /// The commits of a pull request, oldest first.
    fn commits(&self, number: u64) -> Result<Vec<ObjectId>, ForgeError>;

    /// Who asks.
    fn holder(&self) -> Result<Holder, ForgeError>;

    /// The account that has a login now.
    fn account(&self, login: &str) -> Result<Account, ForgeError>;

    /// The public keys that an account says it signs with.
    fn signing_keys(&self, login: &str) -> Result<SigningKeys, ForgeError>;

    /// The members of a team, without what their teams below have.
    fn team(&self, organization: &str, team: &str) -> Result<Vec<Account>, ForgeError>;

    /// Workflows that a ruleset requires for a branch.
    fn required_workflows(&self, branch: &str) -> Result<Vec<RequiredWorkflow>, ForgeError>;
}

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The branch to merge, in the same repository.
    pub head: String,
    /// The branch to merge it into.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its text, in Markdown.
    pub body: String,
}

/// What may be changed on a forge. Code that judges never has one.
pub trait ForgeWriter: Send + Sync {
    /// Makes `body` the one comment on a pull request that begins with `marker` and is this
    /// token's, and gives its id.
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<u64, ForgeError>;

    /// Opens a pull request, or finds the open one from the same branch to the same base, and gives
    /// its number.
    fn propose(&self, proposal: &Proposal) -> Result<u64, ForgeError>;
}
