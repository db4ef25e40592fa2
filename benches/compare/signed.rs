//! Signed commits, verified: every landing of a policy that asks for signatures, against `git log
//! --format=%G?`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use countersign::demo::{History, Person, PolicyDraft};
use countersign::git::write::Create;

use crate::stock;
use crate::table::Table;
use crate::{Bench, history, ours};

const USER: &str = "alice@acme.example";
const CERTIFICATE: &str = "keys/alice.asc";

/// The two rows.
pub fn verify(bench: &Bench, table: &mut Table) {
    let count = bench.size(2_000);
    let dir = bench.input("signed-ssh", |dir| ssh(dir, count));
    row(
        bench,
        table,
        &dir,
        &format!("verify {count} SSH-signed commits: `check`, 2 threads"),
        100.0,
    );
    let count = bench.size(500);
    let dir = bench.input("signed-openpgp", |dir| openpgp(dir, count));
    row(
        bench,
        table,
        &dir,
        &format!("verify {count} OpenPGP-signed commits: `check`, 2 threads"),
        25.0,
    );
}

fn row(bench: &Bench, table: &mut Table, dir: &Path, work: &str, wanted: f64) {
    let (repository, now) = (dir.join("repo"), history::now());
    // Every landing must be signed, so exit code 0 says that each signature was found good.
    let check = || {
        stock::time(
            &mut ours(&["-C", &repository.to_string_lossy(), "check", "--now", &now]),
            &[0],
        )
    };
    let signers = format!(
        "gpg.ssh.allowedSignersFile={}",
        dir.join("signers").display()
    );
    let log = ["-c", &signers, "log", "--format=%G?"];
    // One who trusts no one's keys verifies all the same and says `U` instead of `G`.
    let git = || {
        let mut command = stock::git_command(&repository, &log);
        command.env("GNUPGHOME", home(dir));
        stock::time(&mut command, &[0])
    };
    judged_good(dir, &log);
    let (check, git) = stock::race(bench.repeats(3), check, git);
    table.ratio(work, check, "git log --format=%G?", git, wanted);
}

/// Git, too, must find every signature good, or it would be measured on other work.
fn judged_good(dir: &Path, log: &[&str]) {
    let output = stock::git_command(&dir.join("repo"), log)
        .env("GNUPGHOME", home(dir))
        .output()
        .expect("git is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.lines().all(|line| matches!(line, "G" | "U")),
        "git finds every signature good: {:?}",
        text.lines().find(|line| *line != "G")
    );
}

/// A short path of its own, because the agent's socket has one of limited length.
fn home(dir: &Path) -> PathBuf {
    let mut name = std::env::temp_dir().join("countersign-compare-gnupg");
    if dir.to_string_lossy().contains("quick") {
        name.set_extension("quick");
    }
    name
}

fn policy(keys: Vec<String>) -> PolicyDraft {
    let alice = Person::new("alice");
    PolicyDraft::solo(&alice)
        .line("signed_commits: all")
        .with(|policy| policy.principal("alice").keys = keys)
}

fn ssh(dir: &Path, count: usize) {
    let alice = Person::new("alice");
    let mut history = begin(dir);
    let policy = policy(vec![countersign::demo::policy::ssh_key(&alice)]);
    history
        .commit(alice.signed(), "Govern this repository", |tree| {
            tree.put_policy(&policy);
        })
        .expect("the target directory is writable");
    for landing in 1..count {
        let text = format!("{landing}\n");
        history
            .commit(alice.signed(), "Work", |tree| tree.put("work.txt", text))
            .expect("the target directory is writable");
    }
    fs::write(
        dir.join("signers"),
        format!("{} {}\n", alice.email, alice.public_line()),
    )
    .expect("the target directory is writable");
    stock::git(&dir.join("repo"), &["gc", "--quiet"]);
}

fn openpgp(dir: &Path, count: usize) {
    let alice = Person::new("alice");
    let mut history = begin(dir);
    let home = home(dir);
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home).expect("the temporary directory is writable");
    // Before the first commit of the history, so that the key is valid in all of them.
    gpg(
        &home,
        &[
            "--faked-system-time",
            "20260101T000000!",
            "--quick-gen-key",
            USER,
            "ed25519",
            "sign",
            "0",
        ],
        b"",
    );
    let certificate = gpg(&home, &["--armor", "--export", USER], b"");
    let policy = policy(vec![format!("{{openpgp: {CERTIFICATE}}}")]);
    let mut tree = history.tree();
    tree.put_policy(&policy);
    tree.put(CERTIFICATE, &certificate);
    let mut parents = Vec::new();
    for landing in 0..count {
        tree.put("work.txt", format!("{landing}\n"));
        let time = format!(
            "{}!",
            history.now().to_string().replace(['-', ':', 'Z'], "")
        );
        let mut draft = history
            .draft_commit(parents.clone(), &tree, &alice, "Work")
            .expect("the target directory is writable");
        let sign = [
            "--faked-system-time",
            &time,
            "--armor",
            "-u",
            USER,
            "--detach-sign",
        ];
        draft.signature = Some(gpg(&home, &sign, &draft.payload()));
        let commit = history
            .writer()
            .write_commit(&draft)
            .expect("the target directory is writable");
        history
            .adopt(commit, parents, tree.clone(), &alice)
            .expect("the target directory is writable");
        parents = vec![commit];
    }
    fs::write(dir.join("signers"), "").expect("the target directory is writable");
    stock::git(&dir.join("repo"), &["gc", "--quiet"]);
}

fn begin(dir: &Path) -> History {
    let create = Create {
        bare: true,
        ..Create::default()
    };
    History::create(&dir.join("repo"), &create, "github.com/acme/agent-skills")
        .expect("the target directory is writable")
}

/// Runs gpg in a home of its own; it must succeed.
fn gpg(home: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("gpg");
    command.arg("--homedir").arg(home).args([
        "--batch",
        "--quiet",
        "--yes",
        "--no-tty",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    ]);
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("gpg is installed");
    child
        .stdin
        .take()
        .expect("piped above")
        .write_all(input)
        .expect("gpg reads its input");
    let output = child.wait_with_output().expect("gpg was started above");
    assert!(output.status.success(), "gpg {arguments:?} succeeds");
    output.stdout
}
