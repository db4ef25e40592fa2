//! Commits of a real repository, byte by byte.

use countersign::demo::{Authorship, History, Person, Tree};
use countersign::git::write::{CommitDraft, Create, ObjectKind};
use countersign::git::{ObjectFormat, Repository};
use countersign::model::{ObjectId, Timestamp};
use tempfile::TempDir;

/// A repository in which commits are written and judged.
pub struct Scratch {
    history: History,
    repository: Repository,
    format: ObjectFormat,
    base: ObjectId,
    tree: Tree,
    _dir: TempDir,
}

impl Scratch {
    pub fn new(format: ObjectFormat) -> Self {
        let dir = TempDir::new().expect("the system has a place for temporary files");
        let path = dir.path().join("repo");
        let mut history = History::create(
            &path,
            &Create {
                format,
                ..Create::default()
            },
            "github.com/acme/agent-skills",
        )
        .expect("an empty directory");
        let alice = Person::new("alice");
        let base = history
            .commit(&alice, "First", |tree| tree.put("README.md", "Hello.\n"))
            .expect("a fresh repository takes a commit");
        let tree = history.tree();
        let repository = Repository::open(&path).expect("the builder writes sound repositories");
        Self {
            history,
            repository,
            format,
            base,
            tree,
            _dir: dir,
        }
    }

    pub const fn format(&self) -> ObjectFormat {
        self.format
    }

    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    pub const fn base(&self) -> ObjectId {
        self.base
    }

    /// When the next commit is made.
    pub const fn now(&self) -> Timestamp {
        self.history.now()
    }

    /// An unsigned commit on top of the first.
    pub fn draft(&mut self, message: &str) -> CommitDraft {
        self.draft_by(&Person::new("alice"), message)
    }

    pub fn draft_by(&mut self, by: impl Into<Authorship>, message: &str) -> CommitDraft {
        let tree = self.tree.clone();
        self.history
            .draft_commit(vec![self.base], &tree, by, message)
            .expect("the tree can be written")
    }

    /// The header of this repository's signatures.
    pub const fn header(&self) -> &'static str {
        match self.format {
            ObjectFormat::Sha1 => "gpgsig",
            ObjectFormat::Sha256 => "gpgsig-sha256",
        }
    }

    /// The header of the other format's signatures.
    pub const fn foreign_header(&self) -> &'static str {
        match self.format {
            ObjectFormat::Sha1 => "gpgsig-sha256",
            ObjectFormat::Sha256 => "gpgsig",
        }
    }

    /// Writes a commit as it is.
    pub fn write(&self, bytes: &[u8]) -> ObjectId {
        self.history
            .writer()
            .write_raw(ObjectKind::Commit, bytes)
            .expect("any bytes can be written")
    }

    /// Writes a signed commit after `change`.
    pub fn write_changed(
        &self,
        draft: &CommitDraft,
        change: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> ObjectId {
        self.write(&change(draft.bytes(self.format)))
    }
}

/// Replaces the first `from`, which must be there.
pub fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("`{from}` is in the commit"));
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}
