//! Checkpoints of the log: C2SP `tlog-checkpoint`, which is a C2SP `signed-note` with three lines
//! of text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::merkle::Hash;
use countersign_model::digest::{from_hex, to_hex};
use countersign_signature::log_key::{self, LogKey};

/// `signed-note`: the type of an Ed25519 signature.
const ED25519: u8 = 0x01;
/// Verifiers accept at least 16 signatures; an honest note has no more than this.
const MOST_SIGNATURES: usize = 64;
/// Far more than any checkpoint has.
const MOST_BYTES: usize = 1 << 16;

/// What a log commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// A checkpoint as it was read, with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The text that is signed.
    pub text: String,
    /// Name, key number and signature of each line.
    pub signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

/// The text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the three lines.
    #[error("not a checkpoint: write an origin, a size and a root, each on its own line")]
    Text,
    /// Something other than signature lines below the blank line.
    #[error("a line below the checkpoint is not a signature")]
    Signature,
}

/// A log's public key: `<name>+<key number>+<base64 of type and key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPublicKey {
    /// The log's name.
    pub name: String,
    /// The key.
    pub public: [u8; 32],
}

/// The text is not the key of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the key of a log: write it as `countersign audit` prints it, <name>+<8 hex digits>+<base64>"
)]
pub struct LogPublicKeyError;

impl Checkpoint {
    /// The three lines.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root)
        )
    }

    /// The signed note.
    pub fn sign(&self, key: &LogKey) -> String {
        let text = self.text();
        let public = LogPublicKey {
            name: self.origin.clone(),
            public: key.public(),
        };
        let mut line = public.number().to_vec();
        line.extend(key.sign(text.as_bytes()));
        format!("{text}\n— {} {}\n", self.origin, STANDARD.encode(line))
    }
}

impl Note {
    /// Reads a checkpoint, signed or not.
    pub fn parse(note: &str) -> Result<Self, CheckpointError> {
        if note.len() > MOST_BYTES {
            return Err(CheckpointError::Text);
        }
        let (text, below) = match note.split_once("\n\n") {
            Some((text, below)) => (format!("{text}\n"), below),
            None => (note.to_owned(), ""),
        };
        let lines: Vec<&str> = text.split('\n').collect();
        let [origin, size, root, ""] = lines.as_slice() else {
            return Err(CheckpointError::Text);
        };
        let plain = !size.is_empty()
            && size.bytes().all(|b| b.is_ascii_digit())
            && (*size == "0" || !size.starts_with('0'));
        let size = size
            .parse()
            .ok()
            .filter(|_| plain)
            .ok_or(CheckpointError::Text)?;
        let root: Hash = STANDARD
            .decode(root)
            .ok()
            .and_then(|root| root.try_into().ok())
            .ok_or(CheckpointError::Text)?;
        if origin.is_empty() || origin.contains(|c: char| c.is_control()) {
            return Err(CheckpointError::Text);
        }
        let checkpoint = Checkpoint {
            origin: (*origin).to_owned(),
            size,
            root,
        };
        let mut signatures = Vec::new();
        for line in below.lines() {
            signatures.push(signature(line).ok_or(CheckpointError::Signature)?);
        }
        if signatures.len() > MOST_SIGNATURES || (!below.is_empty() && !below.ends_with('\n')) {
            return Err(CheckpointError::Signature);
        }
        Ok(Self {
            checkpoint,
            text,
            signatures,
        })
    }

    /// Whether the log's own key signed it. A line that names this key and does not verify makes
    /// the note worthless, whatever else is there.
    pub fn verify(&self, key: &LogPublicKey) -> bool {
        let number = key.number();
        let mut own = self
            .signatures
            .iter()
            .filter(|(name, hint, _)| *name == key.name && *hint == number)
            .peekable();
        let good = |bytes: &Vec<u8>| {
            <&[u8; 64]>::try_from(bytes.as_slice())
                .is_ok_and(|bytes| log_key::verify(&key.public, self.text.as_bytes(), bytes))
        };
        own.peek().is_some() && own.all(|(.., bytes)| good(bytes))
    }
}

/// `— <name> <base64 of key number and signature>`.
fn signature(line: &str) -> Option<(String, [u8; 4], Vec<u8>)> {
    let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(base64).ok()?;
    let (number, signature) = bytes.split_first_chunk::<4>()?;
    is_name(name).then(|| (name.to_owned(), *number, signature.to_vec()))
}

/// A name has neither spaces nor a plus.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

impl LogPublicKey {
    /// The first four bytes of SHA-256 over name, line break, type and key.
    pub fn number(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.public)
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl std::fmt::Display for LogPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let typed = [&[ED25519][..], &self.public].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            to_hex(&self.number()),
            STANDARD.encode(typed)
        )
    }
}

impl std::str::FromStr for LogPublicKey {
    type Err = LogPublicKeyError;

    fn from_str(text: &str) -> Result<Self, LogPublicKeyError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(number), Some(base64)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(LogPublicKeyError);
        };
        let typed = STANDARD.decode(base64).map_err(|_| LogPublicKeyError)?;
        let public = typed
            .strip_prefix(&[ED25519])
            .and_then(|key| key.try_into().ok())
            .ok_or(LogPublicKeyError)?;
        let key = Self {
            name: name.to_owned(),
            public,
        };
        let fits = from_hex(number).is_some_and(|number| number == key.number());
        if fits && is_name(name) {
            Ok(key)
        } else {
            Err(LogPublicKeyError)
        }
    }
}

/// A log's name from a repository's: characters that one may not contain are percent-encoded.
pub fn origin(repository: &str) -> String {
    let mut name = String::new();
    for byte in repository.bytes() {
        if byte.is_ascii_alphanumeric() || b"._/:@-~".contains(&byte) {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    format!("{name}/countersign-audit")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the note format's first implementation, golang.org/x/mod/sumdb/note.
    const EXAMPLE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const EXAMPLE_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const EXAMPLE_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    fn sample() -> Checkpoint {
        Checkpoint {
            origin: origin("github.com/acme/agent skills+"),
            size: 42,
            root: [7; 32],
        }
    }

    #[test]
    fn keys_and_signatures_are_those_of_the_first_implementation() {
        let key: LogPublicKey = EXAMPLE_KEY.parse().expect("a key");
        assert_eq!(key.to_string(), EXAMPLE_KEY);
        let line = signature(EXAMPLE_LINE).expect("a signature");
        let note = Note {
            checkpoint: sample(),
            text: EXAMPLE_TEXT.to_owned(),
            signatures: vec![line],
        };
        assert!(note.verify(&key));
        let altered = Note {
            text: EXAMPLE_TEXT.replace("think", "thunk"),
            ..note
        };
        assert!(!altered.verify(&key));
    }

    #[test]
    fn a_signed_checkpoint_is_read_back_and_verifies() {
        let key = LogKey::read(&[3; 32]).expect("32 bytes");
        let public = LogPublicKey {
            name: sample().origin,
            public: key.public(),
        };
        let note = Note::parse(&sample().sign(&key)).expect("a note");
        assert_eq!(note.checkpoint, sample());
        assert!(note.verify(&public));
        assert!(!note.verify(&LogPublicKey {
            name: "another".to_owned(),
            ..public.clone()
        }));
        let mut twice = note.clone();
        twice
            .signatures
            .push((public.name.clone(), public.number(), vec![0; 64]));
        assert!(
            !twice.verify(&public),
            "one bad signature by a known key spoils the note"
        );
        let mut strange = note;
        strange
            .signatures
            .push(("witness".to_owned(), [1, 2, 3, 4], vec![0; 72]));
        assert!(strange.verify(&public), "unknown keys are passed over");
    }

    #[test]
    fn an_unsigned_checkpoint_is_three_lines() {
        let text = sample().text();
        assert!(
            text.starts_with("github.com/acme/agent%20skills%2B/countersign-audit\n42\nBwcH"),
            "{text}"
        );
        assert_eq!(
            Note::parse(&text).map(|note| (note.checkpoint, note.signatures.len())),
            Ok((sample(), 0))
        );
    }

    #[test]
    fn other_texts_are_not_checkpoints() {
        let good = sample().text();
        let cases = [
            "",
            "\n",
            "a\nb\n",
            &good.replace("42", "042"),
            &good.replace("42", "+42"),
            &good.replace("42", "-1"),
            good.trim_end(),
        ];
        for bad in cases.iter().copied().chain([
            format!("{good}x\n").as_str(),
            &format!("{good}\nx\n"),
            &format!("{good}\n— a b"),
        ]) {
            assert!(Note::parse(bad).is_err(), "{bad:?}");
        }
        for bad in [
            "",
            "a",
            "a+b",
            "a+00000000+AAAA",
            &EXAMPLE_KEY.replace("c74f", "c740"),
        ] {
            assert!(bad.parse::<LogPublicKey>().is_err(), "{bad}");
        }
    }
}
