//! Tokens and private keys by their form alone, in any text. A found secret is never repeated in a
//! message.

use super::filler::is_filler;
use crate::document::private_key;

/// Prefixes of tokens with the least number of characters after them. Sources: the issuers'
/// documentation and the patterns that secret scanners publish.
const TOKENS: [(&str, usize, &str); 31] = [
    ("ghp_", 20, "GitHub"),
    ("gho_", 20, "GitHub"),
    ("ghu_", 20, "GitHub"),
    ("ghs_", 20, "GitHub"),
    ("ghr_", 20, "GitHub"),
    ("github_pat_", 20, "GitHub"),
    ("glpat-", 16, "GitLab"),
    ("gldt-", 16, "GitLab"),
    ("sk-", 16, "model provider"),
    ("sk_live_", 10, "Stripe"),
    ("sk_test_", 10, "Stripe"),
    ("rk_live_", 10, "Stripe"),
    ("whsec_", 16, "Stripe"),
    ("xoxb-", 10, "Slack"),
    ("xoxp-", 10, "Slack"),
    ("xoxa-", 10, "Slack"),
    ("xoxr-", 10, "Slack"),
    ("xoxs-", 10, "Slack"),
    ("xapp-", 10, "Slack"),
    ("AKIA", 16, "AWS"),
    ("ASIA", 16, "AWS"),
    ("AIza", 30, "Google"),
    ("ya29.", 20, "Google"),
    ("GOCSPX-", 16, "Google"),
    ("npm_", 30, "npm"),
    ("pypi-", 40, "PyPI"),
    ("hf_", 20, "Hugging Face"),
    ("SG.", 20, "SendGrid"),
    ("dop_v1_", 30, "DigitalOcean"),
    ("shpat_", 20, "Shopify"),
    ("lin_api_", 20, "Linear"),
];

// Enough to recognize a token; the rest is not examined.
const LONGEST_TOKEN: usize = 256;
// At most this many are reported per text.
const MOST: usize = 20;
// A line of a key's armor is longer; an example that is cut short is not.
const KEY_MATERIAL: usize = 40;

/// A token in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes in the text.
    pub span: (usize, usize),
    /// Whose form it has.
    pub issuer: &'static str,
}

/// Everything with the form of a token, in the order of the text.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    let bytes = text.as_bytes();
    let starts = move |at: &usize| {
        bytes[*at].is_ascii_alphabetic() && (*at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
    };
    (0..bytes.len())
        .filter(starts)
        .filter_map(|at| token_at(text, at))
}

fn token_at(text: &str, at: usize) -> Option<Token> {
    let bytes = text.as_bytes();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let (prefix, least, issuer) = match bytes[at] {
        b'g' | b's' | b'r' | b'w' | b'x' | b'A' | b'y' | b'G' | b'n' | b'p' | b'h' | b'S'
        | b'd' | b'l' => TOKENS
            .into_iter()
            .find(|(prefix, ..)| bytes[at..].starts_with(prefix.as_bytes()))?,
        b'e' => return json_web_token(text, at),
        _ => return None,
    };
    let rest = &bytes[at + prefix.len()..];
    let length = rest
        .iter()
        .take(LONGEST_TOKEN)
        .take_while(|byte| is_token(**byte))
        .count();
    let end = at + prefix.len() + length;
    // Words with hyphens (`sk-learn-compatible-…`) have no digit, tokens of that length have.
    let is_one = length >= least
        && rest[..length].iter().any(u8::is_ascii_digit)
        && !is_filler(&text[at..end]);
    is_one.then_some(Token {
        span: (at, end),
        issuer,
    })
}

// Three parts, the first of which decodes to `{"`.
fn json_web_token(text: &str, at: usize) -> Option<Token> {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !bytes[at..].starts_with(b"eyJ") || at > 0 && is_part(bytes[at - 1]) {
        return None;
    }
    let length = bytes[at..]
        .iter()
        .take(16 * LONGEST_TOKEN)
        .take_while(|byte| is_part(**byte))
        .count();
    let word = &text[at..at + length];
    let is_one = length > 40 && word.split('.').filter(|part| part.len() > 4).count() >= 3;
    is_one.then_some(Token {
        span: (at, at + length),
        issuer: "JSON web",
    })
}

/// The tokens in prose and code: without those that an author made up for an example.
pub(super) fn tokens_in_prose(text: &str) -> Vec<Token> {
    let real = |token: &Token| {
        let written = &text[token.span.0..token.span.1];
        let lower = written.to_ascii_lowercase();
        // `{"sub":"1234567890"`, the token on every page about tokens.
        let made_up = [
            "123456",
            "abcdef",
            "00000",
            "ijiwiiwibmftzsi6",
            "eyjzdwiioiixmjm0nty3odkwi",
        ]
        .iter()
        .any(|part| lower.contains(part));
        !made_up && !written.split(['-', '_', '.']).all(is_wordlike)
    };
    tokens(text).filter(real).take(MOST).collect()
}

// A part of a name, such as `learn`, `2024` or `v2`: no part of a random text of some length.
fn is_wordlike(part: &str) -> bool {
    let letters = part.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_numbered =
        part.len() <= 6 && part.bytes().skip(letters).all(|byte| byte.is_ascii_digit());
    letters == part.len() || part.bytes().all(|byte| byte.is_ascii_digit()) || is_numbered
}

/// Private keys in prose and code, with what sort they are: those that are there in full, not only
/// named.
pub(super) fn private_keys_in_prose(text: &str) -> Vec<(usize, &'static str)> {
    let whole = |key: &private_key::PrivateKey| {
        let (start, end) = key.span;
        let mut run = 0;
        text.as_bytes()[start..end.min(start + 4096)]
            .iter()
            .any(|byte| {
                let is_material =
                    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
                run = if is_material { run + 1 } else { 0 };
                run >= KEY_MATERIAL
            })
    };
    let signs = [
        "PRIVATE KEY",
        "minisign ",
        "RWRTY0Iy",
        "RWQAAEIy",
        "b3BlbnNzaC1rZXktdjE",
        "PuTTY-User-Key-File-",
    ];
    if !signs.iter().any(|sign| text.contains(sign)) {
        return Vec::new();
    }
    private_key::find(text.as_bytes())
        .iter()
        .filter(|key| whole(key))
        .map(|key| (key.span.0, key.what))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn issuers(text: &str) -> Vec<&'static str> {
        tokens_in_prose(text)
            .iter()
            .map(|token| token.issuer)
            .collect()
    }

    #[test]
    fn tokens_in_prose_are_found_where_they_are() {
        let github = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let text = format!("Use `{github}` with curl.\n");
        assert_eq!(
            tokens_in_prose(&text),
            [Token {
                span: (5, 5 + github.len()),
                issuer: "GitHub"
            }]
        );
        let anthropic = ["sk", "-ant-api03-q83vEjRWeJC6qFz0b2kX9wLmTn-Qw_7zXy-AA"].concat();
        let slack = ["xoxb", "-263594206564-FGqddMF8t08v8N7Oq4i57vs1"].concat();
        let web = [
            "eyJhbGciOiJIUzI1NiJ9",
            ".eyJ1c2VyIjoiYW5uIn0",
            ".q83vEjRWeJC6qFz0b2kX9wLmTn",
        ]
        .concat();
        assert_eq!(
            issuers(&format!("export KEY={anthropic}\nSLACK='{slack}' {web}")),
            ["model provider", "Slack", "JSON web"]
        );
    }

    #[test]
    fn examples_placeholders_and_names_stay_quiet() {
        for text in [
            "sk-…",
            "`sk-...`, `sk-ant-...`, `ghp_...`",
            "export OPENAI_API_KEY=sk-your-key-here-1234567890",
            "sk-1234567890abcdef1234567890abcdef",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "${TOKEN} $TOKEN {token} <token>",
            "sk-learn-compatible-estimators-v2 and npm_config_fetch_retries_mintimeout_10000",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
            "task_ghp_ hf_hub_download_of_everything_2024",
        ] {
            assert_eq!(issuers(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_private_key_counts_when_it_is_there_and_not_when_it_is_named() {
        let material = "q83vEjRWeJC6qFz0b2kX9wLmTnq83vEjRWeJC6qFz0b2kX9wLmTn";
        let key = format!(
            "x\n-----BEGIN RSA PRIVATE {}-----\n{material}\n-----END RSA PRIVATE KEY-----\n",
            "KEY"
        );
        assert_eq!(private_keys_in_prose(&key), [(2, "PEM")]);
        for text in [
            "Look for `-----BEGIN RSA PRIVATE KEY-----` in the file.",
            "-----BEGIN PRIVATE KEY-----\nMIIE…\n-----END PRIVATE KEY-----\n",
            "untrusted comment: minisign encrypted secret key",
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq83vEjRWeJC6qFz0b2kX9wLm\n",
        ] {
            assert_eq!(private_keys_in_prose(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), odd in "(sk-|eyJ|ghp_|AKIA|-----BEGIN PRIVATE KEY-----)[a-zA-Z0-9._é-]{0,50}") {
            for text in [text, odd] {
                for token in tokens_in_prose(&text) {
                    prop_assert!(text.get(token.span.0..token.span.1).is_some());
                }
                let _ = private_keys_in_prose(&text);
            }
        }
    }
}
