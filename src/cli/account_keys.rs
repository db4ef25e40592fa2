//! The public keys of an account on a forge, as far as a policy can list them.

use super::user_key::refuse_expired;
use crate::forge::SigningKeys;
use crate::model::key::KeySource;
use crate::model::{KeyId, Timestamp};
use crate::signature::VerificationKey;

/// The keys of an account that a policy can list, read as its roster reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountKeys {
    /// Type and base64 of each.
    pub ssh: Vec<String>,
    /// Armored certificates.
    pub openpgp: Vec<String>,
    /// What names each of them, in this order.
    pub ids: Vec<KeyId>,
    /// Why the others cannot be listed.
    pub left_out: Vec<String>,
}

impl AccountKeys {
    /// Reads each of them at the instant `now`.
    pub fn of(keys: &SigningKeys, now: Timestamp) -> Self {
        let mut found = Self::default();
        for key in &keys.ssh {
            let line = two_words(key).unwrap_or_default();
            if found.reads(&KeySource::Ssh(line.clone()), now) {
                found.ssh.push(line);
            }
        }
        for key in &keys.openpgp {
            // Anything else in its place would be the path of a file of this repository.
            let armor = if key.trim_start().starts_with(ARMOR) {
                key.clone()
            } else {
                String::new()
            };
            if found.reads(&KeySource::OpenPgpArmor(armor), now) {
                found.openpgp.push(key.clone());
            }
        }
        found
    }

    /// Whether the policy could list none of them.
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The same without keys of other people: no policy lists a key twice.
    pub fn without(self, taken: &[String]) -> Self {
        let mut kept = Self {
            left_out: self.left_out,
            ..Self::default()
        };
        let ssh = self.ssh.into_iter().map(|key| (false, key));
        let openpgp = self.openpgp.into_iter().map(|key| (true, key));
        for ((is_openpgp, key), id) in ssh.chain(openpgp).zip(self.ids) {
            if taken.contains(&id.to_string()) {
                let why = format!("the policy has {id} as a key of someone else");
                kept.left_out.push(why);
                continue;
            }
            kept.ids.push(id);
            if is_openpgp {
                kept.openpgp.push(key);
            } else {
                kept.ssh.push(key);
            }
        }
        kept
    }

    fn reads(&mut self, source: &KeySource, now: Timestamp) -> bool {
        let read = VerificationKey::read(source, false, None)
            .map_err(|fault| fault.to_string())
            .and_then(|key| {
                refuse_expired(&key, now)
                    .map(|()| key)
                    .map_err(|fault| fault.why)
            });
        match read {
            Ok(key) if self.ids.contains(key.id()) => false,
            Ok(key) => {
                self.ids.push(key.id().clone());
                true
            }
            Err(why) => {
                self.left_out.push(why);
                false
            }
        }
    }
}

/// How an armored certificate begins.
const ARMOR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// Type and base64 of an SSH key: the comment after them can be any text.
fn two_words(key: &str) -> Option<String> {
    let mut words = key.split_ascii_whitespace();
    let (kind, body) = (words.next()?, words.next()?);
    let plain = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=-@.".contains(&byte))
    };
    (plain(kind) && plain(body)).then(|| format!("{kind} {body}"))
}
