//! Why a key that a policy lists cannot be used, in every format.

use std::borrow::Cow;

/// Why a listed key cannot be used. The text is a lower-case fragment without bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not in the form of its format.
    #[error("malformed key: {0}")]
    Malformed(Cow<'static, str>),
    /// An SSH certificate.
    #[error("certificates are not supported yet")]
    Certificate,
    /// A private key, which is compromised.
    #[error("this is a private key: anyone who can read the repository can sign with it")]
    Secret,
    /// More than one key.
    #[error("there is more than one key")]
    Several,
    /// An algorithm or size that no longer protects.
    #[error("weak key: {0}")]
    Weak(Cow<'static, str>),
    /// A certificate with a revocation whose meaning is not known.
    #[error("the certificate contains a revocation that cannot be interpreted")]
    Revocation,
    /// Valid, but this program cannot verify it.
    #[error("{0}")]
    Unsupported(Cow<'static, str>),
    /// An OpenPGP key, in a build that does not verify OpenPGP.
    #[error("this build has no OpenPGP, so it cannot read this key")]
    NoOpenPgp,
    /// The policy names a file that does not exist.
    #[error("the key file does not exist")]
    FileMissing,
}

impl KeyFault {
    pub(super) const fn malformed(detail: &'static str) -> Self {
        Self::Malformed(Cow::Borrowed(detail))
    }

    pub(super) const fn weak(detail: &'static str) -> Self {
        Self::Weak(Cow::Borrowed(detail))
    }

    pub(super) const fn unsupported(detail: &'static str) -> Self {
        Self::Unsupported(Cow::Borrowed(detail))
    }

    /// How to fix it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Malformed(_) => {
                "Paste the key as its tool prints it: the line of an SSH .pub file, `gpg --armor --export-options export-minimal --export \
                 FINGERPRINT`, or the second line of minisign.pub."
            }
            Self::Certificate => {
                "List the plain public key from the .pub file instead of the certificate."
            }
            Self::Secret => {
                "Remove it from the repository and from Git's history, create a new key, and list only its public half."
            }
            Self::Revocation => {
                "Ask its owner what was revoked, and list another key or a new export."
            }
            Self::Several => "List each key in a separate entry.",
            Self::Weak(_) | Self::Unsupported(_) => {
                "Use another key, for example one made by `ssh-keygen -t ed25519`."
            }
            Self::NoOpenPgp => "Use a build with the feature `openpgp`.",
            Self::FileMissing => "Add the file to the repository, or correct its path.",
        }
    }
}
