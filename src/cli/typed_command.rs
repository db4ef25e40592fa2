//! Commands as the user can type them in their current folder: in the repository's root, in a
//! folder below it, or elsewhere with `-C`.

use std::env;
use std::path::Path;

use super::session::Session;
pub use super::shell_word::quoted;

/// From where commands are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `-C DIR` with its space, where that takes it.
    elsewhere: String,
    at_root: bool,
}

impl Place {
    /// Where `session` runs, for a repository with its files at `root`.
    pub fn of(session: &Session<'_>, root: &Path) -> Self {
        let typed = session
            .options
            .directory
            .as_ref()
            .and_then(|dir| dir.to_str());
        let is_here = || {
            env::current_dir()
                .and_then(|dir| dir.canonicalize())
                .is_ok_and(|dir| dir == root)
        };
        let elsewhere = typed
            .filter(|_| !is_here())
            .map(|dir| format!("-C {} ", quoted(dir)))
            .unwrap_or_default();
        let at_root = session
            .directory()
            .canonicalize()
            .is_ok_and(|dir| dir == root);
        Self { elsewhere, at_root }
    }

    /// A command of Git.
    pub fn git(&self, rest: &str) -> String {
        format!("git {}{rest}", self.elsewhere)
    }

    /// A command of this program.
    pub fn countersign(&self, rest: &str) -> String {
        format!("countersign {}{rest}", self.elsewhere)
    }

    /// A path from the root, as Git takes it.
    pub fn path(&self, path: &str) -> String {
        if self.at_root {
            quoted(path)
        } else {
            quoted(&format!(":/{path}"))
        }
    }

    /// Whether a shell pattern matches `path` and its siblings.
    pub fn shell_finds(&self, path: &str) -> bool {
        self.at_root && self.elsewhere.is_empty() && quoted(path) == path
    }
}
