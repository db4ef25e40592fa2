//! Finds the keys the user could sign with: what `--key` says, their Git configuration, the usual
//! files, their SSH agent. Reads public parts only; private keys stay with the programs that own
//! them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::CommandError;
use super::programs::{Program, Programs};
use crate::model::key::KeySource;
use crate::signature::{KeyFault, VerificationKey};

/// A key that some program on this machine can sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// For `ssh-keygen -Y sign`.
    Ssh {
        /// Type and base64, without a comment.
        public: String,
        /// The file for `-f`; `None` when only the agent knows the key.
        file: Option<PathBuf>,
    },
    /// For `gpg --detach-sign`.
    OpenPgp {
        /// What to call the key with `--local-user`.
        id: String,
        /// The armored certificate.
        certificate: Vec<u8>,
    },
}

/// What OpenSSH looks for by default, newest first.
const USUAL_FILES: [&str; 5] = [
    "id_ed25519",
    "id_ed25519_sk",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_rsa",
];

/// Larger than any public key, small enough to read without risk.
const MAX_KEY_FILE: u64 = 1 << 16;

impl UserKey {
    /// The public key as a policy would list it.
    pub fn source(&self) -> KeySource {
        match self {
            Self::Ssh { public, .. } => KeySource::Ssh(public.clone()),
            Self::OpenPgp { certificate, .. } => {
                KeySource::OpenPgpArmor(String::from_utf8_lossy(certificate).into_owned())
            }
        }
    }

    /// The public key, ready to verify, or why no policy could list it.
    pub fn verification_key(&self) -> Result<VerificationKey, KeyFault> {
        VerificationKey::read(&self.source(), false, None)
    }

    /// The key that the user names with `--key`: a file, or `key::` and a public key in their
    /// agent.
    pub fn named(text: &str, base: &Path) -> Result<Self, CommandError> {
        if let Some(public) = literal(text) {
            return Ok(Self::Ssh { public, file: None });
        }
        // Programs are started elsewhere, so the path must not depend on where we are.
        let path = std::path::absolute(expand(text, base))
            .map_err(|error| CommandError::io(format!("find {text}"), &error))?;
        let public = public_of(&path).ok_or_else(|| {
            CommandError::usage(format!("{} is not an SSH key with its public key next to it", path.display()))
                .help("Give the key's file, with its public key next to it under the same name plus `.pub`; `ssh-keygen -y -f FILE > FILE.pub` writes it.")
        })?;
        Ok(Self::Ssh {
            public,
            file: Some(path),
        })
    }

    /// Every key the user could sign with, the likeliest first.
    pub fn candidates(programs: &Programs) -> Result<Vec<Self>, CommandError> {
        let mut keys = Vec::new();
        let home = home();
        if let Some(key) = Self::of_git(programs)? {
            keys.push(key);
        }
        if let Some(home) = &home {
            for name in USUAL_FILES {
                let path = home.join(".ssh").join(name);
                if let Some(public) = public_of(&path) {
                    keys.push(Self::Ssh {
                        public,
                        file: Some(path),
                    });
                }
            }
        }
        keys.extend(
            agent_keys()
                .into_iter()
                .map(|public| Self::Ssh { public, file: None }),
        );
        let mut seen = Vec::new();
        keys.retain(|key| match key {
            Self::Ssh { public, .. } => {
                let new = !seen.contains(public);
                seen.push(public.clone());
                new
            }
            Self::OpenPgp { .. } => true,
        });
        Ok(keys)
    }

    /// Whether there is a folder for the user's SSH keys.
    pub fn has_folder() -> bool {
        home().is_some_and(|home| home.join(".ssh").is_dir())
    }

    /// The key with which the user signs commits, from their Git configuration.
    pub fn of_git(programs: &Programs) -> Result<Option<Self>, CommandError> {
        let Some(signing_key) = programs.git_config("user.signingkey")? else {
            return Ok(None);
        };
        let format = programs
            .git_config("gpg.format")?
            .unwrap_or_else(|| "openpgp".to_owned());
        if literal(&signing_key).is_some() || format == "ssh" {
            let base = programs.work_dir();
            return Ok(Self::named(&signing_key, base).ok());
        }
        Ok(if format == "openpgp" {
            Self::openpgp(programs, &signing_key).ok()
        } else {
            None
        })
    }

    /// An armored signature of `message`: SSHSIG in `namespace`, or OpenPGP.
    pub fn sign(
        &self,
        programs: &Programs,
        namespace: &str,
        message: &[u8],
    ) -> Result<Vec<u8>, CommandError> {
        match self {
            Self::Ssh { public, file } => {
                let scratch = tempfile::tempdir()
                    .map_err(|error| CommandError::io("create a temporary folder", &error))?;
                // Where only the agent has the private key, ssh-keygen finds it there by its public
                // part.
                let public_only = scratch.path().join("key.pub");
                if file.is_none() {
                    fs::write(&public_only, format!("{public}\n"))
                        .map_err(|error| CommandError::io("write a temporary file", &error))?;
                }
                let key = file.as_ref().unwrap_or(&public_only).as_os_str();
                let args = [
                    "-q".as_ref(),
                    "-Y".as_ref(),
                    "sign".as_ref(),
                    "-n".as_ref(),
                    namespace.as_ref(),
                    "-f".as_ref(),
                    key,
                ];
                programs.sign(Program::SshKeygen, &args, Some(message))
            }
            Self::OpenPgp { id, .. } => {
                let args = [
                    "--armor",
                    "--digest-algo",
                    "SHA512",
                    "--local-user",
                    id,
                    "--output",
                    "-",
                    "--detach-sign",
                ];
                programs.sign(Program::Gpg, &args, Some(message))
            }
        }
    }

    /// The OpenPGP key that gpg knows as `id`.
    pub fn openpgp(programs: &Programs, id: &str) -> Result<Self, CommandError> {
        let id = id.trim();
        let args = [
            "--batch",
            "--armor",
            "--export-options",
            "export-minimal",
            "--export",
            "--",
            id,
        ];
        let certificate = programs.expect(Program::Gpg, &args, None)?;
        if certificate.is_empty() {
            return Err(CommandError::usage(format!("gpg has no key `{id}`"))
                .help("Choose one that `gpg --list-secret-keys` lists."));
        }
        Ok(Self::OpenPgp {
            id: id.to_owned(),
            certificate,
        })
    }
}

/// The user's home folder.
pub fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| home.is_absolute())
}

/// The public key in `key::ssh-ed25519 AAAA…` or, as older versions of Git allow, without the
/// prefix.
fn literal(text: &str) -> Option<String> {
    match text.strip_prefix("key::") {
        Some(key) => public_line(key),
        None if text.starts_with("ssh-")
            || text.starts_with("ecdsa-")
            || text.starts_with("sk-") =>
        {
            public_line(text)
        }
        None => None,
    }
}

fn expand(text: &str, base: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), home()) {
        (Some(rest), Some(home)) => home.join(rest),
        // An absolute path replaces the base; it never starts with a dash, so it cannot be taken
        // for an option.
        _ => base.join(text),
    }
}

/// The public key in `path`, or in the file beside it that ends in `.pub`.
fn public_of(path: &Path) -> Option<String> {
    let beside = PathBuf::from(format!("{}.pub", path.display()));
    [path.to_owned(), beside].iter().find_map(|path| {
        let small = path
            .metadata()
            .is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_KEY_FILE);
        let text = if small {
            fs::read_to_string(path).ok()?
        } else {
            return None;
        };
        public_line(text.lines().next()?)
    })
}

/// Type and base64 of a public key line, without its comment; `None` when it is something else.
fn public_line(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (kind, base64) = (words.next()?, words.next()?);
    let known = [
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-",
        "sk-ssh-ed25519",
        "sk-ecdsa-sha2-",
    ]
    .iter()
    .any(|prefix| kind.starts_with(prefix));
    let plain = base64
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        && base64.starts_with("AAAA");
    (known && plain && !kind.contains("-cert-")).then(|| format!("{kind} {base64}"))
}

/// The keys in the user's SSH agent; none when there is no agent.
#[cfg(unix)]
fn agent_keys() -> Vec<String> {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    // draft-miller-ssh-agent, section 4.4: SSH_AGENTC_REQUEST_IDENTITIES is 11.
    const REQUEST_IDENTITIES: [u8; 5] = [0, 0, 0, 1, 11];
    const MAX_ANSWER: usize = 1 << 18;
    let ask = || -> Option<Vec<u8>> {
        let mut agent = UnixStream::connect(env::var_os("SSH_AUTH_SOCK")?).ok()?;
        agent.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        agent.write_all(&REQUEST_IDENTITIES).ok()?;
        let mut length = [0; 4];
        agent.read_exact(&mut length).ok()?;
        let length = usize::try_from(u32::from_be_bytes(length))
            .ok()
            .filter(|length| *length <= MAX_ANSWER)?;
        let mut answer = vec![0; length];
        agent.read_exact(&mut answer).ok()?;
        Some(answer)
    };
    ask().map(|answer| identities(&answer)).unwrap_or_default()
}

#[cfg(not(unix))]
fn agent_keys() -> Vec<String> {
    Vec::new()
}

/// The public keys in an agent's answer, as lines.
#[cfg(unix)]
fn identities(answer: &[u8]) -> Vec<String> {
    use base64::Engine as _;

    const IDENTITIES_ANSWER: u8 = 12;
    fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (value, after) =
            after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        *rest = after;
        Some(value)
    }
    let mut keys = Vec::new();
    let Some(([IDENTITIES_ANSWER, _, _, _, _], mut rest)) = answer.split_first_chunk::<5>() else {
        return keys;
    };
    while let (Some(blob), Some(_comment)) = (string(&mut rest), string(&mut rest)) {
        let mut inner = blob;
        let kind = string(&mut inner).and_then(|kind| std::str::from_utf8(kind).ok());
        let encoded = base64::engine::general_purpose::STANDARD.encode(blob);
        keys.extend(kind.and_then(|kind| public_line(&format!("{kind} {encoded}"))));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlXPmwVqdPgYaVGoYHyQqJWHbCIvdIo";

    #[test]
    fn a_public_key_is_taken_without_its_comment() {
        assert_eq!(
            public_line(&format!("{KEY} alice@laptop")).as_deref(),
            Some(KEY)
        );
        assert_eq!(literal(&format!("key::{KEY} x")).as_deref(), Some(KEY));
        assert_eq!(literal(KEY).as_deref(), Some(KEY));
        for bad in [
            "",
            "ssh-ed25519",
            "ssh-dss AAAAB3",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "ssh-ed25519-cert-v01@openssh.com AAAA",
            "ssh-rsa BBBB",
        ] {
            assert_eq!(public_line(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_file_may_be_named_by_its_private_or_public_part() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(
            dir.path().join("id"),
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        )
        .expect("a file");
        fs::write(dir.path().join("id.pub"), format!("{KEY} alice\n")).expect("a file");
        for name in ["id", "id.pub"] {
            let key = UserKey::named(name, dir.path()).expect("a key");
            assert_eq!(
                key,
                UserKey::Ssh {
                    public: KEY.to_owned(),
                    file: Some(dir.path().join(name))
                }
            );
        }
        assert!(UserKey::named("none", dir.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_agents_answer_is_read_and_nonsense_is_not() {
        let string = |bytes: &[u8]| {
            [
                &u32::try_from(bytes.len()).expect("short").to_be_bytes()[..],
                bytes,
            ]
            .concat()
        };
        let blob = [string(b"ssh-ed25519"), string(&[7; 32])].concat();
        let answer = [&[12, 0, 0, 0, 1][..], &string(&blob), &string(b"comment")].concat();
        let keys = identities(&answer);
        assert!(
            keys.len() == 1 && keys[0].starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"),
            "{keys:?}"
        );
        for end in 0..answer.len() {
            assert!(identities(&answer[..end]).is_empty(), "{end}");
        }
    }
}
