//! Keys as a policy lists them, read once and ready to verify.

use super::key_fault::KeyFault;
use super::key_handle::KeyHandle;
use super::minisign::MinisignKey;
use super::openpgp::Certificate;
use super::ssh_key::SshKey;
use countersign_model::document::private_key;
use countersign_model::key::KeySource;
use countersign_model::{Digest, KeyId, Timestamp};

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
    /// Reads a key. `legacy` allows minisign's form without prehashing; `file` is the content of
    /// the named file, where one is named.
    pub fn read(source: &KeySource, legacy: bool, file: Option<&[u8]>) -> Result<Self, KeyFault> {
        if legacy && !matches!(source, KeySource::Minisign(_)) {
            return Err(KeyFault::malformed("`legacy` is for minisign keys only"));
        }
        match source {
            KeySource::Ssh(line) => {
                let key = SshKey::from_line(line)?;
                key.check_numbers()?;
                Ok(Self {
                    materials: vec![key.material()],
                    handle: key.handle,
                    inner: Inner::Ssh,
                })
            }
            KeySource::OpenPgpFile(_) => Self::certificate(file.ok_or(KeyFault::FileMissing)?),
            KeySource::OpenPgpArmor(armor) => Self::certificate(armor.as_bytes()),
            KeySource::Minisign(text) => {
                let key = MinisignKey::read(text, legacy)?;
                Ok(Self {
                    handle: key.handle(),
                    materials: vec![key.material()],
                    inner: Inner::Minisign(key),
                })
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
            materials: certificate.materials(),
            inner: Inner::OpenPgp(Box::new(certificate)),
        })
    }

    /// What names it.
    pub const fn id(&self) -> &KeyId {
        &self.handle.id
    }

    /// When an OpenPGP certificate stops signing, as it says at `at`. SSH and minisign keys know no
    /// end.
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        self.openpgp().and_then(|certificate| certificate.ends(at))
    }

    /// Whether an OpenPGP certificate is revoked at `at`, itself or in every key that can sign.
    pub fn is_revoked(&self, at: Timestamp) -> bool {
        self.openpgp()
            .is_some_and(|certificate| certificate.is_revoked(at))
    }

    /// What names it in this listing.
    pub fn handle(&self) -> KeyHandle {
        self.handle.clone()
    }

    /// A digest of every public key inside, subkeys included, the same for the same key in every
    /// format. Sorted, without duplicates.
    pub fn materials(&self) -> Vec<Digest> {
        self.materials.clone()
    }

    /// The digests of those keys inside that an OpenPGP certificate revokes for good.
    pub fn revoked_materials(&self) -> Vec<Digest> {
        self.openpgp()
            .map(Certificate::revoked_materials)
            .unwrap_or_default()
    }

    /// Upper-case hex fingerprints of an OpenPGP certificate's keys, the primary one first; empty
    /// for other formats.
    pub fn openpgp_fingerprints(&self) -> Vec<String> {
        self.openpgp()
            .map(Certificate::fingerprints)
            .unwrap_or_default()
    }

    pub(super) fn openpgp(&self) -> Option<&Certificate> {
        match &self.inner {
            Inner::OpenPgp(certificate) => Some(certificate),
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
