//! A separate GnuPG home, with a clock that the test sets.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use countersign::model::Timestamp;
use tempfile::TempDir;

/// Keys are made then: some days before the histories of the builder begin.
pub const BIRTH: &str = "20260101T000000!";

/// A GnuPG home. The agent that gpg starts there ends with it.
pub struct Gpg {
    home: TempDir,
}

/// How gpg writes an instant at which its clock is stopped.
pub fn at(time: Timestamp) -> String {
    format!("{}!", time.to_string().replace(['-', ':', 'Z'], ""))
}

impl Gpg {
    pub fn new() -> Self {
        // A short name, because the agent's socket has a path of limited length.
        Self {
            home: tempfile::Builder::new()
                .prefix("g")
                .tempdir()
                .expect("the system has a place for temporary files"),
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new("gpg");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("HOME", self.home.path());
        command.arg("--homedir").arg(self.home.path()).args([
            "--batch",
            "--quiet",
            "--yes",
            "--no-tty",
            "--no-auto-check-trustdb",
        ]);
        command.args([
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            "--allow-weak-digest-algos",
            "--enable-dsa2",
        ]);
        command
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs gpg, whether it succeeds or not.
    pub fn output(&self, options: &[&str], input: &[u8]) -> Output {
        let file = self.home.path().join("input");
        fs::write(&file, input).expect("the test's directory is writable");
        let mut command = self.command(options);
        command.stdin(fs::File::open(&file).expect("it was just written"));
        command.output().expect("gpg is installed")
    }

    /// Runs gpg, which must succeed.
    #[track_caller]
    pub fn run(&self, options: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.output(options, input);
        assert!(
            output.status.success(),
            "gpg {options:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Makes a key at `time`; its fingerprint. `expire` is a date such as `20260105T110000`, or 0.
    #[track_caller]
    pub fn generate(
        &self,
        user: &str,
        algorithm: &str,
        usage: &str,
        expire: &str,
        time: &str,
    ) -> String {
        self.run(
            &[
                "--faked-system-time",
                time,
                "--quick-gen-key",
                user,
                algorithm,
                usage,
                expire,
            ],
            b"",
        );
        self.fingerprints(user).swap_remove(0)
    }

    /// A key of `user` for signing, made at [`BIRTH`], that never expires; its fingerprint.
    #[track_caller]
    pub fn signing_key(&self, user: &str) -> String {
        self.generate(user, "ed25519", "sign", "0", BIRTH)
    }

    /// Adds a subkey at [`BIRTH`]; its fingerprint.
    #[track_caller]
    pub fn subkey(&self, primary: &str, algorithm: &str, usage: &str) -> String {
        self.run(
            &[
                "--faked-system-time",
                BIRTH,
                "--quick-add-key",
                primary,
                algorithm,
                usage,
                "0",
            ],
            b"",
        );
        self.fingerprints(primary).pop().expect("it was just added")
    }

    /// Fingerprints of the primary key and its subkeys.
    pub fn fingerprints(&self, user: &str) -> Vec<String> {
        let listing = String::from_utf8(self.run(
            &["--with-colons", "--with-subkey-fingerprint", "-k", user],
            b"",
        ))
        .expect("colons are ASCII");
        listing
            .lines()
            .filter(|line| line.starts_with("fpr:"))
            .map(|line| line.split(':').nth(9).expect("ten fields").to_owned())
            .collect()
    }

    /// The armored certificate.
    pub fn export(&self, user: &str) -> Vec<u8> {
        self.run(
            &[
                "--armor",
                "--export-options",
                "export-minimal",
                "--export",
                user,
            ],
            b"",
        )
    }

    /// Lets the certificate expire at the end of `time` (`20260105T120000`), or never (`0`).
    pub fn expire(&self, fingerprint: &str, time: &str, now: &str) {
        self.run(
            &[
                "--faked-system-time",
                now,
                "--quick-set-expire",
                fingerprint,
                time,
            ],
            b"",
        );
    }

    /// Revokes the certificate for `reason` (0 none, 1 compromised, 2 superseded, 3 no longer
    /// used).
    pub fn revoke(&self, fingerprint: &str, reason: u8, time: &str) {
        let answers = format!("y\n{reason}\n\ny\n");
        let options = [
            "--no-batch",
            "--command-fd",
            "0",
            "--faked-system-time",
            time,
            "--armor",
            "--gen-revoke",
            fingerprint,
        ];
        let certificate = self.run(&options, answers.as_bytes());
        self.run(&["--import"], &certificate);
    }

    /// Takes from the first subkey the right to sign and gives it that to authenticate.
    pub fn unsign_subkey(&self, primary: &str, time: &str) {
        let edit = b"key 1\nchange-usage\nS\nA\nQ\nsave\n";
        self.run(
            &[
                "--no-batch",
                "--expert",
                "--command-fd",
                "0",
                "--faked-system-time",
                time,
                "--edit-key",
                primary,
            ],
            edit,
        );
    }

    /// An armored detached signature made at `time`; `user` may end in `!` to name a subkey.
    #[track_caller]
    pub fn sign(&self, user: &str, time: &str, options: &[&str], message: &[u8]) -> Vec<u8> {
        self.run(
            &[
                &["--faked-system-time", time, "--armor", "-u", user],
                options,
                &["--detach-sign"],
            ]
            .concat(),
            message,
        )
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "gpg-agent"])
            .output();
    }
}
