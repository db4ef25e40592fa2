//! `demo`: the same on every machine, and what it says to try works as it is typed.

use std::fs;
use std::path::Path;

use countersign_testkit::{Output, TestResult, program};

fn demo(home: &Path, dir: &Path, arguments: &[&str]) -> Output {
    let mut all = vec![
        "-C",
        dir.to_str()
            .expect("temporary directories have plain names"),
        "demo",
    ];
    all.extend(arguments);
    Output::of(env!("CARGO_BIN_EXE_countersign"), &all, home, false)
}

#[test]
fn it_prints_the_same_everywhere_and_at_any_time() -> TestResult {
    let (one, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let first = demo(one.path(), one.path(), &[]).exits(0);
    let second = demo(other.path(), other.path(), &[]).exits(0);
    assert_eq!(first.stdout, second.stdout);
    let place = one.path().to_str().unwrap_or_default();
    assert!(
        !first.stdout.contains(place),
        "no path of this machine\n{first}"
    );
    for state in [
        "approved",
        "draft (2 of 3)",
        "deprecated",
        "revoked (gone)",
        "archived (gone)",
        "blocked (gone)",
    ] {
        assert!(first.stdout.contains(state), "{state}\n{first}");
    }
    assert!(
        first.stdout.contains("\n$ countersign status\n")
            && first.stdout.contains("\n$ countersign check\nwaiting: "),
        "{first}"
    );
    Ok(())
}

/// The README shows what fits on a screen: everything up to the line that counts the subjects.
#[test]
fn its_first_screen_is_in_the_readme() -> TestResult {
    let dir = tempfile::tempdir()?;
    let shown = demo(dir.path(), dir.path(), &[]).exits(0).stdout;
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))?;
    let section = readme
        .split("<!-- demo -->")
        .nth(1)
        .and_then(|rest| rest.split("<!-- /demo -->").next())
        .unwrap_or_default();
    let counted = shown.find(" subjects: ").ok_or("it counts subjects")?;
    let end = shown[counted..].find('\n').ok_or("a line ends")? + counted;
    assert_eq!(
        section.trim(),
        format!("```text\n{}\n```", &shown[..end]),
        "copy the first screen of what `demo` prints into the README"
    );
    Ok(())
}

#[test]
fn it_never_touches_a_folder_that_is_not_empty() -> TestResult {
    let dir = tempfile::tempdir()?;
    fs::create_dir(dir.path().join("mine"))?;
    fs::write(dir.path().join("mine/file"), "mine")?;
    fs::write(dir.path().join("file"), "mine")?;
    for taken in ["mine", "file"] {
        let output = demo(dir.path(), dir.path(), &[taken]).exits(2);
        assert!(output.stderr.contains("already there"), "{output}");
    }
    assert_eq!(fs::read_dir(dir.path().join("mine"))?.count(), 1);
    fs::create_dir(dir.path().join("empty"))?;
    demo(dir.path(), dir.path(), &["empty"]).exits(0);
    Ok(())
}

/// Runs each command of "Try it" in a shell, as a newcomer does.
#[test]
fn everything_it_says_to_try_works_as_it_is_typed() -> TestResult {
    let dir = tempfile::tempdir()?;
    let json = demo(dir.path(), dir.path(), &["--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (&json["schema"], &json["dir"]),
        (&"countersign.demo/v1".into(), &"countersign-demo".into())
    );
    let inside = dir.path().join("countersign-demo");
    let bin = Path::new(env!("CARGO_BIN_EXE_countersign"))
        .parent()
        .unwrap_or(Path::new("/"));
    let expected = [0, 0, 0, 1, 0, 0, 0];
    let commands: Vec<&str> = json["try_next"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|command| command.as_str())
        .collect();
    assert_eq!(commands.len(), expected.len());
    for (command, code) in commands.iter().zip(expected) {
        let script = format!(
            "export PATH='{}':\"$PATH\"; unset GIT_COMMITTER_DATE GIT_AUTHOR_DATE; cd '{}' && {command}",
            bin.display(),
            inside.display()
        );
        let output = program("sh", dir.path(), &["-c", &script], b"");
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{command}\n{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!told.is_empty(), "{command} says something");
        if command.contains("approve") {
            assert!(
                told.contains("\npass: "),
                "the missing approval makes it pass\n{told}"
            );
        }
    }
    Ok(())
}
