//! What Git calls dirty: a checkout that leaves files out, or shows them otherwise by its own
//! settings, is no reason to refuse, and what lowers authority is never refused over files on disk.

use std::fs;

use countersign_testkit::{Repo, TestResult, desk, git, records, refused, typed};

/// Alice's checkout, with an approved Skill.
fn approved() -> Result<Repo, Box<dyn std::error::Error>> {
    let repo = desk("alice")?;
    repo.git(&["reset", "--hard", "-q"]);
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    Ok(repo)
}

#[test]
fn a_sparse_checkout_is_not_dirty() -> TestResult {
    for options in [&["set", "docs"][..], &["set", "--sparse-index", "docs"]] {
        let repo = approved()?;
        repo.git(&[&["sparse-checkout"], options].concat());
        assert!(!repo.path().join("skills").exists());
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        repo.run(&["approve", "skill/csv", "--reason", "x", "--commit"])
            .exits(0);
        let output = repo.run(&["block", "skill/pdf", "--reason", "x"]).exits(0);
        assert!(!output.stderr.contains("warning"), "{output}");
        let add = output
            .stdout
            .lines()
            .find(|line| line.contains(" add --sparse "));
        typed(
            &repo,
            &repo.path(),
            add.ok_or("it says how to add the record")?,
        )
        .exits(0);
        let staged = repo.git(&["diff", "--cached", "--name-only"]);
        assert_eq!(staged.lines().count(), 2, "{staged}");
        repo.run(&["check", "--worktree"]).exits(0);
        let output = repo.run(&["checksum", "skills/pdf"]).exits(0);
        assert_eq!(output.stderr, "", "{output}");
    }
    Ok(())
}

#[test]
fn a_file_that_git_was_told_to_skip_or_to_assume_unchanged_is_not_dirty() -> TestResult {
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let repo = desk("alice")?;
        repo.git(&["reset", "--hard", "-q"]);
        repo.git(&[
            "update-index",
            flag,
            "skills/pdf/SKILL.md",
            "skills/csv/SKILL.md",
        ]);
        fs::remove_file(repo.path().join("skills/pdf/SKILL.md"))?;
        fs::write(repo.path().join("skills/csv/SKILL.md"), "Other.\n")?;
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        let output = repo
            .run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
            .exits(0);
        assert!(!output.stderr.contains("warning"), "{output}");
        let output = repo
            .run(&["approve", "skill/csv", "--reason", "x", "--commit"])
            .exits(0);
        let told = "skills/csv/SKILL.md has other bytes on disk";
        assert!(output.stderr.contains(told), "{output}");
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_executable_bit_that_git_does_not_go_by_is_not_a_change() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = desk("alice")?;
    repo.git(&["reset", "--hard", "-q"]);
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::set_permissions(&skill, fs::Permissions::from_mode(0o755))?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "skills/pdf/SKILL.md (changed)",
    );
    repo.git(&["config", "core.fileMode", "false"]);
    repo.run(&["approve", "skill/pdf", "--reason", "x"])
        .exits(0);
    // Its bytes still count.
    fs::write(&skill, "Other.\n")?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "skills/pdf/SKILL.md (changed)",
    );
    Ok(())
}

#[test]
fn what_lowers_authority_is_never_refused_over_files_on_disk() -> TestResult {
    for command in ["block", "revoke", "deprecate", "archive"] {
        let repo = approved()?;
        fs::write(repo.path().join("skills/pdf/SKILL.md"), "Other.\n")?;
        fs::write(repo.path().join("skills/pdf/new.md"), "New.\n")?;
        let output = repo
            .run(&[command, "skill/pdf", "--reason", "x", "--commit"])
            .exits(0);
        assert_eq!(
            output
                .stderr
                .matches("skills/pdf/SKILL.md (changed)")
                .count(),
            1,
            "{output}"
        );
        assert!(output.stderr.contains("the committed content"), "{output}");
    }
    let repo = approved()?;
    fs::remove_dir_all(repo.path().join("skills"))?;
    repo.run(&["reject", "skill/csv", "--reason", "x"]).exits(0);
    repo.run(&["block", "skill/*", "--reason", "x"]).exits(0);
    repo.run(&["block", "principal/bob", "--reason", "x"])
        .exits(0);
    refused(
        &repo,
        &["approve", "skill/csv", "--reason", "x"],
        "skills/csv/SKILL.md (deleted)",
    );
    Ok(())
}

#[test]
fn a_block_is_written_and_files_with_uncommitted_changes_stay() -> TestResult {
    let repo = approved()?;
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(&skill, "Other.\n")?;
    let command = [
        "block",
        "skill/pdf",
        "--all-versions",
        "--remove",
        "--reason",
        "x",
        "--commit",
    ];
    let output = repo.run(&command).exits(0);
    assert!(output.stderr.contains("the files stay"), "{output}");
    assert_eq!(fs::read_to_string(&skill)?, "Other.\n");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    repo.git(&["checkout", "-q", "--", "skills"]);
    repo.run(&command).exits(0);
    assert!(!skill.exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    Ok(())
}

#[test]
fn a_bare_repository_takes_a_decision_that_is_committed() -> TestResult {
    let repo = approved()?;
    let bare = repo.beside().join("bare.git");
    let place = bare.display().to_string();
    repo.git(&["clone", "-q", "--bare", ".", &place]);
    git(&bare, repo.beside(), &["config", "user.name", "Alice Ng"]);
    git(
        &bare,
        repo.beside(),
        &["config", "user.email", "alice@acme.example"],
    );
    let before = git(&bare, repo.beside(), &["rev-parse", "HEAD"]);
    let output = repo
        .run_in(&bare, &["block", "skill/pdf", "--reason", "x"])
        .exits(2);
    assert!(output.stderr.contains("--commit"), "{output}");
    assert_eq!(git(&bare, repo.beside(), &["rev-parse", "HEAD"]), before);
    for command in [
        &["block", "skill/pdf", "--all-versions", "--remove"][..],
        &["approve", "skill/csv"],
        &["block", "principal/bob"],
    ] {
        let arguments = [command, &["--reason", "x", "--commit"]].concat();
        repo.run_in(&bare, &arguments).exits(0);
    }
    assert_eq!(git(&bare, repo.beside(), &["rev-parse", "HEAD~3"]), before);
    git(&bare, repo.beside(), &["fsck", "--strict"]);
    assert!(!bare.join("index").exists() && !bare.join("approvals").exists());
    let status = repo
        .run_in(&bare, &["status", "skill/pdf", "--format", "json"])
        .json();
    assert_eq!(status["subjects"][0]["state"], "blocked", "{status:#}");
    assert_eq!(
        records(&repo).len(),
        2,
        "the clone's own files are as before"
    );
    Ok(())
}

#[test]
fn the_working_tree_is_checked_without_what_git_ignores() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["reset", "--hard", "-q"]);
    let put = |path: &str, text: &str| {
        let file = repo.path().join(path);
        fs::create_dir_all(file.parent().ok_or("a folder")?)?;
        fs::write(file, text)?;
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    put("skills/mine/SKILL.md", "No frontmatter.\n")?;
    put("approvals/notes.txt", "Not a record.\n")?;
    let check = || repo.run(&["check", "--worktree"]);
    assert_eq!(check().code, 1);
    for (place, patterns) in [
        (
            repo.path().join(".gitignore"),
            "skills/mine/\n/approvals/notes.txt\n",
        ),
        (repo.path().join(".git/info/exclude"), "mine\nnotes.txt\n"),
        (repo.beside().join("xdg/git/ignore"), "mine\nnotes.txt\n"),
    ] {
        fs::create_dir_all(place.parent().ok_or("a folder")?)?;
        fs::write(&place, patterns)?;
        let output = check();
        assert_eq!(output.code, 0, "{}\n{output}", place.display());
        fs::remove_file(&place)?;
    }
    let own = repo.beside().join("own-ignores");
    fs::write(&own, "mine\nnotes.txt\n")?;
    repo.git(&["config", "core.excludesFile", &own.display().to_string()]);
    check().exits(0);
    repo.git(&["config", "--unset", "core.excludesFile"]);
    assert_eq!(check().code, 1);
    fs::write(
        repo.beside().join("no-gitconfig"),
        "[core]\n\texcludesFile = ~/own-ignores\n",
    )?;
    check().exits(0);
    // What the index has is not ignored, and what is there again by a later line is not either.
    repo.git(&["add", "-f", "skills/mine/SKILL.md"]);
    assert_eq!(check().code, 1);
    repo.git(&["rm", "-q", "--cached", "skills/mine/SKILL.md"]);
    check().exits(0);
    fs::write(repo.path().join("skills/.gitignore"), "!mine\n")?;
    assert_eq!(check().code, 1);
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_ignored_folder_is_not_entered() -> TestResult {
    let repo = desk("alice")?;
    let deep = repo.path().join("skills/built");
    fs::create_dir_all(&deep)?;
    // A pipe would be waited for.
    let pipe = deep.join("SKILL.md").display().to_string();
    countersign_testkit::program("mkfifo", repo.beside(), &[&pipe], b"");
    fs::write(repo.path().join(".gitignore"), "skills/built\n")?;
    repo.run(&["check", "--worktree"]).exits(0);
    Ok(())
}
