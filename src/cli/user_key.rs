//! Finds the keys the user could sign with: what `--key` says, their Git configuration, the usual
//! files, their SSH agent, gpg. Reads public parts only; private keys stay with the programs that
//! own them.

mod agent;
mod configured;
mod files;
mod openpgp;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

pub use self::configured::Configured;
pub use self::files::{free_path, typed};
pub use self::openpgp::secret_keys;

use self::agent::Agent;
use super::error::CommandError;
use super::programs::{Program, Programs};
use super::unusable::Unusable;
use crate::model::Timestamp;
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

/// Every key the user could sign with, and what is wrong with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// What Git's configuration names.
    pub configured: Configured,
    /// The rest, the likeliest first.
    pub others: Vec<UserKey>,
    /// Files in the usual places that cannot be used.
    pub unusable: Vec<Unusable>,
}

/// What OpenSSH looks for by default, newest first.
const USUAL_FILES: [&str; 5] = [
    "id_ed25519",
    "id_ed25519_sk",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_rsa",
];

impl Candidates {
    /// Looks for them.
    pub fn find(programs: &Programs) -> Result<Self, CommandError> {
        let mut found = Self {
            configured: Configured::read(programs)?,
            others: Vec::new(),
            unusable: Vec::new(),
        };
        let folder = home().map(|home| home.join(".ssh"));
        for path in folder
            .iter()
            .flat_map(|folder| USUAL_FILES.map(|name| folder.join(name)))
        {
            let public_only = PathBuf::from(format!("{}.pub", path.display()));
            if !path.exists() && !public_only.exists() {
                continue;
            }
            match files::public_key(&path, programs) {
                Ok(public) => found.others.push(UserKey::Ssh {
                    public,
                    file: Some(path),
                }),
                Err(fault) => found.unusable.push(fault),
            }
        }
        let agent = Agent::ask().into_keys();
        found.others.extend(
            agent
                .into_iter()
                .map(|public| UserKey::Ssh { public, file: None }),
        );
        let mut seen = Vec::new();
        if let Configured::Key(UserKey::Ssh { public, .. }) = &found.configured {
            seen.push(public.clone());
        }
        found.others.retain(|key| match key {
            UserKey::Ssh { public, .. } => {
                let new = !seen.contains(public);
                seen.push(public.clone());
                new
            }
            UserKey::OpenPgp { .. } => true,
        });
        Ok(found)
    }

    /// The keys that can be used, the configured one first.
    pub fn keys(&self) -> Vec<UserKey> {
        let configured = self.configured.clone().key();
        configured
            .into_iter()
            .chain(self.others.iter().cloned())
            .collect()
    }
}

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
    pub fn named(text: &str, base: &Path, programs: &Programs) -> Result<Self, CommandError> {
        Self::find(text, base, programs).map_err(|fault| fault.error())
    }

    /// The same, or why there is none.
    fn find(text: &str, base: &Path, programs: &Programs) -> Result<Self, Unusable> {
        if let Some(public) = files::literal(text) {
            return Ok(Self::Ssh { public, file: None });
        }
        if text.starts_with("key::") {
            return Err(Unusable::new(
                "what follows `key::` is not an SSH public key",
                "Paste the line of an SSH .pub file after it.",
            ));
        }
        // Programs are started elsewhere, so the path must not depend on where we are.
        let path = std::path::absolute(files::expand(text, base)).map_err(|error| {
            Unusable::new(format!("cannot find {text}: {error}"), String::new())
        })?;
        let public = files::public_key(&path, programs)?;
        Ok(Self::Ssh {
            public,
            file: Some(path),
        })
    }

    /// The OpenPGP key that gpg knows as `id`.
    pub fn openpgp(programs: &Programs, id: &str) -> Result<Self, CommandError> {
        openpgp::find(programs, id).map_err(|fault| fault.error())
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
                programs.sign(Program::SshKeygen, &args, Some(message), || {
                    why_unsigned(programs, public, file.as_deref())
                })
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
                programs.sign(Program::Gpg, &args, Some(message), || {
                    openpgp::why_unsigned(programs, id)
                })
            }
        }
    }
}

/// Refuses a key that a policy should not begin to list, such as an expired certificate.
pub fn refuse_expired(key: &VerificationKey, now: Timestamp) -> Result<(), Unusable> {
    match key.ends(now) {
        Some(end) if end <= now => Err(Unusable::new(
            format!("the key {} expired on {}", key.id(), end),
            "Extend it with `gpg --quick-set-expire`, or use another key.",
        )),
        _ => Ok(()),
    }
}

/// Why ssh-keygen did not sign with a key: its private part, the agent or the passphrase.
fn why_unsigned(programs: &Programs, public: &str, file: Option<&Path>) -> Unusable {
    if public.starts_with("sk-") {
        return Unusable::new(
            "the security key did not answer",
            "Plug it in and touch it when it blinks.",
        );
    }
    let here = file.and_then(|file| files::private_part(file, programs));
    match (here, file) {
        (Some(Err(fault)), _) => return fault,
        (Some(Ok(())), _) => {
            return Unusable::new(
                "the private key is here and needs no passphrase",
                "See what ssh-keygen printed above.",
            );
        }
        (None, _) => {}
    }
    let (missing, place) = match file {
        Some(file) => (
            format!("only the public part of {} is here", typed(file)),
            format!(
                "Put the private key back at {}, or",
                typed(&files::private_path(file))
            ),
        ),
        None => (
            "the private part of the key is in no file that was named".to_owned(),
            "Name its file with --key, or".to_owned(),
        ),
    };
    match Agent::ask() {
        Agent::Absent => Unusable::new(
            format!("{missing}, and no SSH agent is running (`SSH_AUTH_SOCK` is not set)"),
            format!("{place} start the agent that has it."),
        ),
        Agent::Silent => Unusable::new(
            format!("{missing}, and no SSH agent answers at `SSH_AUTH_SOCK`"),
            format!("{place} start the agent that has it."),
        ),
        Agent::Keys(keys) if keys.iter().any(|key| key == public) => Unusable::new(
            "your SSH agent has the key and did not sign",
            "Unlock the agent, or confirm when it asks.",
        ),
        Agent::Keys(_) => Unusable::new(
            format!("{missing}, and your SSH agent does not have it"),
            format!("{place} add it to the agent; `ssh-add -L` lists what is there."),
        ),
    }
}

/// The user's home folder.
pub fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlXPmwVqdPgYaVGoYHyQqJWHbCIvdIo";

    #[test]
    fn a_key_file_may_be_named_by_its_private_or_public_part() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let programs = Programs::new(&dir.path().join(".git"), dir.path());
        fs::write(
            dir.path().join("id"),
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        )
        .expect("a file");
        fs::write(dir.path().join("id.pub"), format!("{KEY} alice\n")).expect("a file");
        for name in ["id", "id.pub"] {
            let key = UserKey::named(name, dir.path(), &programs).expect("a key");
            assert_eq!(
                key,
                UserKey::Ssh {
                    public: KEY.to_owned(),
                    file: Some(dir.path().join(name))
                }
            );
        }
        assert!(UserKey::named("none", dir.path(), &programs).is_err());
    }
}
