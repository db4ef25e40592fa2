//! Whose key it is: the keys of one policy, read, none of them with two owners.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use countersign_model::document::Problem;
use countersign_model::document::spans::join;
use countersign_model::document::yaml::Tree;
use countersign_model::key::KeySource;
use countersign_model::policy::{Compromised, PolicyKey};
use countersign_model::{Digest, KeyId, ObjectId, Policy, PrincipalName, RuleId, Timestamp};
use countersign_signature::{KeyHandle, VerificationKey};

use super::compromised::{CompromisedKeys, Fingerprint};

/// Whose a key is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyOwner {
    /// A person or machine of the policy.
    Principal(PrincipalName),
    /// The forge: its signature says "made here", never "approved by".
    Platform,
}

impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(name) => name.fmt(f),
            Self::Platform => f.write_str("platform_keys"),
        }
    }
}

/// Something wrong with the people and keys of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterFault {
    /// 1-based line in `countersign.yaml`.
    pub line: u32,
    /// JSON pointer to the value in `countersign.yaml`.
    pub pointer: String,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What fixes it: a sentence that starts with a verb.
    pub help: String,
}

impl RosterFault {
    /// The same as a problem with the policy's file, which was read as `tree`.
    pub fn problem(&self, tree: &Tree) -> Problem {
        tree.problem(
            RuleId::PolicyInvalid,
            &self.pointer,
            self.message.clone(),
            self.help.clone(),
        )
    }
}

/// The keys of one policy.
#[derive(Clone, Debug)]
pub struct Roster {
    keys: Vec<VerificationKey>,
    /// Where the policy lists each of them.
    places: Vec<Listed>,
    owners: BTreeMap<KeyHandle, KeyOwner>,
    owners_by_id: BTreeMap<KeyId, KeyOwner>,
    compromised: Vec<(Fingerprint, ObjectId)>,
    warnings: Vec<RosterFault>,
}

impl Roster {
    /// Reads every key of `policy`; `files` holds the files that it names, by path. Every fault is
    /// listed, by line.
    pub fn read(
        policy: &Policy,
        files: &BTreeMap<String, Arc<[u8]>>,
    ) -> Result<Self, Vec<RosterFault>> {
        let mut reading = Reading::default();
        let people =
            policy.principals.iter().flat_map(|(name, principal)| {
                let at = join(&join("/principals", name), "keys");
                principal.keys.iter().enumerate().map(move |(index, key)| {
                    (KeyOwner::Principal(name.clone()), key, join(&at, index))
                })
            });
        let platform = policy.platform_keys.iter().enumerate();
        for (owner, key, at) in people.chain(
            platform.map(|(index, key)| (KeyOwner::Platform, key, join("/platform_keys", index))),
        ) {
            reading.add(owner, key, &at, files);
        }
        reading.check_people(policy);
        reading.check_revoked();
        let (compromised, warnings) = reading.compromised(&policy.compromised);
        let Reading {
            keys,
            places,
            mut faults,
            ..
        } = reading;
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults);
        }
        let owners = keys
            .iter()
            .map(|(owner, key)| (key.handle(), owner.clone()))
            .collect();
        let owners_by_id = keys
            .iter()
            .map(|(owner, key)| (key.id().clone(), owner.clone()))
            .collect();
        let keys = keys.into_iter().map(|(_, key)| key).collect();
        Ok(Self {
            keys,
            places,
            owners,
            owners_by_id,
            compromised,
            warnings,
        })
    }

    /// Every listed key, each listing once.
    pub fn keys(&self) -> &[VerificationKey] {
        &self.keys
    }

    /// Whose signature it is: of the key exactly as this policy lists it.
    pub fn owner(&self, key: &KeyHandle) -> Option<&KeyOwner> {
        self.owners.get(key)
    }

    /// Whose key it is by name alone, in whatever listing it was verified; to find contributors,
    /// never to grant.
    pub fn owner_by_id(&self, key: &KeyId) -> Option<&KeyOwner> {
        self.owners_by_id.get(key)
    }

    /// Whether a principal has a key that could make a signature at `at`: neither `stolen`, revoked
    /// nor ended.
    pub fn can_sign(&self, name: &PrincipalName, at: Timestamp, stolen: &CompromisedKeys) -> bool {
        let own = |owner: &KeyOwner| matches!(owner, KeyOwner::Principal(owner) if owner == name);
        let usable = |key: &VerificationKey| {
            !stolen.holds(key.id())
                && !key.is_revoked(at)
                && key.ends(at).is_none_or(|end| end > at)
        };
        self.listings()
            .any(|(key, owner)| own(owner) && usable(key))
    }

    /// Certificates that can make no signature at `now`, each with its place: those that are
    /// revoked, and those that have expired.
    pub fn ended(&self, now: Timestamp) -> Vec<(RuleId, RosterFault)> {
        let mut ended = Vec::new();
        for (key, place) in self.keys.iter().zip(&self.places) {
            let owner = self.owners.get(&key.handle());
            let owner = owner
                .map(|owner| format!(" of {owner}"))
                .unwrap_or_default();
            let what = format!("the OpenPGP certificate {}{owner}", key.id());
            let expired = key.ends(now).filter(|end| *end <= now);
            let (rule, message, help) = match expired {
                _ if key.is_revoked(now) => (
                    RuleId::KeyRevoked,
                    format!("{what} is revoked"),
                    "List another key of theirs.",
                ),
                Some(end) => (
                    RuleId::KeyExpired,
                    format!("{what} expired on {end}"),
                    "Extend it with `gpg --quick-set-expire` and list the new export, or list another key.",
                ),
                None => continue,
            };
            let fault = RosterFault {
                line: place.line,
                pointer: place.pointer.clone(),
                message,
                help: help.to_owned(),
            };
            ended.push((rule, fault));
        }
        ended
    }

    /// Digests of the public keys in one listing, the same for the same key in every format.
    pub fn materials(&self, key: &KeyHandle) -> Vec<Digest> {
        self.keys
            .iter()
            .find(|listed| listed.handle() == *key)
            .map(VerificationKey::materials)
            .unwrap_or_default()
    }

    /// Every listed key with whose it is.
    pub fn listings(&self) -> impl Iterator<Item = (&VerificationKey, &KeyOwner)> {
        self.keys
            .iter()
            .filter_map(|key| Some((key, self.owners.get(&key.handle())?)))
    }

    /// The listings that belong to one principal.
    pub fn keys_of(&self, name: &PrincipalName) -> BTreeSet<&KeyHandle> {
        self.owners
            .iter()
            .filter(|(_, owner)| matches!(owner, KeyOwner::Principal(owner) if owner == name))
            .map(|(key, _)| key)
            .collect()
    }

    /// The keys that the policy declares stolen, and since when; what they void is for
    /// [`CompromisedKeys`] to say.
    pub fn compromised(&self) -> &[(Fingerprint, ObjectId)] {
        &self.compromised
    }

    /// What someone should look at, though the policy can be used.
    pub fn warnings(&self) -> &[RosterFault] {
        &self.warnings
    }
}

/// The work of [`Roster::read`].
#[derive(Default)]
struct Reading {
    keys: Vec<(KeyOwner, VerificationKey)>,
    /// The place of each.
    places: Vec<Listed>,
    /// Who listed a key material first.
    holders: BTreeMap<Digest, KeyOwner>,
    faults: Vec<RosterFault>,
}

/// Where the policy lists something.
#[derive(Clone, Debug)]
struct Listed {
    line: u32,
    pointer: String,
}

impl Reading {
    fn fault(&mut self, place: &Listed, message: String, help: impl Into<String>) {
        self.faults.push(RosterFault {
            line: place.line,
            pointer: place.pointer.clone(),
            message,
            help: help.into(),
        });
    }

    fn add(
        &mut self,
        owner: KeyOwner,
        listed: &PolicyKey,
        at: &str,
        files: &BTreeMap<String, Arc<[u8]>>,
    ) {
        let field = match &listed.source {
            KeySource::OpenPgpFile(_) | KeySource::OpenPgpArmor(_) => "openpgp",
            KeySource::Ssh(_) => "ssh",
            KeySource::Minisign(_) => "minisign",
        };
        let place = Listed {
            line: listed.line,
            pointer: join(at, field),
        };
        let (file, what) = match &listed.source {
            KeySource::OpenPgpFile(path) => (
                files.get(path),
                format!("key file `{}` of {owner}", path.escape_debug()),
            ),
            KeySource::OpenPgpArmor(_) => (None, format!("OpenPGP certificate of {owner}")),
            KeySource::Ssh(_) => (None, format!("SSH key of {owner}")),
            KeySource::Minisign(_) => (None, format!("minisign key of {owner}")),
        };
        let key =
            match VerificationKey::read(&listed.source, listed.legacy, file.map(AsRef::as_ref)) {
                Ok(key) => key,
                Err(fault) => {
                    return match path_in_place_of(&listed.source) {
                        Some(path) => self.fault(
                            &place,
                            format!("{what} is a path, and the key itself belongs here"),
                            format!("Paste the line that is in {path}."),
                        ),
                        None => self.fault(
                            &place,
                            format!("{what} cannot be used: {fault}"),
                            fault.help(),
                        ),
                    };
                }
            };
        let mut shared = BTreeSet::new();
        for material in key.materials() {
            let holder = self
                .holders
                .entry(material)
                .or_insert_with(|| owner.clone());
            if *holder != owner {
                shared.insert(holder.clone());
            }
        }
        for holder in shared {
            let message = format!("{what} ({}) contains a key that {holder} has too", key.id());
            self.fault(&place, message, "Remove it from one of the two: a key is one identity, in whatever format it is written.");
        }
        if !self
            .keys
            .iter()
            .any(|(_, known)| known.handle() == key.handle())
        {
            self.keys.push((owner, key));
            self.places.push(place);
        }
    }

    fn check_people(&mut self, policy: &Policy) {
        let mut holders: BTreeMap<String, &PrincipalName> = BTreeMap::new();
        for (name, principal) in &policy.principals {
            let at = join("/principals", name);
            let (accounts_at, emails_at) = (join(&at, "accounts"), join(&at, "emails"));
            let accounts = principal.accounts.iter().enumerate();
            let accounts = accounts.flat_map(|(index, account)| {
                let forge = account.forge.to_lowercase();
                let at = join(&accounts_at, index);
                [
                    (format!("account {} {}", forge, account.id), join(&at, "id")),
                    (
                        format!("account {} `{}`", forge, account.login.to_lowercase()),
                        join(&at, "login"),
                    ),
                ]
            });
            let emails = principal.emails.iter().enumerate().map(|(index, email)| {
                (
                    format!("e-mail `{}`", email.trim().to_lowercase()),
                    join(&emails_at, index),
                )
            });
            for (identity, pointer) in accounts.chain(emails) {
                let holder = *holders.entry(identity.clone()).or_insert(name);
                if holder != name {
                    let message = format!(
                        "the {} belongs to {holder} and to {name}",
                        identity.escape_debug()
                    );
                    let place = Listed {
                        line: principal.line,
                        pointer,
                    };
                    self.fault(
                        &place,
                        message,
                        "Remove it from one of the two, or make them one principal.",
                    );
                }
            }
        }
    }

    /// What a certificate revokes is not taken from another listing: neither an older export of it,
    /// nor the same key in another format.
    fn check_revoked(&mut self) {
        let mut faults = Vec::new();
        for ((owner, key), place) in self.keys.iter().zip(&self.places) {
            let mut others = self
                .keys
                .iter()
                .filter(|(_, other)| other.handle() != key.handle());
            if others
                .clone()
                .any(|(_, other)| other.id() == key.id() && matches!(key.id(), KeyId::OpenPgp(_)))
            {
                faults.push((
                    place.clone(),
                    format!(
                        "the certificate {} of {owner} is listed twice, in two exports",
                        key.id()
                    ),
                ));
            } else if others.any(|(_, other)| {
                key.materials()
                    .iter()
                    .any(|material| other.revoked_materials().contains(material))
            }) {
                faults.push((
                    place.clone(),
                    format!(
                        "{} of {owner} contains a key that another listed certificate revokes",
                        key.id()
                    ),
                ));
            }
        }
        for (place, message) in faults {
            self.fault(
                &place,
                message,
                "Keep one listing: the newest export, which has every revocation.",
            );
        }
    }

    /// The `compromised` entries, and warnings for those that name no key of this policy.
    fn compromised(
        &mut self,
        entries: &[Compromised],
    ) -> (Vec<(Fingerprint, ObjectId)>, Vec<RosterFault>) {
        let mut stolen = Vec::new();
        let mut warnings = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let place = Listed {
                line: entry.line,
                pointer: join(&join("/compromised", index), "key"),
            };
            let Some(fingerprint) = Fingerprint::parse(&entry.key) else {
                self.fault(
                    &place,
                    "a compromised key is not named by a fingerprint".to_owned(),
                    "Write SHA256:… as `ssh-keygen -lf` prints it, the full OpenPGP fingerprint, or the 16 digits of a minisign key.",
                );
                continue;
            };
            if !self.keys.iter().any(|(_, key)| fingerprint.finds(key)) {
                warnings.push(RosterFault {
                    line: place.line,
                    pointer: place.pointer,
                    message: format!("the compromised key {} is not listed in this policy", fingerprint.text()),
                    help: "Compare it with `countersign log` if no earlier policy listed it: a mistyped fingerprint voids nothing."
                        .to_owned(),
                });
            }
            stolen.push((fingerprint, entry.since));
        }
        (stolen, warnings)
    }
}

/// The path that someone wrote where a line of an SSH key belongs.
fn path_in_place_of(source: &KeySource) -> Option<String> {
    match source {
        KeySource::Ssh(line) if !line.trim().contains(' ') => {
            let path = line.trim();
            let is_path = path.contains('/') || path.ends_with(".pub");
            is_path.then(|| path.escape_debug().to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
