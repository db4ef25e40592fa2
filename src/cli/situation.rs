//! Where the repository stands: the replay that a command works with, on the governed branch or for a branch that wants to land on it.

use std::env;

use super::error::{CommandError, Diagnostic, ErrorKind};
use super::session::Session;
use crate::document::Problem;
use crate::git::{GitError, HeadRef, Repository};
use crate::model::{ObjectId, Policy};
use crate::replay::{self, Candidate, Options, Replay, ReplayError};

/// A replay and how it was come by.
#[derive(Debug)]
pub struct Situation {
    /// Where HEAD is.
    pub head: HeadRef,
    /// The governed branch's tip, when HEAD is on another branch and is treated as a candidate.
    pub base: Option<ObjectId>,
    /// What the replay says, with HEAD landed.
    pub replay: Replay,
    /// What it says of the base; `None` on the governed branch, and when the base is not governed.
    pub before: Option<Replay>,
    options: Options,
}

impl Situation {
    /// Replays what HEAD is: the governed branch itself, or a change to it.
    pub fn of_head(session: &Session, repository: &Repository) -> Result<Self, CommandError> {
        let head = repository.head()?;
        let options = options(session, repository)?;
        includes(session, repository, head.commit)?;
        let failed = |error| replay_error(repository, head.commit, error);
        let replay = replay::run(repository, head.commit, &options).map_err(failed)?;
        let governed = replay.policy.policy.branch.clone();
        // A detached HEAD is taken for what it is; `--base` says when it is more than that.
        let base = match &head.branch {
            Some(branch) if *branch != governed => repository.branch(&governed)?.filter(|base| *base != head.commit),
            _ => None,
        };
        let Some(base) = base else { return Ok(Self { head, base: None, replay, before: None, options }) };
        let Candidate { base: before, merged } = replay::candidate(repository, base, head.commit, &options).map_err(failed)?;
        Ok(Self { head, base: Some(base), replay: merged, before, options })
    }

    /// The same question for `commit`, which adds something to HEAD.
    pub fn with_head(&self, repository: &Repository, commit: ObjectId) -> Result<Replay, CommandError> {
        let options = Options { cache: false, ..self.options.clone() };
        let replayed = match self.base {
            None => replay::run(repository, commit, &options),
            Some(base) => replay::candidate(repository, base, commit, &options).map(|candidate| candidate.merged),
        };
        replayed.map_err(|error| replay_error(repository, commit, error))
    }
}

/// How the user wants history replayed.
pub fn options(session: &Session, repository: &Repository) -> Result<Options, CommandError> {
    let anchor = session.options.anchor.as_deref().map(|rev| repository.resolve(rev)).transpose()?;
    Ok(Options { anchor, now: session.now, cache: env::var_os("CI").is_none() })
}

/// Refuses a history that lost the commit which `--includes` names.
pub fn includes(session: &Session, repository: &Repository, head: ObjectId) -> Result<(), CommandError> {
    let Some(rev) = &session.options.includes else { return Ok(()) };
    let missing = || {
        CommandError::new(ErrorKind::Failed, format!("{rev} is not on the first-parent line of HEAD"))
            .help("Find out who replaced the history: a branch that only moves forward keeps every landing.")
    };
    let wanted = match repository.resolve(rev) {
        Err(GitError::UnknownRevision { .. }) => return Err(missing()),
        other => other?,
    };
    let line = repository.line(head, Some(wanted))?;
    if line.first().is_some_and(|first| first.id == wanted) { Ok(()) } else { Err(missing()) }
}

/// Turns a replay that could not be made into words, with the lines of an invalid policy.
pub fn replay_error(repository: &Repository, head: ObjectId, error: ReplayError) -> CommandError {
    let text = error.to_string();
    match error {
        ReplayError::NotGoverned => {
            CommandError::new(ErrorKind::NotGoverned, text).help("Run `countersign init` to govern this repository.")
        }
        ReplayError::InvalidAnchor { commit, problems } => CommandError::new(ErrorKind::PolicyInvalid, text)
            .help(format!("Mend {} and commit it; governance starts with the first valid one.", Policy::PATH))
            .diagnostics(of_policy(repository, commit, &problems)),
        ReplayError::Incomplete(_) => CommandError::not_evaluated(text).help("Fetch the whole history: git fetch --unshallow"),
        ReplayError::Git(error) => error.into(),
        ReplayError::AnchorNotReached { .. } | ReplayError::AnchorMismatch { .. } => CommandError::not_evaluated(text)
            .help("Check that this is the branch and the repository you mean: the pinned anchor never moves."),
        ReplayError::MergeConflict(_) => {
            CommandError::not_evaluated(text).help("Merge or rebase onto the governed branch, then try again.")
        }
        ReplayError::BaseNotOnBranch { .. } => CommandError::not_evaluated(text)
            .help(format!("Name a commit of the governed branch's first-parent line below {}.", head.short())),
    }
}

fn of_policy(repository: &Repository, commit: ObjectId, problems: &[Problem]) -> Vec<Diagnostic> {
    let source = || -> Result<Vec<u8>, GitError> {
        let tree = repository.root_tree(commit)?;
        repository.entry_at(tree, Policy::PATH.as_bytes())?.map_or_else(|| Ok(Vec::new()), |entry| repository.blob(entry.id))
    };
    // Without its text a problem still has its message.
    let source = source().unwrap_or_default();
    problems.iter().map(|problem| Diagnostic::of_problem(problem, &source)).collect()
}
