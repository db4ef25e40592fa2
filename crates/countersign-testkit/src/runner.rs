//! A runner of GitHub Actions, as far as a step can see it: environment, event, files for summary
//! and outputs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Repo, git};

/// Another tool's name, for links to rules.
pub const TOOL: &str = "tool/countersign";

/// One step about to run.
pub struct Runner {
    folder: Rc<TempDir>,
    environment: BTreeMap<String, String>,
}

/// What a step left behind.
pub struct Step {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub summary: String,
    pub outputs: BTreeMap<String, String>,
    /// Holds the reports as long as the step is looked at.
    _folder: Rc<TempDir>,
}

impl Runner {
    /// A runner on which `event` happened, with `payload`.
    pub fn new(event: &str, payload: &Value) -> Self {
        let folder = Rc::new(TempDir::new().expect("the system has a place for temporary files"));
        let mut runner = Self {
            folder,
            environment: BTreeMap::new(),
        };
        std::fs::write(runner.path("event.json"), payload.to_string()).expect("the folder is ours");
        for (name, value) in [
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/agent-skills"),
            (
                "GITHUB_WORKFLOW_REF",
                "acme/agent-skills/.github/workflows/countersign.yml@refs/heads/main",
            ),
            ("COUNTERSIGN_TOOL", TOOL),
            ("COUNTERSIGN_TOOL_REF", "v1"),
        ] {
            runner = runner.with(name, value);
        }
        for (name, file) in [
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_OUTPUT", "outputs"),
        ] {
            let path = runner.path(file).display().to_string();
            runner = runner.with(name, &path);
        }
        let temp = runner.path("temp").display().to_string();
        std::fs::create_dir(&temp).expect("the folder is ours");
        runner.with("RUNNER_TEMP", &temp)
    }

    /// A pull request from `head` onto `base`.
    pub fn pull(head: &str, base: &str) -> Self {
        let tip = |name: &str, sha: &str| json!({"ref": name, "sha": sha.trim()});
        let title = "::error::owned\n## [x](javascript:1)";
        Self::new(
            "pull_request",
            &json!({"pull_request": {"number": 7, "title": title, "head": tip("change", head), "base": tip("main", base)}}),
        )
    }

    /// One more variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A file or folder that is gone with the runner.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `countersign action` in the repository at `dir`, where the commit is checked out for which
    /// the runner was started.
    pub fn act(&self, repo: &Repo, dir: &Path) -> Step {
        let sha = git(dir, repo.beside(), &["rev-parse", "HEAD"]);
        self.act_for(sha.trim(), repo, dir)
    }

    /// The same in a runner that was started for another commit.
    pub fn act_for(&self, sha: &str, repo: &Repo, dir: &Path) -> Step {
        let mut command = Command::new(crate::binary());
        let now = repo.history.now().to_string();
        command.arg("-C").arg(dir).args(["--now", &now, "action"]);
        let environment = self.environment.clone();
        let runner = Self {
            folder: Rc::clone(&self.folder),
            environment,
        };
        runner.with("GITHUB_SHA", sha).run(command)
    }

    /// A program that runs in the runner's environment.
    pub fn spawn(&self, mut command: Command) -> std::process::Child {
        command
            .env_clear()
            .envs(&self.environment)
            .spawn()
            .expect("the program starts")
    }

    /// Any program in the runner's environment, with nothing else in it.
    pub fn run(&self, mut command: Command) -> Step {
        let output = command
            .env_clear()
            .envs(&self.environment)
            .output()
            .expect("the program starts");
        let read = |name: &str| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        let outputs = read("outputs")
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Step {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            summary: read("summary"),
            outputs,
            _folder: Rc::clone(&self.folder),
        }
    }
}

impl Step {
    /// Asserts verdict and exit code, and that summary and report say the same.
    #[track_caller]
    pub fn says(&self, verdict: &str, code: i32) -> Value {
        assert_eq!(
            (self.outputs.get("verdict").map(String::as_str), self.code),
            (Some(verdict), code),
            "{}\n{}",
            self.stdout,
            self.stderr
        );
        assert!(
            self.summary.contains(&format!("Countersign: {verdict}")),
            "{}",
            self.summary
        );
        let report = self
            .outputs
            .get("report")
            .and_then(|path| std::fs::read(path).ok())
            .unwrap_or_else(|| b"null".to_vec());
        let report: Value = serde_json::from_slice(&report).expect("the report is JSON");
        assert!(
            report.is_null() || report["verdict"] == verdict,
            "{report:#}"
        );
        report
    }
}
