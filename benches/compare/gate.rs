//! The gate of a pull request with live reviews, answered from loopback, and what the Action adds
//! to it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tokio::runtime::Builder;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::replay::{made, shape};
use crate::stock::Took;
use crate::table::{Table, both};
use crate::{Bench, history, ours, stock};

/// What a usual pull request may ask at most.
const MOST_REQUESTS: usize = 6;

/// `check --live` of a change of one Skill: time, and requests.
pub fn live(bench: &Bench, table: &mut Table) {
    let (skills, landings) = (bench.size(1_000), bench.size(5_000));
    let dir = made(bench, "status", &shape(landings, skills));
    let head = change(&dir);
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime.block_on(MockServer::start());
    let answers =
        move |request: &Request| ResponseTemplate::new(200).set_body_json(answer(request, &head));
    runtime.block_on(Mock::given(any()).respond_with(answers).mount(&server));
    let repository = dir.to_string_lossy().into_owned();
    let now = history::now();
    let run = || {
        let mut command = ours(&[
            "-C",
            &repository,
            "check",
            "--base",
            "main",
            "--live",
            "--pull",
            "7",
            "--now",
            &now,
        ]);
        command
            .env("GITHUB_API_URL", server.uri())
            .env("GITHUB_TOKEN", "token");
        stock::time(&mut command, &[0, 1])
    };
    run();
    let requests = runtime
        .block_on(server.received_requests())
        .expect("requests are kept")
        .len();
    let took = stock::best(bench.repeats(5), run);
    stock::git(&dir, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    table.row(
        &format!("gate: `check --base main --live` of {skills} Skills and {landings} landings"),
        format!("{}, {requests} requests", both(took)),
        "–".to_owned(),
        "–".to_owned(),
        format!("under 1 s, {MOST_REQUESTS} requests"),
    );
}

/// What the Action does before the binary runs, when the binary is given.
pub fn steps(bench: &Bench, table: &mut Table) {
    let dir = made(
        bench,
        "status",
        &shape(bench.size(5_000), bench.size(1_000)),
    );
    let temporary = dir.with_extension("runner");
    std::fs::create_dir_all(&temporary).expect("the target directory is writable");
    let took = stock::best(bench.repeats(5), || {
        let mut script = Command::new("bash");
        script
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/action/binary.sh"))
            .env("BINARY", env!("CARGO_BIN_EXE_countersign"));
        script
            .env("REPOSITORY", &dir)
            .env("GITHUB_WORKSPACE", &dir)
            .env("RUNNER_TEMP", &temporary);
        let get = stock::time(script.env("GITHUB_OUTPUT", temporary.join("output")), &[0]);
        let history = stock::time(
            &mut stock::git_command(&dir, &["rev-parse", "--is-shallow-repository"]),
            &[0],
        );
        Took {
            wall: get.wall + history.wall,
            cpu: get.cpu + history.cpu,
        }
    });
    table.row(
        "the Action's own steps, the binary given",
        both(took),
        "–".to_owned(),
        "–".to_owned(),
        "under 2 s".to_owned(),
    );
}

/// A commit on a branch `change` with other bytes in one Skill, checked out as far as a bare
/// repository can be.
fn change(dir: &Path) -> String {
    let script = "data <<END\nOne line more.\nEND\n";
    let file = text(dir, &["ls-tree", "-r", "--name-only", "main", "skills"]);
    let file = file.lines().next().expect("there are Skills");
    let commit = format!(
        "commit refs/heads/change\ncommitter Alice <alice@acme.example> 1790000000 +0000\ndata 6\nChange\nfrom refs/heads/main^0\nM 100644 inline {file}\n{script}"
    );
    let mut import = Command::new("git");
    import
        .arg("-C")
        .arg(dir)
        .args(["fast-import", "--quiet", "--force"])
        .stdin(Stdio::piped());
    let mut import = import.spawn().expect("git is installed");
    std::io::Write::write_all(
        &mut import.stdin.take().expect("piped above"),
        commit.as_bytes(),
    )
    .expect("it reads");
    assert!(import.wait().expect("it ends").success());
    stock::git(dir, &["symbolic-ref", "HEAD", "refs/heads/change"]);
    text(dir, &["rev-parse", "change"]).trim().to_owned()
}

fn text(dir: &Path, arguments: &[&str]) -> String {
    let output = stock::git_command(dir, arguments)
        .output()
        .expect("git is installed");
    String::from_utf8(output.stdout).expect("ASCII")
}

/// The forge's answers: one pull request with one review of its head by someone, and nothing that
/// changed the head.
fn answer(request: &Request, head: &str) -> Value {
    let path = request.url.path();
    if path.ends_with("/pulls/7") {
        json!({"number": 7, "title": "Change", "user": {"id": 1, "login": "alice", "type": "User"}, "merged_at": null, "merge_commit_sha": null,
            "head": {"sha": head, "ref": "change"}, "base": {"ref": "main", "repo": {"full_name": "acme/agent-skills"}}})
    } else if path.ends_with("/reviews") {
        json!([{"id": 9, "user": {"id": 2, "login": "bob", "type": "User"}, "state": "APPROVED", "commit_id": head,
            "submitted_at": "2026-11-01T00:00:00Z", "body": ""}])
    } else {
        json!([])
    }
}
