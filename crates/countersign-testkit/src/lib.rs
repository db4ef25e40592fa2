//! Support for scenario tests: a repository built for real, the real binary in a clean environment,
//! and other tools as judges.
//!
//! **Owns** [`Repo`], which builds, runs and asserts; emulated forges and runners; and the stock
//! programs that confirm an answer.
//!
//! **Must not** be a dependency of anything except tests, nor know the answer that it asserts in
//! any way but by running the program.
//!
//! **Start reading** at [`Repo`], then at [`Checked`], which is one verdict asserted for people and
//! for machines.

#![allow(
    missing_docs,
    clippy::return_self_not_must_use,
    clippy::new_without_default,
    reason = "only tests use it: what asserts is called for its panic, and names say the rest"
)]

pub mod adoption;
mod checked;
mod desk;
pub mod emulator;
pub mod front;
mod judge;
mod output;
pub mod pages;
pub mod pull;
pub mod runner;
mod scene;
pub mod ssh_keys;
pub mod views;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use countersign::demo::{History, Person, PolicyDraft, Tree};
use countersign::git::ObjectFormat;
use countersign::git::write::Create;
use countersign::model::{DecisionKind, ObjectId};
use tempfile::TempDir;

pub use countersign_signature::fixtures::gpg;

pub use checked::{Checked, Finding};
pub use desk::{clock, decide, desk, gpg_key, quoted_commands, records, refused, sit, typed};
pub use judge::{git, git_output, path_of, program, ssh_verify};
pub use output::{Output, environment};
pub use scene::{any_two_members, commits_count, rule, skill_tree};

/// What a test returns: the builder's errors end it.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The commands that judge. They must start no program, so they run with a `PATH` on which there is
/// none.
const JUDGING: [&str; 10] = [
    "check", "status", "explain", "log", "diff", "show", "checksum", "schema", "audit", "verify",
];

/// The binary that Cargo built for the test that runs.
pub fn binary() -> &'static str {
    static BINARY: LazyLock<String> = LazyLock::new(|| {
        let test = std::env::current_exe().expect("a test has a path");
        // Tests are in `deps`, beside which programs are.
        let folder = test.ancestors().nth(2).expect("a test is two folders deep");
        let binary = folder
            .join("countersign")
            .with_extension(std::env::consts::EXE_EXTENSION);
        binary
            .to_str()
            .expect("target folders have plain names")
            .to_owned()
    });
    &BINARY
}

/// A repository in a directory of its own, gone with the test. Everything of [`History`] is at
/// hand.
pub struct Repo {
    /// The builder.
    pub history: History,
    /// Alice: data platform, administrator.
    pub alice: Person,
    /// Bob: data platform.
    pub bob: Person,
    /// Carol: security, administrator.
    pub carol: Person,
    dir: TempDir,
}

impl std::ops::Deref for Repo {
    type Target = History;
    fn deref(&self) -> &History {
        &self.history
    }
}

impl std::ops::DerefMut for Repo {
    fn deref_mut(&mut self) -> &mut History {
        &mut self.history
    }
}

impl Repo {
    /// A repository without a commit.
    pub fn empty() -> Self {
        Self::create(&Create::default())
    }

    /// A repository without a commit, with these options.
    pub fn create(how: &Create) -> Self {
        let dir = TempDir::new().expect("the system has a place for temporary files");
        let history = History::create(
            &dir.path().join("repo"),
            how,
            "github.com/acme/agent-skills",
        )
        .expect("an empty directory takes a repository");
        Self {
            history,
            alice: Person::new("alice"),
            bob: Person::new("bob"),
            carol: Person::new("carol"),
            dir,
        }
    }

    /// Governed by [`PolicyDraft::team`] from the first commit on, by Alice; nothing else is there.
    pub fn team() -> Self {
        Self::team_with(|policy| policy, |_| ())
    }

    /// The same with a changed policy and with files that are there at the anchor.
    pub fn team_with(
        policy: impl FnOnce(PolicyDraft) -> PolicyDraft,
        files: impl FnOnce(&mut Tree),
    ) -> Self {
        Self::team_as(&Create::default(), policy, files)
    }

    /// The same in a repository with these options.
    pub fn team_as(
        how: &Create,
        policy: impl FnOnce(PolicyDraft) -> PolicyDraft,
        files: impl FnOnce(&mut Tree),
    ) -> Self {
        let mut repo = Self::create(how);
        let draft = policy(repo.team_policy());
        let alice = repo.alice.clone();
        let govern = |tree: &mut Tree| {
            tree.put_policy(&draft);
            files(tree);
        };
        repo.history
            .commit(&alice, "Govern this repository", govern)
            .expect("a fresh repository takes a commit");
        repo
    }

    /// The policy of [`Repo::team`].
    pub fn team_policy(&self) -> PolicyDraft {
        PolicyDraft::team(&self.alice, &self.bob, &self.carol)
    }

    /// Skill `skills/<name>` at `version` by Alice, approved by Bob in the next landing: the state
    /// that most attacks start from.
    pub fn approved_skill(
        &mut self,
        name: &str,
        version: &str,
    ) -> Result<ObjectId, countersign::demo::DemoError> {
        let (alice, bob) = (self.alice.clone(), self.bob.clone());
        self.history
            .commit(&alice, &format!("Add {name} {version}"), |tree| {
                tree.put_skill(name, version, "Do it well.");
            })?;
        self.history.decide(
            &bob,
            DecisionKind::Approve,
            &format!("skill/{name}"),
            version,
        )?;
        Ok(self.history.head())
    }

    /// The work tree, or the Git directory of a bare repository.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    /// A directory beside the repository, gone with the test; also the `HOME` of every program.
    pub fn beside(&self) -> &Path {
        self.dir.path()
    }

    /// Runs the binary on the repository: `-C <path>`, `--now` one hour after the last commit, a
    /// cleared environment.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_in(&self.path(), arguments)
    }

    /// Runs the binary on another directory, such as a clone.
    pub fn run_in(&self, dir: &Path, arguments: &[&str]) -> Output {
        let now = self.history.now().to_string();
        let mut all = vec![
            "-C",
            dir.to_str()
                .expect("temporary directories have plain names"),
        ];
        all.extend(arguments);
        if !arguments.contains(&"--now") {
            all.extend(["--now", &now]);
        }
        let judging = arguments
            .first()
            .is_some_and(|command| JUDGING.contains(command));
        Output::of(crate::binary(), &all, self.beside(), judging)
    }

    /// `check` on HEAD in both formats, which must agree.
    pub fn check(&self) -> Checked {
        self.check_with(&[])
    }

    /// `check` with further options in both formats, which must agree.
    pub fn check_with(&self, options: &[&str]) -> Checked {
        self.check_in(&self.path(), options)
    }

    /// `check` on another directory, such as a clone.
    pub fn check_in(&self, dir: &Path, options: &[&str]) -> Checked {
        let arguments = [&["check"], options].concat();
        let human = self.run_in(dir, &arguments);
        let json = self.run_in(dir, &[arguments.as_slice(), &["--format", "json"]].concat());
        Checked::new(human, &json)
    }

    /// One subject's object of `status --format json`.
    pub fn subject(&self, subject: &str) -> serde_json::Value {
        let output = self.run(&["status", "--format", "json"]);
        assert_eq!(output.code, 0, "status evaluates\n{output}");
        let all = output.json();
        let found = all["subjects"]
            .as_array()
            .and_then(|subjects| subjects.iter().find(|one| one["subject"] == subject));
        found
            .unwrap_or_else(|| panic!("`{subject}` is in the status\n{output}"))
            .clone()
    }

    /// The state of the version of `subject` in the tree.
    pub fn state(&self, subject: &str) -> String {
        self.subject(subject)["state"]
            .as_str()
            .unwrap_or("null")
            .to_owned()
    }

    /// The state of one version of `subject`, in the tree or not; the digest distinguishes versions
    /// that share a name.
    pub fn version_state(&self, subject: &str, version: &str) -> String {
        let subject = self.subject(subject);
        let rows: Vec<&serde_json::Value> = subject["versions"]
            .as_array()
            .map(|rows| {
                rows.iter()
                    .filter(|row| row["version"] == version)
                    .collect()
            })
            .unwrap_or_default();
        assert_eq!(rows.len(), 1, "one row has version {version}: {subject:#}");
        rows[0]["state"].as_str().unwrap_or("null").to_owned()
    }

    /// The current version of `subject`, or `null`.
    pub fn current(&self, subject: &str) -> String {
        let subject = self.subject(subject);
        let current = &subject["current"];
        current
            .as_str()
            .or_else(|| current["version"].as_str())
            .unwrap_or("null")
            .to_owned()
    }

    /// Runs Git on the repository without user or system configuration and returns what it printed;
    /// it must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), self.beside(), arguments)
    }
}

/// Both object formats, for tests that must give the same answer in each.
pub fn formats() -> [Create; 2] {
    [ObjectFormat::Sha1, ObjectFormat::Sha256].map(|format| Create {
        format,
        ..Create::default()
    })
}
