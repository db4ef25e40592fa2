//! Keys and signatures made by the stock tools, for tests. Starts `ssh-keygen` and `gpg` in folders
//! of their own.

pub mod gpg;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

pub use gpg::Gpg;

use super::{KeyFault, VerificationKey};
use countersign_model::key::KeySource;

fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool is installed");
    // A tool that reads no input closes the pipe; that is not an error.
    let _ = child.stdin.take().expect("piped above").write_all(input);
    child
        .wait_with_output()
        .expect("the tool was started above")
}

fn succeed(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let output = run(command, input);
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A `string` of SSH's wire encoding.
pub fn wire_string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("tests use short strings");
    [&length.to_be_bytes(), bytes].concat()
}

/// SSHSIG bytes in the armor of `ssh-keygen`.
pub fn ssh_armor(bytes: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(bytes);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
    .into_bytes()
}

/// SSHSIG bytes without their armor.
pub fn ssh_dearmor(armored: &[u8]) -> Vec<u8> {
    super::armor::ssh(armored).expect("written by ssh-keygen")
}

/// Reads a listed SSH key.
pub fn ssh_key(line: &str) -> Result<VerificationKey, KeyFault> {
    VerificationKey::read(&KeySource::Ssh(line.to_owned()), false, None)
}

/// Reads a listed certificate.
pub fn certificate(bytes: &[u8]) -> Result<VerificationKey, KeyFault> {
    VerificationKey::read(
        &KeySource::OpenPgpFile("keys/a.asc".to_owned()),
        false,
        Some(bytes),
    )
}

/// A folder of SSH keys.
pub struct SshKeys {
    dir: TempDir,
}

impl SshKeys {
    pub fn new() -> Self {
        Self {
            dir: TempDir::new().expect("a temporary folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Makes a key pair; its name.
    pub fn generate(&self, kind: &str, bits: &str) -> String {
        let name = format!(
            "{kind}{bits}-{}",
            std::fs::read_dir(self.dir.path())
                .expect("it exists")
                .count()
        );
        if bits == "1024" {
            // ssh-keygen refuses to make one, but reads one.
            let pem = succeed(
                Command::new("openssl").args(["genrsa", "-traditional", "1024"]),
                b"",
            );
            self.write_private(&name, &pem);
            let line = succeed(
                Command::new("ssh-keygen")
                    .arg("-y")
                    .arg("-f")
                    .arg(self.path(&name)),
                b"",
            );
            std::fs::write(self.path(&name).with_extension("pub"), line).expect("writable");
            return name;
        }
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "a comment", "-t", kind]);
        if !bits.is_empty() {
            command.args(["-b", bits]);
        }
        succeed(command.arg("-f").arg(self.path(&name)), b"");
        name
    }

    fn write_private(&self, name: &str, pem: &[u8]) {
        let mut new = std::fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        let mut file = new
            .write(true)
            .create_new(true)
            .open(self.path(name))
            .expect("a new file");
        file.write_all(pem).expect("writable");
    }

    pub fn public_line(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pub"))).expect("written by ssh-keygen")
    }

    pub fn private_text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("written by ssh-keygen")
    }

    pub fn fingerprint(&self, name: &str) -> String {
        let listing = succeed(
            Command::new("ssh-keygen")
                .arg("-lf")
                .arg(self.path(&format!("{name}.pub"))),
            b"",
        );
        String::from_utf8(listing).expect("ASCII")
    }

    /// Certifies a key by itself; the certificate's line.
    pub fn certify(&self, name: &str) -> String {
        let public = self.path(&format!("{name}.pub"));
        succeed(
            Command::new("ssh-keygen")
                .args(["-q", "-I", "id", "-n", "alice", "-s"])
                .arg(self.path(name))
                .arg(public),
            b"",
        );
        std::fs::read_to_string(self.path(&format!("{name}-cert.pub")))
            .expect("written by ssh-keygen")
    }

    pub fn sign(&self, name: &str, namespace: &str, message: &[u8]) -> Vec<u8> {
        self.sign_with(name, &["-n", namespace], message)
    }

    pub fn sign_with(&self, name: &str, options: &[&str], message: &[u8]) -> Vec<u8> {
        succeed(
            Command::new("ssh-keygen")
                .args(["-Y", "sign", "-f"])
                .arg(self.path(name))
                .args(options),
            message,
        )
    }

    /// Whether `ssh-keygen -Y verify` accepts the signature by the listed key.
    pub fn accepts(&self, line: &str, namespace: &str, message: &[u8], signature: &[u8]) -> bool {
        let signers = self.path("signers");
        let file = self.path("signature");
        std::fs::write(&signers, format!("alice {line}")).expect("writable");
        std::fs::write(&file, signature).expect("writable");
        let mut command = Command::new("ssh-keygen");
        command
            .args(["-Y", "verify", "-I", "alice", "-n", namespace, "-f"])
            .arg(signers)
            .arg("-s")
            .arg(file);
        run(&mut command, message).status.success()
    }
}
