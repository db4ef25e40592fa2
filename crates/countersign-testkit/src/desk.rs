//! Someone with a checked-out repository and a key who types commands.

use std::fs;
use std::path::Path;

use countersign::demo::Person;

use super::{Output, Repo, program};

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
    // What the refusal says to look at can be looked at, as it is printed.
    for command in quoted_commands(&output.stderr) {
        if command
            .split(' ')
            .nth(1)
            .is_some_and(|verb| LOOKING.contains(&verb))
        {
            typed(
                repo,
                &repo.path(),
                &format!("{command} --now {}", repo.now()),
            )
            .exits(0);
        }
    }
    output
}

/// Our commands that stand in backticks in a text.
pub fn quoted_commands(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with("countersign "))
}

/// Commands that only show something.
const LOOKING: [&str; 6] = ["diff", "explain", "log", "show", "status", "suggest"];

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

/// A key in the keyring of `gpg` at the desk, without a passphrase: for `expires`, as gpg writes it,
/// from now or from a `faked` time.
pub fn gpg_key(repo: &Repo, uid: &str, expires: &str, faked: Option<&str>) {
    let home = repo.beside().join("gnupg");
    fs::create_dir_all(&home).expect("writable");
    #[cfg(unix)]
    fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .expect("our own folder");
    let mut arguments = vec!["--batch", "--pinentry-mode", "loopback", "--passphrase", ""];
    arguments.extend(faked.iter().flat_map(|time| ["--faked-system-time", time]));
    arguments.extend(["--quick-generate-key", uid, "ed25519", "sign", expires]);
    let made = program("gpg", repo.beside(), &arguments, b"");
    assert!(made.status.success(), "{made:?}");
}

/// What the clock of the system says, for keys that count from when they were made.
pub fn clock(repo: &Repo) -> String {
    let now = program("date", repo.beside(), &["-u", "+%Y-%m-%dT%H:%M:%SZ"], b"");
    String::from_utf8_lossy(&now.stdout).trim().to_owned()
}
