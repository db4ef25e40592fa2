//! What a shell is offered while a user types.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use countersign_testkit::{Repo, TestResult, binary, desk, environment};

/// What is offered for the last of `words` in `dir`, and everything on standard error.
fn offered(home: &Path, dir: &Path, words: &[&str]) -> (Vec<String>, String) {
    let mut command = Command::new(binary());
    environment(&mut command, home);
    command
        .current_dir(dir)
        .env("COUNTERSIGN_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .args(["--", "countersign"])
        .args(words.iter().map(OsString::from));
    let output = command.output().expect("the binary starts");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines = text.lines().map(str::to_owned).collect();
    (lines, String::from_utf8(output.stderr).expect("UTF-8"))
}

#[track_caller]
fn offers(repo: &Repo, words: &[&str], expected: &[&str]) {
    let (lines, said) = offered(repo.beside(), &repo.path(), words);
    assert_eq!(lines, expected, "{words:?}");
    assert_eq!(said, "", "{words:?}");
}

#[test]
fn subjects_versions_and_people_of_the_repository_are_offered() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.approved_skill("pdf", "1.1.0")?;
    repo.approved_skill("csv", "1.0.0")?;
    repo.checkout()?;
    for command in [
        "explain", "approve", "status", "log", "show", "diff", "block",
    ] {
        offers(&repo, &[command, "skill/"], &["skill/csv", "skill/pdf"]);
    }
    offers(&repo, &["explain", "po"], &["policy"]);
    offers(&repo, &["status", "principal/c"], &["principal/carol"]);
    offers(
        &repo,
        &["explain", "skill/pdf@"],
        &[
            "skill/pdf@head",
            "skill/pdf@current",
            "skill/pdf@previous",
            "skill/pdf@1.1.0",
            "skill/pdf@1.0.0",
        ],
    );
    offers(&repo, &["explain", "skill/pdf@1.1"], &["skill/pdf@1.1.0"]);
    offers(
        &repo,
        &["rollback", "skill/pdf", "--to", ""],
        &["1.1.0", "1.0.0", "previous"],
    );
    offers(&repo, &["suggest", "--as", ""], &["alice", "bob", "carol"]);
    offers(&repo, &["check", "--stage"], &["--staged"]);
    let (lines, _) = offered(
        repo.beside(),
        repo.beside(),
        &["-C", "repo", "explain", "skill/c"],
    );
    assert_eq!(lines, ["skill/csv"]);
    Ok(())
}

#[test]
fn only_names_that_no_shell_interprets_are_offered() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add hostile names", |tree| {
        for name in ["ok", "$(id)", "a b", "a;id", "-rf", "\u{1b}[31m", "`id`"] {
            tree.put(
                format!("skills/{name}/SKILL.md"),
                "---\nname: ok\ndescription: Does it.\nmetadata:\n  version: \"1.0.0\"\n---\n",
            );
        }
    })?;
    repo.checkout()?;
    offers(&repo, &["explain", "skill/"], &["skill/-rf", "skill/ok"]);
    Ok(())
}

#[test]
fn nothing_is_said_where_nothing_can_be_offered() -> TestResult {
    let repo = desk("alice")?;
    let nothing: &[&str] = &[];
    let (lines, said) = offered(repo.beside(), repo.beside(), &["explain", "skill/"]);
    assert_eq!((lines.as_slice(), said.as_str()), (&[][..], ""));
    offers(&repo, &["explain", "skill/\u{1b}"], nothing);
    offers(&repo, &["explain", "skill/none@"], nothing);
    std::fs::write(repo.path().join(".git/HEAD"), "nonsense\n")?;
    offers(&repo, &["explain", "skill/"], nothing);
    Ok(())
}

#[test]
fn a_variable_alone_never_answers_for_a_command() -> TestResult {
    let repo = desk("alice")?;
    let mut command = Command::new(binary());
    environment(&mut command, repo.beside());
    command
        .current_dir(repo.path())
        .env("COUNTERSIGN_COMPLETE", "bash")
        .env("COMPLETE", "bash")
        .arg("check");
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout)?.starts_with("waiting: "));
    Ok(())
}

#[test]
fn bash_completes_with_the_script_that_is_printed() -> TestResult {
    let repo = desk("alice")?;
    let script = "source <(countersign completions bash)\n\
        COMP_WORDS=(countersign explain skill/p); COMP_CWORD=2\n\
        _clap_complete_countersign countersign skill/p explain\n\
        printf '%s\\n' \"${COMPREPLY[@]}\"; printf '%s' \"$COMP_WORDBREAKS\" | tr -cd @";
    let mut command = Command::new("bash");
    environment(&mut command, repo.beside());
    let folder = Path::new(binary()).parent().ok_or("in a folder")?;
    let path = std::env::var("PATH")?;
    command
        .current_dir(repo.path())
        .env("PATH", format!("{}:{path}", folder.display()))
        .args(["-c", script]);
    let output = command.output()?;
    assert_eq!(String::from_utf8(output.stdout)?, "skill/pdf\n");
    assert_eq!(String::from_utf8(output.stderr)?, "");
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let printed = repo.run(&["completions", shell]).exits(0).stdout;
        assert!(
            printed.contains("COUNTERSIGN_COMPLETE"),
            "{shell}: {printed}"
        );
    }
    Ok(())
}
