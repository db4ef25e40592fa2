//! What a command writes stays where the user said: no link that a clone brought leads out of it,
//! and no pipe makes it wait.

use std::fs;
use std::path::{Path, PathBuf};

use countersign_testkit::{Output, Repo, TestResult};

/// An approved Skill, checked out, and a folder beside the clone that must stay as it is.
fn scene() -> Result<(Repo, PathBuf), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.checkout()?;
    let outside = repo.beside().join("outside");
    fs::create_dir(&outside)?;
    fs::write(outside.join("precious"), "precious\n")?;
    Ok((repo, outside))
}

#[track_caller]
fn untouched(outside: &Path) {
    let names: Vec<_> = fs::read_dir(outside)
        .expect("there")
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    assert_eq!(names, ["precious"]);
    assert_eq!(
        fs::read_to_string(outside.join("precious")).expect("there"),
        "precious\n"
    );
}

#[track_caller]
fn refused(output: Output, why: &str) {
    let output = output.exits(2);
    assert!(output.stderr.contains(why), "says `{why}`\n{output}");
}

#[cfg(unix)]
#[test]
fn no_command_writes_through_a_link_of_the_clone() -> TestResult {
    use std::os::unix::fs::symlink;

    let (repo, outside) = scene()?;
    let root = repo.path();
    let is_link = "is a symbolic link of a repository";
    symlink(&outside, root.join("reports"))?;
    fs::create_dir_all(root.join("deep/er"))?;
    symlink("../../reports", root.join("deep/er/again"))?;
    symlink(outside.join("missing"), root.join("dangling"))?;
    for dir in [
        "reports",
        "reports/below",
        "deep/er/again",
        "deep/../reports",
        "dangling",
        "dangling/x",
    ] {
        let path = root.join(dir);
        let path = path.to_str().ok_or("a plain path")?;
        for arguments in [
            &["audit", "--out", path][..],
            &["audit", "sample", "--seed", "x", "--out", path],
            &["show", "skill/pdf@1.0.0", "--out", path],
            &["schema", "check", "--write", path],
            &["man", path],
            &["demo", path],
        ] {
            let output = repo.run(arguments);
            assert_eq!(output.code, 2, "{arguments:?}\n{output}");
        }
    }
    refused(
        repo.run(&[
            "audit",
            "--out",
            root.join("reports").to_str().ok_or("plain")?,
        ]),
        is_link,
    );
    untouched(&outside);
    // A link that the user made outside of any clone is the user's own.
    let own = repo.beside().join("own");
    symlink(repo.beside().join("place"), &own)?;
    fs::create_dir(repo.beside().join("place"))?;
    repo.run(&["audit", "--out", own.join("q1").to_str().ok_or("plain")?])
        .exits(0);
    assert!(repo.beside().join("place/q1/audit.json").is_file());
    Ok(())
}

#[cfg(unix)]
#[test]
fn schemas_are_written_over_no_link_and_read_from_no_pipe() -> TestResult {
    use std::os::unix::fs::symlink;

    let (repo, outside) = scene()?;
    let schemas = repo.path().join("schemas");
    fs::create_dir(&schemas)?;
    symlink(outside.join("precious"), schemas.join("policy.schema.json"))?;
    symlink(outside.join("made"), schemas.join("decision.schema.json"))?;
    refused(
        repo.run(&["schema", "check", "--write"]),
        "is not a regular file",
    );
    untouched(&outside);
    fs::remove_file(schemas.join("policy.schema.json"))?;
    let pipe = schemas.join("policy.schema.json");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()?
            .success()
    );
    let output = repo.run(&["schema", "check"]).exits(1);
    assert!(
        output
            .stderr
            .contains("policy.schema.json is not a regular file"),
        "{output}"
    );
    refused(
        repo.run(&["schema", "check", "--write"]),
        "is not a regular file",
    );
    fs::remove_dir_all(&schemas)?;
    symlink(&outside, &schemas)?;
    refused(
        repo.run(&["schema", "check", "--write"]),
        "is a symbolic link of a repository",
    );
    untouched(&outside);
    fs::remove_file(&schemas)?;
    repo.run(&["schema", "check", "--write"]).exits(0);
    repo.run(&["schema", "check"]).exits(0);
    Ok(())
}

#[test]
fn nothing_is_written_into_gits_own_folder_in_any_spelling() -> TestResult {
    let (repo, _) = scene()?;
    let before = fs::read_dir(repo.path().join(".git"))?.count();
    for dir in [
        ".git/reports",
        ".GIT/reports",
        ".git./x",
        ".git /x",
        "git~1/x",
        "GIT~1/x",
        ".git::$INDEX_ALLOCATION/x",
        ".g\u{200c}it/x",
        "a/.git/x",
    ] {
        let path = repo.path().join(dir);
        refused(
            repo.run(&["audit", "--out", path.to_str().ok_or("plain")?]),
            "is inside the `.git` folder",
        );
    }
    assert_eq!(fs::read_dir(repo.path().join(".git"))?.count(), before);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_cache_folder_that_is_a_link_is_not_written_through() -> TestResult {
    let (repo, outside) = scene()?;
    let _ = fs::remove_dir_all(repo.path().join(".git/countersign"));
    std::os::unix::fs::symlink(&outside, repo.path().join(".git/countersign"))?;
    repo.run(&["status"]).exits(0);
    untouched(&outside);
    Ok(())
}
