//! Audits: every number is recomputed from `git log`, the log only grows, and others than we verify
//! its proofs.

mod access;
mod by_hand;
mod duties;
mod figures;
mod folder;
mod forged;
mod growth;
mod page;
mod proofs;
mod recount;
mod samples;
mod sampling;
mod scope;

use std::path::{Path, PathBuf};

use countersign::demo::{Story, story};
use countersign_testkit::{Output, git};
use serde_json::Value;
use tempfile::TempDir;

/// The repository of `countersign demo`, and the binary on it.
pub struct Demo {
    /// Everything is in here.
    pub home: TempDir,
    /// The repository.
    pub path: PathBuf,
    /// What was built.
    pub story: Story,
}

impl Demo {
    /// Builds it.
    pub fn build() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let path = home.path().join("repository");
        let story = story::build(&path).expect("the demo can be built");
        Self { home, path, story }
    }

    /// Runs the binary at the demo's end, without any program to start.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_in(&self.path, arguments, true)
    }

    /// The same in another folder, and with programs to start where a command does not judge.
    pub fn run_in(&self, dir: &Path, arguments: &[&str], judging: bool) -> Output {
        let now = self.story.end.to_string();
        let mut all = vec!["-C", text(dir)];
        all.extend(arguments);
        if !arguments.contains(&"--now") && arguments.first() == Some(&"audit") {
            all.extend(["--now", &now]);
        }
        Output::of(
            env!("CARGO_BIN_EXE_countersign"),
            &all,
            self.home.path(),
            judging,
        )
    }

    /// The JSON report with further options.
    pub fn audit(&self, options: &[&str]) -> Value {
        let all = [&["audit", "--format", "json"], options].concat();
        self.run(&all).exits(0).json()
    }

    /// What git says.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.path, self.home.path(), arguments)
    }

    /// First-parent commits, the anchor first.
    pub fn line(&self) -> Vec<String> {
        self.git(&["rev-list", "--first-parent", "--reverse", "HEAD"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// A file beside the repository.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes).expect("the temporary folder is writable");
        path
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str()
        .expect("temporary directories have plain names")
}

/// The items of a list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
