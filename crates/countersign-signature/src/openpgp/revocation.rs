//! Revocations in a certificate: each must be one that this program can interpret, because any
//! other may revoke the key.
//!
//! The library ignores a revocation that it cannot hash, that does not verify, or that has a
//! critical part it does not know. Ignoring one keeps authority that its owner took away, so such a
//! certificate is refused as a whole.

use sequoia_openpgp as openpgp;

use openpgp::cert::amalgamation::key::ErasedKeyAmalgamation;
use openpgp::packet::key::PublicParts;
use openpgp::packet::{Signature, Tag};
use openpgp::policy::{HashAlgoSecurity, Policy as _};
use openpgp::types::{ReasonForRevocation, RevocationType, SignatureType};
use openpgp::{Cert, Packet};

use super::POLICY;
use crate::key_fault::KeyFault;

/// Every signature among `packets` that says it revokes something.
pub fn of(packets: &[Packet]) -> Vec<Signature> {
    let revokes = |signature: &&Signature| is_revocation(signature.typ());
    let signatures = packets.iter().filter_map(|packet| {
        if let Packet::Signature(signature) = packet {
            Some(signature)
        } else {
            None
        }
    });
    signatures.filter(revokes).cloned().collect()
}

/// Refuses `cert` unless each of its `revocations` has effect, or is another certificate's about a
/// name.
pub fn check(cert: &Cert, revocations: &[Signature]) -> Result<(), KeyFault> {
    let understood = |signature: &Signature| {
        let mut heeded = cert
            .keys()
            .subkeys()
            .flat_map(|key| {
                key.self_revocations()
                    .chain(key.other_revocations())
                    .collect::<Vec<_>>()
            })
            .chain(
                cert.primary_key()
                    .self_revocations()
                    .chain(cert.primary_key().other_revocations()),
            )
            .chain(
                cert.userids()
                    .flat_map(|name| name.self_revocations().collect::<Vec<_>>()),
            )
            .chain(
                cert.user_attributes()
                    .flat_map(|attribute| attribute.self_revocations().collect::<Vec<_>>()),
            );
        heeded.any(|known| {
            known.normalized_eq(signature)
                && POLICY
                    .signature(known, HashAlgoSecurity::CollisionResistance)
                    .is_ok()
        })
    };
    let own = |signature: &Signature| {
        let issuers = signature.get_issuers();
        issuers.is_empty()
            || issuers
                .iter()
                .any(|issuer| issuer.aliases(cert.key_handle()))
    };
    let matters = |signature: &&Signature| {
        signature.typ() != SignatureType::CertificationRevocation || own(signature)
    };
    if revocations.iter().filter(matters).all(understood) {
        Ok(())
    } else {
        Err(KeyFault::Revocation)
    }
}

/// Refuses the body of a packet that the library cannot read, when it may be a revocation.
pub fn check_unknown(tag: Tag, body: &[u8]) -> Result<(), KeyFault> {
    if tag != Tag::Signature {
        return Ok(());
    }
    // RFC 9580, section 5.2: the type follows the version; in version 3, a length is between them.
    let kind = match body {
        [3, _, kind, ..] | [4..=6, kind, ..] => *kind,
        _ => return Err(KeyFault::Revocation),
    };
    if is_revocation(SignatureType::from(kind)) {
        Err(KeyFault::Revocation)
    } else {
        Ok(())
    }
}

/// Keys of `cert` that are revoked for good: by it or, as far as anyone here can know, by someone
/// whom it names.
pub fn revoked(cert: &Cert) -> impl Iterator<Item = ErasedKeyAmalgamation<'_, PublicParts>> {
    let hard = |signature: &Signature| {
        let reason = signature
            .reason_for_revocation()
            .map_or(ReasonForRevocation::Unspecified, |(reason, _)| reason);
        reason.revocation_type() == RevocationType::Hard
    };
    let whole = cert.primary_key().self_revocations().any(hard)
        || cert.primary_key().other_revocations().any(hard);
    let alone: Vec<_> = cert
        .keys()
        .subkeys()
        .filter(|key| {
            key.self_revocations()
                .chain(key.other_revocations())
                .any(hard)
        })
        .map(|key| key.key().fingerprint())
        .collect();
    cert.keys()
        .filter(move |key| whole || alone.contains(&key.key().fingerprint()))
}

const fn is_revocation(kind: SignatureType) -> bool {
    matches!(
        kind,
        SignatureType::KeyRevocation
            | SignatureType::SubkeyRevocation
            | SignatureType::CertificationRevocation
    )
}
