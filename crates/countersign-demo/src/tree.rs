//! A tree under construction: a flat map from path to file, with contents in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use countersign_model::{Digest, FileMode, Manifest, ManifestEntry, ObjectId};

/// A regular file's mode.
pub const REGULAR: u32 = 0o100_644;
/// An executable file's mode.
pub const EXECUTABLE: u32 = 0o100_755;
/// A symbolic link's mode.
pub const SYMLINK: u32 = 0o120_000;
/// A submodule's mode.
pub const SUBMODULE: u32 = 0o160_000;

/// One leaf of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Mode of the tree entry.
    pub mode: u32,
    /// What it names.
    pub content: Content,
}

/// What a leaf names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A blob with these bytes.
    Bytes(Arc<[u8]>),
    /// An object written before, present or not.
    Object(ObjectId),
}

/// A flat tree. Paths are bytes; `/` separates steps; what Git would refuse can be written too.
///
/// Editing a missing path is a bug of the caller and panics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<Vec<u8>, File>,
}

impl Tree {
    /// Every leaf, by path bytes.
    pub const fn files(&self) -> &BTreeMap<Vec<u8>, File> {
        &self.files
    }

    /// Writes a regular file, over what was there.
    pub fn put(&mut self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) {
        self.put_mode(path, REGULAR, bytes);
    }

    /// Writes an executable file.
    pub fn put_executable(&mut self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) {
        self.put_mode(path, EXECUTABLE, bytes);
    }

    /// Writes a blob under any mode.
    pub fn put_mode(&mut self, path: impl AsRef<[u8]>, mode: u32, bytes: impl AsRef<[u8]>) {
        self.set(
            path,
            File {
                mode,
                content: Content::Bytes(bytes.as_ref().into()),
            },
        );
    }

    /// Writes a symbolic link.
    pub fn link(&mut self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) {
        self.put_mode(path, SYMLINK, target);
    }

    /// Names any object under any mode, such as a submodule's commit or a blob that is missing.
    pub fn put_object(&mut self, path: impl AsRef<[u8]>, mode: u32, id: ObjectId) {
        self.set(
            path,
            File {
                mode,
                content: Content::Object(id),
            },
        );
    }

    /// Sets a leaf.
    pub fn set(&mut self, path: impl AsRef<[u8]>, file: File) {
        self.files.insert(path.as_ref().to_vec(), file);
    }

    /// Changes the mode of a file.
    pub fn chmod(&mut self, path: impl AsRef<[u8]>, mode: u32) {
        self.files
            .get_mut(path.as_ref())
            .expect("chmod takes a path of the tree")
            .mode = mode;
    }

    /// Removes a file, or a folder with its content; returns whether anything was there.
    pub fn remove(&mut self, path: impl AsRef<[u8]>) -> bool {
        let path = path.as_ref();
        let before = self.files.len();
        self.files.retain(|at, _| !lies_in(at, path));
        self.files.len() < before
    }

    /// Moves a file, or a folder with its content.
    pub fn rename(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.copy(from, to);
        self.files
            .retain(|at, _| !lies_in(at, from) || lies_in(at, to));
    }

    /// Copies a file, or a folder with its content.
    pub fn copy(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) {
        let (from, to) = (from.as_ref(), to.as_ref());
        let copies: Vec<(Vec<u8>, File)> = self
            .files
            .iter()
            .filter(|(at, _)| lies_in(at, from))
            .map(|(at, file)| ([to, &at[from.len()..]].concat(), file.clone()))
            .collect();
        assert!(
            !copies.is_empty(),
            "`{}` is a path of the tree",
            String::from_utf8_lossy(from)
        );
        self.files.extend(copies);
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: impl AsRef<[u8]>) -> Option<&[u8]> {
        match &self.files.get(path.as_ref())?.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Object(_) => None,
        }
    }

    /// The text of a file that is there.
    pub fn text(&self, path: impl AsRef<[u8]>) -> String {
        let bytes = self.bytes(&path).expect("text takes a file of the tree");
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Rewrites the text of a file that is there; its mode stays.
    pub fn edit(&mut self, path: impl AsRef<[u8]>, change: impl FnOnce(String) -> String) {
        let text = change(self.text(&path));
        let file = self
            .files
            .get_mut(path.as_ref())
            .expect("its text was just read");
        file.content = Content::Bytes(text.as_bytes().into());
    }

    /// Replaces every `from` in a file that contains at least one.
    pub fn replace(&mut self, path: impl AsRef<[u8]>, from: &str, to: &str) {
        self.edit(path, |text| {
            assert!(text.contains(from), "`{from}` is in the file");
            text.replace(from, to)
        });
    }

    /// The manifest of the package at `path`, a folder or one file. Links, submodules and foreign
    /// objects are left out: such a package has no digest, and a caller that asks for it is
    /// preparing an attack.
    pub fn manifest(&self, path: &str) -> Manifest {
        let inside = self
            .files
            .iter()
            .filter(|(at, _)| lies_in(at, path.as_bytes()));
        Manifest::new(
            inside
                .filter_map(|(at, file)| entry(&relative(at, path), file))
                .collect(),
        )
    }

    /// The checksum of the package at `path`.
    pub fn digest(&self, path: &str) -> Digest {
        self.manifest(path).digest()
    }

    /// The checksum of files named from the root: the policy's package, given the policy and the
    /// files it names.
    pub fn digest_of_files<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Digest {
        let named = paths
            .into_iter()
            .filter_map(|path| entry(path, self.files.get(path.as_bytes())?));
        Manifest::new(named.collect()).digest()
    }

    /// The path of a package in the conventional folders (`skills/<name>`, `prompts/<name>.md` …):
    /// the first one found.
    pub fn package_path(&self, subject: &str) -> Option<String> {
        let (kind, name) = subject.split_once('/')?;
        let folder = format!("{kind}s/");
        self.files.keys().find_map(|path| {
            let text = std::str::from_utf8(path).ok()?;
            let inside = text.strip_prefix(&folder)?;
            let entry = inside.split('/').next()?;
            let is_folder = inside.len() > entry.len();
            let called = if is_folder {
                entry
            } else {
                entry.rsplit_once('.').map_or(entry, |(stem, _)| stem)
            };
            (called == name).then(|| format!("{folder}{entry}"))
        })
    }
}

fn lies_in(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// Path inside the package; the file name when the package is one file.
fn relative(path: &[u8], package: &str) -> String {
    let path = String::from_utf8_lossy(path);
    match path
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('/'))
    {
        Some(inside) => inside.to_owned(),
        None => path.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn entry(path: &str, file: &File) -> Option<ManifestEntry> {
    let mode = match file.mode {
        REGULAR => FileMode::Regular,
        EXECUTABLE => FileMode::Executable,
        _ => return None,
    };
    let Content::Bytes(bytes) = &file.content else {
        return None;
    };
    Some(ManifestEntry {
        path: path.to_owned(),
        mode,
        sha256: Digest::of(bytes),
        size: bytes.len() as u64,
    })
}
