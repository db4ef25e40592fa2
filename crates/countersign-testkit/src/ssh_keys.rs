//! SSH keys made by ssh-keygen (and by openssl where ssh-keygen refuses), and SSHSIG taken apart
//! and put together again.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

/// A folder of key pairs.
pub struct SshKeys {
    dir: TempDir,
}

/// The five fields of an SSHSIG: key, namespace, reserved, hash, signature.
pub type Fields = [Vec<u8>; 5];

impl SshKeys {
    pub fn new() -> Self {
        Self {
            dir: TempDir::new().expect("the system has a place for temporary files"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a tool in a clean environment.
    pub fn tool(&self, name: &str, arguments: &[&str], input: &[u8]) -> Output {
        let file = self.path("input");
        fs::write(&file, input).expect("the test's directory is writable");
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .env("HOME", self.dir.path());
        command
            .current_dir(self.dir.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.stdin(fs::File::open(&file).expect("it was just written"));
        command
            .output()
            .unwrap_or_else(|error| panic!("{name} starts: {error}"))
    }

    #[track_caller]
    fn succeed(&self, name: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.tool(name, arguments, input);
        assert!(
            output.status.success(),
            "{name} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Makes a key pair `name` in PEM, which openssl reads too.
    #[track_caller]
    pub fn generate(&self, name: &str, kind: &str, bits: &str) {
        let mut arguments = vec![
            "-q",
            "-N",
            "",
            "-C",
            "a comment",
            "-m",
            "PEM",
            "-t",
            kind,
            "-f",
            name,
        ];
        if !bits.is_empty() {
            arguments.extend(["-b", bits]);
        }
        self.succeed("ssh-keygen", &arguments, b"");
    }

    /// An RSA key so small that ssh-keygen would not make it.
    #[track_caller]
    pub fn generate_small_rsa(&self, name: &str) {
        let pem = self.succeed("openssl", &["genrsa", "-traditional", "1024"], b"");
        let mut new = fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        let mut file = new
            .write(true)
            .create_new(true)
            .open(self.path(name))
            .expect("a new file");
        file.write_all(&pem)
            .expect("the test's directory is writable");
        let line = self.succeed("ssh-keygen", &["-y", "-f", name], b"");
        fs::write(self.path(&format!("{name}.pub")), line)
            .expect("the test's directory is writable");
    }

    /// `type base64 comment`.
    pub fn line(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.pub")))
            .expect("ssh-keygen wrote it")
            .trim_end()
            .to_owned()
    }

    /// The wire form of a public key.
    pub fn blob(&self, name: &str) -> Vec<u8> {
        STANDARD
            .decode(
                self.line(name)
                    .split(' ')
                    .nth(1)
                    .expect("a type and base64"),
            )
            .expect("ssh-keygen writes base64")
    }

    /// Certifies a key by itself; the certificate's line.
    #[track_caller]
    pub fn certify(&self, name: &str) -> String {
        self.succeed(
            "ssh-keygen",
            &[
                "-q",
                "-I",
                "id",
                "-n",
                "bob",
                "-s",
                name,
                &format!("{name}.pub"),
            ],
            b"",
        );
        fs::read_to_string(self.path(&format!("{name}-cert.pub")))
            .expect("ssh-keygen wrote it")
            .trim_end()
            .to_owned()
    }

    /// `ssh-keygen -Y sign`; `file` is a private key, or a certificate beside its key.
    #[track_caller]
    pub fn sign(&self, file: &str, namespace: &str, message: &[u8]) -> Vec<u8> {
        self.succeed(
            "ssh-keygen",
            &["-Y", "sign", "-q", "-f", file, "-n", namespace],
            message,
        )
    }

    /// A raw signature by a PEM key with SHA-1, as SSH's `ssh-rsa` has it.
    #[track_caller]
    pub fn raw_sha1(&self, name: &str, message: &[u8]) -> Vec<u8> {
        self.succeed("openssl", &["dgst", "-sha1", "-sign", name], message)
    }

    /// Whether `ssh-keygen -Y verify` accepts it for the listed key of `bob`.
    pub fn accepts(&self, line: &str, namespace: &str, message: &[u8], signature: &[u8]) -> bool {
        self.accepts_listed(&format!("bob {line}"), namespace, message, signature)
    }

    /// Whether `ssh-keygen -Y verify` accepts it under this line of an allowed-signers file.
    pub fn accepts_listed(
        &self,
        signer: &str,
        namespace: &str,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        fs::write(self.path("signers"), format!("{signer}\n"))
            .expect("the test's directory is writable");
        fs::write(self.path("signature"), signature).expect("the test's directory is writable");
        let arguments = [
            "-Y",
            "verify",
            "-I",
            "bob",
            "-n",
            namespace,
            "-f",
            "signers",
            "-s",
            "signature",
        ];
        self.tool("ssh-keygen", &arguments, message)
            .status
            .success()
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

/// A `string` of SSH's wire encoding (RFC 4251, section 5).
pub fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("tests use short strings");
    [&length.to_be_bytes(), bytes].concat()
}

/// Bytes in the armor of ssh-keygen, broken at `width` columns.
pub fn armored_at(width: usize, bytes: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(bytes);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
    .into_bytes()
}

/// Bytes in the armor of ssh-keygen.
pub fn armored(bytes: &[u8]) -> Vec<u8> {
    armored_at(70, bytes)
}

/// The bytes in the armor.
pub fn dearmored(signature: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(signature).expect("armor is ASCII");
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    STANDARD.decode(body).expect("ssh-keygen writes base64")
}

/// The fields of an armored SSHSIG.
pub fn fields(signature: &[u8]) -> Fields {
    let bytes = dearmored(signature);
    let mut rest = &bytes[10..];
    std::array::from_fn(|_| {
        let length = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
        let (field, after) = rest[4..].split_at(length);
        rest = after;
        field.to_vec()
    })
}

/// An armored SSHSIG of these fields.
pub fn sshsig(fields: &Fields) -> Vec<u8> {
    let mut bytes = b"SSHSIG\0\0\0\x01".to_vec();
    for field in fields {
        bytes.extend(string(field));
    }
    armored(&bytes)
}

/// What an SSHSIG signs.
pub fn to_be_signed(namespace: &str, hash: &str, digest: &[u8]) -> Vec<u8> {
    [
        b"SSHSIG".to_vec(),
        string(namespace.as_bytes()),
        string(b""),
        string(hash.as_bytes()),
        string(digest),
    ]
    .concat()
}
