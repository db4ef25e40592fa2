//! GitHub's answers, as far as they are read, and what they mean here. Unknown fields are passed
//! over; a wrong type is an error.

use serde::Deserialize;

use crate::pull::{Account, AccountKind, PullRequest, PullState, Review, ReviewState};
use crate::{RepositoryName, RequiredWorkflow};
use countersign_model::document::json;
use countersign_model::{ObjectId, Timestamp};

/// What a field that cannot be used is called in the error.
pub type Reason = String;

/// Longer than any login.
const LONGEST_LOGIN: usize = 100;
/// Longer than any branch that Git takes on a usual file system.
const LONGEST_BRANCH: usize = 1024;
/// The account that replaces deleted ones on github.com.
const GHOST: (u64, &str) = (10_137, "ghost");

#[derive(Deserialize)]
pub struct WireUser {
    pub id: u64,
    pub login: String,
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Deserialize)]
pub struct WirePull {
    number: u64,
    user: Option<WireUser>,
    head: Head,
    base: Base,
    merged_at: Option<String>,
    merge_commit_sha: Option<String>,
    state: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Base {
    #[serde(rename = "ref")]
    branch: String,
    repo: Repo,
}

#[derive(Deserialize)]
struct Repo {
    full_name: String,
}

#[derive(Deserialize)]
pub struct WireReview {
    id: u64,
    user: Option<WireUser>,
    state: String,
    commit_id: Option<String>,
    submitted_at: Option<String>,
}

#[derive(Deserialize)]
pub struct WireCommit {
    sha: String,
}

#[derive(Deserialize)]
pub struct WireSshKey {
    pub key: String,
}

#[derive(Deserialize)]
pub struct WireGpgKey {
    pub raw_key: Option<String>,
    pub revoked: Option<bool>,
}

#[derive(Deserialize)]
pub struct WireRule {
    #[serde(rename = "type")]
    kind: String,
    parameters: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Workflows {
    workflows: Vec<Workflow>,
}

#[derive(Deserialize)]
struct Workflow {
    repository_id: u64,
    path: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
pub struct WireComment {
    pub id: u64,
    pub user: Option<WireUser>,
    pub body: Option<String>,
}

#[derive(Deserialize)]
pub struct WirePullNumber {
    pub number: u64,
}

#[derive(Deserialize)]
pub struct WireCommentId {
    pub id: u64,
}

impl WireUser {
    pub fn read(self) -> Result<Account, Reason> {
        if self.login.is_empty() || self.login.len() > LONGEST_LOGIN {
            return Err(format!("a login of {} bytes", self.login.len()));
        }
        let kind = match self.kind.as_str() {
            "Bot" => AccountKind::Bot,
            _ if self.login.ends_with("[bot]") => AccountKind::Bot,
            _ if (self.id, self.login.as_str()) == GHOST => AccountKind::Other,
            "User" => AccountKind::User,
            _ => AccountKind::Other,
        };
        Ok(Account {
            id: self.id,
            login: self.login,
            kind,
        })
    }
}

impl WirePull {
    pub fn read(self, of: &RepositoryName) -> Result<PullRequest, Reason> {
        let repository = of
            .beside(&self.base.repo.full_name)
            .ok_or("the name of the base repository is malformed")?;
        if self.base.branch.is_empty() || self.base.branch.len() > LONGEST_BRANCH {
            return Err(format!(
                "a branch's name of {} bytes",
                self.base.branch.len()
            ));
        }
        let merged = self.merged_at.is_some();
        // Before the merge this is a trial merge, which lands nowhere.
        let merge_commit = self
            .merge_commit_sha
            .as_deref()
            .filter(|_| merged)
            .map(|sha| commit(sha, "merge_commit_sha"));
        Ok(PullRequest {
            number: self.number,
            repository: repository.to_string(),
            base: self.base.branch,
            head: commit(&self.head.sha, "head.sha")?,
            author: self.user.map(WireUser::read).transpose()?,
            merged,
            merge_commit: merge_commit.transpose()?,
            state: Some(if self.state.as_deref() == Some("open") {
                PullState::Open
            } else {
                PullState::Closed
            }),
        })
    }
}

impl WireReview {
    pub fn read(self) -> Result<Review, Reason> {
        let state = match self.state.as_str() {
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
            "COMMENTED" => ReviewState::Commented,
            "DISMISSED" => ReviewState::Dismissed,
            "PENDING" => ReviewState::Pending,
            _ => ReviewState::Unknown,
        };
        Ok(Review {
            id: self.id,
            account: self.user.map(WireUser::read).transpose()?,
            state,
            commit: self
                .commit_id
                .map(|sha| commit(&sha, "commit_id"))
                .transpose()?,
            submitted: self
                .submitted_at
                .map(|text| instant(&text, "submitted_at"))
                .transpose()?,
        })
    }
}

impl WireCommit {
    pub fn read(self) -> Result<ObjectId, Reason> {
        commit(&self.sha, "sha")
    }
}

impl WireRule {
    /// The workflows that this rule requires.
    pub fn read(self) -> Result<Vec<RequiredWorkflow>, Reason> {
        if self.kind != "workflows" {
            return Ok(Vec::new());
        }
        let parameters = self
            .parameters
            .ok_or("a rule on workflows without parameters")?;
        let parameters: Workflows =
            serde_json::from_value(parameters).map_err(|error| json::reason(&error))?;
        let read = |workflow: Workflow| RequiredWorkflow {
            repository: workflow.repository_id,
            path: workflow.path,
            reference: workflow.reference,
        };
        Ok(parameters.workflows.into_iter().map(read).collect())
    }
}

/// A commit's id.
pub fn commit(text: &str, field: &str) -> Result<ObjectId, Reason> {
    text.parse()
        .map_err(|_| format!("`{field}` is not a commit id"))
}

/// An instant of the forge's clock, to the second.
pub fn instant(text: &str, field: &str) -> Result<Timestamp, Reason> {
    let instant: jiff::Timestamp = text
        .parse()
        .map_err(|_| format!("`{field}` is not a time"))?;
    Ok(Timestamp::from_unix(instant.as_second()))
}
