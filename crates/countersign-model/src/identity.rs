//! Who: names of principals, and the identities that Git commits claim.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::noreply::Noreply;
use super::shared_text::{self, RecentTexts, deserialize_shared};

/// A principal's or team's name in the policy: 1 to 39 of `[a-z0-9-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct PrincipalName(Arc<str>);

impl PrincipalName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words with a special meaning in `from` and `owners`.
pub const RESERVED_NAMES: [&str; 4] = ["owners", "administrators", "operators", "all"];

/// The text is not a principal name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a principal or team name: 1 to 39 of a-z 0-9 -")]
pub struct PrincipalNameError(pub String);

impl FromStr for PrincipalName {
    type Err = PrincipalNameError;

    fn from_str(text: &str) -> Result<Self, PrincipalNameError> {
        thread_local!(static RECENT: RecentTexts<PrincipalName> = RefCell::default());
        shared_text::cached(&RECENT, text, |text| {
            let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if (1..=39).contains(&text.len()) && text.bytes().all(allowed) {
                Ok(Self(text.into()))
            } else {
                Err(PrincipalNameError(text.to_owned()))
            }
        })
    }
}

impl<'de> Deserialize<'de> for PrincipalName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shared_text::deserialize(deserializer)
    }
}

impl From<PrincipalName> for String {
    fn from(name: PrincipalName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account as only its forge can vouch for it: the number is never used twice there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForgeAccount {
    /// Host of the forge, such as `github.com`.
    pub forge: String,
    /// Numeric account id.
    pub id: u64,
}

impl fmt::Display for ForgeAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {} on {}", self.id, self.forge)
    }
}

/// A name and e-mail as a commit or trailer claims them. Anyone can write them: they exclude, but
/// never grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The claimed name, lossily decoded.
    #[serde(deserialize_with = "deserialize_shared")]
    pub name: Arc<str>,
    /// The claimed address, lower-cased and lossily decoded.
    #[serde(deserialize_with = "deserialize_shared")]
    pub email: Arc<str>,
}

impl Identity {
    /// An identity with its address folded for comparison.
    pub fn new(name: &str, email: &str) -> Self {
        let email = email.trim();
        // Most addresses are already folded.
        let plain = email
            .bytes()
            .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let email = if plain {
            shared_text::shared(email)
        } else {
            email.to_lowercase().into()
        };
        Self {
            name: shared_text::shared(name.trim()),
            email,
        }
    }

    /// The address as one that a forge gives instead of a person's own.
    pub fn noreply(&self) -> Option<Noreply<'_>> {
        Noreply::of(&self.email)
    }
}
