//! Ed25519 keys and signatures without a format around them, and the public keys that no policy
//! should list in any.

use ed25519_dalek::{Signature, VerifyingKey};

/// The y coordinates of the eight points of small order, little-endian, as in libsodium's
/// `ge25519_has_small_order`. For such a key, anyone can make signatures.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    {
        // p - 1
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f;
        minus_one
    },
];

/// Whether a key is weak: a point of small order, or a coordinate that is not reduced (a second
/// spelling of another key).
pub fn is_degenerate(key: &[u8; 32]) -> bool {
    let mut y = *key;
    y[31] &= 0x7f;
    let unreduced = y[31] == 0x7f && y[1..31].iter().all(|byte| *byte == 0xff) && y[0] >= 0xed;
    unreduced || SMALL_ORDER.contains(&y)
}

/// Whether `signature` is this key's over `message`; never for a key that anyone could sign with.
pub fn verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(public)
        .ok()
        .filter(|_| !is_degenerate(public));
    key.is_some_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_small_order_and_second_spellings_are_degenerate() {
        let mut sign_bit = SMALL_ORDER[2];
        sign_bit[31] |= 0x80;
        let mut unreduced = [0xff; 32];
        unreduced[31] = 0x7f;
        for key in SMALL_ORDER
            .into_iter()
            .chain([sign_bit, unreduced, [0xff; 32]])
        {
            assert!(is_degenerate(&key), "{key:x?}");
        }
        let mut base_point = [0x66; 32];
        base_point[0] = 0x58;
        assert!(!is_degenerate(&base_point));
    }
}
