//! Literal secrets in the values of an environment, of headers and of arguments. A found secret is
//! never repeated in a message.

use super::filler::is_filler;
use super::token;
use crate::document::private_key;

/// Why a value is taken for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// It has the form of this issuer's tokens.
    Token(&'static str),
    /// A key or certificate in PEM form.
    PrivateKey,
    /// A credential after `Bearer`, `Basic` or `Token`.
    Credential,
    /// A name and password in an address.
    Address,
    /// The field or the name says that it is secret.
    Declared,
    /// Long and without any order.
    Random,
}

impl Secret {
    /// For a message, without the value.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Token(issuer) => format!("a literal {issuer} token"),
            Self::PrivateKey => "a literal private key".to_owned(),
            Self::Credential => "a literal credential after an authentication scheme".to_owned(),
            Self::Address => "a password in an address".to_owned(),
            Self::Declared => "a literal value of a secret".to_owned(),
            Self::Random => "a literal value that looks like a key or token".to_owned(),
        }
    }
}

// Names of variables are no longer than this with their braces.
const LONGEST_VARIABLE: usize = 160;

/// A token of a known form anywhere in `text`, a private key, or a password in an address.
pub(super) fn find(text: &str) -> Option<Secret> {
    if !private_key::find(text.as_bytes()).is_empty() {
        return Some(Secret::PrivateKey);
    }
    if let Some(token) = token::tokens(text).next() {
        return Some(Secret::Token(token.issuer));
    }
    has_password(text).then_some(Secret::Address)
}

/// A secret in the value of the variable or header `name`. `declared` says that the document itself
/// calls the value secret.
pub(super) fn of_value(name: &str, value: &str, declared: bool) -> Option<Secret> {
    let literal = without_variables(value);
    if let Some(secret) = find(&literal) {
        return Some(secret);
    }
    let (scheme, rest) = split_scheme(literal.trim());
    let rest = rest.trim();
    if rest.is_empty() || is_filler(rest) && !declared {
        return None;
    }
    if scheme {
        return (rest.len() >= 4).then_some(Secret::Credential);
    }
    let has_variable = literal.len() != value.len();
    if (declared || names_a_secret(name)) && !(has_variable && rest.len() < 8) {
        return Some(Secret::Declared);
    }
    rest.split(|c: char| c.is_whitespace() || ",;=".contains(c))
        .any(is_random)
        .then_some(Secret::Random)
}

// Without `${NAME}`, `{name}`, `$NAME` and `%NAME%`: what a client puts in at run time.
fn without_variables(value: &str) -> String {
    let mut literal = String::new();
    let mut rest = value;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let braced = if character == '$' {
            after.strip_prefix('{')
        } else {
            rest.strip_prefix('{')
        };
        if let Some(inner) = braced
            && let Some(end) = inner
                .bytes()
                .take(LONGEST_VARIABLE)
                .position(|byte| byte == b'}')
                .filter(|end| is_name(inner[..*end].split(":-").next().unwrap_or_default()))
        {
            // The default in `${NAME:-default}` is literal.
            literal.push_str(
                inner[..end]
                    .split_once(":-")
                    .map_or("", |(_, default)| default),
            );
            rest = &inner[end + 1..];
            continue;
        }
        let length = after
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let is_plain =
            character == '$' && length > 0 && !after.starts_with(|c: char| c.is_ascii_digit());
        let is_percent = character == '%'
            && length > 0
            && after[length..].starts_with('%')
            && is_name(&after[..length]);
        if is_plain || is_percent {
            rest = &after[length + usize::from(is_percent)..];
            continue;
        }
        literal.push(character);
        rest = after;
    }
    literal
}

fn is_name(text: &str) -> bool {
    let text = text.rsplit(':').next().unwrap_or(text);
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn split_scheme(text: &str) -> (bool, &str) {
    for scheme in ["bearer", "basic", "token", "apikey"] {
        if let Some((head, rest)) = text.split_at_checked(scheme.len())
            && head.eq_ignore_ascii_case(scheme)
            && (rest.is_empty() || rest.starts_with([' ', '=']))
        {
            return (true, rest.trim_start_matches([' ', '=']));
        }
    }
    (false, text)
}

/// Whether a variable, header or flag of this name is a secret.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = name
        .trim_start_matches('-')
        .to_ascii_uppercase()
        .replace('-', "_");
    let contained = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "CREDENTIAL",
    ];
    let whole = ["AUTHORIZATION", "PROXY_AUTHORIZATION", "COOKIE", "PAT"];
    // `TOKEN_LIMIT`, `MAX_TOKENS` and `SECRET_NAME` hold no secret.
    let harmless = [
        "TOKENS",
        "_LIMIT",
        "_NAME",
        "_URL",
        "_URI",
        "_FILE",
        "_PATH",
        "_TTL",
        "_TYPE",
        "_ID",
        "_HEADER",
        "_EXPIRY",
        "_ENDPOINT",
        "_COUNT",
        "_ENV",
        "_ENV_VAR",
        "_BUDGET",
        "_TIMEOUT",
    ];
    let is_harmless = harmless.iter().any(|end| name.ends_with(end));
    !is_harmless
        && (contained.iter().any(|part| name.contains(part)) || whole.contains(&name.as_str()))
}

// `scheme://name:password@host` with a literal password.
fn has_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = &text[at + 3..];
        let authority = &rest[..rest
            .find(|c: char| c.is_whitespace() || "/?#\"'".contains(c))
            .unwrap_or(rest.len())];
        let password = authority
            .rsplit_once('@')
            .and_then(|(login, _)| login.split_once(':'))
            .map(|(_, password)| password);
        password.is_some_and(|password| {
            !without_variables(password).is_empty()
                && !is_filler(password)
                && !password.starts_with(['<', '['])
        })
    })
}

// Random text of 20 and more characters mixes letters and digits and repeats few of them. Words,
// paths, versions, addresses and identifiers do not.
pub(super) fn is_random(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    if word.len() < 20 || !word.bytes().all(allowed) || word.matches('/').count() > 1 {
        return false;
    }
    // `claude-sonnet-4-5-20250929`: parts of letters or of digits alone are words, dates and
    // versions.
    let is_wordlike = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphabetic())
            || part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if word.contains(['-', '_']) && word.split(['-', '_']).all(is_wordlike) {
        return false;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut counts = [0_u32; 256];
    word.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let shares = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length);
    let bits: f64 = shares.map(|share| -share * share.log2()).sum();
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits >= 3 && letters >= 3 && bits >= if is_hex { 3.0 } else { 3.6 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn knows_tokens_by_their_form_anywhere() {
        let github = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let slack = ["xoxb", "-263594206564-FGqddMF8t08v8N7Oq4i57vs1"].concat();
        let aws = ["AKIA", "IOSFODNN7EXAMPL3"].concat();
        let openai = ["sk", "-proj-abcdefghij1234567890KLMNOP"].concat();
        for (text, issuer) in [
            (&github, "GitHub"),
            (&slack, "Slack"),
            (&openai, "model provider"),
        ] {
            assert_eq!(find(text), Some(Secret::Token(issuer)));
            assert_eq!(
                find(&format!("--header=Authorization: Bearer {text}")),
                Some(Secret::Token(issuer))
            );
        }
        assert!(find(&aws.replace("EXAMPL3", "QWERTZ3")).is_some());
        assert_eq!(
            find("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb"),
            Some(Secret::PrivateKey)
        );
        assert_eq!(find("postgres://app:hunter22@db/x"), Some(Secret::Address));
    }

    #[test]
    fn literal_values_of_secret_names_are_secrets() {
        for (name, value, declared) in [
            ("API_KEY", "hunter2", false),
            ("X", "hunter2", true),
            ("Authorization", "Bearer abcd1234", false),
            ("Authorization", "Basic dXNlcjpwYXNz", false),
            ("DB_PASSWORD", "s3cret!", false),
            ("X-Api-Key", "abc", false),
            ("TOKEN", "${TOKEN:-hunter22}", true),
            ("SETTING", "9f86d081884c7d659a2feaa0c55ad015", false),
            ("SETTING", "q83vEjRWeJC6qFz0b2kX9wLmTn", false),
            ("X", "changeme", true),
        ] {
            assert!(of_value(name, value, declared).is_some(), "{name}");
        }
    }

    #[test]
    fn variables_fillers_and_ordinary_values_are_not_secrets() {
        for (name, value, declared) in [
            ("API_KEY", "${API_KEY}", true),
            ("Authorization", "Bearer {token}", true),
            ("Authorization", "Bearer ${env:TOKEN}", true),
            ("Authorization", "Bearer $TOKEN", false),
            ("TOKEN", "%TOKEN%", true),
            ("TOKEN", "{user}:{password}", true),
            ("API_KEY", "<your key>", false),
            ("API_KEY", "your-api-key-here", false),
            ("API_KEY", "", true),
            ("MAX_TOKENS", "4096", false),
            ("TOKEN_URL", "https://example.com/oauth/token", false),
            ("PATH", "/usr/local/bin:/usr/bin", false),
            ("MODEL", "claude-sonnet-4-5-20250929", false),
            ("NAME", "my-very-long-service-name-in-production", false),
            ("URL", "https://api.example.com/v1/things?limit=10", false),
            ("DB", "postgres://{user}:{password}@db/x", false),
        ] {
            assert_eq!(of_value(name, value, declared), None, "{name}={value}");
        }
        assert_eq!(find("use sk-learn-compatible-estimators"), None);
    }

    #[test]
    fn no_message_repeats_the_value() {
        let value = "hunter2hunter2";
        let secret = of_value("PASSWORD", value, true).expect("it is one");
        assert!(!secret.describe().contains(value));
    }

    proptest! {
        #[test]
        fn never_panics(name in any::<String>(), value in any::<String>(), odd in "[${}%:-]{0,3}[a-zé]{0,4}[${}%:@/-]{0,6}") {
            let _ = of_value(&name, &value, true);
            let _ = of_value(&name, &odd, false);
        }
    }
}
