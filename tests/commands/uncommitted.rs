//! What is on disk only: `status`, `check` and `approve` say that it is not judged.

use std::fs;

use countersign_testkit::{Repo, TestResult, desk};

/// Standard error of a command that ends well, without what it says about the cache.
#[track_caller]
fn said(repo: &Repo, arguments: &[&str]) -> String {
    const FROM_CACHE: &str =
        "read from the cache in the Git folder; `countersign check` reads the repository itself\n";
    let words = repo.run(arguments).exits(0).stderr;
    words.replace(FROM_CACHE, "")
}

#[test]
fn governed_files_that_are_changed_and_not_committed_are_mentioned() -> TestResult {
    let repo = desk("alice")?;
    let root = repo.path();
    assert_eq!(said(&repo, &["status"]), "");
    fs::write(root.join("README.md"), "nothing governed\n")?;
    fs::write(root.join("skills/pdf/SKILL.md"), "other\n")?;
    fs::write(root.join("skills/csv/run.sh"), "new\n")?;
    fs::write(root.join(".gitignore"), "*.log\n")?;
    fs::write(root.join("skills/csv/run.log"), "ignored\n")?;
    fs::create_dir_all(root.join("approvals"))?;
    fs::write(root.join("approvals/a\u{1b}[31mred.yaml"), "not yet\n")?;
    fs::remove_file(root.join("countersign.yaml"))?;
    let words = "4 files changed and not committed are not judged: approvals/a\\u{1b}[31mred.yaml (new), \
                 countersign.yaml (deleted), skills/csv/run.sh (new) and 1 more\n";
    for arguments in [&["status"][..], &["check"]] {
        let output = repo.run(arguments);
        assert!(output.stderr.contains(words), "{output}");
    }
    for arguments in [&["status", "--format", "json"][..], &["status", "--quiet"]] {
        let words = said(&repo, arguments);
        assert!(!words.contains("not committed"), "{words}");
    }
    Ok(())
}

#[test]
fn an_approval_says_what_else_is_not_committed() -> TestResult {
    let repo = desk("alice")?;
    fs::write(repo.path().join("skills/csv/SKILL.md"), "other\n")?;
    let before = said(&repo, &["approve", "skill/pdf", "--reason", "x"]);
    assert!(
        before.contains("1 file changed and not committed is not judged: skills/csv/SKILL.md\n"),
        "{before}"
    );
    Ok(())
}

#[test]
fn a_file_with_the_time_and_size_of_before_is_read_where_the_index_is_not_newer() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["reset", "-q", "--hard"]);
    let path = repo.path().join("skills/pdf/SKILL.md");
    let text = fs::read_to_string(&path)?;
    let time = fs::metadata(&path)?.modified()?;
    // The index gets the time of the file, as when both are written within one tick.
    fs::write(&path, text.replace("well", "best"))?;
    fs::File::options()
        .write(true)
        .open(&path)?
        .set_modified(time)?;
    fs::File::options()
        .write(true)
        .open(repo.path().join(".git/index"))?
        .set_modified(time)?;
    let words = said(&repo, &["status"]);
    assert!(words.contains("skills/pdf/SKILL.md"), "{words}");
    Ok(())
}

#[test]
fn nothing_is_mentioned_where_nothing_is_checked_out_or_only_part_of_it() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/skills/csv/"]);
    assert!(!repo.path().join("skills/csv").exists());
    assert_eq!(said(&repo, &["status"]), "");
    for entry in fs::read_dir(repo.path())? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with(".git") {
            fs::remove_dir_all(path)?;
        } else if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    fs::remove_file(repo.path().join(".git/index"))?;
    assert_eq!(said(&repo, &["status"]), "");
    Ok(())
}
