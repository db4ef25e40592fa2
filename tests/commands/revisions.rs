//! Commits as users and workflows name them: what is gone is a verdict, what names nothing is an
//! error in our own words, and no fault is said twice.

use std::path::PathBuf;

use countersign_testkit::{Repo, TestResult, git, typed};

/// A well-formed id of no commit.
const GONE: &str = "0123456789012345678901234567890123456789";

/// A team's repository with an approved Skill, checked out.
fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.checkout()?;
    Ok(repo)
}

/// A clone of it.
fn clone(repo: &Repo, name: &str, options: &[&str]) -> PathBuf {
    let (clone, from) = (
        repo.beside().join(name),
        format!("file://{}", repo.path().display()),
    );
    let place = clone.display().to_string();
    let arguments = [&["clone", "-q"], options, &[&from, &place]].concat();
    git(repo.beside(), repo.beside(), &arguments);
    clone
}

#[test]
fn a_whole_id_that_is_gone_is_a_verdict_in_every_format() -> TestResult {
    let repo = governed()?;
    for (option, rule, code) in [
        ("--includes", "includes-missing", 1),
        ("--anchor", "anchor-not-reached", 3),
        ("--base", "base-not-on-branch", 3),
    ] {
        for format in ["human", "json", "sarif", "github", "markdown"] {
            for id in [GONE.to_owned(), GONE.replace("01", "Ab")] {
                let output = repo.run(&["check", option, &id, "--format", format]);
                assert_eq!(output.code, code, "{output}");
                assert!(output.stdout.contains(rule), "{output}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_name_that_resolves_to_nothing_is_a_usage_error_for_every_option() -> TestResult {
    let repo = governed()?;
    for option in ["--includes", "--anchor", "--base"] {
        let output = repo.run(&["check", option, "nowhere"]).exits(2);
        assert!(
            output
                .stderr
                .contains("`nowhere` does not name a commit in this clone"),
            "{output}"
        );
    }
    Ok(())
}

#[test]
fn an_upstream_names_the_commit_that_git_means_by_it() -> TestResult {
    let repo = governed()?;
    let dir = clone(&repo, "clone", &[]);
    git(&dir, repo.beside(), &["checkout", "-q", "-b", "change"]);
    git(
        &dir,
        repo.beside(),
        &["branch", "-q", "--set-upstream-to=main"],
    );
    for rev in [
        "main@{u}",
        "main@{UPSTREAM}",
        "@{u}",
        "HEAD@{upstream}",
        "main@{u}~1",
    ] {
        let meant = git(&dir, repo.beside(), &["rev-parse", rev]);
        let output = repo.run_in(&dir, &["check", "--base", rev, "--format", "json"]);
        assert_eq!(output.json()["base"], meant.trim(), "{output}");
    }
    Ok(())
}

#[test]
fn a_branch_of_the_remote_that_is_not_here_says_the_command_that_fetches_it() -> TestResult {
    let repo = governed()?;
    repo.git(&["branch", "change"]);
    let dir = clone(&repo, "clone", &["--single-branch", "-b", "change"]);
    for rev in ["origin/main", "refs/remotes/origin/main", "origin/main~1"] {
        let output = repo.run_in(&dir, &["check", "--base", rev]).exits(2);
        assert!(output.stderr.contains("is not in this clone"), "{output}");
        let command = "git fetch origin main:refs/remotes/origin/main";
        assert!(output.stderr.contains(command), "{output}");
    }
    typed(
        &repo,
        &dir,
        "git fetch origin main:refs/remotes/origin/main",
    )
    .exits(0);
    repo.run_in(&dir, &["check", "--base", "origin/main"])
        .exits(0);
    Ok(())
}

#[test]
fn what_is_not_one_commit_is_explained_without_the_librarys_words() -> TestResult {
    let repo = governed()?;
    let detached = clone(&repo, "detached", &[]);
    git(&detached, repo.beside(), &["checkout", "-q", "--detach"]);
    for (rev, words) in [
        ("main@{u}", "the branch `main` has no upstream"),
        ("@{push}", "Give the branch of the remote itself"),
        ("HEAD~1..HEAD", "is a range, not one commit"),
        ("^HEAD", "is a range, not one commit"),
        (":/no such words", "matches no commit message"),
        ("HEAD:skills", "is a folder, not a commit"),
        ("HEAD:countersign.yaml", "is a file, not a commit"),
        ("HEAD~99", "does not lead to a commit from `HEAD`"),
        (GONE, "is not in this clone"),
        ("nowhere", "does not name a commit in this clone"),
        ("a b", "does not name a commit in this clone"),
        ("", "does not name a commit in this clone"),
    ] {
        let output = repo.run(&["policy", "diff", rev]).exits(2);
        assert!(output.stderr.contains(words), "{rev}\n{output}");
        let shown = format!("error: `{rev}` ");
        assert!(output.stderr.starts_with(&shown), "{rev}\n{output}");
        assert!(output.stderr.contains("help: "), "{rev}\n{output}");
        for word in [
            "delegate",
            "rev-parse",
            "peel",
            "revspec",
            "object database",
        ] {
            assert!(!output.stderr.contains(word), "{rev}\n{output}");
        }
    }
    let output = repo.run_in(&detached, &["policy", "diff", "@{u}"]).exits(2);
    assert!(
        output.stderr.contains("HEAD is not on a branch"),
        "{output}"
    );
    Ok(())
}

#[test]
fn a_pinned_id_of_another_repositorys_format_never_names_a_branch() -> TestResult {
    let repo = governed()?;
    let long = "ab".repeat(32);
    repo.git(&["update-ref", &format!("refs/heads/{long}"), "HEAD"]);
    for option in ["--includes", "--anchor"] {
        let output = repo.run(&["check", option, &long]).exits(2);
        assert!(output.stderr.contains("ids of another length"), "{output}");
    }
    Ok(())
}

#[test]
fn why_nothing_was_judged_is_said_once() -> TestResult {
    let repo = governed()?;
    let shallow = clone(&repo, "shallow", &["--depth", "1"]);
    let nothing = repo.beside().join("none.json").display().to_string();
    for (dir, options, words) in [
        (&shallow, &[][..], "is shallow"),
        (&repo.path(), &["--anchor", GONE], GONE),
        (&repo.path(), &["--base", GONE], GONE),
        (&repo.path(), &["--answers", &nothing], "none.json"),
    ] {
        for format in ["human", "github"] {
            let output = repo.run_in(dir, &[&["check", "--format", format], options].concat());
            let said = format!("{}{}", output.stdout, output.stderr);
            assert_eq!(said.matches(words).count(), 1, "{output}");
        }
    }
    Ok(())
}
