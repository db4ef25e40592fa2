//! Raw Ed25519 keys (RFC 8032) for what is not SSH's, OpenPGP's or minisign's: the notes of
//! transparency logs, and envelopes of attestations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};

pub use super::ed25519::verify;

/// The prefix of the seed in PKCS#8 (RFC 8410, section 7): a version, the algorithm, and two nested
/// octet strings.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A private key. Its `Debug` form reveals nothing.
pub struct LogKey(SigningKey);

/// The bytes are not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a raw Ed25519 key, which is 32 bytes or the PEM that `openssl genpkey -algorithm ed25519` writes"
)]
pub struct LogKeyError;

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogKey")
    }
}

impl LogKey {
    /// Reads a key file: 32 bytes, or PKCS#8 in PEM.
    pub fn read(file: &[u8]) -> Result<Self, LogKeyError> {
        if let Ok(seed) = <[u8; 32]>::try_from(file) {
            return Ok(Self(SigningKey::from_bytes(&seed)));
        }
        let text = std::str::from_utf8(file).map_err(|_| LogKeyError)?;
        let body = text
            .trim()
            .strip_prefix("-----BEGIN PRIVATE KEY-----")
            .and_then(|rest| rest.strip_suffix("-----END PRIVATE KEY-----"));
        let base64: String = body.ok_or(LogKeyError)?.split_whitespace().collect();
        let der = STANDARD.decode(base64).map_err(|_| LogKeyError)?;
        let seed: [u8; 32] = der
            .strip_prefix(&PKCS8[..])
            .and_then(|seed| seed.try_into().ok())
            .ok_or(LogKeyError)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Its public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs `message`. The same message gives the same signature.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::digest::{from_hex, to_hex};

    #[test]
    fn signs_as_in_the_rfc() {
        // RFC 8032, section 7.1, test 2.
        let seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .expect("hex");
        let key = LogKey::read(&seed).expect("32 bytes");
        assert_eq!(
            to_hex(&key.public()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let wanted = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        let signature = key.sign(&[0x72]);
        assert_eq!(to_hex(&signature), wanted);
        assert!(verify(&key.public(), &[0x72], &signature));
        assert!(!verify(&key.public(), &[0x73], &signature));
        assert!(!verify(&[0; 32], &[0x72], &signature));
    }

    #[test]
    fn reads_the_pem_that_openssl_writes() {
        // RFC 8410, section 10.3: the example without attributes.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = LogKey::read(pem.as_bytes()).expect("a key");
        assert_eq!(
            to_hex(&key.public()),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        for bad in [
            "",
            "x",
            "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
        ] {
            assert!(LogKey::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
