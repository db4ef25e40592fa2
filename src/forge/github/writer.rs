//! The few things that may be changed on GitHub.

use serde_json::json;

use super::client::Ask;
use super::wire::{Identified, Numbered, WireComment};
use super::{Connection, GitHub, escaped};
use crate::forge::{AccountKind, Forge as _, ForgeError, ForgeWriter, Holder, Proposal};

const COMMENT: &str = "pull-requests: write";
const PROPOSE: &str = "pull-requests: write";

/// A repository on GitHub that can be written to.
pub struct GitHubWriter(GitHub);

impl GitHubWriter {
    /// Opens no connection yet.
    pub fn new(connection: Connection<'_>) -> Result<Self, ForgeError> {
        GitHub::new(connection).map(Self)
    }

    /// The comment that begins with `marker` and is this token's own: anybody else could write the marker, and change the text later.
    fn own_comment(&self, number: u64, marker: &str) -> Result<Option<u64>, ForgeError> {
        let holder = self.0.holder()?;
        let endpoint = self.0.line.endpoint(&format!("/issues/{number}/comments"));
        let comments: Vec<WireComment> = self.0.line.block_on(self.0.line.client.list(&endpoint, COMMENT))?;
        let mut found = None;
        for comment in comments {
            let Some(account) = comment.user.and_then(|user| user.read().ok()) else { continue };
            let is_own = match &holder {
                Holder::Account(own) => account.id == own.id,
                // An app is not told its own account. No person has one of this kind.
                Holder::App => account.kind == AccountKind::Bot,
                Holder::Nobody => false,
            };
            if is_own && found.is_none() && comment.body.is_some_and(|body| body.starts_with(marker)) {
                found = Some(comment.id);
            }
        }
        Ok(found)
    }
}

impl ForgeWriter for GitHubWriter {
    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<u64, ForgeError> {
        let body = if body.starts_with(marker) { body.to_owned() } else { format!("{marker}\n{body}") };
        let text = json!({"body": body});
        let line = &self.0.line;
        let written: Identified = if let Some(id) = self.own_comment(number, marker)? {
            let endpoint = line.endpoint(&format!("/issues/comments/{id}"));
            line.block_on(line.client.send(&endpoint, COMMENT, &Ask::Patch(&text)))?
        } else {
            let endpoint = line.endpoint(&format!("/issues/{number}/comments"));
            line.block_on(line.client.send(&endpoint, COMMENT, &Ask::Post(&text)))?
        };
        Ok(written.id)
    }

    fn propose(&self, proposal: &Proposal) -> Result<u64, ForgeError> {
        let line = &self.0.line;
        let head = format!("{}:{}", line.repository.owner(), proposal.head);
        let query = format!("/pulls?state=open&head={}&base={}", escaped(&head), escaped(&proposal.base));
        let open: Vec<Numbered> = line.block_on(line.client.list(&line.endpoint(&query), PROPOSE))?;
        if let Some(open) = open.first() {
            return Ok(open.number);
        }
        let body = json!({"head": proposal.head, "base": proposal.base, "title": proposal.title, "body": proposal.body});
        let made: Numbered = line.block_on(line.client.send(&line.endpoint("/pulls"), PROPOSE, &Ask::Post(&body)))?;
        Ok(made.number)
    }
}
