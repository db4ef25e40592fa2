//! OpenPGP certificates: read once, without secrets, one to a file.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sequoia_openpgp as openpgp;

use openpgp::cert::amalgamation::ValidAmalgamation as _;
use openpgp::crypto::mpi::PublicKey;
use openpgp::packet::Tag;
use openpgp::parse::{Dearmor, PacketParserBuilder, PacketParserResult, Parse as _};
use openpgp::types::{Curve, PublicKeyAlgorithm, RevocationStatus};
use openpgp::{Cert, Packet};

use super::armor::{self, Block, BlockFault};
use super::{POLICY, revocation, timestamp};
use crate::key_fault::KeyFault;
use crate::key_handle::KeyHandle;
use crate::{ed25519, material, rsa, ssh_key};
use countersign_model::{Digest, KeyId, Timestamp};

/// A certificate that people use has a few dozen packets; third-party certifications are of no use
/// here.
const MAX_PACKETS: usize = 1_000;
const MAX_BYTES: usize = 512 * 1024;
const TOO_LARGE: KeyFault =
    KeyFault::malformed("the certificate is too large; export it with `export-minimal`");

/// A certificate and the handles of the keys inside.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Shared, because it remembers which of its own signatures it has verified.
    cert: Arc<Cert>,
    handles: Vec<openpgp::KeyHandle>,
    source: Digest,
}

impl Certificate {
    /// Reads one certificate, armored or binary.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyFault> {
        // Armor takes four bytes for three.
        if bytes.len() > 2 * MAX_BYTES {
            return Err(TOO_LARGE);
        }
        let binary = if bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
            armor::openpgp(bytes, Block::PublicKey).map_err(|fault| match fault {
                BlockFault::Around => KeyFault::Several,
                BlockFault::SecretKey => KeyFault::Secret,
                BlockFault::Form(detail) => KeyFault::malformed(detail),
                BlockFault::SignedText | BlockFault::Message => {
                    KeyFault::malformed("the armor does not contain a certificate")
                }
            })?
        } else {
            bytes.to_vec()
        };
        if binary.len() > MAX_BYTES {
            return Err(TOO_LARGE);
        }
        let packets = packets(&binary)?;
        let revocations = revocation::of(&packets);
        let cert = Cert::from_packets(packets.into_iter())
            .map_err(|_| KeyFault::malformed("the packets are not a certificate"))?;
        check_primary(&cert)?;
        check_numbers(&cert)?;
        revocation::check(&cert, &revocations)?;
        let handles = cert.keys().map(|key| key.key().key_handle()).collect();
        Ok(Self {
            cert: Arc::new(cert),
            handles,
            source: Digest::of(&binary),
        })
    }

    /// The certificate.
    pub fn cert(&self) -> &Cert {
        &self.cert
    }

    /// Fingerprint and digest of the packets as listed.
    pub fn handle(&self) -> KeyHandle {
        KeyHandle {
            id: KeyId::OpenPgp(self.cert.fingerprint().to_hex().into()),
            source: self.source,
        }
    }

    /// Upper-case hex fingerprints of the keys inside, the primary one first.
    pub fn fingerprints(&self) -> Vec<String> {
        self.cert
            .keys()
            .map(|key| key.key().fingerprint().to_hex())
            .collect()
    }

    /// The digest of every public key inside, sorted, without duplicates.
    pub fn materials(&self) -> Vec<Digest> {
        let mut all: Vec<Digest> = self
            .cert
            .keys()
            .map(|key| key_material(key.key().pk_algo(), key.key().mpis()))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The digests of the keys inside that are revoked for good, by the certificate itself or by
    /// anyone else it lists.
    pub fn revoked_materials(&self) -> Vec<Digest> {
        revocation::revoked(&self.cert)
            .map(|key| key_material(key.key().pk_algo(), key.key().mpis()))
            .collect()
    }

    /// When the last key that can sign ends, as the certificate says at `at`; `None` where one has
    /// no end or none can sign.
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
        let valid = self.cert.with_policy(&*POLICY, at).ok()?;
        let whole = valid.primary_key().key_expiration_time();
        // A subkey lives no longer than its certificate.
        let one = |end: Option<SystemTime>| [end, whole].into_iter().flatten().min();
        let ends: Vec<Option<SystemTime>> = valid
            .keys()
            .for_signing()
            .map(|key| one(key.key_expiration_time()))
            .collect();
        ends.into_iter()
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
            .map(timestamp)
    }

    /// Whether the certificate, or every key inside that can sign, is revoked at `at`.
    pub fn is_revoked(&self, at: Timestamp) -> bool {
        let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
        let revoked = |status| matches!(status, RevocationStatus::Revoked(_));
        let primary = self.cert.fingerprint();
        let for_good =
            revocation::revoked(&self.cert).any(|key| key.key().fingerprint() == primary);
        if for_good || revoked(self.cert.revocation_status(&*POLICY, at)) {
            return true;
        }
        let Ok(valid) = self.cert.with_policy(&*POLICY, at) else {
            return false;
        };
        let mut signing = valid.keys().for_signing().peekable();
        signing.peek().is_some() && signing.all(|key| revoked(key.revocation_status()))
    }

    /// Whether a key inside may be one of those that a signature names.
    pub fn holds_any(&self, issuers: &[openpgp::KeyHandle]) -> bool {
        self.handles
            .iter()
            .any(|own| issuers.iter().any(|issuer| own.aliases(issuer)))
    }
}

/// The packets of one certificate: a public key, and what belongs to it.
fn packets(binary: &[u8]) -> Result<Vec<Packet>, KeyFault> {
    let malformed = || KeyFault::malformed("it is not a sequence of OpenPGP packets");
    let mut result = PacketParserBuilder::from_bytes(binary)
        .and_then(|builder| {
            builder
                .dearmor(Dearmor::Disabled)
                .max_recursion_depth(0)
                .build()
        })
        .map_err(|_| malformed())?;
    let mut packets = Vec::new();
    while let PacketParserResult::Some(mut parser) = result {
        if let Packet::Unknown(unknown) = &parser.packet {
            let tag = unknown.tag();
            let body = parser.buffer_unread_content().map_err(|_| malformed())?;
            revocation::check_unknown(tag, body)?;
        }
        match (&parser.packet, packets.is_empty()) {
            (Packet::SecretKey(_) | Packet::SecretSubkey(_), _) => return Err(KeyFault::Secret),
            (Packet::PublicKey(_), false) => return Err(KeyFault::Several),
            (Packet::PublicKey(_), true)
            | (
                Packet::PublicSubkey(_)
                | Packet::UserID(_)
                | Packet::UserAttribute(_)
                | Packet::Signature(_)
                | Packet::Trust(_)
                | Packet::Marker(_),
                false,
            ) => {}
            // Signatures and subkeys of versions or algorithms that the library does not know vouch
            // for nothing.
            (Packet::Unknown(unknown), false)
                if matches!(
                    unknown.tag(),
                    Tag::Signature | Tag::PublicSubkey | Tag::UserID | Tag::UserAttribute
                ) => {}
            _ => {
                return Err(KeyFault::malformed(
                    "it contains packets that do not belong to a certificate",
                ));
            }
        }
        if packets.len() == MAX_PACKETS {
            return Err(TOO_LARGE);
        }
        let (packet, next) = parser.next().map_err(|_| malformed())?;
        packets.push(packet);
        result = next;
    }
    if packets.is_empty() {
        Err(malformed())
    } else {
        Ok(packets)
    }
}

fn check_primary(cert: &Cert) -> Result<(), KeyFault> {
    let key = cert.primary_key().key();
    match (key.pk_algo(), key.mpis()) {
        (_, PublicKey::RSA { .. }) => ssh_key::check_rsa(key.mpis().bits().unwrap_or_default()),
        #[allow(deprecated, reason = "the names of what is refused")]
        (
            PublicKeyAlgorithm::DSA
            | PublicKeyAlgorithm::ElGamalEncrypt
            | PublicKeyAlgorithm::ElGamalEncryptSign,
            _,
        ) => Err(KeyFault::weak("DSA keys do not count")),
        _ => Ok(()),
    }
}

/// Refuses keys with which anyone can sign, subkeys included: no honest tool creates one.
fn check_numbers(cert: &Cert) -> Result<(), KeyFault> {
    for key in cert.keys() {
        match key.key().mpis() {
            // Smaller ones never sign, and larger ones take too long.
            PublicKey::RSA { e, n }
                if (ssh_key::MIN_RSA_BITS..=ssh_key::MAX_RSA_BITS).contains(&n.bits()) =>
            {
                rsa::check(n.value(), e.value())?;
            }
            mpis if ed25519_key(mpis).is_some_and(|key| ed25519::is_degenerate(&key)) => {
                return Err(KeyFault::weak("an Ed25519 key with which anyone can sign"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The 32 bytes of an Ed25519 key in either of OpenPGP's encodings.
fn ed25519_key(mpis: &PublicKey) -> Option<[u8; 32]> {
    match mpis {
        PublicKey::Ed25519 { a } => Some(*a),
        PublicKey::EdDSA {
            curve: Curve::Ed25519,
            q,
        } => q.decode_point(&Curve::Ed25519).ok()?.0.try_into().ok(),
        _ => None,
    }
}

fn key_material(algorithm: PublicKeyAlgorithm, mpis: &PublicKey) -> Digest {
    if let Some(key) = ed25519_key(mpis) {
        return material::ed25519(&key);
    }
    match mpis {
        PublicKey::RSA { e, n } => material::rsa(n.value(), e.value()),
        PublicKey::ECDSA { curve, q } | PublicKey::ECDH { curve, q, .. } => match curve {
            Curve::NistP256 => material::elliptic("nistp256", q.value()),
            Curve::NistP384 => material::elliptic("nistp384", q.value()),
            Curve::NistP521 => material::elliptic("nistp521", q.value()),
            Curve::Cv25519 => material::other(
                "x25519",
                &[q.value().strip_prefix(&[0x40]).unwrap_or(q.value())],
            ),
            other => material::elliptic(&other.to_string(), q.value()),
        },
        PublicKey::X25519 { u } => material::other("x25519", &[u]),
        other => {
            use openpgp::serialize::MarshalInto as _;
            material::other(
                &algorithm.to_string(),
                &[&other.to_vec().unwrap_or_default()],
            )
        }
    }
}
