//! Which repositories can be read: no other than those that Git reads, and what cannot be read is
//! not evaluated, with the JSON that programs expect.

use countersign_testkit::{Repo, TestResult, binary, environment, program, typed};

fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.checkout()?;
    Ok(repo)
}

/// Writes to the configuration file itself, as Git does not in a repository that it refuses.
fn set(repo: &Repo, name: &str, value: &str) {
    let file = repo.path().join(".git/config").display().to_string();
    repo.git(&["config", "--file", &file, name, value]);
}

#[test]
fn a_repository_that_git_refuses_for_its_format_is_not_evaluated() -> TestResult {
    for (version, extension, opens) in [
        ("0", "extensions.noop", true),
        ("1", "extensions.noop", true),
        ("1", "extensions.worktreeConfig", true),
        ("0", "extensions.unknown", true),
        ("1", "extensions.unknown", false),
        ("0", "extensions.noop-v1", false),
        ("1", "extensions.noop-v1", true),
        ("7", "extensions.noop", false),
        ("x", "extensions.noop", false),
    ] {
        let repo = governed()?;
        set(&repo, extension, "true");
        set(&repo, "core.repositoryFormatVersion", version);
        let dir = repo.path().display().to_string();
        let git = program(
            "git",
            repo.beside(),
            &["-C", &dir, "rev-parse", "HEAD"],
            b"",
        );
        assert_eq!(git.status.success(), opens, "git, {version} {extension}");
        let output = repo.run(&["check", "--format", "json"]);
        let (verdict, code) = if opens {
            ("pass", 0)
        } else {
            ("not-evaluated", 3)
        };
        assert_eq!(output.code, code, "{version} {extension}\n{output}");
        assert_eq!(output.json()["verdict"], verdict, "{output}");
        if !opens {
            let human = repo.run(&["check"]).exits(3);
            assert!(human.stdout.contains("history-incomplete"), "{human}");
            assert_eq!(human.stderr, "", "it is said once");
            repo.run(&["status"]).exits(3);
            repo.run(&["block", "skill/pdf", "--reason", "x", "--commit"])
                .exits(3);
        }
    }
    Ok(())
}

#[test]
fn references_in_another_format_are_not_evaluated_and_the_help_converts_them() -> TestResult {
    let repo = governed()?;
    let dir = repo.path().display().to_string();
    let migrate = ["-C", &dir, "refs", "migrate", "--ref-format=reftable"];
    if !program("git", repo.beside(), &migrate, b"")
        .status
        .success()
    {
        return Ok(());
    }
    let output = repo.run(&["check", "--format", "json"]).exits(3);
    let report = output.json();
    assert_eq!(report["verdict"], "not-evaluated");
    let help = report["findings"][0]["help"].as_str().ok_or("a help")?;
    let command = help.split('`').nth(1).ok_or("a command in the help")?;
    assert!(command.starts_with("git refs migrate"), "{command}");
    typed(&repo, &repo.path(), command).exits(0);
    repo.run(&["check"]).exits(0);
    Ok(())
}

#[test]
fn variables_that_name_another_repository_than_the_folder_are_refused_in_words() -> TestResult {
    let repo = governed()?;
    let other = governed()?;
    let git_dir = |repo: &Repo| repo.path().join(".git").display().to_string();
    let folder = |repo: &Repo| repo.path().display().to_string();
    let ran = |dir: &std::path::Path, named: bool, variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(binary());
        environment(&mut command, repo.beside());
        if named {
            command.arg("-C").arg(repo.path());
        }
        let ended = command
            .args(["check", "--now", &repo.now().to_string()])
            .current_dir(dir)
            .envs(variables.iter().copied())
            .output()
            .expect("the program starts");
        let said = [ended.stdout, ended.stderr].concat();
        (
            ended.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (own, foreign) = (git_dir(&repo), git_dir(&other));
    for (name, value) in [
        ("GIT_DIR", foreign.as_str()),
        ("GIT_DIR", "/nowhere"),
        ("GIT_WORK_TREE", &folder(&other)),
    ] {
        let (code, said) = ran(&repo.path(), false, &[(name, value)]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(&format!("`{name}`")), "{said}");
        assert!(said.contains(&format!("unset {name}")), "{said}");
        let (code, said) = ran(&repo.path(), true, &[(name, value)]);
        assert_eq!(code, Some(0), "-C names the repository\n{said}");
    }
    let (code, said) = ran(repo.beside(), false, &[("GIT_DIR", &own)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("this folder is in none"), "{said}");
    for variables in [
        &[("GIT_DIR", ".git"), ("GIT_WORK_TREE", ".")][..],
        &[("GIT_DIR", &own), ("GIT_WORK_TREE", &folder(&repo))],
        &[("GIT_DIR", ""), ("GIT_INDEX_FILE", ".git/index")],
    ] {
        let (code, said) = ran(&repo.path(), false, variables);
        assert_eq!(code, Some(0), "as Git sets them for a hook\n{said}");
    }
    Ok(())
}
