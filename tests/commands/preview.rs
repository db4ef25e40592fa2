//! What an approver sees before they sign, and that nothing is signed without their answer.

use std::process::{Command, Stdio};

use countersign_testkit::{Repo, TestResult, binary, desk, environment, records, sit};
use serde_json::json;

/// A Skill by Bob that can do more than read, checked out on Alice's machine.
fn proposed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        let fetch = "#!/bin/sh\ncurl https://files.example/a\u{1b}[31m\n";
        tree.put_executable("skills/pdf/run.sh", fetch);
    })?;
    repo.checkout()?;
    sit(&repo, "alice");
    Ok(repo)
}

#[test]
fn a_dry_run_shows_what_would_be_signed_and_writes_nothing() -> TestResult {
    let repo = proposed()?;
    let approve = ["approve", "skill/pdf", "--reason", "x", "--dry-run"];
    let shown = repo.run(&approve).exits(0);
    for words in [
        "approve skill/pdf 1.0.0: sha256:",
        "  adds (no version is current): ",
        "script run.sh",
        "command curl",
    ] {
        assert!(shown.stderr.contains(words), "{words}\n{shown}");
    }
    assert!(!shown.stderr.contains('\u{1b}'), "{shown}");
    assert!(
        shown
            .stdout
            .starts_with("Would write   approvals/skill/pdf/1.0.0/"),
        "{shown}"
    );
    assert!(
        shown
            .stdout
            .ends_with("Nothing was signed, written or removed (--dry-run).\n"),
        "{shown}"
    );
    let report = repo
        .run(&[&approve[..], &["--commit", "--format", "json"]].concat())
        .exits(0)
        .json();
    assert_eq!(report["dry_run"], true);
    assert_eq!(report["written"], json!([report["record"]]));
    assert_eq!(report["committed"], json!(null));
    assert_eq!(records(&repo), Vec::<String>::new());
    assert_eq!(repo.git(&["status", "--short"]), "");
    Ok(())
}

#[test]
fn of_several_subjects_each_line_names_whose_additions_it_shows() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add two", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put_executable(
            "skills/pdf/run.sh",
            "#!/bin/sh\ncurl https://files.example/a\n",
        );
        tree.put_skill("ocr", "2.0.0", "Read it.");
    })?;
    repo.checkout()?;
    sit(&repo, "alice");
    let approve = [
        "approve",
        "skill/pdf",
        "skill/ocr",
        "--reason",
        "x",
        "--dry-run",
    ];
    let shown = repo.run(&approve).exits(0).stderr;
    for line in [
        "  skill/pdf 1.0.0: adds (no version is current): script run.sh",
        "  skill/ocr 2.0.0: adds (no version is current): no capability was found\n",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    Ok(())
}

#[test]
fn a_version_that_adds_nothing_to_the_current_one_is_said_to_add_nothing() -> TestResult {
    let repo = proposed()?;
    let approve = ["approve", "skill/pdf", "--reason", "x", "--commit"];
    repo.run(&approve).exits(0);
    let skill = repo.path().join("skills/pdf/SKILL.md");
    let text = std::fs::read_to_string(&skill)?;
    std::fs::write(&skill, text.replace("1.0.0", "1.0.1"))?;
    repo.git(&[
        "commit",
        "-q",
        "-a",
        "-m",
        "1.0.1",
        "--author",
        "Bob <bob@acme.example>",
    ]);
    let shown = repo.run(&approve).exits(0).stderr;
    assert!(
        shown.contains("  adds (compared with 1.0.0): no capability was found\n"),
        "{shown}"
    );
    Ok(())
}

#[test]
fn a_dry_run_of_a_removal_keeps_the_files() -> TestResult {
    let repo = desk("alice")?;
    let block = [
        "block",
        "skill/pdf",
        "--reason",
        "x",
        "--remove",
        "--dry-run",
    ];
    let shown = repo.run(&block).exits(0);
    assert!(
        shown.stdout.contains("Would remove  skills/pdf/SKILL.md"),
        "{shown}"
    );
    assert!(repo.path().join("skills/pdf/SKILL.md").is_file());
    assert_eq!(records(&repo), Vec::<String>::new());
    Ok(())
}

/// Types a command on a terminal, then `answer`; its exit code and what the terminal showed.
#[cfg(target_os = "linux")]
fn on_a_terminal(repo: &Repo, arguments: &str, answer: &str) -> (Option<i32>, String) {
    use std::io::Write as _;

    let line = format!("{} {arguments}", binary());
    let mut command = Command::new("script");
    environment(&mut command, repo.beside());
    let mut typed = command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(repo.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script(1) is part of util-linux");
    let mut keyboard = typed.stdin.take().expect("a pipe");
    keyboard.write_all(answer.as_bytes()).expect("it reads");
    let ended = typed.wait_with_output().expect("it ends");
    drop(keyboard);
    let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
    (ended.status.code(), shown)
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_an_approval_is_signed_after_the_answer_yes_only() -> TestResult {
    let approve = "approve skill/pdf --reason x";
    for (arguments, answer, signs, asks) in [
        (approve.to_owned(), "n\n", false, true),
        (approve.to_owned(), "\n", false, true),
        (approve.to_owned(), "Y\n", true, true),
        (format!("{approve} --yes"), "", true, false),
        (format!("{approve} --dry-run"), "", false, false),
        ("block skill/pdf --reason x".to_owned(), "", true, false),
    ] {
        let repo = proposed()?;
        let (code, shown) = on_a_terminal(&repo, &arguments, answer);
        let question = "Sign to approve as alice? [y/N] ";
        assert_eq!(shown.contains(question), asks, "{arguments}\n{shown}");
        assert_eq!(!records(&repo).is_empty(), signs, "{arguments}\n{shown}");
        let expected = if asks && !signs { 2 } else { 0 };
        assert_eq!(code, Some(expected), "{arguments}\n{shown}");
    }
    Ok(())
}
