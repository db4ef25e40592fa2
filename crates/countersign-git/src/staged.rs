//! The commit that `git commit` would make of what is staged, in memory only.
//!
//! The index says what its tree is. What Git would refuse to commit, or would not commit although
//! the index has it, is found here as Git finds it. Nothing is written into the repository: the
//! trees and the commit are read through the same [`Repository`] and gone with it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::index::entry::Flags;
use gix::objs::Kind;

use super::error::GitError;
use super::object::OBJECT_LIMIT;
use super::reader::{hash, to_model};
use super::repository::Repository;
use countersign_model::{Identity, ObjectId, Timestamp};

/// More than any index of a repository of packages has.
const MOST_INDEX_BYTES: u64 = OBJECT_LIMIT as u64;
/// More lines than `MERGE_HEAD` ever has, in bytes.
const MOST_MERGED: u64 = 64 << 10;
/// Unmerged paths that are named.
const MOST_NAMED: usize = 3;

/// Why nothing can be committed of what is staged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StagedFault {
    /// There is no index.
    #[error("{} does not exist: nothing is staged", .0.display())]
    NoIndex(PathBuf),
    /// Git refuses to commit while files are unmerged.
    #[error("the index has unmerged files: {}", .0.join(", "))]
    Unmerged(Vec<String>),
    /// The bytes are not those of an index that Git writes.
    #[error("{} cannot be read as an index", .0.display())]
    Unreadable(PathBuf),
    /// What is being merged cannot be told.
    #[error("{} does not hold the commits that are being merged", .0.display())]
    NotAMerge(PathBuf),
    /// Objects, or the file itself.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Who commits, and when.
#[derive(Debug, Clone)]
pub struct Committer {
    /// The name and address; `None` where they are not known.
    pub identity: Option<Identity>,
    /// The date.
    pub time: Timestamp,
}

/// A folder whose entries are being collected.
struct Open {
    name: Vec<u8>,
    tree: Vec<u8>,
}

impl Repository {
    /// The commit that `git commit` would make of the index now, readable through this repository:
    /// on top of HEAD, and of what is being merged. `index` is the file that Git was told to use
    /// instead of its own.
    pub fn staged(&self, index: Option<&Path>, by: &Committer) -> Result<ObjectId, StagedFault> {
        let own = self.git_dir().join("index");
        let tree = self.staged_tree(index.unwrap_or(&own))?;
        let mut parents = match self.head() {
            Ok(head) => vec![head.commit],
            Err(GitError::Unborn(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if !parents.is_empty() {
            parents.extend(self.merging()?);
        }
        let mut commit = format!("tree {tree}\n");
        for parent in &parents {
            commit.push_str(&format!("parent {parent}\n"));
        }
        let who = person(by);
        commit.push_str(&format!("author {who}\ncommitter {who}\n\nstaged\n"));
        Ok(self.hold(Kind::Commit, commit.into_bytes())?)
    }

    /// The tree that `git write-tree` would write.
    fn staged_tree(&self, path: &Path) -> Result<ObjectId, StagedFault> {
        let unreadable = || StagedFault::Unreadable(path.to_owned());
        let size = match fs::metadata(path) {
            Ok(found) if found.is_file() => found.len(),
            Ok(_) => return Err(unreadable()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StagedFault::NoIndex(path.to_owned()));
            }
            Err(error) => return Err(GitError::io(path, &error).into()),
        };
        if size > MOST_INDEX_BYTES {
            return Err(GitError::TooLarge {
                what: "the size of the index".to_owned(),
                limit: MOST_INDEX_BYTES,
            }
            .into());
        }
        if !shared_are_files(path) {
            return Err(unreadable());
        }
        let index = gix::index::File::at(
            path,
            self.local().object_hash(),
            false,
            gix::index::decode::Options::default(),
        )
        .map_err(|_| unreadable())?;
        let unmerged = index
            .entries()
            .iter()
            .filter(|entry| entry.stage_raw() != 0);
        let mut unmerged: Vec<String> = unmerged
            .map(|entry| entry.path(&index).to_string())
            .collect();
        unmerged.dedup();
        if !unmerged.is_empty() {
            let more = unmerged.len().saturating_sub(MOST_NAMED);
            unmerged.truncate(MOST_NAMED);
            if more > 0 {
                unmerged.push(format!("and {more} more"));
            }
            return Err(StagedFault::Unmerged(unmerged));
        }
        let mut open = vec![Open {
            name: Vec::new(),
            tree: Vec::new(),
        }];
        let mut before: &[u8] = &[];
        for entry in index.entries() {
            let path: &[u8] = entry.path(&index);
            if path <= before {
                return Err(unreadable());
            }
            before = path;
            // `git add --intent-to-add` promises a file; no commit has it yet.
            if entry.flags.contains(Flags::INTENT_TO_ADD) {
                continue;
            }
            // A folder of a sparse index is its tree.
            let path = path.strip_suffix(b"/").unwrap_or(path);
            let (folder, name) = match path.iter().rposition(|byte| *byte == b'/') {
                Some(slash) => (&path[..slash], &path[slash + 1..]),
                None => (&[][..], path),
            };
            if name.is_empty() || name.contains(&0) {
                return Err(unreadable());
            }
            self.enter(&mut open, folder).ok_or_else(unreadable)??;
            let tree = &mut open.last_mut().expect("the root is never left").tree;
            tree.extend(format!("{:o} ", entry.mode.bits()).bytes());
            tree.extend_from_slice(name);
            tree.push(0);
            tree.extend_from_slice(to_model(&entry.id).as_bytes());
        }
        while open.len() > 1 {
            self.leave(&mut open)?;
        }
        let root = open.pop().expect("the root is never left");
        Ok(self.hold(Kind::Tree, root.tree)?)
    }

    /// Closes and opens folders until `folder` is the last; `None` where a step of it is empty.
    fn enter(&self, open: &mut Vec<Open>, folder: &[u8]) -> Option<Result<(), GitError>> {
        let steps: Vec<&[u8]> = match folder {
            [] => Vec::new(),
            folder => folder.split(|byte| *byte == b'/').collect(),
        };
        if steps
            .iter()
            .any(|step| step.is_empty() || step.contains(&0))
        {
            return None;
        }
        let shared = open[1..]
            .iter()
            .zip(&steps)
            .take_while(|(open, step)| open.name == **step)
            .count();
        while open.len() > shared + 1 {
            if let Err(error) = self.leave(open) {
                return Some(Err(error));
            }
        }
        open.extend(steps[shared..].iter().map(|step| Open {
            name: step.to_vec(),
            tree: Vec::new(),
        }));
        Some(Ok(()))
    }

    /// Closes the last folder into the one above.
    fn leave(&self, open: &mut Vec<Open>) -> Result<(), GitError> {
        if let (Some(closed), Some(above)) = (open.pop(), open.last_mut()) {
            let id = self.hold(Kind::Tree, closed.tree)?;
            above.tree.extend_from_slice(b"40000 ");
            above.tree.extend_from_slice(&closed.name);
            above.tree.push(0);
            above.tree.extend_from_slice(id.as_bytes());
        }
        Ok(())
    }

    /// Keeps an object in memory.
    fn hold(&self, kind: Kind, bytes: Vec<u8>) -> Result<ObjectId, GitError> {
        let id = hash(self.object_format(), kind, &bytes).map_err(GitError::Library)?;
        if let Ok(mut overlay) = self.overlay.write() {
            overlay.insert(id, (kind, Arc::from(bytes)));
        }
        Ok(id)
    }

    /// What a merge that is not committed yet brings in.
    fn merging(&self) -> Result<Vec<ObjectId>, StagedFault> {
        let path = self.git_dir().join("MERGE_HEAD");
        let unreadable = || StagedFault::NotAMerge(path.clone());
        match fs::symlink_metadata(&path) {
            // Opening a pipe would wait for someone to write into it.
            Ok(found) if !found.is_file() || found.len() > MOST_MERGED => return Err(unreadable()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(GitError::io(&path, &error).into()),
        }
        let bytes = fs::read(&path).map_err(|error| GitError::io(&path, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
        let commits = text.lines().map(str::parse);
        commits.collect::<Result<_, _>>().map_err(|_| unreadable())
    }
}

/// Whether what an index may be split into is files of a size that can be read: opening a pipe
/// would wait for someone to write into it.
fn shared_are_files(index: &Path) -> bool {
    let folder = index.parent().and_then(|folder| fs::read_dir(folder).ok());
    let mut shared = folder.into_iter().flatten().flatten().filter(|entry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(b"sharedindex.")
    });
    shared.all(|entry| {
        let found = fs::metadata(entry.path());
        found.is_ok_and(|found| found.is_file() && found.len() <= MOST_INDEX_BYTES)
    })
}

/// An identity as a commit has it, without what Git leaves out of names and addresses.
fn person(by: &Committer) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !matches!(c, '<' | '>' | '\n' | '\0'))
            .collect()
    };
    let (name, email) = by
        .identity
        .as_ref()
        .map(|known| (plain(&known.name), plain(&known.email)))
        .unwrap_or_default();
    format!(
        "{} <{}> {} +0000",
        name.trim(),
        email.trim(),
        by.time.unix()
    )
}
