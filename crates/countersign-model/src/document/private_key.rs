//! Finds private keys that were pasted where public keys belong. Nothing of what is found ever
//! leaves this module.
//!
//! A private key in a repository is compromised. Repeating it in a message or a build log would
//! spread it further.

use std::borrow::Cow;

use super::problem::Problem;
use crate::{Place, RuleId};

/// A private key in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    /// What sort it is, for a message.
    pub what: &'static str,
    /// From its first sign to its end in bytes: the end of its armor, or of the text if it has no
    /// recognizable end.
    pub span: (usize, usize),
}

/// Lines that open an armored private key: the text between `-----BEGIN ` and the closing dashes
/// ends like this.
const ARMORED: [(&str, &str); 3] = [
    ("OPENSSH PRIVATE KEY", "OpenSSH"),
    ("PGP PRIVATE KEY BLOCK", "OpenPGP"),
    ("PRIVATE KEY", "PEM"),
];

/// What else begins a private key: comments that tools write, and the base64 of the first bytes of
/// their formats.
const SIGNS: [(&str, &str); 6] = [
    ("minisign encrypted secret key", "minisign"),
    ("minisign secret key", "minisign"),
    // "Ed", the key derivation ("Sc", or none), "B2": minisign 0.12, `SeckeyStruct`. A public key
    // is exactly `PUBLIC` characters.
    ("RWRTY0Iy", "minisign"),
    ("RWQAAEIy", "minisign"),
    // "openssh-key-v1", where the armor was left away.
    ("b3BlbnNzaC1rZXktdjE", "OpenSSH"),
    ("PuTTY-User-Key-File-", "PuTTY"),
];

/// The length of a minisign public key in base64. By chance one may begin like a secret key.
const PUBLIC: usize = 56;

/// From this many on the rest of the text counts as one, so that a hostile text is not searched
/// over and over.
const MOST: usize = 10;

/// Every private key in `bytes`, in the order of the text.
pub fn find(bytes: &[u8]) -> Vec<PrivateKey> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(mut key) = next(bytes, from) {
        if found.len() + 1 == MOST {
            key.span.1 = bytes.len();
        }
        from = key.span.1;
        found.push(key);
    }
    found
}

/// The problems of a file at `path` that contains private keys.
pub fn problems(rule: RuleId, path: &str, bytes: &[u8]) -> Vec<Problem> {
    let problem = |key: PrivateKey| {
        let before = &bytes[..key.span.0];
        let line = before.split(|byte| *byte == b'\n').count() as u32;
        let column = before
            .rsplit(|byte| *byte == b'\n')
            .next()
            .map_or(0, <[u8]>::len) as u32
            + 1;
        let message = format!(
            "a private key ({}): anyone who can read this repository can sign with it",
            key.what
        );
        let help = "Remove it from the file and from Git's history, create a new key, and list only its public half.";
        Problem::new(
            rule,
            Place::at(path, line, column),
            (key.span.0, key.span.0),
            message,
            help,
        )
    };
    find(bytes).into_iter().map(problem).collect()
}

/// `bytes` with every private key in it covered by asterisks, each line as long as it was.
pub fn covered(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut shown = Cow::Borrowed(bytes);
    for key in find(bytes) {
        for byte in &mut shown.to_mut()[key.span.0..key.span.1] {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    shown
}

fn next(bytes: &[u8], from: usize) -> Option<PrivateKey> {
    let armored = armored(bytes, from);
    let signs = SIGNS.iter().filter_map(|(sign, what)| {
        Some(PrivateKey {
            what,
            span: (sign_at(bytes, from, sign)?, bytes.len()),
        })
    });
    armored
        .into_iter()
        .chain(signs)
        .min_by_key(|key| key.span.0)
}

fn armored(bytes: &[u8], from: usize) -> Option<PrivateKey> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let mut at = from;
    while let Some(start) = position(&bytes[at..], BEGIN).map(|found| at + found) {
        at = start + BEGIN.len();
        let line = bytes[at..]
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let label = &line[..position(line, b"-----").unwrap_or(line.len()).min(80)];
        if let Some((_, what)) = ARMORED
            .iter()
            .find(|(ending, _)| label.ends_with(ending.as_bytes()))
        {
            let end = position(&bytes[at..], b"-----END ").map_or(bytes.len(), |end| at + end);
            return Some(PrivateKey {
                what,
                span: (start, end),
            });
        }
    }
    None
}

/// Where `sign` starts a word that is not a public key.
fn sign_at(bytes: &[u8], from: usize, sign: &str) -> Option<usize> {
    let mut at = from;
    while let Some(start) = position(&bytes[at..], sign.as_bytes()).map(|found| at + found) {
        at = start + sign.len();
        let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let length = bytes[start..]
            .iter()
            .take(PUBLIC + 1)
            .take_while(word)
            .count();
        let inside = start > 0 && word(&&bytes[start - 1]);
        if !(inside || sign.starts_with("RW") && length == PUBLIC) {
            return Some(start);
        }
    }
    None
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn knows_every_form_of_a_private_key() {
        for (text, what) in [
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
                "OpenSSH",
            ),
            (
                "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlFgE\n-----END PGP PRIVATE KEY BLOCK-----",
                "OpenPGP",
            ),
            ("-----BEGIN EC PRIVATE KEY-----", "PEM"),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "PEM"),
            (
                "- minisign: untrusted comment: minisign encrypted secret key\n  RWRTY0Iyabc",
                "minisign",
            ),
            ("minisign: RWRTY0IySECRETSECRET", "minisign"),
            ("minisign: RWQAAEIySECRETSECRET", "minisign"),
            ("ssh: b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "OpenSSH"),
            ("PuTTY-User-Key-File-3: ssh-ed25519", "PuTTY"),
        ] {
            assert_eq!(
                find(text.as_bytes()).first().map(|key| key.what),
                Some(what),
                "{text}"
            );
        }
    }

    #[test]
    fn public_keys_and_text_about_private_keys_are_not_private_keys() {
        let public = format!("RWRTY0Iy{}", "A".repeat(PUBLIC - 8));
        for text in [
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO2SDX+h9Yz3kbUkH0JpHnPYNrVVcvSNuWBEVZkWk3lH",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----",
            "# never list a private key here",
            public.as_str(),
            "xRWRTY0IySECRET",
        ] {
            assert_eq!(find(text.as_bytes()), [], "{text}");
        }
    }

    #[test]
    fn covers_each_key_and_nothing_else() {
        let text = "a: |\n  -----BEGIN PRIVATE KEY-----\n  c2Vj\n  -----END PRIVATE KEY-----\nb: RWRTY0IySECRET\nmore\n";
        let expected = "a: |\n  ***************************\n******\n**-----END PRIVATE KEY-----\nb: **************\n****\n";
        assert_eq!(String::from_utf8_lossy(&covered(text.as_bytes())), expected);
        let reported = problems(RuleId::PolicyInvalid, "countersign.yaml", text.as_bytes());
        assert_eq!(
            reported
                .iter()
                .map(|problem| (problem.place.line, problem.place.column))
                .collect::<Vec<_>>(),
            [(2, 3), (5, 4)]
        );
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_the_length(text in "(-----BEGIN | PRIVATE KEY|-----|RWRTY0Iy|\\n|[a-z ]){0,12}") {
            let shown = covered(text.as_bytes());
            prop_assert_eq!(shown.len(), text.len());
            prop_assert!(find(&shown).is_empty());
        }
    }
}
