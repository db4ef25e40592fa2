//! The package manifest and its checksum: the one thing an approval binds to.

use serde::{Deserialize, Serialize};

use super::digest::{Digest, HashWriter, push_hex};

/// The only two modes a governed file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileMode {
    /// `100644`
    Regular,
    /// `100755`
    Executable,
}

impl FileMode {
    /// The mode as Git writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// Relative to the package; a one-file package has its file name.
    pub path: String,
    /// Mode of the tree entry.
    pub mode: FileMode,
    /// SHA-256 of the blob's bytes.
    pub sha256: Digest,
    /// Length of the blob in bytes.
    pub size: u64,
}

/// A package's files in manifest order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    entries: Vec<ManifestEntry>,
}

impl Manifest {
    /// Sorts `entries` by path bytes. The caller must have checked the paths (`document::paths`).
    pub fn new(mut entries: Vec<ManifestEntry>) -> Self {
        entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Self { entries }
    }

    /// The files, sorted by path bytes.
    pub fn entries(&self) -> &[ManifestEntry] {
        &self.entries
    }

    /// The text whose SHA-256 is the digest: one `<mode> <sha256> <path>\n` line per file.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        self.entries
            .iter()
            .for_each(|entry| push_line(&mut text, entry));
        String::from_utf8(text).expect("modes, digits and paths are text")
    }

    /// Go's directory hash `h1:` (`Hash1` of golang.org/x/mod/sumdb/dirhash) with an empty prefix:
    /// the names are the paths of the manifest.
    ///
    /// SHA-256 over one `<sha256>  <path>\n` line per file in path order, in base64. It knows no
    /// modes.
    pub fn dirhash(&self) -> String {
        use base64::Engine as _;
        format!(
            "h1:{}",
            base64::engine::general_purpose::STANDARD.encode(self.dirhash_bytes().as_bytes())
        )
    }

    /// The SHA-256 value inside [`Manifest::dirhash`].
    pub fn dirhash_bytes(&self) -> Digest {
        self.hashed(|line, entry| {
            push_hex(line, entry.sha256.as_bytes());
            line.extend_from_slice(b"  ");
            line.extend_from_slice(entry.path.as_bytes());
            line.push(b'\n');
        })
    }

    /// The package checksum.
    pub fn digest(&self) -> Digest {
        self.hashed(push_line)
    }

    /// SHA-256 over what `push` adds for each file.
    fn hashed(&self, push: impl Fn(&mut Vec<u8>, &ManifestEntry)) -> Digest {
        let (mut hash, mut line) = (HashWriter::default(), Vec::new());
        for entry in &self.entries {
            line.clear();
            push(&mut line, entry);
            hash.update(&line);
        }
        hash.digest()
    }
}

fn push_line(text: &mut Vec<u8>, entry: &ManifestEntry) {
    text.extend_from_slice(entry.mode.as_str().as_bytes());
    text.push(b' ');
    push_hex(text, entry.sha256.as_bytes());
    text.push(b' ');
    text.extend_from_slice(entry.path.as_bytes());
    text.push(b'\n');
}
