//! Why a signature does not count.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use countersign_model::RuleId;

/// Why a signature does not count. The text is for people, a lower-case fragment without raw bytes
/// of the signature.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, Serialize, Deserialize,
)]
pub enum SignatureFault {
    /// An SSH signature made for another purpose.
    #[error("{}", other_purpose(.expected, .found))]
    WrongNamespace {
        /// What it must be.
        expected: Cow<'static, str>,
        /// What it is, escaped and shortened.
        found: String,
    },
    /// The file is not one signature in the strict form that is accepted.
    #[error("malformed signature: {0}")]
    Malformed(Cow<'static, str>),
    /// Well-formed, but not a signature of these bytes, or one that must not count.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// No listed key made it.
    #[error("no listed key made this signature{}", .issuer.as_ref().map(|id| format!("; it names {id}")).unwrap_or_default())]
    KeyUnknown {
        /// The key's fingerprint or number as the signature claims it.
        issuer: Option<String>,
    },
    /// The key is not one that makes such signatures.
    #[error("{0}")]
    KeyMismatch(Cow<'static, str>),
    /// An algorithm or size that no longer protects.
    #[error("{0}")]
    KeyWeak(Cow<'static, str>),
    /// The key was not valid when the signature says it was made.
    #[error("{0}")]
    KeyExpired(Cow<'static, str>),
    /// The key is revoked.
    #[error("{0}")]
    KeyRevoked(Cow<'static, str>),
    /// An OpenPGP signature, in a build that does not verify OpenPGP.
    #[error("this build has no OpenPGP, so it cannot verify this signature")]
    NoOpenPgp,
}

impl SignatureFault {
    pub(super) const fn malformed(detail: &'static str) -> Self {
        Self::Malformed(Cow::Borrowed(detail))
    }

    pub(super) const fn invalid(detail: &'static str) -> Self {
        Self::Invalid(Cow::Borrowed(detail))
    }

    pub(super) const fn mismatch(detail: &'static str) -> Self {
        Self::KeyMismatch(Cow::Borrowed(detail))
    }

    pub(super) const fn weak(detail: &'static str) -> Self {
        Self::KeyWeak(Cow::Borrowed(detail))
    }

    #[cfg(feature = "openpgp")]
    pub(super) const fn expired(detail: &'static str) -> Self {
        Self::KeyExpired(Cow::Borrowed(detail))
    }

    #[cfg(feature = "openpgp")]
    pub(super) const fn revoked(detail: &'static str) -> Self {
        Self::KeyRevoked(Cow::Borrowed(detail))
    }

    pub(super) fn wrong_namespace(expected: &'static str, found: &[u8]) -> Self {
        let found = String::from_utf8_lossy(found)
            .chars()
            .take(40)
            .flat_map(char::escape_default)
            .collect();
        Self::WrongNamespace {
            expected: Cow::Borrowed(expected),
            found,
        }
    }

    /// The rule that judges it.
    pub const fn rule(&self) -> RuleId {
        match self {
            Self::WrongNamespace { .. } => RuleId::WrongNamespace,
            Self::Malformed(_) => RuleId::DetachedSignatureUnreadable,
            Self::Invalid(_) => RuleId::SignatureInvalid,
            // A history whose policies list an OpenPGP key is not evaluated by such a build, so no
            // listed key made the signature.
            Self::KeyUnknown { .. } | Self::NoOpenPgp => RuleId::KeyUnknown,
            Self::KeyMismatch(_) => RuleId::KeyMismatch,
            Self::KeyWeak(_) => RuleId::KeyWeak,
            Self::KeyExpired(_) => RuleId::KeyExpired,
            Self::KeyRevoked(_) => RuleId::KeyRevoked,
        }
    }
}

/// What happened to a signature of another namespace. Git signs in `git`, records are signed in
/// `countersign`.
fn other_purpose(expected: &str, found: &str) -> String {
    match (expected, found) {
        ("countersign", "git") => {
            "it is a commit signature (SSH namespace `git`) next to a record, which needs one in the namespace `countersign`".to_owned()
        }
        ("git", "countersign") => {
            "it is a record signature (SSH namespace `countersign`) in a commit, which needs one in the namespace `git`".to_owned()
        }
        _ => format!("it was made in the SSH namespace `{found}`, but `{expected}` is needed"),
    }
}
