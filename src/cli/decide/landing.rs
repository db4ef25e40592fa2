//! A change on top of HEAD as Git objects: first to try it out in a replay, then, with `--commit`,
//! as the commit itself.
//!
//! Trees are built from objects, never from the index or the worktree, so nothing else in the
//! user's worktree gets in. Objects, branch and index are written here and not by git, which would
//! start filters and hooks. What a dry run writes remains an unreferenced object.

use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::cli::user_key::Configured;
use crate::git::Repository;
use crate::git::advance::Staged;
use crate::git::write::{CommitDraft, WriteError, Writer};
use crate::model::{ObjectId, Timestamp};
use crate::signature::COMMIT_NAMESPACE;

use super::change::Change;
use super::steps::Signing;

/// A writer for the repository's objects.
pub fn writer(repository: &Repository) -> Result<Writer, CommandError> {
    Writer::open_logged(repository.git_dir()).map_err(failed)
}

fn failed(error: WriteError) -> CommandError {
    CommandError::not_evaluated(error)
}

/// Writes a commit that only serves a dry run.
pub fn trial(
    writer: &Writer,
    tree: ObjectId,
    head: ObjectId,
    now: Timestamp,
) -> Result<ObjectId, CommandError> {
    let who = format!("countersign <> {} +0000", now.unix()).into_bytes();
    let draft = CommitDraft {
        tree,
        parents: vec![head],
        author: who.clone(),
        committer: who,
        message: b"Dry run\n".to_vec(),
        extra_headers: Vec::new(),
        signature: None,
    };
    writer.write_commit(&draft).map_err(failed)
}

/// A commit on top of another one.
pub struct NewCommit<'c> {
    /// Its root tree.
    pub tree: ObjectId,
    /// What it is made on top of.
    pub parent: ObjectId,
    /// Its message.
    pub message: &'c str,
    /// How it is signed.
    pub signing: Signing<'c>,
    /// Options for git that name another person than its configuration does.
    pub settings: &'c [String],
}

/// Makes the commit object; no branch knows it yet.
///
/// It is signed when the decision has no other evidence, with that person's key; when the policy
/// asks for it; and when the user signs their commits anyway.
pub fn commit(
    programs: &Programs,
    writer: &Writer,
    new: &NewCommit<'_>,
) -> Result<ObjectId, CommandError> {
    // A key that only a command in the configuration finds is not looked for.
    let own = || match Configured::read(programs)? {
        Configured::Key(key) => Ok(Some(key)),
        Configured::Unset => Ok(None),
        Configured::Unusable(fault) => Err(fault.error()),
    };
    let unknown = |asks: &str| {
        CommandError::usage(format!("{asks}, but Git has no signing key configured"))
            .help("Set one with `git config user.signingkey` (and `git config gpg.format ssh` for an SSH key), or leave out --commit.")
    };
    let [author, committer] = programs.identities(new.settings)?;
    let mut draft = CommitDraft {
        tree: new.tree,
        parents: vec![new.parent],
        author,
        committer,
        message: new.message.as_bytes().to_vec(),
        extra_headers: Vec::new(),
        signature: None,
    };
    draft.signature = match new.signing {
        Signing::Evidence(signer) => Some(signer.sign_commit(programs, &draft.payload())?),
        Signing::Policy => {
            let key = own()?.ok_or_else(|| unknown("the policy requires signed commits"))?;
            Some(key.sign(programs, COMMIT_NAMESPACE, &draft.payload())?)
        }
        Signing::Free
            if programs.git_flag("commit.gpgsign")?
                && programs.git_config("user.signingkey")?.is_some() =>
        {
            let key = own()?.ok_or_else(|| unknown("you sign your commits (`commit.gpgsign`)"))?;
            Some(key.sign(programs, COMMIT_NAMESPACE, &draft.payload())?)
        }
        Signing::Free => None,
    };
    writer.write_commit(&draft).map_err(failed)
}

/// The committer of a commit, as it says.
pub fn committer(repository: &Repository, commit: ObjectId) -> Result<Vec<u8>, CommandError> {
    let bytes = repository.commit_bytes(commit)?;
    let line = bytes
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"committer "));
    Ok(line.unwrap_or_default().to_vec())
}

/// Moves the branch to `commit` and brings the index along for the changed paths only.
pub fn advance(
    repository: &Repository,
    writer: &Writer,
    change: &Change,
    commit: ObjectId,
    head: ObjectId,
    message: &str,
) -> Result<(), CommandError> {
    let title = message.lines().next().unwrap_or_default();
    let tree = repository.root_tree(commit)?;
    let mut staged = Staged::new();
    for path in change.paths() {
        let entry = repository.entry_at(tree, path.as_bytes())?;
        staged.insert(path.to_owned(), entry.map(|entry| (entry.mode, entry.id)));
    }
    // First what another git may hold locked: a branch that moved without its index would show the
    // decision as undone.
    writer.stage(&staged).map_err(failed)?;
    writer
        .advance_head(
            head,
            commit,
            &committer(repository, commit)?,
            &format!("commit: {title}"),
        )
        .map_err(failed)
}
