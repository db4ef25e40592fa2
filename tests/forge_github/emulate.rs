//! The client against an emulator of GitHub that others wrote: the package `emulate` 0.12.2 of the npm registry.
//!
//! `COUNTERSIGN_EMULATE` is the path of a program that starts it; without it the test is not run and a line says so.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use countersign::forge::github::{Connection, GitHub, GitHubWriter};
use countersign::forge::recorded::{Recorded, Recording};
use countersign::forge::{AccountKind, Forge, ForgeError, ForgeWriter as _, HeadEventKind, Holder, Proposal, ReviewState};
use serde_json::{Value, json};

use super::front::{Front, exchange};
use super::scene::short;

const VARIABLE: &str = "COUNTERSIGN_EMULATE";
const REPOSITORY: &str = "/repos/ann/tools";
const SEED: &str = "\
tokens:
  token_ann: {login: ann, scopes: [repo, user, 'admin:org']}
  token_bob: {login: bob, scopes: [repo, user]}
  token_carol: {login: carol, scopes: [repo, user]}
github:
  users: [{login: ann}, {login: bob}, {login: carol}]
  orgs: [{login: acme}]
  repos: [{owner: ann, name: tools, auto_init: true}]
";

/// The emulator, ended with the test.
struct Emulator {
    child: Child,
    front: Front,
    _folder: tempfile::TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulator {
    fn start(program: &PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let seed = folder.path().join("seed.yaml");
        std::fs::write(&seed, SEED).expect("the seed can be written");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let front = Front::new(port);
        let mut command = Command::new(program);
        command.args(["--service", "github", "--port", &port.to_string(), "--base-url", &address(&front), "--seed"]).arg(&seed);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("{VARIABLE} is {}, which does not run: {error}", program.display()));
        let mut emulator = Self { child, front, _folder: folder };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return emulator;
            }
            let ended = emulator.child.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "{VARIABLE} is {}, which ended with {ended:?}: is it emulate 0.12.2?", program.display());
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the emulator does not listen")
    }

    /// What `who` asks for, which must succeed.
    fn as_person(&self, who: &str, verb: &str, path: &str, body: &Value) -> Value {
        let answer = exchange(self.front.port, verb, path, Some(&format!("token_{who}")), body.to_string().as_bytes());
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')), "{verb} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    fn commit(&self) {
        let body = json!({"message": "m", "content": "b25l", "branch": "topic"});
        self.as_person("ann", "PUT", &format!("{REPOSITORY}/contents/skill.md"), &body);
    }

    fn review(&self, who: &str, event: &str) -> u64 {
        let body = json!({"event": event, "body": "x"});
        self.as_person(who, "POST", &format!("{REPOSITORY}/pulls/1/reviews"), &body)["id"].as_u64().expect("an id")
    }

    fn connection<'a>(api: &'a str, token: &'a str) -> Connection<'a> {
        let repository = "github.com/ann/tools".parse().expect("a name");
        Connection { repository, api: Some(api), token: Some(token), patience: short(), progress: Box::new(|_| ()) }
    }
}

fn address(front: &Front) -> String {
    format!("http://127.0.0.1:{}", front.port)
}

#[test]
fn the_life_of_a_pull_request_is_read_as_the_emulator_tells_it() {
    let Some(program) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(std::io::stderr(), "not run: the emulator of GitHub; set {VARIABLE} to the path of a program that starts it");
        return;
    };
    let emulator = Emulator::start(&program);
    let api = address(&emulator.front);
    let forge = Recording::new(GitHub::new(Emulator::connection(&api, "token_bob")).expect("a client"));

    let main = emulator.as_person("ann", "GET", &format!("{REPOSITORY}/git/ref/heads/main"), &Value::Null);
    let branch = json!({"ref": "refs/heads/topic", "sha": main["object"]["sha"]});
    emulator.as_person("ann", "POST", &format!("{REPOSITORY}/git/refs"), &branch);
    emulator.commit();
    emulator.as_person("ann", "POST", &format!("{REPOSITORY}/pulls"), &json!({"title": "t", "head": "topic", "base": "main"}));

    emulator.front.asked();
    let opened = forge.pull(1).expect("an answer");
    assert_eq!(emulator.front.asked(), 3);
    assert_eq!((opened.request.base.as_str(), opened.request.repository.as_str()), ("main", "github.com/ann/tools"));
    assert_eq!(opened.request.author, forge.account("ann").ok());
    assert_eq!((opened.request.merged, opened.reviews.len(), opened.events.len()), (false, 0, 0));

    let approval = emulator.review("bob", "APPROVE");
    emulator.review("carol", "REQUEST_CHANGES");
    let reviewed = forge.pull(1).expect("an answer");
    let states: Vec<_> = reviewed.reviews.iter().map(|review| review.state).collect();
    assert_eq!(states, [ReviewState::Approved, ReviewState::ChangesRequested]);
    assert_eq!(reviewed.reviews[0].account, forge.account("bob").ok());
    assert_eq!(reviewed.reviews[0].account.as_ref().map(|account| account.kind), Some(AccountKind::User));
    assert_eq!(reviewed.reviews[0].commit, Some(opened.request.head));
    assert!(reviewed.reviews[0].submitted.is_some());

    // Its one way to move the head of a pull request.
    emulator.as_person("ann", "PUT", &format!("{REPOSITORY}/pulls/1/update-branch"), &json!({}));
    emulator.front.happened(json!({"event": "base_ref_changed", "created_at": "2026-11-03T10:12:00Z"}));
    let pushed = forge.pull(1).expect("an answer");
    assert_ne!(pushed.request.head, opened.request.head);
    assert_eq!(pushed.reviews[0].commit, Some(opened.request.head), "the review stays with what was reviewed");
    assert_eq!(pushed.events.iter().map(|event| &event.kind).collect::<Vec<_>>(), [&HeadEventKind::BaseChanged]);
    assert_eq!(forge.commits(1).map(|commits| commits.last().copied()), Ok(Some(pushed.request.head)));

    let dismissal = format!("{REPOSITORY}/pulls/1/reviews/{approval}/dismissals");
    emulator.as_person("ann", "PUT", &dismissal, &json!({"message": "stale", "event": "DISMISS"}));
    for _ in 0..101 {
        emulator.review("bob", "COMMENT");
    }
    emulator.front.asked();
    let long = forge.pull(1).expect("an answer");
    assert_eq!((long.reviews.len(), long.reviews[0].state), (103, ReviewState::Dismissed));
    assert_eq!(emulator.front.asked(), 4, "one request more for the second page");

    emulator.as_person("ann", "PUT", &format!("{REPOSITORY}/pulls/1/merge"), &json!({"merge_method": "squash"}));
    let merged = forge.pull(1).expect("an answer");
    assert!(merged.request.merged && merged.request.merge_commit.is_some(), "{:?}", merged.request);

    let saved = Recorded::read(&forge.file().expect("a file")).expect("the file is good");
    assert_eq!(saved.pull(1), Ok(merged));
    assert_eq!(saved.account("ann"), forge.account("ann"));
}

#[test]
fn refusals_people_and_writing_are_as_the_emulator_does_them() {
    let Some(program) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return };
    let emulator = Emulator::start(&program);
    let api = address(&emulator.front);
    let forge = GitHub::new(Emulator::connection(&api, "token_ann")).expect("a client");
    assert!(matches!(forge.pull(99), Err(ForgeError::NotFound { .. })));

    assert!(matches!(forge.holder(), Ok(Holder::Account(account)) if account.login == "ann"));
    emulator.as_person("ann", "POST", "/orgs/acme/teams", &json!({"name": "agents"}));
    emulator.as_person("ann", "PUT", "/orgs/acme/teams/agents/memberships/bob", &json!({}));
    let members = forge.team("acme", "agents").expect("an answer");
    assert!(members.contains(&forge.account("bob").expect("an answer")), "{members:?}");

    let main = emulator.as_person("ann", "GET", &format!("{REPOSITORY}/git/ref/heads/main"), &Value::Null);
    let branch = json!({"ref": "refs/heads/topic", "sha": main["object"]["sha"]});
    emulator.as_person("ann", "POST", &format!("{REPOSITORY}/git/refs"), &branch);
    emulator.commit();
    let writer = GitHubWriter::new(Emulator::connection(&api, "token_ann")).expect("a client");
    let text = str::to_owned;
    let proposal = Proposal { head: text("topic"), base: text("main"), title: text("Record"), body: text("x") };
    let number = writer.propose(&proposal).expect("it is opened");
    assert_eq!(writer.propose(&proposal), Ok(number), "it is open already");
    let comment = writer.comment(number, "<!-- m -->", "waiting").expect("it is written");
    assert_eq!(writer.comment(number, "<!-- m -->", "pass"), Ok(comment));
    let all = emulator.as_person("ann", "GET", &format!("{REPOSITORY}/issues/{number}/comments"), &Value::Null);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["body"], "<!-- m -->\npass");
}
