//! New repositories and raw objects, for the demo, the tests and the commands that write.
//!
//! Every byte of an object is the caller's: nothing is normalized, no identity, clock, hook,
//! template or user configuration takes part, so the same calls give the same ids on every machine.
//! Malformed objects can be written too ([`Writer::write_raw`]). Nothing that judges a repository
//! may use this module.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::objs::Write as _;
use gix::refs::transaction::{PreviousValue, RefEdit};

use super::object::ObjectFormat;
use countersign_model::ObjectId;

/// How a new repository is made.
#[derive(Clone, Debug)]
pub struct Create {
    /// Hash of the object names.
    pub format: ObjectFormat,
    /// Without a work tree: the directory itself is the Git directory.
    pub bare: bool,
    /// Branch that HEAD names, unborn at first.
    pub branch: String,
    /// Further text for the new repository's own `config` file.
    pub config: String,
}

impl Default for Create {
    fn default() -> Self {
        Self {
            format: ObjectFormat::Sha1,
            bare: false,
            branch: "main".to_owned(),
            config: String::new(),
        }
    }
}

/// What kind of object [`Writer::write_raw`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "Git defines them")]
pub enum ObjectKind {
    Blob,
    Tree,
    Commit,
    Tag,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory is a repository already.
    #[error("{0} already contains a Git repository")]
    Exists(PathBuf),
    /// Another command holds the lock, or left it behind.
    #[error("{} exists: another Git command is running, or one has crashed", .0.display())]
    Locked(PathBuf),
    /// An object, reference or index could not be written.
    #[error("cannot {action}{}", cause(.source))]
    Git {
        /// What was tried.
        action: &'static str,
        /// Why.
        source: gix::Error,
    },
    /// A flat path that no tree can hold: empty, with an empty step or a zero byte, or below a
    /// file.
    #[error("`{0}` is not a valid path in a tree")]
    Path(String),
    /// Not the full name of a reference.
    #[error("`{0}` is not a reference name")]
    Reference(String),
    /// The id has the other hash's length.
    #[error("{0} is not an object id of this repository's format")]
    Id(ObjectId),
}

/// What the operating system says, where it refused; the library's own words say nothing to users.
fn cause(source: &gix::Error) -> String {
    let refused = source.downcast_any_ref::<io::Error>();
    refused.map_or_else(String::new, |error| format!(": {error}"))
}

/// A commit with every byte chosen by the caller.
#[derive(Clone, Debug)]
pub struct CommitDraft {
    /// Root tree.
    pub tree: ObjectId,
    /// Parents in order.
    pub parents: Vec<ObjectId>,
    /// The whole value of the header: `Name <email> seconds zone`.
    pub author: Vec<u8>,
    /// The whole value of the header.
    pub committer: Vec<u8>,
    /// Everything after the blank line.
    pub message: Vec<u8>,
    /// Further headers after `committer`, values without continuation marks.
    pub extra_headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Armored signature, with or without its last newline; the header's name follows from the
    /// repository's format.
    pub signature: Option<Vec<u8>>,
}

impl CommitDraft {
    /// What a signature signs: the object without its signature header.
    pub fn payload(&self) -> Vec<u8> {
        self.bytes_with(None)
    }

    /// The object as a repository of `format` stores it.
    pub fn bytes(&self, format: ObjectFormat) -> Vec<u8> {
        let name: &[u8] = match format {
            ObjectFormat::Sha1 => b"gpgsig",
            ObjectFormat::Sha256 => b"gpgsig-sha256",
        };
        self.bytes_with(self.signature.as_deref().map(|armor| (name, armor)))
    }

    fn bytes_with(&self, signature: Option<(&[u8], &[u8])>) -> Vec<u8> {
        let mut bytes = Vec::new();
        header(&mut bytes, b"tree", self.tree.to_string().as_bytes());
        for parent in &self.parents {
            header(&mut bytes, b"parent", parent.to_string().as_bytes());
        }
        header(&mut bytes, b"author", &self.author);
        header(&mut bytes, b"committer", &self.committer);
        for (name, value) in &self.extra_headers {
            header(&mut bytes, name, value);
        }
        if let Some((name, armor)) = signature {
            header(&mut bytes, name, armor.strip_suffix(b"\n").unwrap_or(armor));
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.message);
        bytes
    }
}

/// Appends `name value\n`; later lines of `value` are continued with a space, as in
/// Documentation/gitformat-signature.
pub fn header(bytes: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    bytes.extend_from_slice(name);
    bytes.push(b' ');
    for byte in value {
        bytes.push(*byte);
        if *byte == b'\n' {
            bytes.push(b' ');
        }
    }
    bytes.push(b'\n');
}

/// One line of a tree: name or path, mode, and what it names.
type Leaf<'a> = (&'a [u8], u32, ObjectId);

/// An opened repository to write into.
pub struct Writer {
    pub(super) repo: gix::Repository,
}

impl Writer {
    /// Makes a repository in `dir` (created with its parents when absent): no templates, no hooks,
    /// no user configuration.
    pub fn create(dir: &Path, how: &Create) -> Result<Self, WriteError> {
        let git_dir = if how.bare {
            dir.to_owned()
        } else {
            dir.join(".git")
        };
        if fs::symlink_metadata(git_dir.join("HEAD")).is_ok()
            || (!how.bare && fs::symlink_metadata(&git_dir).is_ok())
        {
            return Err(WriteError::Exists(dir.to_owned()));
        }
        for folder in [
            "objects/info",
            "objects/pack",
            "refs/heads",
            "refs/tags",
            "info",
        ] {
            create_dir(&git_dir.join(folder))?;
        }
        write_file(&git_dir.join("config"), config_text(how).as_bytes())?;
        write_file(
            &git_dir.join("HEAD"),
            format!("ref: refs/heads/{}\n", how.branch).as_bytes(),
        )?;
        Self::open(dir)
    }

    /// Opens the repository in `dir`, isolated from every configuration but its own.
    pub fn open(dir: &Path) -> Result<Self, WriteError> {
        // Reference logs hold the wall clock and an identity: neither belongs into a reproducible
        // repository.
        Self::open_with(dir, "core.logAllRefUpdates=false")
    }

    /// As [`Writer::open`], for a repository that someone works in: changes of references are
    /// logged.
    pub fn open_logged(dir: &Path) -> Result<Self, WriteError> {
        Self::open_with(dir, "core.logAllRefUpdates=true")
    }

    fn open_with(dir: &Path, logging: &str) -> Result<Self, WriteError> {
        let overrides = ["core.useReplaceRefs=false", logging];
        let options = gix::open::Options::isolated().config_overrides(overrides);
        let repo = gix::open_opts(dir, options).map_err(|source| WriteError::Git {
            action: "open the repository",
            source,
        })?;
        Ok(Self { repo })
    }

    /// The Git directory.
    pub fn git_dir(&self) -> &Path {
        self.repo.git_dir()
    }

    /// The work tree, unless bare.
    pub fn work_dir(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// The hash that names its objects.
    pub fn format(&self) -> ObjectFormat {
        if self.repo.object_hash() == gix::hash::Kind::Sha256 {
            ObjectFormat::Sha256
        } else {
            ObjectFormat::Sha1
        }
    }

    /// Writes any bytes as an object of `kind`, well-formed or not.
    pub fn write_raw(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, WriteError> {
        let kind = match kind {
            ObjectKind::Blob => gix::objs::Kind::Blob,
            ObjectKind::Tree => gix::objs::Kind::Tree,
            ObjectKind::Commit => gix::objs::Kind::Commit,
            ObjectKind::Tag => gix::objs::Kind::Tag,
        };
        let failed = |source| WriteError::Git {
            action: "write an object",
            source,
        };
        let id = gix::objs::compute_hash(self.repo.object_hash(), kind, bytes).map_err(failed)?;
        if !self.repo.has_object(id) {
            self.repo
                .objects
                .write_buf_with_known_id(kind, bytes, id)
                .map_err(failed)?;
        }
        Ok(from_gix(id))
    }

    /// Writes a blob.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<ObjectId, WriteError> {
        self.write_raw(ObjectKind::Blob, bytes)
    }

    /// Writes the trees of a flat map from path (bytes, `/` between steps) to mode and id. Names
    /// such as `.git` or `..` are written as they are.
    pub fn write_tree(
        &self,
        files: &BTreeMap<Vec<u8>, (u32, ObjectId)>,
    ) -> Result<ObjectId, WriteError> {
        let flat: Vec<Leaf> = files
            .iter()
            .map(|(path, (mode, id))| (path.as_slice(), *mode, *id))
            .collect();
        self.write_folder(&flat)
    }

    /// Writes one tree from entries in the given order, which need not be Git's order, with any
    /// names and modes.
    pub fn write_tree_raw(&self, entries: &[Leaf]) -> Result<ObjectId, WriteError> {
        let mut bytes = Vec::new();
        for (name, mode, id) in entries {
            bytes.extend_from_slice(format!("{mode:o} ").as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        self.write_raw(ObjectKind::Tree, &bytes)
    }

    /// `files` have paths relative to this folder.
    fn write_folder(&self, files: &[Leaf]) -> Result<ObjectId, WriteError> {
        let mut folders: BTreeMap<&[u8], Vec<Leaf>> = BTreeMap::new();
        // Keyed by Git's order: a folder sorts as if its name ended in a slash.
        let mut entries: BTreeMap<Vec<u8>, Leaf> = BTreeMap::new();
        for (path, mode, id) in files {
            let bad = || WriteError::Path(String::from_utf8_lossy(path).into_owned());
            let cut = path.iter().position(|byte| *byte == b'/');
            let name = &path[..cut.unwrap_or(path.len())];
            if name.is_empty() || name.contains(&0) || cut == Some(path.len() - 1) {
                return Err(bad());
            }
            match cut {
                Some(at) => folders
                    .entry(name)
                    .or_default()
                    .push((&path[at + 1..], *mode, *id)),
                None => {
                    entries.insert(name.to_vec(), (name, *mode, *id));
                }
            }
        }
        for (name, inside) in folders {
            if entries.contains_key(name) {
                return Err(WriteError::Path(String::from_utf8_lossy(name).into_owned()));
            }
            let tree = self.write_folder(&inside)?;
            entries.insert([name, b"/"].concat(), (name, 0o040_000, tree));
        }
        self.write_tree_raw(&entries.into_values().collect::<Vec<_>>())
    }

    /// Writes a commit.
    pub fn write_commit(&self, draft: &CommitDraft) -> Result<ObjectId, WriteError> {
        self.write_raw(ObjectKind::Commit, &draft.bytes(self.format()))
    }

    /// Points a reference, given by its full name, at an object.
    pub fn set_ref(&self, name: &str, id: ObjectId) -> Result<(), WriteError> {
        let target = self.to_gix(id)?;
        self.edit(RefEdit::update(
            full_name(name)?,
            target,
            PreviousValue::Any,
            "",
        ))
    }

    /// Removes a reference.
    pub fn delete_ref(&self, name: &str) -> Result<(), WriteError> {
        self.edit(RefEdit::delete(full_name(name)?, PreviousValue::Any))
    }

    /// Makes HEAD name a branch.
    pub fn set_head(&self, branch: &str) -> Result<(), WriteError> {
        let target = gix::refs::Target::Symbolic(full_name(&format!("refs/heads/{branch}"))?);
        self.edit(RefEdit::update(
            full_name("HEAD")?,
            target,
            PreviousValue::Any,
            "",
        ))
    }

    /// Makes HEAD name a commit, on no branch.
    pub fn detach_head(&self, id: ObjectId) -> Result<(), WriteError> {
        let target = self.to_gix(id)?;
        self.edit(RefEdit::update(
            full_name("HEAD")?,
            target,
            PreviousValue::Any,
            "",
        ))
    }

    /// Writes the index for `tree`, which then equals a fresh checkout of it. Stat fields are zero:
    /// Git fills them in by comparing content.
    pub fn write_index(&self, tree: ObjectId) -> Result<(), WriteError> {
        let failed = |source| WriteError::Git {
            action: "write the index",
            source,
        };
        let tree = self.to_gix(tree)?;
        let mut index = self.repo.index_from_tree(&tree).map_err(failed)?;
        index
            .write(gix::index::write::Options::default())
            .map_err(failed)
    }

    fn edit(&self, edit: RefEdit) -> Result<(), WriteError> {
        let failed = |source| WriteError::Git {
            action: "change a reference",
            source,
        };
        self.repo.edit_references_as([edit], None).map_err(failed)?;
        Ok(())
    }

    pub(super) fn to_gix(&self, id: ObjectId) -> Result<gix::ObjectId, WriteError> {
        let converted = gix::ObjectId::try_from(id.as_bytes()).map_err(|_| WriteError::Id(id))?;
        if converted.kind() == self.repo.object_hash() {
            Ok(converted)
        } else {
            Err(WriteError::Id(id))
        }
    }
}

fn from_gix(id: gix::ObjectId) -> ObjectId {
    ObjectId::from_bytes(id.as_slice()).expect("gix ids have 20 or 32 bytes")
}

pub(super) fn full_name(name: &str) -> Result<gix::refs::FullName, WriteError> {
    gix::refs::FullName::try_from(name).map_err(|_| WriteError::Reference(name.to_owned()))
}

fn config_text(how: &Create) -> String {
    let (version, extension) = match how.format {
        ObjectFormat::Sha1 => (0, ""),
        ObjectFormat::Sha256 => (1, "[extensions]\n\tobjectformat = sha256\n"),
    };
    let core = format!(
        "[core]\n\trepositoryformatversion = {version}\n\tfilemode = true\n\tbare = {}\n",
        how.bare
    );
    format!("{core}{extension}{}", how.config)
}

fn create_dir(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|source| WriteError::Io {
        action: "create",
        path: path.to_owned(),
        source,
    })
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::write(path, bytes).map_err(|source| WriteError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}
