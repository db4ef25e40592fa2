//! A change on top of HEAD as Git objects: first to try it out in a replay, then, with `--commit`,
//! as the commit itself.
//!
//! Trees are built from objects, never from the index or the worktree, so nothing else in the
//! user's worktree gets in. Objects, branch and index are written here and not by git, which would
//! start filters and hooks. What a dry run writes remains an unreferenced object.

use crate::cli::error::CommandError;
use crate::cli::programs::Programs;
use crate::cli::typed_command::Place;
use crate::cli::user_key::{Configured, UserKey};
use crate::git::Repository;
use crate::git::advance::{Advanced, Staged};
use crate::git::write::{CommitDraft, WriteError, Writer};
use crate::model::{ObjectId, Timestamp};
use crate::signature::COMMIT_NAMESPACE;

use super::DecisionContext;
use super::change::Change;
use super::steps::Signing;

/// A writer for the repository's objects.
pub fn writer(repository: &Repository) -> Result<Writer, CommandError> {
    Writer::open_logged(repository.git_dir()).map_err(failed)
}

/// Why something could not be written to the repository.
pub fn failed(error: WriteError) -> CommandError {
    let locked = matches!(error, WriteError::Locked(_));
    let error = CommandError::not_evaluated(error);
    if locked {
        error.help("Try again when that command has ended; if none is running, remove the file.")
    } else {
        error
    }
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
/// asks for it; and when the user signs their commits anyway. Where it should be signed and cannot
/// be, there is no commit, as with Git.
pub fn commit(
    programs: &Programs,
    writer: &Writer,
    new: &NewCommit<'_>,
) -> Result<ObjectId, CommandError> {
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
            let key = own_key(programs, &draft.committer)?.ok_or_else(|| {
                CommandError::usage("the policy requires signed commits, but Git has no signing key configured")
                    .help("Set one with `git config user.signingkey` (and `git config gpg.format ssh` for an SSH key), or leave out --commit.")
            })?;
            Some(key.sign(programs, COMMIT_NAMESPACE, &draft.payload())?)
        }
        Signing::Free if programs.git_flag("commit.gpgsign")? => {
            let key = own_key(programs, &draft.committer)?.ok_or_else(|| {
                CommandError::usage("you sign your commits (`commit.gpgsign`), but Git has no signing key configured")
                    .help("Set one with `git config user.signingkey` (and `git config gpg.format ssh` for an SSH key), or leave out --commit. Nothing was changed.")
            })?;
            Some(key.sign(programs, COMMIT_NAMESPACE, &draft.payload())?)
        }
        Signing::Free => None,
    };
    writer.write_commit(&draft).map_err(failed)
}

/// The key with which git would sign a commit of `committer`.
///
/// A key that only a command in the configuration finds is not looked for.
fn own_key(programs: &Programs, committer: &[u8]) -> Result<Option<UserKey>, CommandError> {
    match Configured::read(programs)? {
        Configured::Key(key) => Ok(Some(key)),
        Configured::Unusable(fault) => Err(fault.error()),
        Configured::Unset => {
            let format = programs.git_config("gpg.format")?;
            if format.is_some_and(|format| format != "openpgp") {
                return Ok(None);
            }
            // As git does: the key of the person who commits.
            let line = String::from_utf8_lossy(committer);
            let person = line.rfind('>').map_or("", |end| &line[..=end]);
            Ok(UserKey::openpgp(programs, person).ok())
        }
    }
}

/// The committer of a commit, as it says.
pub fn committer(repository: &Repository, commit: ObjectId) -> Result<Vec<u8>, CommandError> {
    let bytes = repository.commit_bytes(commit)?;
    let line = bytes
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"committer "));
    Ok(line.unwrap_or_default().to_vec())
}

/// Brings `commit` to the branch, and `change` to the working tree where there is one: all of it or
/// nothing.
///
/// Both locks are held and the new index is complete before the first file is written, and every
/// file is in place before the branch moves.
pub fn land(
    context: &DecisionContext<'_>,
    change: &Change,
    commit: ObjectId,
    message: &str,
) -> Result<(), CommandError> {
    let (repository, head) = (&context.repository, context.history.head.commit);
    let title = message.lines().next().unwrap_or_default();
    let tree = repository.root_tree(commit)?;
    let mut staged = Staged::new();
    for path in change.paths() {
        let entry = repository.entry_at(tree, path.as_bytes())?;
        staged.insert(path.to_owned(), entry.map(|entry| (entry.mode, entry.id)));
    }
    let writer = writer(repository)?;
    let advance = writer
        .prepare_advance(
            head,
            commit,
            &committer(repository, commit)?,
            &format!("commit: {title}"),
            context.folder.as_ref().map(|_| &staged),
        )
        .map_err(|error| nothing_changed(failed(error)))?;
    let applied = match &context.folder {
        Some(folder) => Some((folder, change.write(folder)?)),
        None => None,
    };
    let advanced = match advance.finish() {
        Ok(advanced) => advanced,
        // Where the log cannot be written, the branch can have moved all the same.
        Err(_) if repository.head()?.commit == commit => Advanced::WithoutIndex,
        Err(error) => {
            let error = failed(error);
            return Err(match applied {
                Some((folder, applied)) => applied.undo(folder, error),
                None => nothing_changed(error),
            });
        }
    };
    if advanced == Advanced::WithoutIndex && context.folder.is_some() {
        let at = Place::of(context.session, context.root());
        context.session.out.warning(&format!(
            "the commit {} was made, but the index could not be written, so Git shows its files as changed; fix that with `{}`",
            commit.short(),
            at.git("reset -q")
        ));
    }
    Ok(())
}

fn nothing_changed(error: CommandError) -> CommandError {
    error.help("Nothing was changed.")
}
