//! Minisign signatures (jedisct1.github.io/minisign): four lines, the third of which is signed too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{PublicKey, Signature};

use super::key_fault::KeyFault;
use super::key_handle::KeyHandle;
use super::{Format, Proof, SignatureFault, VerificationKey, ed25519, material};
use countersign_model::{Digest, KeyId};

/// minisign itself reads comments of up to 8 KiB.
const MAX_SIGNATURE: usize = 20 * 1024;
const PUBLIC_KEY_BYTES: usize = 42;
/// What an unencrypted and an encrypted secret key take.
const SECRET_KEY_BYTES: usize = 158;

/// A minisign public key.
#[derive(Clone, Debug)]
pub struct MinisignKey {
    number: [u8; 8],
    bytes: [u8; 32],
    public: PublicKey,
    legacy: bool,
}

impl MinisignKey {
    /// Reads the base64 line of a public key, or the two lines of `minisign.pub`.
    pub fn read(text: &str, legacy: bool) -> Result<Self, KeyFault> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let base64 = match text.split_once('\n') {
            Some((comment, line)) if comment.starts_with("untrusted comment:") => line,
            Some(_) => {
                return Err(KeyFault::malformed(
                    "it is neither one base64 line nor the two lines of minisign.pub",
                ));
            }
            None => text,
        };
        if base64.contains('\n') {
            return Err(KeyFault::Several);
        }
        let base64 = base64.trim_matches([' ', '\t', '\r']);
        if base64.len() > 1024 {
            return Err(KeyFault::malformed("the line is too long for a public key"));
        }
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| KeyFault::malformed("the base64 is not canonical"))?;
        if bytes.len() == SECRET_KEY_BYTES {
            return Err(KeyFault::Secret);
        }
        if bytes.len() != PUBLIC_KEY_BYTES || !bytes.starts_with(b"Ed") {
            return Err(KeyFault::malformed("it is not a minisign public key"));
        }
        let public = PublicKey::from_base64(base64)
            .map_err(|_| KeyFault::malformed("it is not a minisign public key"))?;
        let number = bytes[2..10].try_into().expect("eight bytes");
        let bytes = bytes[10..].try_into().expect("42 bytes less 10");
        if ed25519::is_degenerate(&bytes) {
            return Err(KeyFault::weak("an Ed25519 key with which anyone can sign"));
        }
        Ok(Self {
            number,
            bytes,
            public,
            legacy,
        })
    }

    /// Number and digest; allowing the legacy form makes it another listing.
    pub fn handle(&self) -> KeyHandle {
        let id = KeyId::Minisign(
            format!(
                "{}:{}",
                number_text(self.number),
                Digest::of(&self.bytes).hex()
            )
            .into(),
        );
        let source = [
            &[u8::from(self.legacy)],
            self.number.as_slice(),
            self.bytes.as_slice(),
        ]
        .concat();
        KeyHandle {
            id,
            source: Digest::of(&source),
        }
    }

    /// The format-independent digest of the public key.
    pub fn material(&self) -> Digest {
        material::ed25519(&self.bytes)
    }

    fn verify(&self, message: &[u8], written: &ParsedSignature) -> Result<(), SignatureFault> {
        if written.legacy && !self.legacy {
            return Err(SignatureFault::malformed(
                "it has minisign's legacy form, which the policy does not allow for this key",
            ));
        }
        self.public
            .verify(message, &written.signature, self.legacy)
            .map_err(|_| {
                if self.signed_comment(written) {
                    SignatureFault::invalid("the signature does not match these bytes")
                } else {
                    SignatureFault::invalid("the trusted comment or the signature was altered")
                }
            })
    }

    /// Whether the key signed the signature together with its trusted comment; only to explain why
    /// a signature is refused.
    fn signed_comment(&self, written: &ParsedSignature) -> bool {
        ed25519::verify(&self.bytes, &written.commented, &written.over_comment)
    }
}

/// As minisign prints it: the number is little-endian.
fn number_text(number: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(number))
}

/// Verifies one signature by every listed key of its number.
pub fn prove(message: &[u8], text: &[u8], keys: &[VerificationKey]) -> Vec<Proof> {
    let written = match ParsedSignature::read(text) {
        Ok(written) => written,
        Err(detail) => {
            return vec![Proof::refused(
                Format::Minisign,
                SignatureFault::malformed(detail),
            )];
        }
    };
    let candidates = keys
        .iter()
        .filter_map(VerificationKey::minisign)
        .filter(|key| key.number == written.number);
    let proofs: Vec<Proof> = candidates
        .map(|key| Proof {
            format: Format::Minisign,
            key: Some(key.handle()),
            created: None,
            fault: key.verify(message, &written).err(),
        })
        .collect();
    if proofs.is_empty() {
        let issuer = Some(number_text(written.number));
        return vec![Proof::refused(
            Format::Minisign,
            SignatureFault::KeyUnknown { issuer },
        )];
    }
    proofs
}

/// A signature as written.
struct ParsedSignature {
    number: [u8; 8],
    legacy: bool,
    signature: Signature,
    /// What the second signature covers: the first and the trusted comment.
    commented: Vec<u8>,
    over_comment: [u8; 64],
}

impl ParsedSignature {
    fn read(text: &[u8]) -> Result<Self, &'static str> {
        if text.len() > MAX_SIGNATURE {
            return Err("too long for a signature");
        }
        let text = std::str::from_utf8(text).map_err(|_| "its comments are not UTF-8")?;
        if text.contains('\r') {
            return Err("the lines end in CR LF instead of LF");
        }
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .unwrap_or(text)
            .split('\n')
            .collect();
        let [untrusted, first, trusted, second] = lines[..] else {
            return Err(if lines.len() < 4 {
                "it is truncated: a minisign signature has four lines"
            } else {
                "there is content after its four lines"
            });
        };
        if !untrusted.starts_with("untrusted comment: ") {
            return Err("its first line is not an untrusted comment");
        }
        let comment = trusted
            .strip_prefix("trusted comment: ")
            .ok_or("its third line is not a trusted comment")?;
        let first = STANDARD
            .decode(first)
            .map_err(|_| "the base64 is not canonical")?;
        let over_comment = STANDARD
            .decode(second)
            .map_err(|_| "the base64 is not canonical")?;
        let (74, Ok(over_comment)) = (first.len(), over_comment.try_into()) else {
            return Err("it is truncated or too long");
        };
        let legacy = match &first[..2] {
            b"ED" => false,
            b"Ed" => true,
            _ => return Err("its algorithm is not a minisign algorithm"),
        };
        let signature = Signature::decode(text).map_err(|_| "it is not a minisign signature")?;
        Ok(Self {
            number: first[2..10].try_into().expect("eight bytes"),
            legacy,
            signature,
            commented: [&first[10..], comment.as_bytes()].concat(),
            over_comment,
        })
    }
}
