//! Someone with a checked-out repository and a key who types commands.

use std::fs;
use std::path::Path;

use countersign::demo::Person;

use super::{Output, Repo};

/// A team's repository with two Skills, checked out, with the key of `sits`.
pub fn desk(sits: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add Skills", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put_skill("csv", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    sit(&repo, sits);
    Ok(repo)
}

/// Puts a person's key where `ssh-keygen` keeps it.
pub fn sit(repo: &Repo, name: &str) {
    let dir = repo.beside().join(".ssh");
    fs::create_dir_all(&dir).expect("writable");
    let person = Person::new(name);
    let private = dir.join("id_ed25519");
    fs::write(&private, person.private_pem()).expect("writable");
    fs::write(dir.join("id_ed25519.pub"), person.public_line()).expect("writable");
    #[cfg(unix)]
    fs::set_permissions(
        &private,
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .expect("our own file");
}

/// The records in the worktree, by path.
pub fn records(repo: &Repo) -> Vec<String> {
    fn walk(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), found);
            } else {
                found.push(entry.path().display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(&repo.path().join("approvals"), &mut found);
    found.sort();
    found
}

/// Decides about `subject` with one command, which commits the record.
#[track_caller]
pub fn decide(repo: &Repo, command: &str, subject: &str, reason: &str) -> Output {
    repo.run(&[command, subject, "--reason", reason, "--commit"])
        .exits(0)
}

/// Runs a command that must do nothing at all.
#[track_caller]
pub fn refused(repo: &Repo, arguments: &[&str], why: &str) -> Output {
    let before = (records(repo), repo.git(&["rev-parse", "HEAD"]));
    let output = repo.run(arguments).exits(2);
    assert!(output.stderr.contains(why), "says `{why}`\n{output}");
    assert_eq!(
        before,
        (records(repo), repo.git(&["rev-parse", "HEAD"])),
        "writes nothing\n{output}"
    );
    output
}

/// Types a printed command, as it is, into a shell in `dir` in which `countersign` is on the
/// `PATH`.
pub fn typed(repo: &Repo, dir: &Path, command: &str) -> Output {
    let bin = Path::new(crate::binary())
        .parent()
        .expect("it is in a folder")
        .to_owned();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    )));
    let line = format!(
        "PATH='{}'; cd '{}' && {command}",
        path.expect("plain folders").display(),
        dir.display()
    );
    Output::of("sh", &["-c", &line], repo.beside(), false)
}
