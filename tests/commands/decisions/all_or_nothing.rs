//! `--commit` changes everything or nothing: whatever keeps the commit from being made leaves
//! branch, index and files as they were.

use std::fs;

use countersign_testkit::{Repo, TestResult, desk, git, records, typed};

/// What a command that fails must leave alone: the branch, its log, the index and every file.
fn everything(repo: &Repo) -> [String; 5] {
    let log = fs::read_to_string(repo.path().join(".git/logs/HEAD")).unwrap_or_default();
    let skill = fs::read_to_string(repo.path().join("skills/pdf/SKILL.md")).unwrap_or_default();
    [
        repo.git(&["rev-parse", "HEAD"]),
        repo.git(&["status", "--porcelain", "--ignored"]),
        records(repo).join("\n"),
        log,
        skill,
    ]
}

/// Alice's checkout, which Git calls clean, with two approved versions.
fn clean() -> Result<Repo, Box<dyn std::error::Error>> {
    let repo = desk("alice")?;
    repo.git(&["reset", "--hard", "-q"]);
    approve(&repo);
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(
        &skill,
        fs::read_to_string(&skill)?.replace("1.0.0", "1.1.0"),
    )?;
    let email = format!("user.email={}", repo.bob.email);
    repo.git(&["-c", &email, "commit", "-q", "-a", "-m", "1.1.0"]);
    approve(&repo);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    Ok(repo)
}

fn approve(repo: &Repo) {
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
}

/// Commands that add a record, that also remove files, and that also bring files back.
const COMMANDS: [&[&str]; 3] = [
    &["block", "skill/pdf", "--reason", "x", "--commit"],
    &[
        "block",
        "skill/pdf",
        "--all-versions",
        "--remove",
        "--reason",
        "x",
        "--commit",
    ],
    &[
        "rollback",
        "skill/pdf",
        "--to",
        "1.0.0",
        "--reason",
        "x",
        "--commit",
    ],
];

#[test]
fn a_lock_of_another_command_leaves_everything_as_it_was_and_is_named() -> TestResult {
    for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        let repo = clean()?;
        let before = everything(&repo);
        for command in COMMANDS {
            let file = repo.path().join(".git").join(lock);
            fs::write(&file, "")?;
            let output = repo.run(command).exits(3);
            assert!(output.stderr.contains(lock), "{output}");
            assert!(output.stderr.contains("Nothing was changed."), "{output}");
            fs::remove_file(&file)?;
            assert_eq!(everything(&repo), before, "{lock}\n{output}");
        }
        for command in COMMANDS {
            let output = repo.run(command);
            assert!(output.code == 0 || command[0] == "rollback", "{output}");
        }
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_leaves_everything_as_it_was() -> TestResult {
    for command in COMMANDS {
        let repo = clean()?;
        // Something else is where the record's folder has to be.
        let folder = if command.contains(&"--all-versions") {
            "approvals/skill/pdf/all"
        } else {
            "approvals/skill/pdf/1.1.0"
        };
        let place = repo.path().join(folder);
        let _ = fs::remove_dir_all(&place);
        fs::write(&place, "in the way")?;
        let before = everything(&repo);
        let output = repo.run(command);
        assert!(output.code == 2 || output.code == 3, "{output}");
        assert_eq!(everything(&repo), before, "{output}");
    }
    Ok(())
}

#[test]
fn a_reference_log_that_cannot_be_written_takes_the_files_back() -> TestResult {
    for command in COMMANDS {
        let repo = clean()?;
        let log = repo.path().join(".git/logs/refs/heads/main");
        fs::remove_file(&log)?;
        fs::create_dir(&log)?;
        fs::write(log.join("in-the-way"), "")?;
        let before = (
            everything(&repo)[0].clone(),
            everything(&repo)[1..3].to_vec(),
        );
        let output = repo.run(command).exits(3);
        assert!(output.stderr.contains("Nothing was changed."), "{output}");
        let after = (
            everything(&repo)[0].clone(),
            everything(&repo)[1..3].to_vec(),
        );
        assert_eq!(after, before, "{output}");
    }
    Ok(())
}

#[test]
fn without_an_identity_nothing_is_written() -> TestResult {
    let repo = clean()?;
    repo.git(&["config", "user.useConfigOnly", "true"]);
    let before = everything(&repo);
    let command = "unset GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL; countersign";
    let output = typed(
        &repo,
        &repo.path(),
        &format!("{command} {}", COMMANDS[0].join(" ")),
    );
    assert_ne!(output.code, 0, "{output}");
    assert_eq!(everything(&repo), before, "{output}");
    Ok(())
}

#[test]
fn a_commit_is_signed_where_git_would_sign_it_and_not_made_where_it_cannot_be() -> TestResult {
    let repo = clean()?;
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.format", "ssh"]);
    let signed = || {
        repo.git(&["cat-file", "commit", "HEAD"])
            .contains("gpgsig ")
    };
    let block = |version: &str| {
        let subject = format!("skill/pdf@{version}");
        repo.run(&["block", &subject, "--reason", "x", "--commit"])
    };
    let before = everything(&repo);
    let output = block("1.0.0").exits(2);
    assert!(
        output
            .stderr
            .contains("you sign your commits (`commit.gpgsign`), but Git has no signing key"),
        "{output}"
    );
    assert_eq!(everything(&repo), before, "{output}");
    // Without --commit, nothing is to be signed but the record.
    repo.run(&["block", "skill/pdf@1.0.0", "--reason", "x", "--dry-run"])
        .exits(0);
    // A key that is named is meant.
    repo.git(&["config", "user.signingkey", "/nowhere/key"]);
    let before = everything(&repo);
    let output = block("1.1.0").exits(2);
    assert!(output.stderr.contains("/nowhere/key"), "{output}");
    assert_eq!(everything(&repo), before, "{output}");
    let key = repo.beside().join(".ssh/id_ed25519").display().to_string();
    repo.git(&["config", "user.signingkey", &key]);
    let output = block("1.1.0").exits(0);
    assert!(signed(), "{output}");
    Ok(())
}

#[test]
fn a_linked_worktree_takes_a_decision_on_its_own_branch_and_index() -> TestResult {
    let repo = clean()?;
    let linked = repo.beside().join("linked");
    let place = linked.display().to_string();
    let main = repo.git(&["rev-parse", "main"]);
    repo.git(&["worktree", "add", "-q", "-b", "change", &place]);
    repo.run_in(
        &linked,
        &["block", "skill/pdf", "--reason", "x", "--commit"],
    )
    .exits(0);
    let status = git(&linked, repo.beside(), &["status", "--porcelain"]);
    assert_eq!(status, "");
    assert_eq!(repo.git(&["rev-parse", "change~1", "main"]), main.repeat(2));
    Ok(())
}
