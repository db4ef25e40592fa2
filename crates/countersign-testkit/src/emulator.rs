//! An emulator of GitHub that others wrote, the package `emulate` 0.12.2 of the npm registry,
//! behind its front.
//!
//! `COUNTERSIGN_EMULATE` is the path of a program that starts it; without it the tests are not run
//! and a line says so.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::front::{Front, exchange};

const VARIABLE: &str = "COUNTERSIGN_EMULATE";

/// The emulator, ended with the test.
pub struct Emulator {
    child: Child,
    pub front: Front,
    _folder: tempfile::TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulator {
    /// The emulator with what `seed` says, where there is one on this machine.
    pub fn start(seed: &str) -> Option<Self> {
        let Some(program) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
            // Past the harness, which keeps what a passing test prints.
            let _ = writeln!(
                std::io::stderr(),
                "not run: the emulator of GitHub; set {VARIABLE} to the path of a program that starts it"
            );
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("seed.yaml");
        std::fs::write(&file, seed).expect("the seed can be written");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let front = Front::new(port);
        let mut command = Command::new(&program);
        command
            .args([
                "--service",
                "github",
                "--port",
                &port.to_string(),
                "--base-url",
                &front.address(),
                "--seed",
            ])
            .arg(&file);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| {
            panic!(
                "{VARIABLE} is {}, which does not run: {error}",
                program.display()
            )
        });
        let mut emulator = Self {
            child,
            front,
            _folder: folder,
        };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(emulator);
            }
            let ended = emulator.child.try_wait().expect("it can be polled");
            assert!(
                ended.is_none(),
                "{VARIABLE} is {}, which ended with {ended:?}: is it emulate 0.12.2?",
                program.display()
            );
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the emulator does not listen")
    }

    /// What `who` asks for, which must succeed.
    pub fn ask(&self, who: &str, verb: &str, path: &str, body: &Value) -> Value {
        let answer = exchange(
            self.front.port,
            verb,
            path,
            Some(&format!("token_{who}")),
            body.to_string().as_bytes(),
        );
        let answer = String::from_utf8(answer).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(
            head.split(' ')
                .nth(1)
                .is_some_and(|status| status.starts_with('2')),
            "{verb} {path}: {answer}"
        );
        serde_json::from_str(body).unwrap_or(Value::Null)
    }

    /// `who` makes `branch` of `repository`, which begins where `main` is.
    pub fn branch(&self, who: &str, repository: &str, branch: &str) {
        let main = self.ask(
            who,
            "GET",
            &format!("{repository}/git/ref/heads/main"),
            &Value::Null,
        );
        let branch = json!({"ref": format!("refs/heads/{branch}"), "sha": main["object"]["sha"]});
        self.ask(who, "POST", &format!("{repository}/git/refs"), &branch);
    }
}
