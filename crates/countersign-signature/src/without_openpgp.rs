//! Stands in for OpenPGP in a build without it: every key and every signature is refused, and the
//! reason is named.

use countersign_model::{Digest, Timestamp};

use super::key_fault::KeyFault;
use super::key_handle::KeyHandle;
use super::{Format, Proof, SignatureFault, VerificationKey};

/// A certificate that was read, of which there is none.
#[derive(Clone, Debug)]
pub enum Certificate {}

impl Certificate {
    pub const fn read(_: &[u8]) -> Result<Self, KeyFault> {
        Err(KeyFault::NoOpenPgp)
    }

    pub const fn handle(&self) -> KeyHandle {
        match *self {}
    }

    pub const fn fingerprints(&self) -> Vec<String> {
        match *self {}
    }

    pub const fn materials(&self) -> Vec<Digest> {
        match *self {}
    }

    pub const fn revoked_materials(&self) -> Vec<Digest> {
        match *self {}
    }

    pub const fn is_revoked(&self, _: Timestamp) -> bool {
        match *self {}
    }

    pub const fn ends(&self, _: Timestamp) -> Option<Timestamp> {
        match *self {}
    }
}

/// Refuses every signature.
pub fn prove(_: &[u8], _: &[u8], _: &[VerificationKey]) -> Vec<Proof> {
    vec![Proof::refused(Format::OpenPgp, SignatureFault::NoOpenPgp)]
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Gpg, certificate};
    use super::super::{prove_commit, prove_detached};
    use super::*;

    #[test]
    fn no_openpgp_key_is_read_and_no_signature_is_good() {
        let gpg = Gpg::new();
        gpg.generate("a@x", "ed25519", "sign", "0", "20240101T000000");
        assert_eq!(
            certificate(&gpg.export("a@x")).err(),
            Some(KeyFault::NoOpenPgp)
        );
        let signature = gpg.sign("a@x", "20240601T000000", &[], b"message");
        for proofs in [
            prove_detached(Format::OpenPgp, b"message", &signature, &[]),
            prove_commit(b"message", &signature, &[]),
        ] {
            assert_eq!(
                proofs,
                [Proof::refused(Format::OpenPgp, SignatureFault::NoOpenPgp)]
            );
        }
    }
}
