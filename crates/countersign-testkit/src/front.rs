//! A front for the emulator: it answers what the emulator lacks (the timeline of a pull request,
//! the pull requests of a commit) and passes everything else on, with the emulator's own commit ids
//! changed into those of a real repository.

use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// The front. It answers until the test ends.
pub struct Front {
    pub port: u16,
    timeline: Arc<Mutex<Vec<Value>>>,
    requests: Arc<Mutex<usize>>,
    /// A commit of the emulator and the real one that represents it.
    commits: Arc<Mutex<Vec<(String, String)>>>,
}

impl Front {
    /// A front for what listens on `behind`.
    pub fn new(behind: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let front = Self {
            port,
            timeline: Arc::default(),
            requests: Arc::default(),
            commits: Arc::default(),
        };
        let (timeline, requests, commits) = (
            Arc::clone(&front.timeline),
            Arc::clone(&front.requests),
            Arc::clone(&front.commits),
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (timeline, requests, commits) = (
                    Arc::clone(&timeline),
                    Arc::clone(&requests),
                    Arc::clone(&commits),
                );
                thread::spawn(move || {
                    serve(
                        stream.expect("a connection"),
                        behind,
                        &timeline,
                        &requests,
                        &commits,
                    );
                });
            }
        });
        front
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// An event of every timeline from now on.
    pub fn happened(&self, event: Value) {
        self.timeline.lock().expect("no panic").push(event);
    }

    /// From now on a commit of the emulator is this real one.
    pub fn stands_for(&self, emulated: &str, real: &str) {
        self.commits
            .lock()
            .expect("no panic")
            .push((emulated.to_owned(), real.to_owned()));
    }

    /// How many requests came since the last call.
    pub fn take_request_count(&self) -> usize {
        std::mem::take(&mut *self.requests.lock().expect("no panic"))
    }
}

fn serve(
    mut stream: TcpStream,
    behind: u16,
    timeline: &Mutex<Vec<Value>>,
    requests: &Mutex<usize>,
    commits: &Mutex<Vec<(String, String)>>,
) {
    let Some((line, token, body)) = request(&mut stream) else {
        return;
    };
    *requests.lock().expect("no panic") += 1;
    let (verb, path) = line.split_once(' ').expect("a request line");
    let commits = commits.lock().expect("no panic").clone();
    let answer = if path.contains("/timeline") {
        found(&json!(*timeline.lock().expect("no panic")))
    } else if let Some((repository, commit)) = path
        .split_once("/commits/")
        .filter(|(_, rest)| rest.contains("/pulls"))
    {
        let commit = commit.split('/').next().unwrap_or_default();
        found(&json!(pulls_of(
            behind,
            repository,
            &real(commit, &commits),
            token.as_deref(),
            &commits
        )))
    } else {
        let answer =
            String::from_utf8(exchange(behind, verb, path, token.as_deref(), &body)).expect("text");
        // Links of further pages lead through the front, too.
        let own = stream.local_addr().expect("an address").port();
        real(&answer, &commits)
            .replace(
                &format!("//127.0.0.1:{behind}/"),
                &format!("//127.0.0.1:{own}/"),
            )
            .into_bytes()
    };
    let _ = stream.write_all(&answer);
}

fn found(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Text with the emulator's commits changed into the real ones, which are as long.
fn real(text: &str, commits: &[(String, String)]) -> String {
    commits
        .iter()
        .fold(text.to_owned(), |text, (emulated, real)| {
            text.replace(emulated, real)
        })
}

/// The merged pull requests whose merge is `commit`.
fn pulls_of(
    behind: u16,
    repository: &str,
    commit: &str,
    token: Option<&str>,
    commits: &[(String, String)],
) -> Vec<Value> {
    let listed = |path: &str| {
        let answer = String::from_utf8(exchange(behind, "GET", path, token, b"")).expect("text");
        let body = answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| real(body, commits))
            .unwrap_or_default();
        serde_json::from_str::<Value>(&body).unwrap_or(Value::Null)
    };
    let all = listed(&format!("{repository}/pulls?state=all"));
    let numbers = all
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pull| pull["number"].as_u64());
    let whole = numbers.map(|number| listed(&format!("{repository}/pulls/{number}")));
    whole
        .filter(|pull| pull["merge_commit_sha"] == commit)
        .collect()
}

/// Verb and path, the token, and the body.
fn request(stream: &mut TcpStream) -> Option<(String, Option<String>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    };
    let mut body = vec![
        0;
        header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0)
    ];
    stream.read_exact(&mut body).ok()?;
    let (line, _) = head.lines().next()?.rsplit_once(' ')?;
    let token =
        header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    Some((line.to_owned(), token, body))
}

/// One request in HTTP/1.0, where the answer ends with the connection, and the whole answer.
pub fn exchange(port: u16, verb: &str, path: &str, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let token = token
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    let head = format!(
        "{verb} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{token}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}
