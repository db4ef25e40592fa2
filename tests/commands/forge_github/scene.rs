//! A server on this machine with scripted answers, and a client for it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use countersign::forge::github::{GitHub, GitHubOptions, GitHubWriter, Network, Patience, Waiting};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub const TOKEN: &str = "ghs_secret";
pub const PULL: &str = "/repos/acme/tools/pulls/7";
pub const REVIEWS: &str = "/repos/acme/tools/pulls/7/reviews";
pub const TIMELINE: &str = "/repos/acme/tools/issues/7/timeline";

/// A commit id of one digit.
pub fn sha(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// A user as GitHub writes one.
pub fn user(id: u64, login: &str, kind: &str) -> Value {
    json!({"id": id, "login": login, "type": kind, "site_admin": false})
}

/// Pull request 7, open.
pub fn pull() -> Value {
    json!({
        "number": 7, "title": "<b>hostile</b>", "user": user(1, "ann", "User"), "merged_at": null, "merge_commit_sha": sha('f'),
        "head": {"sha": sha('a'), "ref": "topic", "repo": null},
        "base": {"ref": "main", "repo": {"full_name": "acme/tools", "id": 5}},
    })
}

/// A review of the open head.
pub fn review(id: u64, by: Value, state: &str) -> Value {
    json!({"id": id, "user": by, "state": state, "commit_id": sha('a'), "submitted_at": "2026-11-03T10:12:00Z", "body": "x"})
}

/// The server. It answers every other request with 404.
pub struct Scene {
    // Dropped before the runtime that drives it.
    server: MockServer,
    runtime: Runtime,
    waits: Arc<Mutex<Vec<Waiting>>>,
}

impl Scene {
    pub fn new() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        Self {
            server,
            runtime,
            waits: Arc::default(),
        }
    }

    /// A server where pull request 7 is open and nothing happened to it.
    pub fn open() -> Self {
        let scene = Self::new();
        scene.get(PULL, pull());
        scene.get(REVIEWS, json!([]));
        scene.get(TIMELINE, json!([]));
        scene
    }

    /// Mounts an answer; the first one mounted for a question is given.
    pub fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    pub fn respond(&self, verb: &str, at: &str, response: ResponseTemplate) {
        self.mount(
            Mock::given(method(verb))
                .and(path(at))
                .respond_with(response),
        );
    }

    pub fn get(&self, at: &str, body: Value) {
        self.respond("GET", at, ResponseTemplate::new(200).set_body_json(body));
    }

    pub fn address(&self) -> String {
        self.server.uri()
    }

    pub fn github(&self) -> GitHub {
        GitHub::new(self.connection(Some(TOKEN), &self.address())).expect("a client")
    }

    pub fn anonymous(&self) -> GitHub {
        GitHub::new(self.connection(None, &self.address())).expect("a client")
    }

    pub fn writer(&self) -> GitHubWriter {
        GitHubWriter::new(self.connection(Some(TOKEN), &self.address())).expect("a client")
    }

    pub fn connection<'a>(&self, token: Option<&'a str>, api: &'a str) -> GitHubOptions<'a> {
        let waits = Arc::clone(&self.waits);
        let progress = Box::new(move |waiting: &Waiting| {
            waits.lock().expect("no panic").push(waiting.clone());
        });
        GitHubOptions {
            repository: "github.com/acme/tools".parse().expect("a name"),
            api: Some(api),
            token,
            network: Network::default(),
            patience: short(),
            progress,
        }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.runtime
            .block_on(self.server.received_requests())
            .expect("requests are kept")
    }

    /// How often a path was requested.
    pub fn request_count(&self, at: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| request.url.path() == at)
            .count()
    }

    /// The reported pauses.
    pub fn waits(&self) -> Vec<Waiting> {
        self.waits.lock().expect("no panic").clone()
    }
}

/// Patience for a test.
pub fn short() -> Patience {
    Patience {
        rate_limit: Duration::from_secs(3),
        fault: Duration::from_millis(1),
        tries: 3,
        answer: Duration::from_secs(2),
    }
}

/// A server that sends these bytes to anyone who connects and hangs up. Gives its address.
pub fn raw(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(&bytes);
        }
    });
    address
}
