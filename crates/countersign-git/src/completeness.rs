//! Whether the clone can contain all history that commits name.

use std::path::Path;

use super::repository::Repository;

/// Why parts of history may be missing, so that it cannot be evaluated as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// `git clone --depth`.
    #[error("the clone is shallow")]
    Shallow,
    /// `git clone --filter`.
    #[error("the clone is partial: objects are fetched on demand")]
    Partial,
    /// `.git/info/grafts` rewrites parents for Git; this program ignores it, so its author sees
    /// another history.
    #[error("grafts rewrite the history of this clone")]
    Grafts,
    /// A file that would show it could not be read.
    #[error("{0}")]
    Unreadable(String),
}

impl Incomplete {
    /// How to complete the history.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Shallow => {
                "Fetch everything with `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0`)."
            }
            // `git fetch --refetch --no-filter` brings the objects and leaves the clone a partial
            // one for Git.
            Self::Partial => {
                "Clone again without `--filter`: `git clone \"$(git remote get-url origin)\" FOLDER` (in GitHub Actions: no `filter`, and \
                 `fetch-depth: 0`)."
            }
            Self::Grafts => "Remove the file `info/grafts` from the Git directory.",
            Self::Unreadable(_) => "Make the file readable, or clone again.",
        }
    }
}

impl Repository {
    /// Looks for everything by which Git leaves out or rewrites history. The reader ignores all of
    /// it: missing objects are errors.
    pub fn completeness(&self) -> Result<(), Incomplete> {
        let common = self.common_dir();
        if has_content(&common.join("shallow"))? {
            return Err(Incomplete::Shallow);
        }
        if has_content(&common.join("info").join("grafts"))? {
            return Err(Incomplete::Grafts);
        }
        if self.configures_promisor() || has_promisor_pack(&common.join("objects").join("pack"))? {
            return Err(Incomplete::Partial);
        }
        Ok(())
    }

    fn configures_promisor(&self) -> bool {
        self.with_reader(|reader| {
            let config = reader.local.config_snapshot();
            let plumbing = config.plumbing();
            let remotes = plumbing.sections_by_name("remote").into_iter().flatten();
            let promisor = remotes.into_iter().any(|section| {
                section.value("promisor").is_some() || section.value("partialCloneFilter").is_some()
            });
            promisor || config.string("extensions.partialClone").is_some()
        })
    }
}

fn has_content(path: &Path) -> Result<bool, Incomplete> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes.iter().any(|byte| !byte.is_ascii_whitespace())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Incomplete::Unreadable(format!(
            "{}: {error}",
            path.display()
        ))),
    }
}

fn has_promisor_pack(packs: &Path) -> Result<bool, Incomplete> {
    let unreadable =
        |error: &std::io::Error| Incomplete::Unreadable(format!("{}: {error}", packs.display()));
    let entries = match std::fs::read_dir(packs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unreadable(&error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let name = entry.file_name();
        // Git requires this file next to a pack; without its pack it means nothing, and missing
        // objects are errors anyway.
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "promisor")
            && packs.join(&name).with_extension("pack").exists()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
