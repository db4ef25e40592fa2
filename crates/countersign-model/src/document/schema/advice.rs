//! What to write instead of a value that a schema refuses.

use serde_json::{Map, Value};

use crate::decision_input::{SUBJECT, TIME};
use crate::document::emit::scalar;
use crate::document::problem::{closest, shown};
use crate::document::yaml::Tree;
use crate::framework_input::DAY;
use crate::policy_input::{DIGEST, OBJECT_ID, PRINCIPAL, REPOSITORY, SPAN};

/// Words for fields that other tools use.
const OTHER_WORDS: [(&str, &str); 15] = [
    ("admins", "administrators"),
    ("approvers", "approvals"),
    ("default_branch", "branch"),
    ("exclude", "ignore"),
    ("excluded", "ignore"),
    ("gpg", "openpgp"),
    ("groups", "teams"),
    ("people", "principals"),
    ("pgp", "openpgp"),
    ("repo", "repository"),
    ("reviewers", "approvals"),
    ("skills", "subjects"),
    ("ssh_key", "ssh"),
    ("url", "repository"),
    ("users", "principals"),
];

/// The field that a person most likely meant by `field`.
pub(super) fn meant<'f>(field: &str, known: &'f Map<String, Value>) -> Option<&'f str> {
    let synonym = OTHER_WORDS
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(field))
        .and_then(|(_, own)| known.get_key_value(*own))
        .map(|(own, _)| own.as_str());
    synonym.or_else(|| closest(field, known.keys().map(String::as_str)))
}

/// What to write where `found` is of another type than `expected`, the names of types in JSON
/// Schema. `parent` is the object of the schema that says so.
pub(super) fn of_type(
    tree: &Tree,
    pointer: &str,
    found: &Value,
    expected: &[&str],
    parent: Option<&Value>,
) -> String {
    let written = tree.source(pointer).unwrap_or_default();
    let (start, _) = tree.span(pointer);
    let is_quoted = tree
        .text()
        .get(start..)
        .is_some_and(|text| text.starts_with(['"', '\'']));
    let expects = |kind: &str| expected.contains(&kind);
    match found {
        Value::Null => "Give the field a value, or remove it.".to_owned(),
        Value::String(text) if expects("integer") || expects("number") => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            match (digits, is_quoted) {
                (true, true) => format!("Remove the quotes: `{}`.", shown(text)),
                (true, false) => "Write a smaller number.".to_owned(),
                (false, _) => "Write a number, without quotes.".to_owned(),
            }
        }
        Value::Number(_) if expects("integer") => "Write a whole number.".to_owned(),
        Value::String(_) | Value::Number(_) if expects("boolean") => truth(written, is_quoted),
        Value::String(_) | Value::Number(_) | Value::Bool(_) if expects("array") => {
            let item = if found.is_string() {
                scalar(&shown(written))
            } else {
                shown(written)
            };
            format!("Write a list: `[{item}]`.")
        }
        Value::Object(_) if expects("array") => {
            "Write a list: begin each entry with `- `, or put brackets around it.".to_owned()
        }
        Value::Number(_) | Value::Bool(_) if expects("string") => {
            format!("Put it in quotes: `\"{}\"`.", shown(written))
        }
        Value::Array(items) if expects("string") => match items.as_slice() {
            [Value::String(only)] => {
                format!("Write it without brackets: `{}`.", scalar(&shown(only)))
            }
            _ => "Write one value instead of a list.".to_owned(),
        },
        _ if expects("object") => fields_of(parent),
        _ => "Write one value here.".to_owned(),
    }
}

// YAML 1.1, which many tools still read, has more words for true and false.
fn truth(written: &str, is_quoted: bool) -> String {
    match written.to_ascii_lowercase().as_str() {
        word @ ("true" | "false") if is_quoted => format!("Remove the quotes: `{word}`."),
        "off" | "no" | "n" | "0" => {
            format!(
                "Write `false`: `{}` does not mean it in YAML 1.2.",
                shown(written)
            )
        }
        "on" | "yes" | "y" | "1" => {
            format!(
                "Write `true`: `{}` does not mean it in YAML 1.2.",
                shown(written)
            )
        }
        _ => "Write `true` or `false`.".to_owned(),
    }
}

fn fields_of(parent: Option<&Value>) -> String {
    let required: Vec<String> = parent
        .and_then(|parent| parent.get("required"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|field| Some(format!("`{}`", field.as_str()?)))
        .collect();
    if required.is_empty() {
        "Write fields, each as a name, a colon and a value.".to_owned()
    } else {
        format!(
            "Write fields, each as a name, a colon and a value: {}.",
            required.join(", ")
        )
    }
}

/// What a pattern of our schemas describes, and how to write it.
pub(super) fn of_pattern(pattern: &str) -> Option<(&'static str, &'static str)> {
    Some(match pattern {
        DIGEST => (
            "a digest",
            "Write `sha256:` and 64 lower-case hexadecimal digits, as `countersign checksum` prints it.",
        ),
        OBJECT_ID => (
            "a full commit id",
            "Write all of its 40 or 64 digits, as `git rev-parse` prints them.",
        ),
        PRINCIPAL => (
            "a name",
            "Use lower-case letters, digits and hyphens, at most 39 of them.",
        ),
        REPOSITORY => (
            "the name of a repository",
            "Write the host and path, such as github.com/acme/agent-skills.",
        ),
        SPAN => (
            "a length of time",
            "Write a whole number and d, w, m or y, such as 180d.",
        ),
        SUBJECT => (
            "a subject",
            "Write a kind and a name, such as skill/pdf-tools.",
        ),
        TIME => (
            "a time in UTC to the second",
            "Write it as in 2026-11-03T10:12:00Z.",
        ),
        DAY => ("a day", "Write it as in 2026-11-03."),
        r"\S" => ("text: it is blank", "Write some text."),
        r"^[^@ ]+@[^@ ]+$" => (
            "an e-mail address",
            "Write one address, such as alice@acme.example.",
        ),
        r"^[^\s~^:?*\[\\]+$" => (
            "the name of a branch",
            "Write the branch as `git branch` lists it, such as main.",
        ),
        r"^https://" => (
            "an address that begins with https://",
            "Write the whole address, such as https://acme.example/policy.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::schema::{NAMES, text};

    #[test]
    fn every_pattern_that_is_explained_is_one_of_a_schema() {
        let schemas: String = NAMES.iter().filter_map(|name| text(name)).collect();
        for pattern in [
            DIGEST,
            OBJECT_ID,
            PRINCIPAL,
            REPOSITORY,
            SPAN,
            SUBJECT,
            TIME,
            DAY,
            r"\S",
            r"^[^@ ]+@[^@ ]+$",
            r"^[^\s~^:?*\[\\]+$",
            r"^https://",
        ] {
            let written = Value::from(pattern).to_string();
            assert!(of_pattern(pattern).is_some(), "{pattern}");
            assert!(
                schemas.contains(&format!("\"pattern\": {written}")),
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_word_of_another_tool_leads_to_our_own() {
        let known = |fields: &[&str]| -> Map<String, Value> {
            fields
                .iter()
                .map(|field| ((*field).to_owned(), Value::Null))
                .collect()
        };
        let keys = known(&["ssh", "openpgp", "minisign", "legacy"]);
        assert_eq!(meant("gpg", &keys), Some("openpgp"));
        assert_eq!(meant("PGP", &keys), Some("openpgp"));
        assert_eq!(meant("sssh", &keys), Some("ssh"));
        assert_eq!(meant("users", &keys), None);
    }
}
