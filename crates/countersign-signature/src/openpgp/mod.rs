//! Detached OpenPGP signatures, judged at the time at which they say they were made.
//!
//! The certificate must be valid and unrevoked at that time (a hard revocation counts at any), the
//! key must be for signing, and no algorithm may be weak. Whether the signature's own time can be
//! true is the caller's question.

pub mod armor;
mod certificate;
mod revocation;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sequoia_openpgp as openpgp;

use openpgp::cert::amalgamation::ValidAmalgamation as _;
use openpgp::cert::amalgamation::ValidateAmalgamation as _;
use openpgp::cert::amalgamation::key::{ErasedKeyAmalgamation, SubordinateKeyAmalgamation};
use openpgp::packet::Signature;
use openpgp::packet::key::PublicParts;
use openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse as _};
use openpgp::policy::{AsymmetricAlgorithm, HashAlgoSecurity, Policy as _, StandardPolicy};
use openpgp::types::{HashAlgorithm, PublicKeyAlgorithm, RevocationStatus, SignatureType};
use openpgp::{Cert, Packet};

use self::armor::{Block, BlockFault};
use crate::armor::MAX_SIGNATURE;
use crate::{Format, Proof, SignatureFault, VerificationKey, ssh_key};
use countersign_model::Timestamp;

pub use certificate::Certificate;

/// The day whose security profile applies: 2026-01-01. Fixed, because the library would take the
/// clock's, and a signature that counts today must count tomorrow. Move it only with a release that
/// says so.
const PROFILE_DAY: u64 = 1_767_225_600;

static POLICY: LazyLock<StandardPolicy<'static>> = LazyLock::new(|| {
    let mut policy = StandardPolicy::at(UNIX_EPOCH + Duration::from_secs(PROFILE_DAY));
    for dsa in [
        AsymmetricAlgorithm::DSA1024,
        AsymmetricAlgorithm::DSA2048,
        AsymmetricAlgorithm::DSA3072,
        AsymmetricAlgorithm::DSA4096,
    ] {
        policy.reject_asymmetric_algo(dsa);
    }
    // A revocation by a weak hash can only take authority away.
    policy.hash_revocation_tolerance(openpgp::types::Duration::seconds(u32::MAX));
    policy
});

/// Verifies one armored signature by every listed certificate with a key it names.
pub fn prove(message: &[u8], armored: &[u8], keys: &[VerificationKey]) -> Vec<Proof> {
    let refused = |created, fault| Proof {
        format: Format::OpenPgp,
        key: None,
        created,
        fault: Some(fault),
    };
    let signature = match read(armored) {
        Ok(signature) => signature,
        Err(fault) => return vec![refused(None, fault)],
    };
    let created = match check_form(&signature) {
        Ok(created) => created,
        Err(fault) => return vec![refused(None, fault)],
    };
    let timestamp = Some(timestamp(created));
    let issuers = signature.get_issuers();
    let mut proofs = Vec::new();
    for key in keys {
        let Some(certificate) = key
            .openpgp()
            .filter(|certificate| certificate.holds_any(&issuers))
        else {
            continue;
        };
        let cert = certificate.cert();
        let mut fault = None;
        for candidate in cert.keys().key_handles(issuers.clone()) {
            fault = verify(message, &signature, created, cert, &candidate).err();
            if fault.is_none() {
                break;
            }
        }
        proofs.push(Proof {
            format: Format::OpenPgp,
            key: Some(certificate.handle()),
            created: timestamp,
            fault,
        });
    }
    if proofs.is_empty() {
        // 64 digits are the longest fingerprint; a longer value is not one.
        let issuer = issuers
            .first()
            .map(|issuer| issuer.to_hex().chars().take(64).collect());
        proofs.push(refused(timestamp, SignatureFault::KeyUnknown { issuer }));
    }
    proofs
}

/// The one signature packet in the armor.
fn read(armored: &[u8]) -> Result<Signature, SignatureFault> {
    let not_one = SignatureFault::malformed("it is not exactly one OpenPGP signature");
    if armored.len() > MAX_SIGNATURE {
        return Err(SignatureFault::malformed("too long for a signature"));
    }
    let binary = armor::openpgp(armored, Block::Signature).map_err(|fault| {
        SignatureFault::malformed(match fault {
            BlockFault::Form(detail) => detail,
            BlockFault::Around => "there is content after the signature",
            BlockFault::SecretKey => "it is a private key",
            BlockFault::SignedText => "it is a signed text, not a detached signature",
            BlockFault::Message => "it is a message, not a detached signature",
        })
    })?;
    let result = PacketParserBuilder::from_bytes(&binary)
        .and_then(|builder| {
            builder
                .dearmor(Dearmor::Disabled)
                .max_recursion_depth(0)
                .build()
        })
        .map_err(|_| not_one.clone())?;
    let PacketParserResult::Some(parser) = result else {
        return Err(not_one);
    };
    if !matches!(parser.packet, Packet::Signature(_)) {
        return Err(not_one);
    }
    match parser.next() {
        Ok((Packet::Signature(signature), PacketParserResult::EOF(_))) => Ok(signature),
        _ => Err(not_one),
    }
}

/// What every signature must satisfy; returns its creation time.
fn check_form(signature: &Signature) -> Result<SystemTime, SignatureFault> {
    use HashAlgorithm::{SHA3_256, SHA3_512, SHA224, SHA256, SHA384, SHA512};
    if !matches!(signature.version(), 4 | 6) {
        return Err(SignatureFault::malformed(
            "only OpenPGP signatures of version 4 and 6 are accepted",
        ));
    }
    if signature.typ() != SignatureType::Binary {
        // A text signature also fits bytes with other line ends.
        return Err(SignatureFault::malformed(
            "only signatures of exact bytes are accepted, not of text or keys",
        ));
    }
    let created = signature
        .signature_creation_time()
        .ok_or(SignatureFault::malformed("it has no creation time"))?;
    if signature
        .signature_validity_period()
        .is_some_and(|validity| !validity.is_zero())
    {
        return Err(SignatureFault::invalid(
            "the signature itself expires, so it could not be verified later",
        ));
    }
    if !matches!(
        signature.hash_algo(),
        SHA224 | SHA256 | SHA384 | SHA512 | SHA3_256 | SHA3_512
    ) {
        return Err(SignatureFault::weak(
            "the signature uses a weak hash such as SHA-1 or MD5",
        ));
    }
    POLICY
        .signature(signature, HashAlgoSecurity::CollisionResistance)
        .map_err(|_| SignatureFault::malformed("it has an unknown critical part"))?;
    Ok(created)
}

/// Whether `candidate`, a key of `cert`, made `signature` over `message` and could do so when it
/// says it did.
fn verify(
    message: &[u8],
    signature: &Signature,
    created: SystemTime,
    cert: &Cert,
    candidate: &ErasedKeyAmalgamation<PublicParts>,
) -> Result<(), SignatureFault> {
    let key = candidate.key();
    check_algorithm(key.pk_algo(), key.mpis().bits())?;
    if created < key.creation_time() {
        return Err(SignatureFault::expired(
            "the signature's time is before its key's",
        ));
    }
    signature
        .verify_message(key, message)
        .map_err(|_| SignatureFault::invalid("the signature does not match these bytes"))?;
    check_revocation(
        &cert.revocation_status(&*POLICY, created),
        "the certificate is revoked",
    )?;
    if let Ok(subkey) = SubordinateKeyAmalgamation::<PublicParts>::try_from(candidate.clone()) {
        check_revocation(
            &subkey.revocation_status(&*POLICY, created),
            "the subkey that signed is revoked",
        )?;
    }
    let valid = candidate
        .clone()
        .with_policy(&*POLICY, created)
        .map_err(|error| binding_fault(&error))?;
    valid.valid_cert().alive().map_err(|_| {
        SignatureFault::expired("the certificate was not valid at the time of the signature")
    })?;
    valid.alive().map_err(|_| {
        SignatureFault::expired("the key was not valid at the time of the signature")
    })?;
    if !valid.for_signing() {
        return Err(SignatureFault::mismatch(
            "the certificate does not allow this key to sign",
        ));
    }
    Ok(())
}

fn check_revocation(
    status: &RevocationStatus,
    revoked: &'static str,
) -> Result<(), SignatureFault> {
    match status {
        RevocationStatus::Revoked(_) => Err(SignatureFault::revoked(revoked)),
        // By another certificate, which is not available; but the listed certificate includes it.
        RevocationStatus::CouldBe(_) => Err(SignatureFault::revoked(
            "the certificate contains a revocation by another key",
        )),
        RevocationStatus::NotAsFarAsWeKnow => Ok(()),
    }
}

fn check_algorithm(
    algorithm: PublicKeyAlgorithm,
    bits: Option<usize>,
) -> Result<(), SignatureFault> {
    #[allow(deprecated, reason = "the names of what is refused")]
    match (algorithm, bits.unwrap_or_default()) {
        (PublicKeyAlgorithm::DSA | PublicKeyAlgorithm::ElGamalEncryptSign, _) => {
            Err(SignatureFault::weak("DSA signatures do not count"))
        }
        (PublicKeyAlgorithm::RSAEncryptSign | PublicKeyAlgorithm::RSASign, bits)
            if bits < ssh_key::MIN_RSA_BITS =>
        {
            Err(SignatureFault::weak(
                "RSA keys under 2048 bits do not count",
            ))
        }
        (PublicKeyAlgorithm::RSAEncryptSign | PublicKeyAlgorithm::RSASign, bits)
            if bits > ssh_key::MAX_RSA_BITS =>
        {
            Err(SignatureFault::mismatch(
                "RSA keys over 4096 bits are not supported",
            ))
        }
        _ => Ok(()),
    }
}

/// Why nothing binds the key to its certificate at the time of the signature.
fn binding_fault(error: &openpgp::anyhow::Error) -> SignatureFault {
    match error.downcast_ref::<openpgp::Error>() {
        Some(openpgp::Error::PolicyViolation(..)) => SignatureFault::weak(
            "the certificate's own signatures or keys use weak algorithms such as SHA-1 or DSA",
        ),
        _ => SignatureFault::expired(
            "nothing in the certificate made this key valid at the time of the signature",
        ),
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}
