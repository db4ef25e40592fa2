//! `countersign.checksum/v1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::ManifestEntry;
use crate::render::checksum::PathChecksum;

/// The output of `checksum`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Checksums {
    /// `countersign.checksum/v1`.
    pub schema: &'static str,
    /// In the order of the arguments.
    pub packages: Vec<ChecksumOut>,
}

/// One package.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChecksumOut {
    /// As the user wrote it.
    pub path: String,
    /// The commit it was read from; null for files on disk.
    pub head: Option<String>,
    /// The package checksum.
    pub digest: String,
    /// Git's id of the tree or blob; null for files on disk.
    pub git: Option<String>,
    /// Go's directory hash with an empty prefix.
    pub h1: String,
    /// Number of files.
    pub count: usize,
    /// Bytes of all files.
    pub size: u64,
    /// Sorted by path bytes; null without `--files`.
    pub files: Option<Vec<FileOut>>,
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileOut {
    /// Relative to the package.
    pub path: String,
    /// `100644` or `100755`.
    pub mode: &'static str,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

impl FileOut {
    /// The view of a file.
    pub fn new(entry: &ManifestEntry) -> Self {
        Self {
            path: entry.path.clone(),
            mode: entry.mode.as_str(),
            size: entry.size,
            sha256: entry.sha256.hex(),
        }
    }
}

/// The view of some packages; `files` adds their files.
pub fn checksum(checksums: &[PathChecksum<'_>], files: bool) -> Checksums {
    let view = |one: &PathChecksum<'_>| {
        let entries = one.contents.manifest.entries();
        ChecksumOut {
            path: one.path.to_owned(),
            head: one.head.map(|head| head.to_string()),
            digest: one.contents.manifest.digest().to_string(),
            git: one.contents.git_id.map(|id| id.to_string()),
            h1: one.contents.manifest.dirhash(),
            count: entries.len(),
            size: entries.iter().map(|entry| entry.size).sum(),
            files: files.then(|| entries.iter().map(FileOut::new).collect()),
        }
    };
    Checksums {
        schema: "countersign.checksum/v1",
        packages: checksums.iter().map(view).collect(),
    }
}
