//! One digest for one public key, whatever format holds it, so that a key under two principals is
//! found.

use countersign_model::Digest;

fn digest(domain: &str, fields: &[&[u8]]) -> Digest {
    let mut bytes = Vec::new();
    for field in std::iter::once(&domain.as_bytes()).chain(fields) {
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(*field);
    }
    Digest::of(&bytes)
}

/// An Ed25519 key: its 32 bytes.
pub fn ed25519(key: &[u8]) -> Digest {
    digest("ed25519", &[key])
}

/// A key on a Weierstrass curve, for signing or agreement: the curve's SSH name (others: any fixed
/// name) and the uncompressed SEC 1 point.
pub fn elliptic(curve: &str, point: &[u8]) -> Digest {
    digest("elliptic", &[curve.as_bytes(), point])
}

/// An RSA key, its numbers big-endian with any leading zeros.
pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Digest {
    digest("rsa", &[trimmed(modulus), trimmed(exponent)])
}

/// Any other algorithm, by its name and its public fields.
#[cfg(any(test, feature = "openpgp"))]
pub fn other(algorithm: &str, fields: &[&[u8]]) -> Digest {
    digest(algorithm, fields)
}

fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_do_not_make_another_rsa_key() {
        assert_eq!(rsa(&[0, 5], &[3]), rsa(&[5], &[0, 0, 3]));
        assert_ne!(rsa(&[5], &[3]), rsa(&[3], &[5]));
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        assert_ne!(elliptic("a", b"bc"), elliptic("ab", b"c"));
        assert_ne!(ed25519(&[1]), other("ed", &[b"25519", &[1]]));
    }
}
