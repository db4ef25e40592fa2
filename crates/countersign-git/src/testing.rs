//! Repositories for the tests of this layer, built with the `git` program.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{ObjectFormat, Repository};
use countersign_model::ObjectId;

/// A repository in a temporary directory; a second passes with every `git` that runs.
pub struct Scratch {
    dir: tempfile::TempDir,
    clock: std::cell::Cell<u64>,
}

impl Scratch {
    /// An empty SHA-1 repository on the branch `main`.
    pub fn new() -> Self {
        Self::with_format(ObjectFormat::Sha1)
    }

    pub fn with_format(format: ObjectFormat) -> Self {
        let scratch = Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
            clock: std::cell::Cell::new(1_700_000_000),
        };
        scratch.git(&[
            "init",
            "-q",
            "-b",
            "main",
            &format!("--object-format={}", format.as_str()),
        ]);
        scratch
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn open(&self) -> Repository {
        Repository::open(self.path()).expect("the scratch repository opens")
    }

    /// A program in a directory with nothing of this machine's configuration.
    pub fn program(&self, name: &str, dir: &Path) -> Command {
        self.clock.set(self.clock.get() + 1);
        let date = format!("{} +0100", self.clock.get());
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .current_dir(dir);
        command
            .env("HOME", dir)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("LC_ALL", "C");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "A U Thor")
                .env(format!("GIT_{role}_EMAIL"), "Author@Example.com");
            command.env(format!("GIT_{role}_DATE"), &date);
        }
        command
    }

    /// Standard output of a `git` that must succeed, without the last newline.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_with_input(args, b"")
    }

    pub fn git_with_input(&self, args: &[&str], input: &[u8]) -> String {
        let (ok, out) = self.try_git(args, input);
        assert!(ok, "git {args:?}: {out}");
        out
    }

    /// Whether it succeeded, and its output.
    pub fn try_git(&self, args: &[&str], input: &[u8]) -> (bool, String) {
        let mut command = self.program("git", self.path());
        let mut child = command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git runs");
        child
            .stdin
            .take()
            .expect("piped")
            .write_all(input)
            .expect("git reads its input");
        let output = child.wait_with_output().expect("git ends");
        let text = if output.stdout.is_empty() {
            &output.stderr
        } else {
            &output.stdout
        };
        (
            output.status.success(),
            String::from_utf8_lossy(text)
                .trim_end_matches('\n')
                .to_owned(),
        )
    }

    pub fn write(&self, path: &str, content: &str) -> PathBuf {
        let full = self.path().join(path);
        std::fs::create_dir_all(full.parent().expect("below the root")).expect("writable");
        std::fs::write(&full, content).expect("writable");
        full
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) -> ObjectId {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    pub fn id(&self, rev: &str) -> ObjectId {
        self.git(&["rev-parse", rev])
            .parse()
            .expect("git prints an id")
    }

    /// Stores any bytes as an object, however malformed.
    pub fn object(&self, kind: &str, bytes: &[u8]) -> ObjectId {
        let out = self.git_with_input(
            &["hash-object", "--literally", "-w", "--stdin", "-t", kind],
            bytes,
        );
        out.parse().expect("git prints an id")
    }

    /// Stores a tree of `(mode, name, id)` as given.
    pub fn tree(&self, entries: &[(&str, &str, ObjectId)]) -> ObjectId {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        self.object("tree", &bytes)
    }
}
