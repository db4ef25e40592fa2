//! A repository under construction: branches, commits with a clock of their own, and the records of
//! decisions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::authorship::Authorship;
use super::person::{COMMIT_NAMESPACE, Person};
use super::record::{DecisionDraft, Record};
use super::tree::{Content, Tree};
use countersign_git::write::{CommitDraft, Create, WriteError, Writer};
use countersign_model::{DecisionKind, Digest, ObjectId, Policy, Timestamp};

/// What goes wrong while building.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The repository could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Both sides of a merge changed these paths.
    #[error("both sides changed {0}")]
    Conflict(String),
    /// A name that no branch has.
    #[error("there is no branch `{0}`")]
    NoBranch(String),
    /// No package of that name is in the tree, so its digest must be given.
    #[error("`{0}` is not in the tree")]
    NoSubject(String),
    /// The work tree could not be written.
    #[error("cannot write {0}")]
    WorkTree(String, #[source] std::io::Error),
}

/// What the builder remembers of a commit.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) parents: Vec<ObjectId>,
    pub(super) tree: Tree,
    pub(super) tree_id: ObjectId,
    pub(super) authorship: Authorship,
    pub(super) message: String,
}

/// A repository under construction. The current branch is what HEAD names.
pub struct History {
    pub(super) writer: Writer,
    pub(super) commits: BTreeMap<ObjectId, Snapshot>,
    pub(super) tips: BTreeMap<String, ObjectId>,
    pub(super) branch: String,
    pub(super) checked_out: BTreeSet<Vec<u8>>,
    repository: String,
    clock: Timestamp,
    blobs: BTreeMap<Arc<[u8]>, ObjectId>,
}

/// 2026-01-05T09:00:00Z, a Monday: when every history begins.
pub const BEGINNING: Timestamp = Timestamp::from_unix(1_767_603_600);
const HOUR: i64 = 3_600;

impl History {
    /// A new repository in `dir` whose decisions name `repository`.
    pub fn create(dir: &Path, how: &Create, repository: &str) -> Result<Self, DemoError> {
        Ok(Self {
            writer: Writer::create(dir, how)?,
            commits: BTreeMap::new(),
            tips: BTreeMap::new(),
            branch: how.branch.clone(),
            checked_out: BTreeSet::new(),
            repository: repository.to_owned(),
            clock: BEGINNING,
            blobs: BTreeMap::new(),
        })
    }

    /// For objects and references that this builder has no words for.
    pub const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The name that decisions carry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// When the next commit is made.
    pub const fn now(&self) -> Timestamp {
        self.clock
    }

    /// Lets time pass.
    pub const fn wait(&mut self, seconds: i64) {
        self.clock = self.clock.plus(seconds);
    }

    /// The current branch.
    pub fn branch_name(&self) -> &str {
        &self.branch
    }

    /// The commit at the tip of the current branch.
    ///
    /// # Panics
    ///
    /// When nothing was committed on it.
    pub fn head(&self) -> ObjectId {
        *self
            .tips
            .get(&self.branch)
            .expect("something was committed on the current branch")
    }

    /// The commit at the tip of a branch.
    pub fn tip(&self, branch: &str) -> Result<ObjectId, DemoError> {
        self.tips
            .get(branch)
            .copied()
            .ok_or_else(|| DemoError::NoBranch(branch.to_owned()))
    }

    /// The tree at the tip of the current branch; empty when nothing was committed.
    pub fn tree(&self) -> Tree {
        self.tips
            .get(&self.branch)
            .map(|tip| self.tree_of(*tip))
            .unwrap_or_default()
    }

    /// The tree of a commit made here.
    ///
    /// # Panics
    ///
    /// When the commit was not made here.
    pub fn tree_of(&self, commit: ObjectId) -> Tree {
        self.commits
            .get(&commit)
            .expect("the commit was made by this builder")
            .tree
            .clone()
    }

    /// Commits a changed tree on the current branch.
    pub fn commit(
        &mut self,
        by: impl Into<Authorship>,
        message: &str,
        change: impl FnOnce(&mut Tree),
    ) -> Result<ObjectId, DemoError> {
        let mut tree = self.tree();
        change(&mut tree);
        let parents = self.tips.get(&self.branch).copied().into_iter().collect();
        self.commit_tree(parents, tree, by, message)
    }

    /// Commits any tree with any parents as the new tip of the current branch: an evil merge, a
    /// second root, an old state brought back.
    pub fn commit_tree(
        &mut self,
        parents: Vec<ObjectId>,
        tree: Tree,
        by: impl Into<Authorship>,
        message: &str,
    ) -> Result<ObjectId, DemoError> {
        let commit = self.write_commit(parents, tree, by.into(), message)?;
        self.set_tip(commit)?;
        Ok(commit)
    }

    /// Makes a commit written by other means (a malformed one) the new tip; `tree` is what it
    /// holds.
    pub fn adopt(
        &mut self,
        commit: ObjectId,
        parents: Vec<ObjectId>,
        tree: Tree,
        by: impl Into<Authorship>,
    ) -> Result<(), DemoError> {
        let tree_id = self.write_tree(&tree)?;
        let authorship = by.into();
        self.commits.insert(
            commit,
            Snapshot {
                parents,
                tree,
                tree_id,
                authorship,
                message: String::new(),
            },
        );
        self.set_tip(commit)
    }

    /// The commit that [`Self::commit_tree`] would write, to be changed before it is written; time
    /// passes as if it were.
    pub fn draft_commit(
        &mut self,
        parents: Vec<ObjectId>,
        tree: &Tree,
        by: impl Into<Authorship>,
        message: &str,
    ) -> Result<CommitDraft, DemoError> {
        let by = by.into();
        let tree = self.write_tree(tree)?;
        let date = format!("{} +0000", self.clock.unix());
        let line = |identity: &str, own: &Option<String>| {
            format!("{identity} {}", own.as_ref().unwrap_or(&date)).into_bytes()
        };
        let message = if message.ends_with('\n') {
            message.to_owned()
        } else {
            format!("{message}\n")
        };
        let mut draft = CommitDraft {
            tree,
            parents,
            author: line(&by.author, &by.author_date),
            committer: line(&by.committer, &by.committer_date),
            message: message.into_bytes(),
            extra_headers: by.headers,
            signature: None,
        };
        draft.signature = by
            .signer
            .map(|signer| signer.sign(COMMIT_NAMESPACE, &draft.payload()).into_bytes());
        self.wait(HOUR);
        Ok(draft)
    }

    pub(super) fn write_commit(
        &mut self,
        parents: Vec<ObjectId>,
        tree: Tree,
        by: Authorship,
        message: &str,
    ) -> Result<ObjectId, DemoError> {
        let draft = self.draft_commit(parents.clone(), &tree, by.clone(), message)?;
        let commit = self.writer.write_commit(&draft)?;
        let snapshot = Snapshot {
            parents,
            tree,
            tree_id: draft.tree,
            authorship: by,
            message: message.to_owned(),
        };
        self.commits.insert(commit, snapshot);
        Ok(commit)
    }

    /// Writes a tree's objects.
    pub fn write_tree(&mut self, tree: &Tree) -> Result<ObjectId, DemoError> {
        let mut flat = BTreeMap::new();
        for (path, file) in tree.files() {
            let id = match &file.content {
                Content::Object(id) => *id,
                Content::Bytes(bytes) => self.write_blob(bytes)?,
            };
            flat.insert(path.clone(), (file.mode, id));
        }
        Ok(self.writer.write_tree(&flat)?)
    }

    fn write_blob(&mut self, bytes: &Arc<[u8]>) -> Result<ObjectId, DemoError> {
        if let Some(id) = self.blobs.get(bytes) {
            return Ok(*id);
        }
        let id = self.writer.write_blob(bytes)?;
        self.blobs.insert(Arc::clone(bytes), id);
        Ok(id)
    }

    pub(super) fn set_tip(&mut self, commit: ObjectId) -> Result<(), DemoError> {
        self.writer
            .set_ref(&format!("refs/heads/{}", self.branch), commit)?;
        self.tips.insert(self.branch.clone(), commit);
        Ok(())
    }

    /// Starts a branch at HEAD and switches to it.
    pub fn branch(&mut self, name: &str) -> Result<(), DemoError> {
        self.branch_at(name, self.head())
    }

    /// Starts a branch at any commit and switches to it.
    pub fn branch_at(&mut self, name: &str, commit: ObjectId) -> Result<(), DemoError> {
        self.writer.set_head(name)?;
        name.clone_into(&mut self.branch);
        self.set_tip(commit)
    }

    /// Switches to a branch; one that does not exist is unborn.
    pub fn switch(&mut self, name: &str) -> Result<(), DemoError> {
        self.writer.set_head(name)?;
        name.clone_into(&mut self.branch);
        Ok(())
    }

    /// Forgets a branch other than the current one.
    pub fn delete_branch(&mut self, name: &str) -> Result<(), DemoError> {
        self.writer.delete_ref(&format!("refs/heads/{name}"))?;
        self.tips.remove(name);
        Ok(())
    }

    /// Moves the current branch to any commit made here (a force-push, when it was elsewhere).
    pub fn reset(&mut self, commit: ObjectId) -> Result<(), DemoError> {
        self.set_tip(commit)
    }

    /// A signed decision about `version` of a subject, with the digest that the current tree has
    /// for it, not yet committed.
    pub fn draft(
        &self,
        kind: DecisionKind,
        by: &Person,
        subject: &str,
        version: &str,
    ) -> Result<DecisionDraft, DemoError> {
        let tree = self.tree();
        let digest = if version == "all" {
            None
        } else if subject == "policy/countersign" {
            Some(tree.policy_digest())
        } else {
            let path = tree
                .package_path(subject)
                .ok_or_else(|| DemoError::NoSubject(subject.to_owned()))?;
            Some(tree.digest(&path))
        };
        Ok(self.draft_for(kind, by, subject, version, digest))
    }

    /// The same with a digest of the caller's.
    pub fn draft_for(
        &self,
        kind: DecisionKind,
        by: &Person,
        subject: &str,
        version: &str,
        digest: Option<Digest>,
    ) -> DecisionDraft {
        DecisionDraft::new(
            kind,
            by,
            subject,
            version,
            digest,
            &self.repository,
            self.clock,
        )
    }

    /// Decides: writes and signs the record and commits it as its principal.
    pub fn decide(
        &mut self,
        by: &Person,
        kind: DecisionKind,
        subject: &str,
        version: &str,
    ) -> Result<Record, DemoError> {
        let record = self.draft(kind, by, subject, version)?.record();
        self.land(by, &record)?;
        Ok(record)
    }

    /// Commits a record on the current branch.
    pub fn land(
        &mut self,
        by: impl Into<Authorship>,
        record: &Record,
    ) -> Result<ObjectId, DemoError> {
        let title = record
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".yaml")
            .to_owned();
        self.commit(by, &format!("Decide: {title}"), |tree| {
            tree.put_record(record);
        })
    }
}

impl Tree {
    /// The policy's checksum: `countersign.yaml` and the files it names. Names are found by looking
    /// for the paths of the tree in the policy's text (`openpgp: <path>` and the entries of
    /// `protect`), so a policy under attack need not be valid.
    pub fn policy_digest(&self) -> Digest {
        let policy = self
            .bytes(Policy::PATH)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default();
        let named = |path: &str| {
            policy.lines().any(|line| {
                let line = line.trim_start().trim_start_matches("- ");
                let keyed = line.contains("openpgp:") || line.starts_with("protect:");
                keyed
                    && line
                        .split(|c: char| c.is_whitespace() || "[]{},\"'".contains(c))
                        .any(|word| word == path)
            })
        };
        let paths = self
            .files()
            .keys()
            .filter_map(|path| std::str::from_utf8(path).ok());
        let files: Vec<&str> = paths
            .filter(|path| *path == Policy::PATH || named(path))
            .collect();
        self.digest_of_files(files)
    }
}
