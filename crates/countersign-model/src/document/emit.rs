//! Writes documents as canonical YAML: one value has one text, which the strict reader and every
//! YAML 1.1 or 1.2 reader read alike.

use serde::Serialize;
use serde_json::Value;

use crate::UnsafeChar;

/// `value` as block YAML in the order of its fields, with a newline at the end. Null fields should
/// be left out by the type itself.
pub fn yaml<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).expect("input types are plain data with text keys");
    let mut text = String::new();
    match &value {
        Value::Object(fields) if !fields.is_empty() => mapping(&mut text, fields, 0),
        Value::Array(items) if !items.is_empty() => sequence(&mut text, items, 0),
        scalar => {
            text.push_str(&flow(scalar));
            text.push('\n');
        }
    }
    text
}

fn mapping(text: &mut String, fields: &serde_json::Map<String, Value>, indent: usize) {
    for (index, (key, value)) in fields.iter().enumerate() {
        // The first field of a list item comes after its dash.
        if index > 0 || !text.ends_with("- ") {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(&scalar(key));
        text.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                mapping(text, inner, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                sequence(text, items, indent + 2);
            }
            _ => {
                text.push(' ');
                text.push_str(&flow(value));
                text.push('\n');
            }
        }
    }
}

fn sequence(text: &mut String, items: &[Value], indent: usize) {
    for item in items {
        text.push_str(&" ".repeat(indent));
        text.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => mapping(text, fields, indent + 2),
            other => {
                text.push_str(&flow(other));
                text.push('\n');
            }
        }
    }
}

// Values on one line: scalars, empty collections, and a list within a list.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), flow(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text as a YAML scalar: plain where no reader could take it for anything else, else in double
/// quotes on one line.
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn is_plain(text: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '.' | ';' | ':' | '/' | '(' | ')' | '_' | '+' | '@' | '=' | '-'
            )
    };
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let ends_well = !text.ends_with([' ', ':']);
    // Numbers, times of day and octals of YAML 1.1 begin with a digit and have no letter that could
    // not be part of one.
    let like_a_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| {
            c.is_ascii_hexdigit()
                || matches!(c, '.' | '_' | ':' | '+' | '-' | 'x' | 'o' | 'X' | 'O')
        })
        && text.matches('.').count() < 2;
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    starts_well
        && ends_well
        && text.chars().all(allowed)
        && !text.contains(": ")
        && !like_a_number
        && !word
}

/// A text as a YAML scalar in double quotes on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if needs_escape(character) => {
                let code = u32::from(character);
                let escape = if code > 0xffff {
                    format!("\\U{code:08X}")
                } else {
                    format!("\\u{code:04X}")
                };
                out.push_str(&escape);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

// What YAML cannot hold raw, and what no editor shows: a reader of the file must see everything
// that was signed.
fn needs_escape(character: char) -> bool {
    UnsafeChar::of(character).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::yaml as reader;

    #[test]
    fn plain_only_where_no_reader_could_err() {
        for plain in [
            "Read every script; reads input files only.",
            "sha256:9f2c",
            "2026-11-03T10:12:00Z",
            "1.3.0",
            "all",
            "skill/pdf-tools",
            "a@b.example",
        ] {
            assert_eq!(scalar(plain), plain);
        }
        for text in [
            "",
            "7",
            "1.10",
            "1e3",
            "0x1f",
            "12:30:00",
            "1_000",
            "no",
            "Yes",
            "y",
            "~",
            "- a",
            "a: b",
            "a #b",
            "a:",
            " a",
            "a ",
            "#",
            "*a",
            "&a",
            "!a",
            "a\nb",
            "{",
            "ü",
            "'",
            "2026-11-03",
            ".inf",
        ] {
            assert!(scalar(text).starts_with('"'), "{text:?}");
        }
        assert_eq!(
            scalar("a\u{202e}\u{e0041}\u{7}ü"),
            "\"a\\u202E\\U000E0041\\u0007ü\""
        );
    }

    #[test]
    fn nests_lists_and_fields() {
        let value = json!({"a": [{"b": 1, "c": [{"d": "x"}]}, "e"], "f": {}, "g": [], "h": [[1, 2]], "i": {"j": true}});
        assert_eq!(
            yaml(&value),
            "a:\n  - b: 1\n    c:\n      - d: x\n  - e\nf: {}\ng: []\nh:\n  - [1, 2]\ni:\n  j: true\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), key in any::<String>()) {
            let value = json!({key: text, "list": [text, {"k": text}]});
            let written = yaml(&value);
            prop_assert_eq!(&reader::read("f", written.as_bytes()).expect("strict YAML").value, &value);
        }

        #[test]
        fn any_text_of_special_characters_comes_back(text in "[-:#!&*?|>%@`'\"{}\\[\\], \n\t\r~.0-9eExoü\u{feff}\u{0}]{0,30}") {
            let value = json!({"a": text});
            prop_assert_eq!(&reader::read("f", yaml(&value).as_bytes()).expect("strict YAML").value, &value);
        }
    }
}
