//! The few things that may be changed on GitHub.

use serde_json::{Value, json};

use super::client::Call;
use super::wire::{WireComment, WireCommentId, WirePullNumber};
use super::{GitHub, GitHubOptions, escaped};
use crate::{
    Account, AccountKind, Forge as _, ForgeError, ForgeRequest, ForgeWriter, Holder, Proposal,
};

const COMMENT: &str = "pull-requests: write";
const PROPOSE: &str = "pull-requests: write";

/// The account that comments of this token have.
enum Own {
    Person(u64),
    /// Its login without the ending that only some answers have.
    App(String),
    Anonymous,
}

impl Own {
    fn is(&self, account: &Account) -> bool {
        match self {
            Self::Person(id) => account.id == *id,
            // No person has an account of this kind, so no one can take the login.
            Self::App(login) => {
                account.kind == AccountKind::Bot && bare(&account.login).eq_ignore_ascii_case(login)
            }
            Self::Anonymous => false,
        }
    }
}

fn bare(login: &str) -> &str {
    login.strip_suffix("[bot]").unwrap_or(login)
}

/// A repository on GitHub that can be written to.
pub struct GitHubWriter(GitHub);

impl GitHubWriter {
    /// Opens no connection yet.
    pub fn new(options: GitHubOptions<'_>) -> Result<Self, ForgeError> {
        GitHub::new(options).map(Self)
    }

    /// The account of this token's comments. An app has no profile, and only GraphQL returns its
    /// name; without that answer, nothing is written, because a token that may write a comment may
    /// change any comment.
    fn own_account(&self) -> Result<Own, ForgeError> {
        match self.0.holder()? {
            Holder::Account(account) => Ok(Own::Person(account.id)),
            Holder::Anonymous => Ok(Own::Anonymous),
            Holder::App => {
                let connection = &self.0.connection;
                let body = json!({"query": "query { viewer { login } }"});
                let answer: Value = connection.block_on(connection.client.send(
                    "/graphql",
                    COMMENT,
                    &Call::Query(&body),
                ))?;
                let login = answer
                    .pointer("/data/viewer/login")
                    .and_then(Value::as_str)
                    .filter(|login| !login.is_empty());
                let login = login.ok_or_else(|| ForgeError::Malformed {
                    request: ForgeRequest {
                        endpoint: "POST /graphql".to_owned(),
                        permission: COMMENT,
                    },
                    reason: "it does not name the token's account".to_owned(),
                })?;
                Ok(Own::App(bare(login).to_owned()))
            }
        }
    }

    /// The comment that begins with `marker` and is this token's own: anyone else could write the
    /// marker, and change the text later.
    fn own_comment(&self, number: u64, marker: &str) -> Result<Option<u64>, ForgeError> {
        let own = self.own_account()?;
        let endpoint = self
            .0
            .connection
            .endpoint(&format!("/issues/{number}/comments"));
        let comments: Vec<WireComment> = self
            .0
            .connection
            .block_on(self.0.connection.client.list(&endpoint, COMMENT))?;
        let mut found = None;
        for comment in comments {
            let Some(account) = comment.user.and_then(|user| user.read().ok()) else {
                continue;
            };
            if own.is(&account)
                && found.is_none()
                && comment.body.is_some_and(|body| body.starts_with(marker))
            {
                found = Some(comment.id);
            }
        }
        Ok(found)
    }
}

impl ForgeWriter for GitHubWriter {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<u64, ForgeError> {
        let body = if body.starts_with(marker) {
            body.to_owned()
        } else {
            format!("{marker}\n{body}")
        };
        let text = json!({"body": body});
        let connection = &self.0.connection;
        let written: WireCommentId = if let Some(id) = self.own_comment(number, marker)? {
            let endpoint = connection.endpoint(&format!("/issues/comments/{id}"));
            connection.block_on(
                connection
                    .client
                    .send(&endpoint, COMMENT, &Call::Patch(&text)),
            )?
        } else {
            let endpoint = connection.endpoint(&format!("/issues/{number}/comments"));
            connection.block_on(
                connection
                    .client
                    .send(&endpoint, COMMENT, &Call::Post(&text)),
            )?
        };
        Ok(written.id)
    }

    fn propose(&self, proposal: &Proposal) -> Result<u64, ForgeError> {
        let connection = &self.0.connection;
        let head = format!("{}:{}", connection.repository.owner(), proposal.head);
        let query = format!(
            "/pulls?state=open&head={}&base={}",
            escaped(&head),
            escaped(&proposal.base)
        );
        let open: Vec<WirePullNumber> = connection.block_on(
            connection
                .client
                .list(&connection.endpoint(&query), PROPOSE),
        )?;
        if let Some(open) = open.first() {
            return Ok(open.number);
        }
        let body = json!({"head": proposal.head, "base": proposal.base, "title": proposal.title, "body": proposal.body});
        let made: WirePullNumber = connection.block_on(connection.client.send(
            &connection.endpoint("/pulls"),
            PROPOSE,
            &Call::Post(&body),
        ))?;
        Ok(made.number)
    }
}
