//! Answers of a forge as a file: saved while a live forge is queried, read again to judge without
//! it.
//!
//! A file proves nothing by itself: it contains what someone's program received. It is read as
//! strictly as it is written, so that it has one meaning: except for white space, it must be
//! exactly what this program writes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::{
    Account, Forge, ForgeError, Holder, Pull, PullRequest, RepositoryName, RequiredWorkflow,
    SigningKeys,
};
use countersign_model::ObjectId;
use countersign_model::document::hidden_text::{self, Hidden};
use countersign_model::document::json;

/// What the field `schema` says.
pub const SCHEMA: &str = "countersign.forge-answers/v1";
/// Many times what a large repository's open pull requests take.
pub const MOST_BYTES: usize = 64 << 20;

/// The file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    repository: String,
    answers: Answers,
}

/// Answers by query. No query is in a map twice, and equal queries have equal
/// spellings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    holder: Option<Holder>,
    pulls: BTreeMap<u64, Pull>,
    pulls_of_commit: BTreeMap<String, Vec<PullRequest>>,
    commits: BTreeMap<u64, Vec<ObjectId>>,
    accounts: BTreeMap<String, Account>,
    signing_keys: BTreeMap<String, SigningKeys>,
    /// `organization/team`.
    teams: BTreeMap<String, Vec<Account>>,
    required_workflows: BTreeMap<String, Vec<RequiredWorkflow>>,
}

/// A forge that repeats the saved answers of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedForge {
    repository: RepositoryName,
    answers: Answers,
}

impl SavedForge {
    /// A forge with no answers yet about `repository`.
    pub fn new(repository: RepositoryName) -> Self {
        Self {
            repository,
            answers: Answers::default(),
        }
    }

    /// Adds a pull request, or replaces what was known of it.
    pub fn add(&mut self, pull: Pull) {
        self.answers.pulls.insert(pull.request.number, pull);
    }

    /// Adds which pull requests a commit came with.
    pub fn came_with(&mut self, commit: ObjectId, pulls: Vec<PullRequest>) {
        self.answers
            .pulls_of_commit
            .insert(commit.to_string(), pulls);
    }

    /// The file that [`Self::read`] reads.
    pub fn file(&self) -> Result<Vec<u8>, ForgeError> {
        let document = Document {
            schema: SCHEMA.to_owned(),
            repository: self.repository.to_string(),
            answers: self.answers.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&document)
            .map_err(|error| ForgeError::Answers(error.to_string()))?;
        text.push(b'\n');
        if text.len() > MOST_BYTES {
            return Err(ForgeError::Answers(format!("more than {MOST_BYTES} bytes")));
        }
        Ok(text)
    }

    /// Reads a file of answers.
    pub fn read(bytes: &[u8]) -> Result<Self, ForgeError> {
        let unusable = |reason: String| ForgeError::Answers(reason);
        if bytes.len() > MOST_BYTES {
            return Err(unusable(format!("more than {MOST_BYTES} bytes")));
        }
        if let Some(hidden) = hidden_text::find(bytes).into_iter().find(Hidden::deceives) {
            return Err(unusable(format!(
                "it contains hidden text at byte {}: {}",
                hidden.span.0,
                hidden.describe()
            )));
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| unusable(json::reason(&error)))?;
        if document.schema != SCHEMA {
            return Err(unusable(format!("its schema is not `{SCHEMA}`")));
        }
        let repository: RepositoryName = document
            .repository
            .parse()
            .map_err(|_| unusable("its repository is malformed".to_owned()))?;
        // What serde passes over, such as a key given twice, is not in what is written again.
        let again = serde_json::to_vec(&document).map_err(|error| unusable(error.to_string()))?;
        if again != without_white_space(bytes) {
            return Err(unusable("it is not as this program writes it: a key is repeated, or order or spelling differ".to_owned()));
        }
        let misfiled = document
            .answers
            .pulls
            .iter()
            .any(|(number, pull)| *number != pull.request.number);
        if misfiled {
            return Err(unusable(
                "a pull request is listed under another number".to_owned(),
            ));
        }
        Ok(Self {
            repository,
            answers: document.answers,
        })
    }
}

/// JSON without the white space between its tokens.
fn without_white_space(json: &[u8]) -> Vec<u8> {
    let (mut quoted, mut escaped) = (false, false);
    let mut keep = |byte: u8| {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            return true;
        }
        quoted = byte == b'"';
        !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    };
    json.iter().copied().filter(|byte| keep(*byte)).collect()
}

fn found<T: Clone>(answer: Option<&T>, question: impl FnOnce() -> String) -> Result<T, ForgeError> {
    answer
        .cloned()
        .ok_or_else(|| ForgeError::NotRecorded(question()))
}

/// The forge makes no difference between upper and lower case in logins and names of teams.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn team_key(organization: &str, team: &str) -> String {
    folded(&format!("{organization}/{team}"))
}

impl Forge for SavedForge {
    fn repository(&self) -> &RepositoryName {
        &self.repository
    }

    fn pulls_of_commit(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError> {
        found(
            self.answers.pulls_of_commit.get(&commit.to_string()),
            || format!("the pull requests of commit {commit}"),
        )
    }

    fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        found(self.answers.pulls.get(&number), || {
            format!("pull request {number}")
        })
    }

    fn commits(&self, number: u64) -> Result<Vec<ObjectId>, ForgeError> {
        found(self.answers.commits.get(&number), || {
            format!("the commits of pull request {number}")
        })
    }

    fn holder(&self) -> Result<Holder, ForgeError> {
        found(self.answers.holder.as_ref(), || {
            "the token's account".to_owned()
        })
    }

    fn account(&self, login: &str) -> Result<Account, ForgeError> {
        found(self.answers.accounts.get(&folded(login)), || {
            format!("the account `{login}`")
        })
    }

    fn signing_keys(&self, login: &str) -> Result<SigningKeys, ForgeError> {
        found(self.answers.signing_keys.get(&folded(login)), || {
            format!("the keys of `{login}`")
        })
    }

    fn team(&self, organization: &str, team: &str) -> Result<Vec<Account>, ForgeError> {
        found(
            self.answers.teams.get(&team_key(organization, team)),
            || format!("the members of the team `{organization}/{team}`"),
        )
    }

    fn required_workflows(&self, branch: &str) -> Result<Vec<RequiredWorkflow>, ForgeError> {
        found(self.answers.required_workflows.get(branch), || {
            format!("the required workflows of `{branch}`")
        })
    }
}

/// A forge whose answers are written down. Refusals are not: they say nothing.
pub struct Recording {
    forge: Box<dyn Forge>,
    answers: Mutex<Answers>,
}

impl Recording {
    /// Records the answers of `forge`.
    pub fn new(forge: Box<dyn Forge>) -> Self {
        Self {
            forge,
            answers: Mutex::default(),
        }
    }

    /// The file with every answer so far, the same for the same answers in any order.
    pub fn file(&self) -> Result<Vec<u8>, ForgeError> {
        SavedForge {
            repository: self.forge.repository().clone(),
            answers: self.locked().clone(),
        }
        .file()
    }

    fn locked(&self) -> MutexGuard<'_, Answers> {
        // A thread that panicked while it had the lock had either finished or not started its only
        // insertion.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep<T: Clone>(
        &self,
        answer: Result<T, ForgeError>,
        keep: impl FnOnce(&mut Answers, T),
    ) -> Result<T, ForgeError> {
        if let Ok(answer) = &answer {
            keep(&mut self.locked(), answer.clone());
        }
        answer
    }
}

impl Forge for Recording {
    fn repository(&self) -> &RepositoryName {
        self.forge.repository()
    }

    fn pulls_of_commit(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError> {
        self.keep(self.forge.pulls_of_commit(commit), |all, pulls| {
            all.pulls_of_commit.insert(commit.to_string(), pulls);
        })
    }

    fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        self.keep(self.forge.pull(number), |all, pull| {
            all.pulls.insert(number, pull);
        })
    }

    fn commits(&self, number: u64) -> Result<Vec<ObjectId>, ForgeError> {
        self.keep(self.forge.commits(number), |all, commits| {
            all.commits.insert(number, commits);
        })
    }

    fn holder(&self) -> Result<Holder, ForgeError> {
        self.keep(self.forge.holder(), |all, holder| all.holder = Some(holder))
    }

    fn account(&self, login: &str) -> Result<Account, ForgeError> {
        self.keep(self.forge.account(login), |all, account| {
            all.accounts.insert(folded(login), account);
        })
    }

    fn signing_keys(&self, login: &str) -> Result<SigningKeys, ForgeError> {
        self.keep(self.forge.signing_keys(login), |all, keys| {
            all.signing_keys.insert(folded(login), keys);
        })
    }

    fn team(&self, organization: &str, team: &str) -> Result<Vec<Account>, ForgeError> {
        self.keep(self.forge.team(organization, team), |all, members| {
            all.teams.insert(team_key(organization, team), members);
        })
    }

    fn required_workflows(&self, branch: &str) -> Result<Vec<RequiredWorkflow>, ForgeError> {
        self.keep(self.forge.required_workflows(branch), |all, workflows| {
            all.required_workflows.insert(branch.to_owned(), workflows);
        })
    }
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
