//! SHA-256 digests in the one spelling the tool uses: `sha256:` and 64 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 value: of a package manifest, a record's bytes or a file's content, as the context
/// says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Wraps a finished SHA-256 value.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits without the `sha256:` prefix.
    pub fn hex(&self) -> String {
        to_hex(&self.0)
    }

    /// The first `digits` hex digits, for a pseudo-version or a short display.
    pub fn short(&self, digits: usize) -> String {
        let mut text = self.hex();
        text.truncate(digits);
        text
    }
}

/// Takes bytes as they are written, and keeps only their hash.
#[derive(Clone, Debug, Default)]
pub struct HashWriter(Sha256);

impl HashWriter {
    /// Takes bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything that was written.
    pub fn digest(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lower-case hex of any bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    push_hex(&mut text, bytes);
    String::from_utf8(text).expect("digits are ASCII")
}

/// Adds the same to a text.
pub(super) fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let start = text.len();
    text.resize(start + bytes.len() * 2, 0);
    for (pair, byte) in text[start..].as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ];
    }
}

/// Bytes of lower-case hex; `None` for any other character or an odd length.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() / 2];
    read_hex(text.as_bytes(), &mut bytes).then_some(bytes)
}

/// Fills `bytes` with what lower-case hex says; `false` for any other character or number of
/// digits.
pub fn read_hex(text: &[u8], bytes: &mut [u8]) -> bool {
    let nibble = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let fill = |(byte, pair): (&mut u8, &[u8])| {
        let value = nibble(pair[0])
            .zip(nibble(pair[1]))
            .map(|(high, low)| high << 4 | low);
        *byte = value.unwrap_or_default();
        value.is_some()
    };
    text.len() == bytes.len() * 2 && bytes.iter_mut().zip(text.chunks_exact(2)).all(fill)
}

/// Its one spelling where people read it; elsewhere raw bytes, copied as a whole: a cache holds a
/// hundred thousand.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Raw;
        impl Visitor<'_> for Raw {
            type Value = Digest;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                bytes
                    .try_into()
                    .map(Digest)
                    .map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?
                .parse()
                .map_err(D::Error::custom);
        }
        deserializer.deserialize_bytes(Raw)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not `sha256:` and 64 lower-case hex digits.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a digest is `sha256:` and 64 lower-case hex digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let hex = text.strip_prefix("sha256:").ok_or(DigestError)?;
        let mut bytes = [0; 32];
        if read_hex(hex.as_bytes(), &mut bytes) {
            Ok(Self(bytes))
        } else {
            Err(DigestError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_input_has_the_published_digest() {
        assert_eq!(
            Digest::of(b"").to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn refuses_every_other_spelling() {
        let good = Digest::of(b"x").to_string();
        assert_eq!(
            good.parse::<Digest>().map(|d| d.to_string()),
            Ok(good.clone())
        );
        for bad in [
            good.to_uppercase(),
            good[7..].to_owned(),
            format!("{good}0"),
            good.replace("sha256", "sha512"),
            String::new(),
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(DigestError), "{bad}");
        }
    }
}
