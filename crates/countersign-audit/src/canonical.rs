//! Canonical JSON (RFC 8785) for values made of objects, lists, strings, whole numbers, booleans
//! and null.
//!
//! Fractions are refused: their canonical form needs ECMAScript's number printing, and no leaf has
//! any.

use std::fmt::Write as _;

use serde_json::Value;

/// Whole numbers up to this size are the same in every JSON reader (RFC 8785, section 3.2.2.3, by
/// way of IEEE 754 doubles).
const GREATEST: i64 = 1 << 53;

/// A value has no canonical form here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number {0} is not a whole number below 2^53")]
pub struct CanonicalError(pub String);

/// The canonical text of `value`.
pub fn text(value: &Value) -> Result<String, CanonicalError> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let whole = number
                .as_i64()
                .filter(|whole| whole.unsigned_abs() <= GREATEST.unsigned_abs());
            let _ = write!(
                out,
                "{}",
                whole.ok_or_else(|| CanonicalError(number.to_string()))?
            );
        }
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            // Sorted by UTF-16 code units, section 3.2.3.
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Section 3.2.2.2: only what must be escaped is, in its shortest form.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_by_utf16_as_in_the_rfc() {
        // RFC 8785, section 3.2.3: the example of sorting.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"
        });
        let text = text(&value).expect("strings only");
        let order = [
            "\"\\r\"",
            "\"1\"",
            "\"\u{80}\"",
            "\"\u{f6}\"",
            "\"\u{20ac}\"",
            "\"\u{1f600}\"",
            "\"\u{fb33}\"",
        ];
        let places: Vec<Option<usize>> = order.iter().map(|name| text.find(name)).collect();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "{places:?} in {text}"
        );
    }

    #[test]
    fn strings_are_escaped_as_in_the_rfc() {
        // RFC 8785, section 3.2.2: the string of the example.
        let value = json!({ "string": "\u{20ac}$\u{000F}\u{000a}A'\u{0042}\u{0022}\u{005c}\\\"/", "literals": [null, true, false] });
        let wanted = r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(text(&value), Ok(wanted.to_owned()));
    }

    #[test]
    fn fractions_and_numbers_that_readers_round_are_refused() {
        for bad in [
            json!(1.5),
            json!(1e300),
            json!(u64::MAX),
            json!(i64::MIN),
            json!((1i64 << 53) + 1),
        ] {
            assert!(text(&json!([bad])).is_err(), "{bad}");
        }
        assert_eq!(
            text(&json!([0, -1, 1i64 << 53])),
            Ok("[0,-1,9007199254740992]".to_owned())
        );
    }

    proptest! {
        #[test]
        fn the_text_means_the_value_and_is_its_own_canonical_form(names in proptest::collection::vec(any::<String>(), 0..8)) {
            let value: Value = names.iter().enumerate().map(|(index, name)| (name.clone(), json!([index, name]))).collect::<serde_json::Map<_, _>>().into();
            let canonical = text(&value).expect("small numbers");
            let again: Value = serde_json::from_str(&canonical).expect("canonical JSON is JSON");
            prop_assert_eq!(&again, &value);
            prop_assert_eq!(text(&again), Ok(canonical));
        }
    }
}
