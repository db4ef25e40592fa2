//! Which keys the `compromised` entries of a policy void.
//!
//! What takes authority away is looked up generously: a certificate that was stolen is often no
//! longer listed, and an entry may name one of its subkeys, or the same key in another format. So
//! every policy that was ever in force is asked.

use std::collections::BTreeSet;

use super::Roster;
use countersign_model::{Digest, KeyId, ObjectId};
use countersign_signature::VerificationKey;

/// The keys that a policy declares stolen, with all that share their key material.
#[derive(Clone, Debug, Default)]
pub struct CompromisedKeys(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    fingerprint: Fingerprint,
    also: BTreeSet<KeyId>,
    since: ObjectId,
}

impl CompromisedKeys {
    /// The entries of `roster`, looked up in it and in `earlier` ones.
    pub fn of<'r>(roster: &'r Roster, earlier: impl Iterator<Item = &'r Roster>) -> Self {
        if roster.compromised().is_empty() {
            return Self::default();
        }
        let keys: Vec<&VerificationKey> = std::iter::once(roster)
            .chain(earlier)
            .flat_map(Roster::keys)
            .collect();
        let entry = |(fingerprint, since): &(Fingerprint, ObjectId)| {
            let materials: BTreeSet<Digest> = keys
                .iter()
                .filter(|key| fingerprint.finds(key))
                .flat_map(|key| key.materials())
                .collect();
            let sharing = keys.iter().filter(|key| {
                key.materials()
                    .iter()
                    .any(|material| materials.contains(material))
            });
            Entry {
                fingerprint: fingerprint.clone(),
                also: sharing.map(|key| key.id().clone()).collect(),
                since: *since,
            }
        };
        Self(roster.compromised().iter().map(entry).collect())
    }

    /// The landings from which on what `key` raised is void: it is void from the earliest of them.
    pub fn since(&self, key: &KeyId) -> Vec<ObjectId> {
        let voided = self
            .0
            .iter()
            .filter(|entry| entry.fingerprint.names(key) || entry.also.contains(key));
        voided.map(|entry| entry.since).collect()
    }

    /// Whether anything that `key` raised may be void.
    pub fn holds(&self, key: &KeyId) -> bool {
        !self.since(key).is_empty()
    }
}

/// A key as people write it in `compromised`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fingerprint {
    /// `SHA256:` and 43 base64 characters.
    Ssh(String),
    /// Upper-case hex of a primary key or a subkey.
    OpenPgp(String),
    /// The 16 upper-case hex digits of a minisign key, which another key may share.
    Minisign(String),
    /// 16 upper-case hex digits that may also be the key id of an OpenPGP key.
    Short(String),
}

impl Fingerprint {
    /// Reads any spelling that the tools print. Names of a format before a colon, case and spaces
    /// inside hex do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(base64) = text.strip_prefix("SHA256:") {
            let base64 = base64.trim_end_matches('=');
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
            return (base64.len() == 43 && base64.bytes().all(allowed))
                .then(|| Self::Ssh(format!("SHA256:{base64}")));
        }
        let (format, hex) = text.split_once(':').map_or((None, text), |(format, hex)| {
            (Some(format.to_ascii_lowercase()), hex)
        });
        let hex: String = hex
            .chars()
            .filter(|c| *c != ' ')
            .collect::<String>()
            .to_ascii_uppercase();
        let hex = hex.strip_prefix("0X").unwrap_or(&hex);
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        match (format.as_deref(), hex.len()) {
            (None | Some("openpgp"), 40 | 64) => Some(Self::OpenPgp(hex.to_owned())),
            (None, 16) => Some(Self::Short(hex.to_owned())),
            (Some("minisign"), 16) => Some(Self::Minisign(hex.to_owned())),
            _ => None,
        }
    }

    /// Whether it names `key`: its only key, or the primary key of a certificate.
    pub fn names(&self, key: &KeyId) -> bool {
        match (self, key) {
            (Self::Ssh(text), KeyId::Ssh(id)) => **text == **id,
            (Self::OpenPgp(_) | Self::Short(_), KeyId::OpenPgp(id)) => self.is_of_openpgp(id),
            (Self::Minisign(number) | Self::Short(number), KeyId::Minisign(id)) => {
                id.split(':').next() == Some(number)
            }
            _ => false,
        }
    }

    /// Whether it names `key` or a subkey of it.
    pub fn finds(&self, key: &VerificationKey) -> bool {
        self.names(key.id())
            || key
                .openpgp_fingerprints()
                .iter()
                .any(|inside| self.is_of_openpgp(inside))
    }

    /// Whether it names the OpenPGP key with this fingerprint. A key id is the end of a version 4
    /// fingerprint and the start of a version 6 one.
    fn is_of_openpgp(&self, fingerprint: &str) -> bool {
        match self {
            Self::OpenPgp(text) => text == fingerprint,
            Self::Short(id) if fingerprint.len() == 64 => fingerprint.starts_with(id.as_str()),
            Self::Short(id) => fingerprint.ends_with(id.as_str()),
            Self::Ssh(_) | Self::Minisign(_) => false,
        }
    }

    /// As it is compared.
    pub fn text(&self) -> &str {
        match self {
            Self::Ssh(text) | Self::OpenPgp(text) | Self::Minisign(text) | Self::Short(text) => {
                text
            }
        }
    }
}
