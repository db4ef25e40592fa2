//! `--verbose`: lines on standard error that tell what was read, and nothing of them on standard
//! output, where people get every finding in full.

use std::fs;

use countersign_testkit::{Output, Repo, TestResult};

/// The lines of the log, without how long anything took.
fn log(output: &Output) -> Vec<String> {
    let lines = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("info: ") || line.starts_with("debug: "));
    lines
        .map(|line| line.split(" took=").next().unwrap_or_default().to_owned())
        .collect()
}

fn governed() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    Ok(repo)
}

#[test]
fn what_was_read_goes_to_standard_error_and_the_result_stays_the_same() -> TestResult {
    let repo = governed()?;
    for format in ["json", "sarif"] {
        let (plain, verbose) = (
            repo.run(&["check", "--format", format]),
            repo.run(&["check", "--format", format, "-vvv"]),
        );
        assert_eq!(
            (plain.code, &plain.stdout),
            (verbose.code, &verbose.stdout),
            "{format}"
        );
        assert!(log(&plain).is_empty(), "{plain}");
        assert!(!log(&verbose).is_empty(), "{verbose}");
    }
    // People get every finding in full, as if they had named each rule.
    let all = repo.run(&["check", "--rule", "policy-unmatched,rules-overlap"]);
    let verbose = repo.run(&["check", "-vvv"]);
    let parts = |output: &Output| {
        let (head, findings) = output
            .stdout
            .split_once("\n\n")
            .expect("there are findings");
        let verdict = head.lines().next().expect("there is a verdict");
        (output.code, verdict.to_owned(), findings.to_owned())
    };
    assert_eq!(parts(&all), parts(&verbose));
    assert!(log(&all).is_empty(), "{all}");
    assert!(!log(&verbose).is_empty(), "{verbose}");
    for format in ["human", "markdown", "json", "sarif"] {
        let (one, three) = (
            repo.run(&["check", "--format", format, "-v"]),
            repo.run(&["check", "--format", format, "-vvv"]),
        );
        assert_eq!(
            (one.code, one.stdout),
            (three.code, three.stdout),
            "{format}"
        );
    }
    let (head, path) = (repo.history.head(), repo.path().canonicalize()?);
    let anchor = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let expected = [
        format!("info: opened git_dir={}", path.join(".git").display()),
        format!("info: HEAD commit={head} branch=main"),
        format!(
            "info: replay head={head} anchor={} repository=github.com/acme/agent-skills landings=3 policy=1 source=repository",
            anchor.trim()
        ),
        format!(
            "info: tip tree={} packages=1 source=repository",
            tree.trim()
        ),
    ];
    assert_eq!(log(&repo.run(&["check", "-v"])), expected);
    Ok(())
}

#[test]
fn a_view_says_when_it_read_from_the_cache_and_else_why_not() -> TestResult {
    let repo = governed()?;
    let replay = |output: &Output| {
        log(output)
            .into_iter()
            .find(|line| line.starts_with("info: replay "))
            .unwrap_or_default()
    };
    let cold = repo.run(&["status", "-vv"]);
    assert!(replay(&cold).ends_with("source=repository"), "{cold}");
    assert!(
        cold.stderr
            .contains("debug: replay from the anchor reason=\"no cached state may be used\""),
        "{cold}"
    );
    let warm = repo.run(&["status", "-vv"]);
    assert!(replay(&warm).ends_with("source=cache"), "{warm}");
    assert_eq!(cold.stdout, warm.stdout);
    Ok(())
}

#[test]
fn quiet_and_verbose_exclude_each_other() -> TestResult {
    let repo = governed()?;
    repo.run(&["check", "--quiet", "--verbose"]).exits(2);
    Ok(())
}

#[test]
fn text_from_a_repository_is_inert_in_the_log() -> TestResult {
    let repo = governed()?;
    // Git takes such a name for a branch: a reversal of direction, and the one-character form of an
    // escape sequence.
    let branch = "x\u{202e}\u{9b}31m=y";
    let (git_dir, head) = (repo.path().join(".git"), repo.history.head());
    fs::write(git_dir.join("refs/heads").join(branch), format!("{head}\n"))?;
    fs::write(git_dir.join("HEAD"), format!("ref: refs/heads/{branch}\n"))?;
    let verbose = repo.run(&["check", "-v"]);
    assert!(
        verbose.stderr.contains(r#"branch="x\u{202e}\u{9b}31m=y""#),
        "{verbose}"
    );
    assert!(
        !verbose.stderr.contains(['\u{202e}', '\u{9b}', '\u{1b}']),
        "{verbose}"
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_hostile_folder_cannot_add_a_line_to_the_log() -> TestResult {
    let repo = governed()?;
    let hostile = repo.beside().join("a\ninfo: replay\u{1b}[31m\r::error::x");
    fs::rename(repo.path(), &hostile)?;
    let verbose = repo.run_in(&hostile, &["check", "-v"]);
    assert_eq!(
        log(&verbose)
            .iter()
            .filter(|line| line.starts_with("info: replay"))
            .count(),
        1,
        "{verbose}"
    );
    assert!(
        !verbose.stderr.contains(['\u{1b}', '\r']) && !verbose.stderr.contains("\n::"),
        "{verbose}"
    );
    Ok(())
}
