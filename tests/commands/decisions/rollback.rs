//! Rolling back: the old files are restored and are the current version.

use std::fs;

use countersign_testkit::{TestResult, decide, desk};

#[test]
fn rolling_back_restores_the_old_files_and_is_the_current_version() -> TestResult {
    let repo = desk("alice")?;
    let bob = repo.bob.clone();
    decide(&repo, "approve", "skill/pdf", "x");
    let old = fs::read(repo.path().join("skills/pdf/SKILL.md"))?;
    fs::write(
        repo.path().join("skills/pdf/SKILL.md"),
        String::from_utf8(old.clone())?.replace("1.0.0", "1.1.0"),
    )?;
    fs::write(repo.path().join("skills/pdf/run.sh"), "#!/bin/sh\n")?;
    repo.git(&["add", "-A"]);
    repo.git(&[
        "-c",
        &format!("user.email={}", bob.email),
        "commit",
        "-q",
        "-m",
        "1.1.0",
    ]);
    decide(&repo, "approve", "skill/pdf", "x");
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    let output = repo
        .run(&[
            "rollback",
            "skill/pdf",
            "--to",
            "@previous",
            "--reason",
            "Breaks",
            "--commit",
        ])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("skill/pdf 1.1.0: rolled-back; current is 1.0.0"),
        "{output}"
    );
    assert_eq!(fs::read(repo.path().join("skills/pdf/SKILL.md"))?, old);
    assert!(!repo.path().join("skills/pdf/run.sh").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    Ok(())
}

#[test]
fn rolling_back_past_the_preceding_version_does_what_the_command_promised() -> TestResult {
    for commits in [true, false] {
        let repo = desk("alice")?;
        let skill = repo.path().join("skills/pdf/SKILL.md");
        let old = fs::read_to_string(&skill)?;
        decide(&repo, "approve", "skill/pdf", "x");
        for version in ["2.0.0", "3.0.0"] {
            fs::write(&skill, old.replace("1.0.0", version))?;
            repo.git(&[
                "-c",
                &format!("user.email={}", repo.bob.email),
                "commit",
                "-q",
                "-a",
                "-m",
                version,
            ]);
            decide(&repo, "approve", "skill/pdf", "x");
        }
        let rollback = [
            "rollback",
            "skill/pdf",
            "--to",
            "1.0.0",
            "--reason",
            "Breaks",
        ];
        let output = if commits {
            repo.run(&[&rollback[..], &["--commit"]].concat())
        } else {
            repo.run(&rollback)
        }
        .exits(0);
        assert!(
            output
                .stdout
                .contains("skill/pdf 3.0.0: rolled-back; current is 1.0.0"),
            "{output}"
        );
        if !commits {
            repo.git(&["add", "-A"]);
            repo.git(&["commit", "-q", "-m", "Roll back"]);
        }
        assert_eq!(repo.current("skill/pdf"), "1.0.0");
        // Nothing but the Skill that waits on this desk.
        repo.check()
            .assert("waiting", &["unapproved-version"])
            .without("version-regressed")
            .without("not-authorized");
    }
    Ok(())
}
