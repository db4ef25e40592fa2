//! `command: audit` on schedules, by hand, and where it must not be believed.

use std::path::{Path, PathBuf};

use countersign::model::DecisionKind;
use serde_json::{Value, json};

use countersign_testkit::runner::{Runner, Step};
use countersign_testkit::{Repo, TestResult, git};

/// What an outsider would like the runner, the reader and the browser to obey.
const HOSTILE: &str = "Leaks.\n::error::owned\n##[error]owned\n| a | b |\n<img src=x onerror=owned()> [x](javascript:1) @acme/all #1 \u{1b}[2J";

fn scheduled() -> Runner {
    Runner::new("schedule", &json!({})).with("COUNTERSIGN_COMMAND", "audit")
}

/// An approved Skill on the governed branch.
fn approved() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    Ok(repo)
}

/// Asserts verdict, exit code and summary, and gives the report.
#[track_caller]
fn says(step: &Step, verdict: &str, code: i32) -> Value {
    assert_eq!(
        (step.outputs.get("verdict").map(String::as_str), step.code),
        (Some(verdict), code),
        "{}\n{}",
        step.stdout,
        step.stderr
    );
    assert!(
        step.summary
            .contains(&format!("Countersign: {verdict}: audited")),
        "{}",
        step.summary
    );
    let report = std::fs::read(&step.outputs["report"]).expect("the report is there");
    serde_json::from_slice(&report).expect("the report is JSON")
}

/// The same report as `countersign audit` makes of the repository at `dir`.
fn by_hand(repo: &Repo, dir: &Path, options: &[&str]) -> Value {
    repo.run_in(dir, &[&["audit", "--format", "json"], options].concat())
        .exits(0)
        .json()
}

#[test]
fn the_report_is_the_one_that_the_command_makes_in_four_formats_outside_of_the_repository()
-> TestResult {
    let repo = approved()?;
    let anchor = repo.git(&["rev-list", "--max-parents=0", "main"]);
    let before = repo.git(&["status", "--porcelain", "--ignored"]);
    let step = scheduled()
        .with("COUNTERSIGN_ANCHOR", anchor.trim())
        .act(&repo, &repo.path());
    let report = says(&step, "pass", 0);
    assert_eq!(
        report,
        by_hand(&repo, &repo.path(), &["--anchor", anchor.trim()])
    );
    assert_eq!(report["scope"]["anchor_pinned"], true);
    assert_eq!(
        report["scope"]["head"]["commit"],
        repo.git(&["rev-parse", "main"]).trim()
    );
    let folder = PathBuf::from(&step.outputs["reports"]);
    let mut names: Vec<String> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    assert_eq!(
        names,
        ["audit.html", "audit.json", "audit.md", "checkpoint", "csv"]
    );
    assert!(folder.join("csv/inventory.csv").is_file());
    assert!(!folder.starts_with(repo.path()));
    assert_eq!(
        repo.git(&["status", "--porcelain", "--ignored"]),
        before,
        "nothing is written into the repository"
    );
    assert!(
        step.summary.contains("## Summary") && step.summary.contains("Not evaluated:"),
        "{}",
        step.summary
    );
    assert!(
        !step.summary.contains("## Changes"),
        "the packets are in the report\n{}",
        step.summary
    );
    Ok(())
}

#[test]
fn two_audits_in_one_job_keep_both_reports() -> TestResult {
    let repo = approved()?;
    let runner = scheduled();
    let (first, second) = (
        runner.act(&repo, &repo.path()),
        runner.act(&repo, &repo.path()),
    );
    assert_ne!(first.outputs["reports"], second.outputs["reports"]);
    assert_eq!(says(&first, "pass", 0), says(&second, "pass", 0));
    Ok(())
}

#[test]
fn unapproved_content_fails_the_job_and_is_still_reported() -> TestResult {
    let mut repo = approved()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Do more", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it twice.");
    })?;
    let step = scheduled().act(&repo, &repo.path());
    let report = says(&step, "waiting", 1);
    assert!(
        report["exceptions"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["rule"] == "unapproved-version")),
        "{report:#}"
    );
    assert!(step.outputs["findings"].parse::<usize>()? > 0);
    assert!(
        step.stdout
            .contains("::error file=skills/pdf,title=unapproved-version::"),
        "{}",
        step.stdout
    );
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_hostile_reason_is_inert_in_summary_and_log() -> TestResult {
    let mut repo = approved()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
        .reason(HOSTILE)
        .record();
    repo.land(&bob, &record)?;
    let step = scheduled().act(&repo, &repo.path());
    let report = says(&step, "fail", 1);
    assert_eq!(
        report["incidents"][0]["reason"], HOSTILE,
        "the value itself is kept"
    );
    let summary = &step.summary;
    assert!(summary.contains("owned"), "the reason is shown\n{summary}");
    for sign in [
        "::error::owned",
        "##[",
        "<img",
        "](javascript",
        "| a | b |",
        "@acme",
        "\u{1b}",
    ] {
        assert!(!summary.contains(sign), "{sign} in\n{summary}");
        assert!(
            !step.outputs.values().any(|value| value.contains(sign)),
            "{sign} in {:?}",
            step.outputs
        );
    }
    for line in step.stdout.lines().chain(step.stderr.lines()) {
        let ours = line.starts_with("::error file=")
            || line.starts_with("::error title=")
            || line.starts_with("::warning ");
        assert!(
            ours || !line.trim_start().starts_with("::") && !line.contains("##["),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line}");
    }
    Ok(())
}

#[test]
fn a_branch_that_was_chosen_by_hand_is_not_what_is_audited() -> TestResult {
    let mut repo = approved()?;
    let alice = repo.alice.clone();
    repo.branch("change")?;
    repo.switch("change")?;
    repo.commit(&alice, "Do more", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it twice.");
    })?;
    repo.git(&["checkout", "-q", "change"]);
    let step = scheduled().act(&repo, &repo.path());
    assert_eq!(
        says(&step, "pass", 0)["scope"]["head"]["commit"],
        repo.git(&["rev-parse", "main"]).trim()
    );
    Ok(())
}

#[test]
fn the_merge_of_a_pull_request_is_never_reported_as_what_landed() -> TestResult {
    let mut repo = approved()?;
    let alice = repo.alice.clone();
    let base = repo.git(&["rev-parse", "main"]);
    repo.branch("change")?;
    repo.switch("change")?;
    let head = repo
        .commit(&alice, "Say more", |tree| tree.put("README.md", "more\n"))?
        .to_string();
    repo.git(&["checkout", "-q", "--detach", "change"]);
    let step = Runner::pull(&head, &base)
        .with("COUNTERSIGN_COMMAND", "audit")
        .act(&repo, &repo.path());
    step.says("not-evaluated", 3);
    assert!(!step.outputs.contains_key("reports"), "{:?}", step.outputs);
    Ok(())
}

#[test]
fn an_old_tip_or_a_shallow_clone_is_not_audited() -> TestResult {
    let repo = approved()?;
    let before = repo.git(&["rev-parse", "main~1"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repo.git(&["checkout", "-q", "--detach", before.trim()]);
    scheduled()
        .act(&repo, &repo.path())
        .says("not-evaluated", 3);
    let clone = repo.beside().join("shallow");
    let url = format!("file://{}", repo.path().display());
    git(
        repo.beside(),
        repo.beside(),
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            "--branch",
            "main",
            &url,
            clone.to_str().expect("a plain path"),
        ],
    );
    let step = scheduled().act(&repo, &clone);
    step.says("not-evaluated", 3);
    assert!(step.summary.contains("fetch-depth"), "{}", step.summary);
    Ok(())
}

#[test]
fn another_word_for_the_command_is_refused() -> TestResult {
    let repo = approved()?;
    let step = scheduled()
        .with("COUNTERSIGN_COMMAND", "audits")
        .act(&repo, &repo.path());
    assert_eq!(step.code, 2, "{}", step.stderr);
    assert!(!step.outputs.contains_key("verdict"), "{:?}", step.outputs);
    Ok(())
}
