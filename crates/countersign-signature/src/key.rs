//! Keys as a policy lists them, read once and ready to verify.

use std::borrow::Cow;

use sequoia_openpgp::Cert;
use serde::{Deserialize, Serialize};

use super::certificate::{self, Certificate};
use super::minisign::MinisignKey;
use super::openpgp;
use super::ssh_key::SshKey;
use countersign_model::document::private_key;
use countersign_model::key::KeySource;
use countersign_model::{Digest, KeyId, Timestamp};

/// Which key, and in which listing: one OpenPGP fingerprint may be listed with and without a revocation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyHandle {
    /// What signatures and reports name.
    pub id: KeyId,
    /// Digest of what decides over the key's signatures: the SSH wire form, the certificate's packets, or the minisign key and whether its
    /// legacy form is allowed.
    pub source: Digest,
}

/// Why a listed key cannot be used. The text is a lower-case fragment without bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not in the form of its format.
    #[error("malformed key: {0}")]
    Malformed(Cow<'static, str>),
    /// An SSH certificate.
    #[error("certificates are not supported yet")]
    Certificate,
    /// A private key: from now on everybody's.
    #[error("this is a private key, with which whoever can read the repository can sign")]
    Secret,
    /// More than one key.
    #[error("there is more than one key")]
    Several,
    /// An algorithm or size that no longer protects.
    #[error("weak key: {0}")]
    Weak(Cow<'static, str>),
    /// A certificate with a revocation whose meaning is not known.
    #[error("the certificate holds a revocation that cannot be understood")]
    Revocation,
    /// Sound, but nothing here can verify it.
    #[error("{0}")]
    Unsupported(Cow<'static, str>),
    /// The policy names a file that is not there.
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

    /// The action that mends it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Malformed(_) => {
                "Paste the key as its tool prints it: the line of an SSH .pub file, `gpg --armor --export-options export-minimal --export \
                 FINGERPRINT`, or the second line of minisign.pub."
            }
            Self::Certificate => "List the plain public key from the .pub file instead of the certificate.",
            Self::Secret => "Remove it from the repository and from Git's history, make a new key, and list only the public half of that.",
            Self::Revocation => "Find out with its owner what was revoked, and list another key or a new export.",
            Self::Several => "List each key in an entry of its own.",
            Self::Weak(_) | Self::Unsupported(_) => "Use another key, for example one made by `ssh-keygen -t ed25519`.",
            Self::FileMissing => "Add the file to the repository, or correct its path.",
        }
    }
}

/// One key (SSH, minisign) or certificate (OpenPGP, its subkeys inside).
#[derive(Clone, Debug)]
pub struct VerificationKey {
    handle: KeyHandle,
    materials: Vec<Digest>,
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    /// Its signatures carry the key.
    Ssh,
    OpenPgp(Box<Certificate>),
    Minisign(MinisignKey),
}

impl VerificationKey {
    /// Reads a key. `legacy` allows minisign's form without prehashing; `file` is the content of the named file, where one is named.
    pub fn read(source: &KeySource, legacy: bool, file: Option<&[u8]>) -> Result<Self, KeyFault> {
        if legacy && !matches!(source, KeySource::Minisign(_)) {
            return Err(KeyFault::malformed("`legacy` is for minisign keys only"));
        }
        match source {
            KeySource::Ssh(line) => {
                let key = SshKey::from_line(line)?;
                key.check_numbers()?;
                Ok(Self { materials: vec![key.material()], handle: key.handle, inner: Inner::Ssh })
            }
            KeySource::OpenPgpFile(_) => Self::certificate(file.ok_or(KeyFault::FileMissing)?),
            KeySource::OpenPgpArmor(armor) => Self::certificate(armor.as_bytes()),
            KeySource::Minisign(text) => {
                let key = MinisignKey::read(text, legacy)?;
                Ok(Self { handle: key.handle(), materials: vec![key.material()], inner: Inner::Minisign(key) })
            }
        }
    }

    fn certificate(bytes: &[u8]) -> Result<Self, KeyFault> {
        if !private_key::find(bytes).is_empty() {
            return Err(KeyFault::Secret);
        }
        let certificate = Certificate::read(bytes)?;
        Ok(Self {
            handle: certificate.handle(),
            materials: certificate::materials(certificate.cert()),
            inner: Inner::OpenPgp(Box::new(certificate)),
        })
    }

    /// What names it.
    pub const fn id(&self) -> &KeyId {
        &self.handle.id
    }

    /// When an OpenPGP certificate stops signing, as it says at `at`. SSH and minisign keys know no end.
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        self.openpgp().and_then(|(_, cert)| openpgp::ends(cert, at))
    }

    /// What names it in this listing.
    pub fn handle(&self) -> KeyHandle {
        self.handle.clone()
    }

    /// A digest of every public key inside, subkeys included, the same for the same key in every format. Sorted, without doubles.
    pub fn materials(&self) -> Vec<Digest> {
        self.materials.clone()
    }

    /// The digests of those keys inside that an OpenPGP certificate revokes for good.
    pub fn revoked_materials(&self) -> Vec<Digest> {
        self.openpgp().map(|(_, cert)| certificate::revoked_materials(cert)).unwrap_or_default()
    }

    /// Upper-case hex fingerprints of an OpenPGP certificate's keys, the primary one first; empty for other formats.
    pub fn openpgp_fingerprints(&self) -> Vec<String> {
        self.openpgp().map(|(_, cert)| cert.keys().map(|key| key.key().fingerprint().to_hex()).collect()).unwrap_or_default()
    }

    pub(super) fn openpgp(&self) -> Option<(&Certificate, &Cert)> {
        match &self.inner {
            Inner::OpenPgp(certificate) => Some((certificate, certificate.cert())),
            _ => None,
        }
    }

    pub(super) const fn minisign(&self) -> Option<&MinisignKey> {
        match &self.inner {
            Inner::Minisign(key) => Some(key),
            _ => None,
        }
    }
}
