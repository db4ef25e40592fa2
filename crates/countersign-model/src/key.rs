//! What identifies a key, independent of the file that held it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::shared_text::deserialize_shared;

/// A key as a verified signature names it. Attribution compares only these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyId {
    /// OpenSSH fingerprint, `SHA256:` and 43 base64 characters.
    Ssh(#[serde(deserialize_with = "deserialize_shared")] Arc<str>),
    /// OpenPGP primary-key fingerprint, upper-case hex.
    OpenPgp(#[serde(deserialize_with = "deserialize_shared")] Arc<str>),
    /// Minisign key: 16 upper-case hex digits of the key number, a colon, and the SHA-256 of the
    /// public key. The number alone is not unique.
    Minisign(#[serde(deserialize_with = "deserialize_shared")] Arc<str>),
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ssh(text) => f.write_str(text),
            Self::OpenPgp(text) => write!(f, "openpgp:{text}"),
            Self::Minisign(text) => {
                write!(f, "minisign:{}", text.split(':').next().unwrap_or_default())
            }
        }
    }
}

/// Where a policy's key comes from, before any cryptography reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeySource {
    /// One `authorized_keys`-like line: type, base64, optional comment.
    Ssh(String),
    /// Path of an OpenPGP certificate in the repository.
    OpenPgpFile(String),
    /// Inline armor of an OpenPGP certificate.
    OpenPgpArmor(String),
    /// The base64 line of a minisign public key.
    Minisign(String),
}
