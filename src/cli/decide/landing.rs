//! A change on top of HEAD as Git objects: first to ask the replay what it would do, then, with `--commit`, as the commit itself.
//!
//! The trees are built from objects, never from the index or the worktree, so nothing else that the user has lying about gets in, and no
//! filter or hook of the repository runs. What is only asked about stays an object that nothing names.

use std::collections::BTreeMap;

use crate::cli::error::CommandError;
use crate::cli::files::{Folder, NewFile};
use crate::cli::programs::Programs;
use crate::git::write::{CommitDraft, WriteError, Writer};
use crate::git::{MODE_EXECUTABLE, MODE_REGULAR, Repository};
use crate::model::{ObjectId, Timestamp};

use super::steps::Signing;

/// What a command changes below the root.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Records and their signatures: never over something that is there.
    pub added: Vec<NewFile>,
    /// Files of packages that are put back as they were.
    pub restored: Vec<NewFile>,
    /// Files of packages that go away.
    pub removed: Vec<String>,
}

impl Change {
    /// Every path, for `git add`.
    pub fn paths(&self) -> Vec<&str> {
        let written = self.added.iter().chain(&self.restored).map(|file| file.path.as_str());
        written.chain(self.removed.iter().map(String::as_str)).collect()
    }

    /// Brings it to the worktree.
    pub fn write(&self, folder: &Folder) -> Result<(), CommandError> {
        folder.create(&self.added)?;
        for path in &self.removed {
            folder.remove(path)?;
        }
        self.restored.iter().try_for_each(|file| folder.replace(file))
    }

    /// Writes the tree that HEAD has with this change.
    pub fn tree(&self, repository: &Repository, writer: &Writer, head: ObjectId) -> Result<ObjectId, CommandError> {
        let mut files: BTreeMap<Vec<u8>, (u32, ObjectId)> = BTreeMap::new();
        repository.walk_tree(repository.root_tree(head)?, |path, leaf| {
            files.insert(path.to_vec(), (leaf.mode, leaf.id));
        })?;
        for path in &self.removed {
            files.remove(path.as_bytes());
        }
        for file in self.added.iter().chain(&self.restored) {
            let mode = if file.executable { MODE_EXECUTABLE } else { MODE_REGULAR };
            files.insert(file.path.clone().into_bytes(), (mode, writer.write_blob(&file.bytes).map_err(failed)?));
        }
        writer.write_tree(&files).map_err(failed)
    }
}

/// A writer for the repository's objects.
pub fn writer(repository: &Repository) -> Result<Writer, CommandError> {
    Writer::open(repository.git_dir()).map_err(failed)
}

fn failed(error: WriteError) -> CommandError {
    CommandError::not_evaluated(error)
}

/// Writes a commit that only serves a question.
pub fn trial(writer: &Writer, tree: ObjectId, head: ObjectId, now: Timestamp) -> Result<ObjectId, CommandError> {
    let who = format!("countersign <> {} +0000", now.unix()).into_bytes();
    let draft = CommitDraft {
        tree,
        parents: vec![head],
        author: who.clone(),
        committer: who,
        message: b"What if\n".to_vec(),
        extra_headers: Vec::new(),
        signature: None,
    };
    writer.write_commit(&draft).map_err(failed)
}

/// Makes the commit object; no branch knows it yet.
///
/// It is signed when the decision has no other evidence, with that person's key; when the policy asks for it; and when the user signs her
/// commits anyway.
pub fn commit(programs: &Programs, tree: ObjectId, head: ObjectId, message: &str, signing: Signing<'_>) -> Result<ObjectId, CommandError> {
    let mut args: Vec<String> = Vec::new();
    // Without a key of her own naming, Git would run whatever the configuration says to find one.
    let named = || Ok::<bool, CommandError>(programs.git_config("user.signingkey")?.is_some());
    let sign = match signing {
        Signing::Evidence(signer) => {
            let settings = signer.git_settings().ok_or_else(|| {
                CommandError::usage("a minisign key cannot sign a commit")
                    .help("Leave out --no-sign: the record gets a signature of its own.")
            })?;
            args.extend(settings);
            true
        }
        Signing::Policy if !named()? => {
            return Err(CommandError::usage("the policy asks for signed commits, and Git knows no key of yours").help(
                "Name it with `git config user.signingkey` (and `git config gpg.format ssh` for an SSH key), or leave out --commit.",
            ));
        }
        Signing::Policy => true,
        Signing::Free => programs.git_flag("commit.gpgsign")? && named()?,
    };
    args.extend(["commit-tree".to_owned(), "-p".to_owned(), head.to_string()]);
    args.extend(sign.then(|| "-S".to_owned()));
    args.extend(["-F".to_owned(), "-".to_owned(), tree.to_string()]);
    let answer = programs.expect_git(&args, Some(message.as_bytes()))?;
    String::from_utf8_lossy(&answer).trim().parse().map_err(|_| CommandError::not_evaluated("git commit-tree named no commit"))
}

/// Moves the branch to `commit` and brings the index along for the changed paths only.
pub fn advance(
    programs: &Programs,
    repository: &Repository,
    change: &Change,
    commit: ObjectId,
    head: ObjectId,
    message: &str,
) -> Result<(), CommandError> {
    let title = message.lines().next().unwrap_or_default();
    let log = format!("commit: {title}");
    programs.expect_git(&["update-ref", "-m", &log, "HEAD", &commit.to_string(), &head.to_string()], None)?;
    let tree = repository.root_tree(commit)?;
    let mut lines = Vec::new();
    for path in change.paths() {
        let entry = repository.entry_at(tree, path.as_bytes())?;
        let line = entry.map_or_else(
            || format!("0 {}\t{path}\0", "0".repeat(repository.object_format().id_len() * 2)),
            |entry| format!("{:o} {}\t{path}\0", entry.mode, entry.id),
        );
        lines.extend_from_slice(line.as_bytes());
    }
    programs.expect_git(&["update-index", "-z", "--index-info"], Some(&lines)).map(drop)
}
