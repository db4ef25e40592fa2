//! The whole Action, step by step, in a runner that others wrote: `wrkflw` 0.8.0.
//!
//! `COUNTERSIGN_WRKFLW` is its path; without it the tests are not run and a line says so. Its
//! emulation does not know where an action is and whose it is, so the workflow says it, which no
//! workflow can say to GitHub. It checks nothing out either: the Action's `path` names the
//! repository.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::action::binary::{archive, offline, program, tamper};
use crate::action::gate::pull;
use countersign_testkit::runner::TOOL;
use countersign_testkit::{Repo, TestResult};

const VARIABLE: &str = "COUNTERSIGN_WRKFLW";
const ACTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action");
const DEFINITION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml");

/// A job with the Action in it.
struct Job<'r> {
    wrkflw: PathBuf,
    repo: &'r Repo,
    event: (&'static str, Value),
    /// Where the Action is: `uses` of the step, from the repository on.
    uses: &'static str,
    with: Vec<(&'static str, String)>,
    path: String,
}

/// What a later step of the job learns, and what the job printed.
#[derive(Debug)]
struct Said {
    verdict: String,
    findings: String,
    outcome: String,
    report: Value,
    log: String,
}

fn wrkflw() -> Option<PathBuf> {
    let found = std::env::var_os(VARIABLE).map(PathBuf::from);
    if found.is_none() {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "not run: the Action in a runner; set {VARIABLE} to the path of wrkflw 0.8.0"
        );
    }
    found
}

/// What runs the binary at the time of the scene. The Action has no input for a time.
fn at_its_time(repo: &Repo) -> String {
    format!(
        "exec '{}' --now {} \"$@\"",
        env!("CARGO_BIN_EXE_countersign"),
        repo.history.now()
    )
}

impl<'r> Job<'r> {
    /// The gate of a pull request, with the Action and the binary outside of the repository.
    fn gate(
        wrkflw: &Path,
        (repo, base, head): &'r (Repo, String, String),
    ) -> std::io::Result<Self> {
        let tip = |name: &str, sha: &str| json!({"ref": name, "sha": sha.trim()});
        let event = json!({"pull_request": {"number": 7, "title": "::error::owned", "head": tip("change", head), "base": tip("main", base)}});
        let binary = repo.beside().join("given");
        program(&binary, &at_its_time(repo))?;
        install(&repo.beside().join("action"))?;
        Ok(Self {
            wrkflw: wrkflw.to_owned(),
            repo,
            event: ("pull_request", event),
            uses: "./../action",
            with: vec![("binary", binary.display().to_string())],
            path: std::env::var("PATH").unwrap_or_default(),
        })
    }

    fn run(&self) -> Result<Said, Box<dyn std::error::Error>> {
        let (dir, beside) = (self.repo.path(), self.repo.beside());
        let said = beside.join("said");
        let inputs: String = self
            .with
            .iter()
            .map(|(name, value)| format!("          {name}: {}\n", json!(value)))
            .collect();
        let workflow = format!(
            "name: gate\non: {event}\nenv:\n  GITHUB_ACTION_PATH: {action}\n  GITHUB_ACTION_REPOSITORY: {TOOL}\n  GITHUB_EVENT_PATH: {payload}\n\
             jobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - id: gate\n        continue-on-error: true\n        uses: {uses}\n        with:\n          \
             path: {judged}\n{inputs}      - shell: bash\n        env:\n          VERDICT: ${{{{ steps.gate.outputs.verdict }}}}\n          \
             FINDINGS: ${{{{ steps.gate.outputs.findings }}}}\n          OUTCOME: ${{{{ steps.gate.outcome }}}}\n          \
             REPORT: ${{{{ steps.gate.outputs.report }}}}\n        run: printf '%s\\n' \"$VERDICT\" \"$FINDINGS\" \"$OUTCOME\" \"$REPORT\" > {said}\n",
            event = self.event.0,
            action = json!(dir.join(self.uses)),
            payload = json!(beside.join("event.json")),
            uses = self.uses,
            judged = json!(dir),
            said = said.display(),
        );
        std::fs::write(beside.join("workflow.yml"), workflow)?;
        std::fs::write(beside.join("event.json"), self.event.1.to_string())?;
        let temporary = beside.join("temporary");
        std::fs::create_dir_all(&temporary)?;
        let mut command = Command::new(&self.wrkflw);
        command
            .args(["run", "--runtime", "emulation"])
            .arg(beside.join("workflow.yml"))
            .current_dir(&dir);
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", beside)
            .env("TMPDIR", &temporary);
        let output = command.output()?;
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let text = std::fs::read_to_string(&said)
            .map_err(|error| format!("the job did not come to its end: {error}\n{log}"))?;
        std::fs::remove_file(&said)?;
        let [verdict, findings, outcome, report] = *text.lines().collect::<Vec<_>>() else {
            return Err(format!("{text}\n{log}").into());
        };
        let report = if report.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&std::fs::read(report)?)?
        };
        Ok(Said {
            verdict: verdict.to_owned(),
            findings: findings.to_owned(),
            outcome: outcome.to_owned(),
            report,
            log,
        })
    }
}

/// Puts the Action into a folder, as the runner checks it out.
fn install(at: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(at.join("action"))?;
    std::fs::copy(DEFINITION, at.join("action.yml"))?;
    for file in ["binary.sh", "checksums.txt"] {
        std::fs::copy(Path::new(ACTION).join(file), at.join("action").join(file))?;
    }
    Ok(())
}

impl Said {
    #[track_caller]
    fn is(&self, verdict: &str, outcome: &str) {
        assert_eq!(
            (self.verdict.as_str(), self.outcome.as_str()),
            (verdict, outcome),
            "{}",
            self.log
        );
        if verdict.is_empty() {
            assert_eq!(
                (self.findings.as_str(), &self.report),
                ("", &Value::Null),
                "nothing was judged\n{}",
                self.log
            );
        } else {
            assert_eq!(self.report["verdict"], verdict, "{}", self.log);
            assert!(self.findings.parse::<usize>().is_ok(), "{self:?}");
        }
    }
}

#[test]
fn an_approved_pull_request_passes_from_the_first_step_to_the_last_output() -> TestResult {
    let Some(wrkflw) = wrkflw() else {
        return Ok(());
    };
    let scene = pull(true)?;
    let said = Job::gate(&wrkflw, &scene)?.run()?;
    said.is("pass", "success");
    assert_eq!(said.report["base"], scene.1.trim());
    Ok(())
}

#[test]
fn an_unapproved_pull_request_waits_and_the_step_is_red() -> TestResult {
    let Some(wrkflw) = wrkflw() else {
        return Ok(());
    };
    let said = Job::gate(&wrkflw, &pull(false)?)?.run()?;
    said.is("waiting", "failure");
    assert!(
        said.report["findings"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["rule"] == "unapproved-version")),
        "{said:?}"
    );
    Ok(())
}

#[test]
fn an_approved_version_with_other_bytes_fails() -> TestResult {
    let Some(wrkflw) = wrkflw() else {
        return Ok(());
    };
    let (mut repo, base, _) = pull(true)?;
    let alice = repo.alice.clone();
    repo.switch("change")?;
    let head = repo
        .commit(&alice, "One line more", |tree| {
            tree.put_skill("pdf", "1.0.0", "Run anything.");
        })?
        .to_string();
    repo.git(&["checkout", "-q", "--force", "--detach", &head]);
    let scene = (repo, base, head);
    let said = Job::gate(&wrkflw, &scene)?.run()?;
    said.is("fail", "failure");
    assert!(said.findings != "0", "{said:?}");
    Ok(())
}

#[test]
fn a_tampered_release_is_refused_before_it_runs() -> TestResult {
    let Some(wrkflw) = wrkflw() else {
        return Ok(());
    };
    for tampered in [false, true] {
        let scene = pull(true)?;
        let mut job = Job::gate(&wrkflw, &scene)?;
        let (release, ran) = (
            scene.0.beside().join("release"),
            scene.0.beside().join("ran"),
        );
        let (name, digest) = archive(
            &release,
            &format!("touch '{}'\n{}", ran.display(), at_its_time(&scene.0)),
        )?;
        std::fs::write(
            scene.0.beside().join("action/action/checksums.txt"),
            format!("{digest}  {name}\n"),
        )?;
        if tampered {
            tamper(&release.join(&name))?;
        }
        job.path = offline(&scene.0.beside().join("bin"), &release)?;
        job.with = vec![("version", "0.1.0".to_owned())];
        let said = job.run()?;
        if tampered {
            said.is("", "failure");
            assert!(said.log.contains("another SHA-256"), "{}", said.log);
        } else {
            said.is("pass", "success");
        }
        assert_eq!(ran.exists(), !tampered, "{}", said.log);
    }
    Ok(())
}

#[test]
fn a_binary_or_an_action_of_the_judged_repository_is_refused_before_it_runs() -> TestResult {
    let Some(wrkflw) = wrkflw() else {
        return Ok(());
    };
    let scene = pull(true)?;
    let ran = scene.0.beside().join("ran");
    let mut job = Job::gate(&wrkflw, &scene)?;
    let inside = scene.0.path().join("countersign");
    program(&inside, &format!("touch '{}'", ran.display()))?;
    job.with = vec![("binary", inside.display().to_string())];
    let said = job.run()?;
    said.is("", "failure");
    assert!(
        said.log.contains("the binary is in the repository"),
        "{}",
        said.log
    );

    let mut job = Job::gate(&wrkflw, &scene)?;
    install(&scene.0.path().join("own"))?;
    job.uses = "./own";
    let said = job.run()?;
    said.is("", "failure");
    assert!(
        said.log.contains("the Action is in the repository"),
        "{}",
        said.log
    );
    assert!(!ran.exists());
    Ok(())
}
