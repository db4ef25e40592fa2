//! The same keys in the lists of git, ssh-keygen and gpg, and in ours.

use std::process::{Command, Stdio};

use countersign::git::Repository;
use countersign::model::ObjectId;
use countersign::model::key::KeySource;
use countersign::signature::{Proof, VerificationKey, prove_commit};

use countersign_testkit::gpg::Gpg;

/// When gpg verifies.
const NOW: &str = "20260201T000000!";

/// Keys that someone trusts.
pub struct Keyring {
    gpg: Gpg,
    ours: Vec<VerificationKey>,
    signers: String,
}

impl Keyring {
    pub fn new() -> Self {
        let gpg = Gpg::new();
        std::fs::write(
            gpg.home().join("gpg.conf"),
            format!("faked-system-time {NOW}\n"),
        )
        .expect("the test's directory is writable");
        Self {
            gpg,
            ours: Vec::new(),
            signers: String::new(),
        }
    }

    /// Lists an SSH key for git and for us.
    #[must_use]
    pub fn ssh(mut self, line: &str) -> Self {
        self.signers.extend(["someone@acme.example ", line, "\n"]);
        if let Ok(key) = VerificationKey::read(&KeySource::Ssh(line.to_owned()), false, None) {
            self.ours.push(key);
        }
        self
    }

    /// Adds a line to git's allowed signers only: what our policy does not list, or cannot.
    #[must_use]
    pub fn ssh_of_git_only(mut self, signer: &str) -> Self {
        self.signers.extend([signer, "\n"]);
        self
    }

    /// Lists a certificate for gpg and for us. One that we refuse to list is in gpg's ring only.
    #[must_use]
    pub fn openpgp(mut self, certificate: &[u8]) -> Self {
        self.gpg.run(&["--import"], certificate);
        let source = KeySource::OpenPgpFile("keys/someone.asc".to_owned());
        if let Ok(key) = VerificationKey::read(&source, false, Some(certificate)) {
            self.ours.push(key);
        }
        self
    }

    pub fn ours(&self) -> &[VerificationKey] {
        &self.ours
    }

    /// Whether `git verify-commit` accepts.
    pub fn git_accepts(&self, repository: &Repository, commit: ObjectId) -> bool {
        let list = self.gpg.home().join("allowed_signers");
        std::fs::write(&list, &self.signers).expect("the test's directory is writable");
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        command
            .env("HOME", self.gpg.home())
            .env("GNUPGHOME", self.gpg.home());
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.gpg.home().join("none"));
        command
            .arg("-C")
            .arg(repository.git_dir())
            .arg("-c")
            .arg(format!("gpg.ssh.allowedSignersFile={}", list.display()));
        command
            .arg("verify-commit")
            .arg(commit.to_string())
            .stdin(Stdio::null());
        command.output().expect("git is installed").status.success()
    }

    /// Whether we accept, or why not.
    pub fn we_accept(&self, repository: &Repository, commit: ObjectId) -> Result<(), String> {
        let commit = repository
            .commit(commit)
            .map_err(|error| error.to_string())?;
        match commit.signature() {
            Ok(None) => Err("unsigned".to_owned()),
            Err(faults) => Err(format!("commit-signature-not-canonical: {faults:?}")),
            Ok(Some(signature)) => self.judged(&prove_commit(
                &signature.payload,
                &signature.armor,
                &self.ours,
            )),
        }
    }

    /// Whether `gpg --verify` accepts a detached signature.
    pub fn gpg_accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let file = self.gpg.home().join("signature");
        std::fs::write(&file, signature).expect("the test's directory is writable");
        let file = file
            .to_str()
            .expect("temporary directories have plain names");
        let mut command = Command::new("gpg");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("GNUPGHOME", self.gpg.home());
        command
            .args(["--batch", "--no-tty", "--verify", file, "-"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let signed = self.gpg.home().join("signed");
        std::fs::write(&signed, message).expect("the test's directory is writable");
        command.stdin(std::fs::File::open(&signed).expect("it was just written"));
        command.status().expect("gpg is installed").success()
    }

    /// Good by a key that is listed.
    pub fn judged(&self, proofs: &[Proof]) -> Result<(), String> {
        let listed = |proof: &&Proof| {
            proof
                .key
                .as_ref()
                .is_some_and(|key| self.ours.iter().any(|ours| ours.handle() == *key))
        };
        if proofs
            .iter()
            .filter(|proof| proof.is_good())
            .any(|proof| listed(&proof))
        {
            return Ok(());
        }
        let faults: Vec<String> = proofs
            .iter()
            .map(|proof| {
                proof
                    .fault
                    .as_ref()
                    .map_or("not listed".to_owned(), ToString::to_string)
            })
            .collect();
        Err(faults.join("; "))
    }
}
