//! Who decides, and with which of the user's own tools the record is signed. This program never
//! reads private keys.

use std::fs;
use std::path::PathBuf;

use crate::cli::error::CommandError;
use crate::cli::programs::{Program, Programs};
use crate::cli::session::Session;
use crate::cli::unusable::Unusable;
use crate::cli::user_key::{Candidates, Configured, UserKey, secret_keys, typed};
use crate::evidence::PolicyVersion;
use crate::evidence::roster::KeyOwner;
use crate::model::key::KeySource;
use crate::model::policy_input::PrincipalKind;
use crate::model::{KeyId, PrincipalName};
use crate::signature::{COMMIT_NAMESPACE, Format, RECORD_NAMESPACE, prove_detached};

use super::DecisionOptions;

/// A person in the policy and how they sign.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Who decides.
    pub principal: PrincipalName,
    method: Method,
}

#[derive(Clone, Debug)]
enum Method {
    Key(UserKey),
    Minisign(PathBuf),
}

/// A detached signature.
#[derive(Clone, Debug)]
pub struct Detached {
    /// How it is written.
    pub format: Format,
    /// The signature file.
    pub bytes: Vec<u8>,
}

impl Signer {
    /// Finds out who the user is under `version`: by `--as`, and by their key.
    pub fn find(
        session: &Session,
        programs: &Programs,
        options: &DecisionOptions,
        version: &PolicyVersion,
    ) -> Result<Self, CommandError> {
        if let Some(name) = &options.principal {
            known_person(name, version)?;
        }
        if let Some(file) = &options.minisign {
            let file = session.directory().join(file);
            let file = std::path::absolute(&file)
                .map_err(|error| CommandError::io(format!("find {}", file.display()), &error))?;
            if !file.is_file() {
                return Err(CommandError::usage(format!("{} does not exist", typed(&file)))
                    .help("Name the file of your secret key; minisign keeps it in ~/.minisign/minisign.key."));
            }
            let principal = match &options.principal {
                Some(name) => name.clone(),
                None => minisign_holder(version)?,
            };
            return Ok(Self {
                principal,
                method: Method::Minisign(file),
            });
        }
        let wanted = options.principal.as_ref();
        let chosen = match (&options.key, options.openpgp) {
            (Some(key), false) => Some(UserKey::named(key, &session.directory(), programs)?),
            (Some(id), true) => Some(UserKey::openpgp(programs, id)?),
            (None, _) => None,
        };
        let mut search = Search {
            wanted,
            version,
            mismatches: Vec::new(),
        };
        if let Some(key) = chosen {
            return search
                .first(vec![key])
                .ok_or_else(|| search.failure("this key does not belong to"));
        }
        let candidates = Candidates::find(programs)?;
        let configured = match &candidates.configured {
            Configured::Unusable(fault) => Some(fault.clone()),
            Configured::Key(_) | Configured::Unset => None,
        };
        let mut keys = candidates.keys();
        keys.retain(|key| !options.openpgp || matches!(key, UserKey::OpenPgp { .. }));
        let found = search
            .first(keys)
            .or_else(|| search.first(listed_keys_of_gpg(programs, wanted, version)));
        match (found, configured) {
            (Some(signer), None) => Ok(signer),
            (Some(signer), Some(fault)) => {
                session.out.warning(&format!(
                    "{}; signing with another key of {}",
                    fault.why, signer.principal
                ));
                Ok(signer)
            }
            (None, configured) => {
                search.mismatches.extend(
                    configured
                        .into_iter()
                        .chain(candidates.unusable)
                        .map(|fault| fault.line()),
                );
                Err(search.failure("none of your keys belongs to"))
            }
        }
    }

    /// Who the user is under `version`, by their key.
    pub fn user(
        programs: &Programs,
        version: &PolicyVersion,
    ) -> Result<PrincipalName, CommandError> {
        let mut search = Search {
            wanted: None,
            version,
            mismatches: Vec::new(),
        };
        let found = search
            .first(Candidates::find(programs)?.keys())
            .or_else(|| search.first(listed_keys_of_gpg(programs, None, version)));
        found
            .map(|signer| signer.principal)
            .ok_or_else(|| search.failure("none of your keys belongs to"))
    }

    /// Finds the machine that records reviews under `version`: by `--as`, and by its key.
    pub fn recorder(
        session: &Session,
        programs: &Programs,
        key: Option<&str>,
        name: Option<&PrincipalName>,
        version: &PolicyVersion,
    ) -> Result<Self, CommandError> {
        let (keys, configured) = if let Some(key) = key {
            let named = UserKey::named(key, &session.directory(), programs)?;
            (vec![named], Configured::Unset)
        } else {
            let candidates = Candidates::find(programs)?;
            (candidates.keys(), candidates.configured)
        };
        for key in keys {
            if let Some(KeyOwner::Principal(owner)) = owner(&key, version)?
                && name.is_none_or(|name| *name == owner)
                && version
                    .policy
                    .recorders
                    .iter()
                    .any(|scope| scope.principal == owner)
            {
                return Ok(Self {
                    principal: owner,
                    method: Method::Key(key),
                });
            }
        }
        let who = name.map_or_else(
            || "a recorder of the policy".to_owned(),
            ToString::to_string,
        );
        let mut error = CommandError::usage(format!("none of your keys belongs to {who}"));
        if let Configured::Unusable(fault) = configured {
            error = error.help(fault.line());
        }
        Err(error
            .help("Pass the recorder's key with --key FILE; `roles.recorders` in countersign.yaml lists who may record."))
    }

    /// Signs `record` and makes sure that the signature counts as this person's.
    pub fn sign(
        &self,
        programs: &Programs,
        record: &str,
        version: &PolicyVersion,
    ) -> Result<Detached, CommandError> {
        let detached = self.run(programs, record.as_bytes())?;
        let proofs = prove_detached(
            detached.format,
            record.as_bytes(),
            &detached.bytes,
            version.roster.keys(),
        );
        let own = KeyOwner::Principal(self.principal.clone());
        let good = proofs.iter().any(|proof| {
            proof.is_good()
                && proof.key.as_ref().and_then(|key| version.roster.owner(key)) == Some(&own)
        });
        if good {
            return Ok(detached);
        }
        let why = proofs
            .iter()
            .find_map(|proof| match (&proof.fault, &proof.key) {
                (Some(fault), _) => Some(fault.to_string()),
                (None, Some(key)) => Some(format!("{} is not a key of {}", key.id, self.principal)),
                (None, None) => None,
            });
        let why = why.unwrap_or_else(|| "no listed key made it".to_owned());
        Err(CommandError::usage(format!("the signature would not count for {}: {why}", self.principal))
            .help("Sign with a key that the policy lists for you: pass --key FILE, --openpgp or --minisign FILE."))
    }

    /// Signs a commit.
    pub fn sign_commit(
        &self,
        programs: &Programs,
        payload: &[u8],
    ) -> Result<Vec<u8>, CommandError> {
        match &self.method {
            Method::Key(key) => key.sign(programs, COMMIT_NAMESPACE, payload),
            Method::Minisign(_) => Err(CommandError::usage("a minisign key cannot sign a commit")
                .help("Leave out --no-sign, so that the record gets its own signature.")),
        }
    }

    fn run(&self, programs: &Programs, message: &[u8]) -> Result<Detached, CommandError> {
        match &self.method {
            Method::Key(key) => {
                let format = if matches!(key, UserKey::Ssh { .. }) {
                    Format::Ssh
                } else {
                    Format::OpenPgp
                };
                Ok(Detached {
                    format,
                    bytes: key.sign(programs, RECORD_NAMESPACE, message)?,
                })
            }
            Method::Minisign(file) => {
                let scratch = tempfile::tempdir()
                    .map_err(|error| CommandError::io("create a temporary folder", &error))?;
                let (record, signature) = (
                    scratch.path().join("record"),
                    scratch.path().join("record.minisig"),
                );
                fs::write(&record, message)
                    .map_err(|error| CommandError::io("write a temporary file", &error))?;
                let args = [
                    "-S".as_ref(),
                    "-s".as_ref(),
                    file.as_os_str(),
                    "-m".as_ref(),
                    record.as_os_str(),
                    "-x".as_ref(),
                    signature.as_os_str(),
                    "-t".as_ref(),
                    "countersign decision".as_ref(),
                ];
                programs.sign(Program::Minisign, &args, None, || {
                    Unusable::new(
                        format!(
                            "the passphrase was wrong, or {} is not a secret key of minisign",
                            typed(file)
                        ),
                        "Run it in a terminal, where minisign can ask for the passphrase.",
                    )
                })?;
                let bytes = fs::read(&signature)
                    .map_err(|error| CommandError::io("read minisign's signature", &error))?;
                Ok(Detached {
                    format: Format::Minisign,
                    bytes,
                })
            }
        }
    }

    /// Settings by which the user's own `git commit -S` signs with this person's key; `None` for a
    /// key that cannot sign commits.
    pub fn git_settings(&self) -> Option<Vec<String>> {
        let (format, key) = match &self.method {
            Method::Key(UserKey::Ssh { public, file: None }) => ("ssh", format!("key::{public}")),
            Method::Key(UserKey::Ssh {
                file: Some(file), ..
            }) => ("ssh", file.to_str()?.to_owned()),
            Method::Key(UserKey::OpenPgp { id, .. }) => ("openpgp", id.clone()),
            Method::Minisign(_) => return None,
        };
        Some(vec![
            "-c".to_owned(),
            format!("gpg.format={format}"),
            "-c".to_owned(),
            format!("user.signingKey={key}"),
        ])
    }
}

/// A search for the key of someone who may decide.
struct Search<'s> {
    wanted: Option<&'s PrincipalName>,
    version: &'s PolicyVersion,
    /// Why the keys tried so far do not serve.
    mismatches: Vec<String>,
}

impl Search<'_> {
    /// The first of `keys` that belongs to the person, or to anyone where no one is named.
    fn first(&mut self, keys: Vec<UserKey>) -> Option<Signer> {
        for key in keys {
            match holder(&key, self.version) {
                Ok(principal) if self.wanted.is_none_or(|wanted| *wanted == principal) => {
                    return Some(Signer {
                        principal,
                        method: Method::Key(key),
                    });
                }
                Ok(principal) => self
                    .mismatches
                    .push(format!("you have a key of {principal}")),
                Err(why) => self.mismatches.push(why),
            }
        }
        None
    }

    fn failure(&self, what: &str) -> CommandError {
        let who = self
            .wanted
            .map_or_else(|| "anyone in the policy".to_owned(), ToString::to_string);
        let error = CommandError::usage(format!("{what} {who}"));
        let error = self.mismatches.iter().fold(error, CommandError::help);
        error.help("Pass a key with --key FILE, --openpgp or --minisign FILE; `countersign.yaml` lists the keys that count.")
    }
}

/// The keys of gpg that the policy lists for the person, or for anyone. Where the policy lists no
/// OpenPGP key, gpg is not asked.
fn listed_keys_of_gpg(
    programs: &Programs,
    wanted: Option<&PrincipalName>,
    version: &PolicyVersion,
) -> Vec<UserKey> {
    let listed: Vec<&str> = version
        .policy
        .principals
        .keys()
        .filter(|name| {
            version.policy.is_person(name) && wanted.is_none_or(|wanted| wanted == *name)
        })
        .flat_map(|name| version.roster.keys_of(name))
        .filter_map(|key| match &key.id {
            KeyId::OpenPgp(fingerprint) => Some(&**fingerprint),
            _ => None,
        })
        .collect();
    if listed.is_empty() {
        return Vec::new();
    }
    secret_keys(programs, None)
        .into_iter()
        .filter(|key| listed.contains(&key.fingerprint.as_str()))
        .filter_map(|key| UserKey::openpgp(programs, &key.fingerprint).ok())
        .collect()
}

/// Whose key it is under `version`.
fn owner(key: &UserKey, version: &PolicyVersion) -> Result<Option<KeyOwner>, CommandError> {
    let read = key
        .verification_key()
        .map_err(|fault| CommandError::usage(format!("cannot use one of your keys: {fault}")))?;
    Ok(version.roster.owner_by_id(read.id()).cloned())
}

/// Whose key it is, or why it counts for no one.
fn holder(key: &UserKey, version: &PolicyVersion) -> Result<PrincipalName, String> {
    let read = key
        .verification_key()
        .map_err(|fault| format!("cannot use one of your keys: {fault}"))?;
    match version.roster.owner_by_id(read.id()) {
        Some(KeyOwner::Principal(name)) if version.policy.is_person(name) => Ok(name.clone()),
        Some(KeyOwner::Principal(name)) => Err(format!(
            "{} belongs to the machine {name}, and machines cannot decide",
            read.id()
        )),
        Some(KeyOwner::Platform) => Err(format!(
            "{} belongs to the forge, not to a person",
            read.id()
        )),
        None => Err(format!("your key {} is not in the policy", read.id())),
    }
}

fn known_person(name: &PrincipalName, version: &PolicyVersion) -> Result<(), CommandError> {
    match version
        .policy
        .principals
        .get(name)
        .map(|principal| principal.kind)
    {
        Some(PrincipalKind::Person) => Ok(()),
        Some(PrincipalKind::Machine) => Err(CommandError::usage(format!(
            "{name} is a machine, and machines cannot decide"
        ))),
        None => {
            let people = version
                .policy
                .principals
                .keys()
                .filter(|name| version.policy.is_person(name));
            let names: Vec<&str> = people.map(PrincipalName::as_str).collect();
            Err(
                CommandError::usage(format!("`{name}` is not in the current policy"))
                    .help(format!("Name one of {}.", names.join(", "))),
            )
        }
    }
}

/// The one person with a minisign key: the secret key's file does not say whose it is.
fn minisign_holder(version: &PolicyVersion) -> Result<PrincipalName, CommandError> {
    let people = version
        .policy
        .principals
        .iter()
        .filter(|(name, principal)| {
            version.policy.is_person(name)
                && principal
                    .keys
                    .iter()
                    .any(|key| matches!(key.source, KeySource::Minisign(_)))
        });
    let names: Vec<&PrincipalName> = people.map(|(name, _)| name).collect();
    match names.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(CommandError::usage(
            "no one in the policy has a minisign key",
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            Err(
                CommandError::usage("a minisign key does not name its owner")
                    .help(format!("Say who you are with --as {}.", names.join(" | "))),
            )
        }
    }
}
