//! SSH public keys: the wire form (RFC 4253, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f), accepted
//! in one spelling only.
//!
//! `ssh-key` decodes numbers and points; what it tolerates (other spellings, compressed points, key
//! sizes rounded up to bytes) is refused here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ssh_key::PublicKey;
use ssh_key::public::{EcdsaPublicKey, KeyData};

use super::key_fault::KeyFault;
use super::key_handle::KeyHandle;
use super::{ed25519, material, rsa};
use countersign_model::{Digest, KeyId};

/// The longest key line: an RSA key of 16384 bits needs less than 3 KiB.
const MAX_LINE: usize = 16 * 1024;
/// Smaller RSA keys do not count.
pub const MIN_RSA_BITS: usize = 2048;
/// Larger ones cannot be verified by the library.
pub const MAX_RSA_BITS: usize = 4096;

const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// A key that may sign.
pub struct SshKey {
    /// Type as in the wire form.
    pub kind: &'static str,
    /// For verification.
    pub public: PublicKey,
    /// Identity: fingerprint and digest of the wire form.
    pub handle: KeyHandle,
}

impl SshKey {
    /// Reads a line `type base64 [comment]`, as in a `.pub` file.
    pub fn from_line(line: &str) -> Result<Self, KeyFault> {
        let line = line
            .strip_suffix('\n')
            .unwrap_or(line)
            .trim_matches([' ', '\t']);
        if line.len() > MAX_LINE {
            return Err(KeyFault::malformed("the line is too long for a public key"));
        }
        if line.contains(['\n', '\r']) {
            return Err(KeyFault::Several);
        }
        if line.contains("PRIVATE KEY") {
            return Err(KeyFault::Secret);
        }
        let mut fields = line.split([' ', '\t']).filter(|field| !field.is_empty());
        let (Some(label), Some(base64)) = (fields.next(), fields.next()) else {
            return Err(KeyFault::malformed("it is not `type base64`"));
        };
        check_kind(label.as_bytes()).map_err(|fault| match fault {
            KeyFault::Unsupported(_)
                if line.split([' ', '\t']).any(|field| TYPES.contains(&field)) =>
            {
                KeyFault::malformed("options before the key are not supported")
            }
            other => other,
        })?;
        let blob = STANDARD
            .decode(base64)
            .map_err(|_| KeyFault::malformed("the base64 is not canonical"))?;
        let key = Self::from_wire(&blob)?;
        if key.kind != label {
            return Err(KeyFault::malformed(
                "the type before the key differs from the type inside it",
            ));
        }
        Ok(key)
    }

    /// Reads the wire form: exactly one key, in its canonical spelling.
    pub fn from_wire(blob: &[u8]) -> Result<Self, KeyFault> {
        let kind = check_kind(
            Wire(blob)
                .string()
                .ok_or(KeyFault::malformed("the key is truncated"))?,
        )?;
        let public = PublicKey::from_bytes(blob).map_err(|_| {
            KeyFault::malformed("the key's fields are malformed, or there are bytes after them")
        })?;
        if public.to_bytes().ok().as_deref() != Some(blob) {
            return Err(KeyFault::malformed("the key is not in its canonical form"));
        }
        check_strength(public.key_data())?;
        let digest = Digest::of(blob);
        let id = KeyId::Ssh(format!("SHA256:{}", STANDARD_NO_PAD.encode(digest.as_bytes())).into());
        Ok(Self {
            kind,
            public,
            handle: KeyHandle { id, source: digest },
        })
    }

    /// Refuses an RSA key that anyone can factor. Asked of keys that a policy lists, not of every
    /// key that a signature brings along.
    pub fn check_numbers(&self) -> Result<(), KeyFault> {
        match self.public.key_data() {
            KeyData::Rsa(key) => rsa::check(key.n.as_bytes(), key.e.as_bytes()),
            _ => Ok(()),
        }
    }

    /// The format-independent digest of the public key.
    pub fn material(&self) -> Digest {
        match self.public.key_data() {
            KeyData::Ed25519(key) => material::ed25519(&key.0),
            KeyData::SkEd25519(key) => material::ed25519(&key.public_key().0),
            KeyData::Ecdsa(key) => material::elliptic(key.curve().as_str(), key.as_sec1_bytes()),
            KeyData::SkEcdsaSha2NistP256(key) => {
                material::elliptic("nistp256", key.ec_point().as_bytes())
            }
            KeyData::Rsa(key) => material::rsa(key.n.as_bytes(), key.e.as_bytes()),
            _ => self.handle.source,
        }
    }
}

fn check_kind(kind: &[u8]) -> Result<&'static str, KeyFault> {
    if let Some(known) = TYPES.into_iter().find(|known| known.as_bytes() == kind) {
        return Ok(known);
    }
    Err(if kind == b"ssh-dss" {
        KeyFault::weak("DSA keys (ssh-dss) do not count")
    } else if kind.ends_with(b"-cert-v01@openssh.com") {
        KeyFault::Certificate
    } else {
        KeyFault::unsupported(
            "the key type is not one of ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa and the sk- types",
        )
    })
}

fn check_strength(key: &KeyData) -> Result<(), KeyFault> {
    let point = match key {
        KeyData::Ed25519(key) => return check_ed25519(&key.0),
        KeyData::SkEd25519(key) => return check_ed25519(&key.public_key().0),
        KeyData::Rsa(key) => {
            let modulus = key.n.as_positive_bytes().ok_or(KeyFault::malformed(
                "the RSA modulus is not a positive number",
            ))?;
            return check_rsa(bits(modulus));
        }
        KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) => point.is_compressed(),
        KeyData::Ecdsa(EcdsaPublicKey::NistP384(point)) => point.is_compressed(),
        KeyData::Ecdsa(EcdsaPublicKey::NistP521(point)) => point.is_compressed(),
        KeyData::SkEcdsaSha2NistP256(key) => {
            key.ec_point().is_compressed() || key.ec_point().is_identity()
        }
        _ => return Err(KeyFault::unsupported("the key type is not supported")),
    };
    if point {
        Err(KeyFault::malformed(
            "the curve point is compressed, which OpenSSH never writes",
        ))
    } else {
        Ok(())
    }
}

fn check_ed25519(key: &[u8; 32]) -> Result<(), KeyFault> {
    if ed25519::is_degenerate(key) {
        Err(KeyFault::weak("an Ed25519 key with which anyone can sign"))
    } else {
        Ok(())
    }
}

/// Whether an RSA key of this many bits counts.
pub fn check_rsa(bits: usize) -> Result<(), KeyFault> {
    if bits < MIN_RSA_BITS {
        Err(KeyFault::weak("RSA keys under 2048 bits do not count"))
    } else if bits > MAX_RSA_BITS {
        Err(KeyFault::unsupported(
            "RSA keys over 4096 bits are not supported",
        ))
    } else {
        Ok(())
    }
}

/// Length of a big-endian number without its leading zero bits.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros).map_or(0, |first| {
        (number.len() - zeros) * 8 - first.leading_zeros() as usize
    })
}

/// A reader of SSH's wire encoding (RFC 4251, section 5).
pub struct Wire<'a>(pub &'a [u8]);

impl<'a> Wire<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A `uint32`.
    pub fn number(&mut self) -> Option<u32> {
        self.take(4)
            .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A `string`: a length and that many bytes.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{SshKeys, wire_string};

    fn read(line: &str) -> Result<SshKey, KeyFault> {
        SshKey::from_line(line)
    }

    fn line(kind: &str, fields: &[&[u8]]) -> String {
        let mut blob = wire_string(kind.as_bytes());
        for field in fields {
            blob.extend(wire_string(field));
        }
        format!("{kind} {}", STANDARD.encode(blob))
    }

    #[test]
    fn reads_every_type_with_the_fingerprint_of_ssh_keygen() {
        let keys = SshKeys::new();
        for (kind, bits) in [
            ("ed25519", ""),
            ("ecdsa", "256"),
            ("ecdsa", "384"),
            ("ecdsa", "521"),
            ("rsa", "2048"),
            ("rsa", "4096"),
        ] {
            let name = keys.generate(kind, bits);
            let key = read(&keys.public_line(&name))
                .unwrap_or_else(|fault| panic!("{kind} {bits}: {fault}"));
            let KeyId::Ssh(fingerprint) = &key.handle.id else {
                panic!("not an SSH key")
            };
            assert!(
                keys.fingerprint(&name).contains(&**fingerprint),
                "{fingerprint}"
            );
        }
    }

    #[test]
    fn refuses_weak_and_oversized_keys() {
        let keys = SshKeys::new();
        let name = keys.generate("rsa", "1024");
        assert!(matches!(
            read(&keys.public_line(&name)),
            Err(KeyFault::Weak(_))
        ));
        let number = |bits: usize| {
            let mut bytes = vec![0xff; bits.div_ceil(8)];
            bytes[0] >>= (8 - bits % 8) % 8;
            if bits.is_multiple_of(8) {
                bytes.insert(0, 0);
            }
            bytes
        };
        let rsa = |bits| read(&line("ssh-rsa", &[&[1, 0, 1], &number(bits)])).err();
        assert_eq!(rsa(2048), None);
        // The library rounds these up to 256 bytes.
        assert!(matches!(rsa(2047), Some(KeyFault::Weak(_))));
        assert!(matches!(rsa(2041), Some(KeyFault::Weak(_))));
        assert!(matches!(rsa(4097), Some(KeyFault::Unsupported(_))));
        assert!(matches!(
            read(&line("ssh-dss", &[&[1], &[1], &[1], &[1]])),
            Err(KeyFault::Weak(_))
        ));
        assert!(matches!(
            read(&line("ssh-ed25519", &[&[0; 32]])),
            Err(KeyFault::Weak(_))
        ));
    }

    #[test]
    fn refuses_certificates_by_name() {
        let keys = SshKeys::new();
        let name = keys.generate("ed25519", "");
        let certificate = keys.certify(&name);
        let fault = read(&certificate).err();
        assert_eq!(fault, Some(KeyFault::Certificate));
        assert_eq!(
            fault.map(|fault| fault.to_string()),
            Some("certificates are not supported yet".to_owned())
        );
    }

    #[test]
    fn refuses_every_other_spelling_of_a_line() {
        let keys = SshKeys::new();
        let name = keys.generate("ed25519", "");
        let good = keys.public_line(&name);
        let (kind, rest) = good
            .trim_end()
            .split_once(' ')
            .expect("a type and the rest");
        let (base64, _) = rest.split_once(' ').expect("a comment follows");
        let blob = STANDARD.decode(base64).expect("written by ssh-keygen");
        assert!(read(&good).is_ok());
        assert!(read(&format!("{kind}\t{base64}")).is_ok());
        let other = [blob.as_slice(), b"\0"].concat();
        for bad in [
            format!("{good}{good}"),
            format!("{kind} {base64}\r\n"),
            format!("ssh-rsa {base64}"),
            format!("{kind} {}", STANDARD.encode(&other)),
            format!("{kind} {}", &base64[..base64.len() - 4]),
            format!("{kind} {base64}="),
            format!("no-pty {kind} {base64}"),
            format!("command=\"x\" {kind} {base64}"),
            format!("namespaces=\"git\" {kind} {base64}"),
            format!("alice {kind} {base64}"),
            kind.to_owned(),
            String::new(),
            format!("{kind} {}", "A".repeat(20_000)),
            "ssh-foo AAAA".to_owned(),
            line("rsa-sha2-256", &[&[1, 0, 1], &[0x7f; 256]]),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
        assert_eq!(
            read(&format!("cert-authority {good}"))
                .err()
                .map(|f| f.to_string()),
            Some("malformed key: options before the key are not supported".to_owned())
        );
    }

    #[test]
    fn refuses_other_spellings_of_the_same_key() {
        let keys = SshKeys::new();
        let name = keys.generate("ecdsa", "256");
        let public = read(&keys.public_line(&name)).expect("a good key").public;
        let point = public
            .key_data()
            .ecdsa()
            .expect("an ECDSA key")
            .as_sec1_bytes()
            .to_vec();
        let ecdsa =
            |point: &[u8], curve: &[u8]| read(&line("ecdsa-sha2-nistp256", &[curve, point]));
        assert!(ecdsa(&point, b"nistp256").is_ok());
        let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
        assert!(ecdsa(&compressed, b"nistp256").is_err());
        assert!(ecdsa(&point, b"nistp384").is_err());
        // A leading zero in RSA's exponent.
        assert!(
            read(&line(
                "ssh-rsa",
                &[&[0, 1, 0, 1], &[&[0][..], &[0xff; 256]].concat()]
            ))
            .is_err()
        );
        assert!(
            read(&line("ssh-rsa", &[&[1, 0, 1], &[0xff; 256]])).is_err(),
            "a negative modulus"
        );
    }
}
