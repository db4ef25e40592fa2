//! RSA numbers that protect nothing: anyone who reads the public key can compute the private one.
//!
//! Looked for are an even modulus, factors below 2^16, perfect powers, primes, two factors so near
//! to each other that Fermat's method finds them, and exponents that make a signature its own
//! message or that no honest tool writes. A modulus with other hidden weaknesses is the owner's
//! responsibility. Each key is judged once per run, since the test for primes takes milliseconds.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use num_bigint_dig::BigUint;

use super::key_fault::KeyFault;
use super::material;
use countersign_model::Digest;

/// Factors below this are found by division.
const SMALL: u32 = 1 << 16;
/// Steps of Fermat's method: enough for primes that were drawn one after the other.
const FERMAT_STEPS: u32 = 100;
/// Keys whose verdict is remembered.
const REMEMBERED: usize = 4_096;

/// What was found about each key, by its material.
static JUDGED: Mutex<BTreeMap<Digest, Option<&'static str>>> = Mutex::new(BTreeMap::new());

/// Products of the odd primes below [`SMALL`], each as many as fit 32 bits.
static PRODUCTS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut products: Vec<u32> = Vec::new();
    for prime in primes() {
        match products
            .last_mut()
            .and_then(|last| Some((last.checked_mul(prime)?, last)))
        {
            Some((product, last)) => *last = product,
            None => products.push(prime),
        }
    }
    products
});

/// Refuses a key with these numbers, big-endian, when anyone can sign with it.
pub fn check(modulus: &[u8], exponent: &[u8]) -> Result<(), KeyFault> {
    let key = material::rsa(modulus, exponent);
    let known = JUDGED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&key)
        .copied();
    let found = known.unwrap_or_else(|| {
        let found = weakness(&BigUint::from_bytes_be(modulus), exponent);
        let mut judged = JUDGED.lock().unwrap_or_else(PoisonError::into_inner);
        if judged.len() >= REMEMBERED {
            judged.clear();
        }
        judged.insert(key, found);
        found
    });
    found.map_or(Ok(()), |why| Err(KeyFault::weak(why)))
}

fn weakness(modulus: &BigUint, exponent: &[u8]) -> Option<&'static str> {
    let exponent = BigUint::from_bytes_be(exponent);
    if exponent < BigUint::from(3_u8) {
        return Some("an RSA exponent under 3, with which anyone can sign");
    }
    if is_even(&exponent) || exponent >= *modulus {
        return Some("an RSA exponent that no honest tool writes");
    }
    if is_even(modulus) || has_small_factor(modulus) {
        return Some("an RSA modulus with a small factor, which anyone can find");
    }
    if is_power(modulus) {
        return Some("an RSA modulus that is a power, which anyone can factor");
    }
    if has_near_factors(modulus) {
        return Some(
            "an RSA modulus of two primes that are too close to each other, which anyone can factor",
        );
    }
    is_prime(modulus).then_some("an RSA modulus that is a prime, with which anyone can sign")
}

fn is_even(number: &BigUint) -> bool {
    number
        .to_bytes_be()
        .last()
        .is_none_or(|last| last.is_multiple_of(2))
}

/// The odd primes below [`SMALL`], by the sieve of Eratosthenes.
fn primes() -> Vec<u32> {
    let mut composite = vec![false; SMALL as usize];
    let mut primes = Vec::new();
    for number in (3..SMALL).step_by(2) {
        if !composite[number as usize] {
            primes.push(number);
            for multiple in
                (u64::from(number) * u64::from(number)..u64::from(SMALL)).step_by(number as usize)
            {
                composite[multiple as usize] = true;
            }
        }
    }
    primes
}

fn has_small_factor(modulus: &BigUint) -> bool {
    let mut words: Vec<u32> = modulus.to_bytes_le().chunks(4).map(word).collect();
    words.reverse();
    PRODUCTS.iter().any(|product| {
        let product = u64::from(*product);
        let rest = words.iter().fold(0_u64, |rest, word| {
            (rest << 32 | u64::from(*word)) % product
        });
        greatest_common_divisor(rest, product) > 1
    })
}

fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}

const fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while one != 0 {
        (one, other) = (other % one, one);
    }
    other
}

/// Whether it is a square, a cube or any other power. Its base has no small factor, so no high
/// exponent is possible.
fn is_power(modulus: &BigUint) -> bool {
    let most = modulus.bits() as u32 / SMALL.ilog2();
    let raised = |root: &BigUint, exponent: u32| {
        (0..exponent).fold(BigUint::from(1_u8), |power, _| power * root)
    };
    let prime = |exponent: &u32| {
        (2..*exponent)
            .take_while(|divisor| divisor * divisor <= *exponent)
            .all(|divisor| !exponent.is_multiple_of(divisor))
    };
    (2..=most)
        .filter(prime)
        .any(|exponent| raised(&modulus.nth_root(exponent), exponent) == *modulus)
}

/// Fermat's method for a few steps: the modulus as a difference of two squares.
fn has_near_factors(modulus: &BigUint) -> bool {
    let mut root = modulus.sqrt() + 1_u8;
    (0..FERMAT_STEPS).any(|_| {
        let rest = &root * &root - modulus;
        root += 1_u8;
        // Most numbers are not squares, as their last four bits show.
        let last = rest.to_bytes_be().last().copied().unwrap_or_default() % 16;
        matches!(last, 0 | 1 | 4 | 9) && {
            let side = rest.sqrt();
            &side * &side == rest
        }
    })
}

/// Fermat's test with base 2. The few composite numbers that pass it are not keys either.
fn is_prime(modulus: &BigUint) -> bool {
    BigUint::from(2_u8).modpow(&(modulus - 1_u8), modulus) == BigUint::from(1_u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(base: u32, exponent: u32) -> BigUint {
        (0..exponent).fold(BigUint::from(1_u8), |power, _| power * base)
    }

    fn why(modulus: &BigUint, exponent: &[u8]) -> Option<String> {
        check(&modulus.to_bytes_be(), exponent)
            .err()
            .map(|fault| fault.to_string())
    }

    /// The next number from `from` on that passes the test for primes.
    fn prime_from(from: BigUint) -> BigUint {
        let mut candidate = if is_even(&from) { from + 1_u8 } else { from };
        while has_small_factor(&candidate) || !is_prime(&candidate) {
            candidate += 2_u8;
        }
        candidate
    }

    #[test]
    fn refuses_every_modulus_that_anyone_can_factor() {
        let e = [1, 0, 1];
        let p = prime_from(power(2, 1_100) + power(2, 900));
        let q = prime_from(power(2, 1_101) + power(3, 500));
        let near = prime_from(&p + 2_u8);
        let sound = &p * &q;
        assert_eq!(why(&sound, &e), None);
        let refused = |modulus: &BigUint, part: &str| {
            assert!(
                why(modulus, &e).is_some_and(|why| why.contains(part)),
                "{part}"
            );
        };
        refused(&(&sound * 2_u8), "small factor");
        refused(&(&sound * 65_521_u32), "small factor");
        refused(&(&sound * 3_u8), "small factor");
        refused(&power(3, 1_300), "small factor");
        refused(&(&p * &p), "power");
        refused(&(&p * &p * &p), "power");
        refused(&power(65_537, 151), "power");
        refused(&(&p * &near), "too close");
        refused(&p, "a prime");
    }

    #[test]
    fn refuses_exponents_with_which_anyone_can_sign() {
        let sound = prime_from(power(2, 300)) * prime_from(power(2, 301) + power(3, 100));
        for bad in [
            &[][..],
            &[0],
            &[1],
            &[2],
            &[4],
            &[1, 0, 0],
            &sound.to_bytes_be(),
        ] {
            assert!(why(&sound, bad).is_some(), "{bad:?}");
        }
        for good in [&[3][..], &[17], &[1, 0, 1], &[0, 3]] {
            assert_eq!(why(&sound, good), None, "{good:?}");
        }
    }
}
