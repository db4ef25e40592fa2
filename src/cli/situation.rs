//! Where the repository stands for a command that writes: the replay, and the same replay with one more commit.
//!
//! Commands that only judge ask [`super::question`], which also looks at the documents in the tree.

use std::sync::Arc;

use super::error::{CommandError, ErrorKind};
use super::question::{governed_base, other_base};
use super::session::Session;
use crate::git::{HeadRef, Repository};
use crate::model::ObjectId;
use crate::replay::{self, Options, PullRequests, Replay, ReplayError};

/// A replay and how it was come by.
#[derive(Debug)]
pub struct Situation {
    /// Where HEAD is.
    pub head: HeadRef,
    /// The governed branch's tip, when HEAD is on another branch and is treated as a candidate.
    pub base: Option<ObjectId>,
    /// What the replay says, with HEAD landed.
    pub replay: Replay,
    options: Options,
}

impl Situation {
    /// Replays what HEAD is: the governed branch itself, or a change to it.
    pub fn of_head(session: &Session, repository: &Repository) -> Result<Self, CommandError> {
        let head = repository.head()?;
        let resolve = |rev: &String| repository.resolve(rev);
        let anchor = session.options.anchor.as_ref().map(resolve).transpose()?;
        if let Some(rev) = &session.options.includes {
            let wanted = resolve(rev)?;
            if repository.line(head.commit, Some(wanted))?.first().is_none_or(|first| first.id != wanted) {
                return Err(CommandError::new(ErrorKind::Failed, format!("{rev} is not on the first-parent line of HEAD"))
                    .help("Find out who replaced the history: a branch that only moves forward keeps every landing."));
            }
        }
        let mut base = governed_base(repository, &head.commit, head.branch.as_deref())?;
        // What is signed must be what the repository holds, not what some earlier run kept of it.
        let options = Options { anchor, now: session.now, cache: false, pulls: Arc::default() };
        let mut replay = replayed(repository, base, head.commit, &options)?;
        if base.is_none() {
            base = other_base(repository, head.commit, head.branch.as_deref(), &replay.policy.policy.branch)?;
            if base.is_some() {
                replay = replayed(repository, base, head.commit, &options)?;
            }
        }
        Ok(Self { head, base, replay, options })
    }

    /// What merging `head` into `base` would land, asked as `other` was.
    pub fn of_change(other: &Self, repository: &Repository, base: ObjectId, head: ObjectId) -> Result<Self, CommandError> {
        let options = other.options.clone();
        let replay = replayed(repository, Some(base), head, &options)?;
        Ok(Self { head: HeadRef { commit: head, branch: None }, base: Some(base), replay, options })
    }

    /// The same question with what a forge says about pull requests.
    pub fn with_pulls(&self, repository: &Repository, pulls: Arc<PullRequests>) -> Result<Replay, CommandError> {
        Ok(replayed(repository, self.base, self.head.commit, &Options { pulls, ..self.options.clone() })?)
    }

    /// The same question for `commit`, which adds something to HEAD.
    pub fn with_head(&self, repository: &Repository, commit: ObjectId) -> Result<Replay, CommandError> {
        // It was made just now, perhaps a second after this command looked at the clock.
        let now = self.options.now.max(repository.node(commit)?.committed);
        let options = Options { now, ..self.options.clone() };
        Ok(replayed(repository, self.base, commit, &options)?)
    }
}

fn replayed(repository: &Repository, base: Option<ObjectId>, head: ObjectId, options: &Options) -> Result<Replay, ReplayError> {
    match base {
        None => replay::run(repository, head, options),
        Some(base) => replay::candidate(repository, base, head, options, &replay::no_pull_requests).map(|candidate| candidate.merged),
    }
}
