//! `secret-literal` in every text file of a package: by name and value where a file has fields, by
//! form alone everywhere else.

use serde_json::Value;

use super::filler::is_filler;
use super::secret::{self, Secret};
use super::token;
use crate::document::problem::{MOST_PROBLEMS, Problem};
use crate::document::spans::join;
use crate::document::yaml::Tree;
use crate::{Place, RuleId};

/// Fields whose own fields are variables or headers with their values.
const MAPS: [&str; 7] = [
    "env",
    "environment",
    "environmentvariables",
    "headers",
    "httpheaders",
    "http_headers",
    "requestheaders",
];
/// Fields that hold the words of a command.
const WORDS: [&str; 4] = ["args", "arguments", "command", "cmd"];

/// The secrets of a file with fields. In the document of a server every `value` and `default` is
/// one of a variable, a header or an argument.
pub(super) fn in_fields(tree: &Tree, is_server: bool) -> Vec<Problem> {
    let help = "Replace it with a variable such as `${TOKEN}`, and revoke the committed secret.";
    let found = Search::of(&tree.value, is_server).into_iter();
    let problem = |literal: LiteralSecret| {
        tree.problem(RuleId::SecretLiteral, &literal.pointer, literal.what, help)
    };
    found.map(problem).collect()
}

/// A value that is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralSecret {
    /// Where it is, as a JSON pointer. Hostile text.
    pub pointer: String,
    /// Why it is taken for one, without the value.
    pub what: String,
}

/// The secrets in the fields of any value, such as the entry of a server in a harness's file.
pub fn literal_secrets(value: &Value) -> Vec<LiteralSecret> {
    Search::of(value, false)
}

/// The secrets of any other text. `place` gives the place of a byte.
pub(super) fn in_text(text: &str, place: &dyn Fn(usize) -> Place) -> Vec<Problem> {
    let problem = |at: usize, end: usize, secret: Secret| {
        Problem::new(
            RuleId::SecretLiteral,
            place(at),
            (at, end),
            secret.describe(),
            "Remove it, and revoke the committed secret.",
        )
    };
    let tokens = token::tokens_in_prose(text);
    let tokens = tokens
        .iter()
        .map(|token| problem(token.span.0, token.span.1, Secret::Token(token.issuer)));
    let keys = token::private_keys_in_prose(text);
    tokens
        .chain(
            keys.iter()
                .map(|(at, _)| problem(*at, *at, Secret::PrivateKey)),
        )
        .collect()
}

/// The secrets of a file that should have fields and cannot be read: also by `name: value` on one
/// line.
pub(super) fn in_broken_fields(text: &str, place: &dyn Fn(usize) -> Place) -> Vec<Problem> {
    let mut problems = in_text(text, place);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trim = |part: &str| {
            part.trim_matches(|c: char| c.is_whitespace() || "\"',-{".contains(c))
                .to_owned()
        };
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        if let Some((name, value)) = line.split_once([':', '='])
            && is_secret_field(&trim(name), &trim(value))
            && !problems
                .iter()
                .any(|problem| (start..start + line.len()).contains(&problem.span.0))
        {
            let at = start + line.len() - line.trim_start().len();
            let help = "Remove it, and revoke the committed secret.";
            problems.push(Problem::new(
                RuleId::SecretLiteral,
                place(at),
                (at, at),
                Secret::Random.describe(),
                help,
            ));
        }
        start += line.len();
    }
    problems
}

// A field of any file whose name says secret and whose value is random.
fn is_secret_field(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let says_so = [
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "api_key",
        "apikey",
        "private_key",
        "access_key",
        "credential",
    ];
    says_so.iter().any(|end| name.ends_with(end)) && secret::is_random(value) && !is_filler(value)
}

struct Search {
    is_server: bool,
    literals: Vec<LiteralSecret>,
}

impl Search {
    fn of(value: &Value, is_server: bool) -> Vec<LiteralSecret> {
        let mut search = Self {
            is_server,
            literals: Vec::new(),
        };
        search.value(value, "", "");
        search.literals
    }

    fn found(&mut self, pointer: &str, secret: Option<Secret>) {
        let Some(secret) = secret else { return };
        if self.literals.len() < MOST_PROBLEMS {
            self.literals.push(LiteralSecret {
                pointer: pointer.to_owned(),
                what: secret.describe(),
            });
        }
    }

    /// Every text, however it is nested. `field` is the name of the nearest field around it.
    fn value(&mut self, value: &Value, pointer: &str, field: &str) {
        match value {
            Value::Object(fields) => {
                let text = |field: &str| fields.get(field).and_then(Value::as_str);
                let declared = fields
                    .get("isSecret")
                    .and_then(Value::as_bool)
                    .unwrap_or_default();
                // `{name: …, value: …}`, as server.json and others write variables and headers.
                let name = text("name").unwrap_or(field);
                let is_pair =
                    self.is_server || fields.contains_key("name") || secret::names_a_secret(name);
                for (field, value) in fields {
                    let pointer = join(pointer, field);
                    match value
                        .as_str()
                        .filter(|_| is_pair && matches!(field.as_str(), "value" | "default"))
                    {
                        Some(literal) => self.named(&pointer, name, literal, declared),
                        None => self.field(field, value, &pointer),
                    }
                }
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, item)| self.value(item, &join(pointer, index), field)),
            Value::String(text) => {
                let secret = secret::find(text)
                    .or_else(|| is_secret_field(field, text).then_some(Secret::Declared));
                self.found(pointer, secret);
            }
            _ => {}
        }
    }

    fn field(&mut self, field: &str, value: &Value, pointer: &str) {
        let lower = field.to_ascii_lowercase();
        match value {
            Value::Object(fields) if MAPS.contains(&lower.as_str()) => {
                for (name, value) in fields {
                    let pointer = join(pointer, name);
                    match value.as_str() {
                        Some(text) => self.named(&pointer, name, text, false),
                        None => self.value(value, &pointer, name),
                    }
                }
            }
            Value::Array(items)
                if MAPS.contains(&lower.as_str()) || WORDS.contains(&lower.as_str()) =>
            {
                self.words(items, pointer);
            }
            _ => self.value(value, pointer, field),
        }
    }

    fn named(&mut self, pointer: &str, name: &str, text: &str, declared: bool) {
        self.found(pointer, secret::of_value(name, text, declared));
    }

    /// `--token abc`, `--token=abc`, `NAME=abc` and `Authorization: Bearer abc` among the words of
    /// a command.
    fn words(&mut self, items: &[Value], pointer: &str) {
        let mut flag = None;
        for (index, item) in items.iter().enumerate() {
            let pointer = join(pointer, index);
            let Some(word) = item.as_str() else {
                self.value(item, &pointer, "");
                flag = None;
                continue;
            };
            let named = word
                .split_once('=')
                .or_else(|| word.split_once(": "))
                .filter(|(name, _)| !name.contains(char::is_whitespace));
            let named = named.or_else(|| flag.take().map(|flag| (flag, word)));
            flag = Some(word).filter(|word| word.starts_with('-') && named.is_none());
            // What is only random may be a revision or a digest: a word needs a name that says
            // secret.
            let by_name = named.filter(|(name, _)| secret::names_a_secret(name));
            let secret = secret::find(word)
                .or_else(|| by_name.and_then(|(name, value)| secret::of_value(name, value, false)));
            self.found(&pointer, secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::structured;

    fn pointers(path: &str, text: &str) -> Vec<u32> {
        let tree = structured::read(path, text.as_bytes())
            .expect("it has fields")
            .expect("it can be read");
        in_fields(&tree, false)
            .iter()
            .map(|problem| problem.place.line)
            .collect()
    }

    #[test]
    fn secrets_of_settings_are_found_in_each_format() {
        let json = "{\n \"env\": {\"GITHUB_TOKEN\": \"hunter22\"},\n // note\n \"mcpServers\": {\"x\": {\n  \"headers\": {\"Authorization\": \"Bearer abcd1234\"},\n  \"args\": [\"--api-key\", \"hunter22\"]}},\n}";
        assert_eq!(pointers(".claude/settings.json", json), [2, 5, 6]);
        let toml = "[mcp_servers.x]\nargs = [\"-e\", \"DB_PASSWORD=s3cret!\", \"--header\", \"X-Api-Key: abcd1\"]\n[mcp_servers.x.env]\nAPI_KEY = \"hunter22\"\n[x]\nbearer_token = \"q83vEjRWeJC6qFz0b2kX9wLmTn\"\n";
        assert_eq!(pointers(".codex/config.toml", toml), [2, 2, 4, 6]);
        let yaml = "extensions:\n  gh:\n    env:\n      - name: TOKEN\n        value: hunter22\n    envs: {}\n    headers: {Cookie: abcdef}\n";
        assert_eq!(pointers("config.yaml", yaml), [5, 7]);
    }

    #[test]
    fn variables_placeholders_and_ordinary_settings_stay_quiet() {
        let json = r#"{"env": {"GITHUB_TOKEN": "${GITHUB_TOKEN}", "API_KEY": "YOUR_API_KEY_HERE", "MAX_TOKENS": "4096", "DEBUG": "1"},
            "headers": {"Authorization": "Bearer ${env:TOKEN}"}, "http_headers": {"X-Region": "eu"},
            "args": ["-y", "x@1.0.0", "--token", "${TOKEN}", "--header", "Authorization: Bearer ${TOKEN}", "--rev=9f86d081884c7d659a2feaa0c55ad015", "--token-file", "/run/token"],
            "env_http_headers": {"Authorization": "GITHUB_TOKEN"}, "bearer_token_env_var": "GITHUB_TOKEN",
            "permissions": {"allow": ["Bash(echo $TOKEN)", "Read(./secrets/**)"]}, "password": "Password", "token": {"type": "string", "default": "none"},
            "theme": {"name": "dark", "value": "solarized"}, "tokenizer": "9f86d081884c7d659a2feaa0c55ad015"}"#;
        assert_eq!(pointers("settings.json", json), [0; 0]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_searched_by_lines() {
        let text = "{{ template }}\napi_key: q83vEjRWeJC6qFz0b2kX9wLmTn\nname: q83vEjRWeJC6qFz0b2kX9wLmTn\ntoken: ${TOKEN}\n";
        let at =
            |offset: usize| Place::at("x.yaml", text[..offset].matches('\n').count() as u32 + 1, 1);
        assert_eq!(
            in_broken_fields(text, &at)
                .iter()
                .map(|problem| problem.place.line)
                .collect::<Vec<_>>(),
            [2]
        );
    }
}
