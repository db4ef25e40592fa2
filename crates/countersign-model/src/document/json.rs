//! JSON files with the place of every value, read by the strict rules of YAML documents: no
//! duplicate keys, bounded depth and size.
//!
//! JSON is very nearly a subset of YAML. This module handles the three differences: it must be JSON
//! to begin with, tabs may indent, and characters beyond the first plane may be written as two
//! escapes.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::{Problem, shown};
use super::spans::Lines;
use super::yaml::{self, Limits, Tree};
use crate::RuleId;

/// Reads a JSON file.
pub fn read(path: &str, bytes: &[u8]) -> Result<Tree, Vec<Problem>> {
    if bytes.len() > Limits::DOCUMENT.bytes {
        // The reader says so, and looks no further.
        return yaml::read(path, bytes);
    }
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => return Err(vec![not_json(path, bytes, &error)]),
    };
    let mut tree = yaml::read(path, &same_length(bytes))?;
    tree.value = value;
    Ok(tree)
}

/// Reads a JSON file as harnesses do: with comments, commas before a closing bracket, and a byte
/// order mark. Places stay true.
pub fn read_commented(path: &str, bytes: &[u8]) -> Result<Tree, Vec<Problem>> {
    read(path, bytes).or_else(|problems| read(path, &without_comments(bytes)).map_err(|_| problems))
}

/// A JSON file as generous harnesses read it: with comments, commas before a closing bracket, and a
/// byte order mark, of any size; `None` when it is not JSON. `T` decides what a repeated key means.
/// For what only widens what is looked at.
pub fn read_generously<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(&without_comments(bytes)).ok()
}

// Comments and surplus commas become spaces, so no byte moves.
fn without_comments(bytes: &[u8]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    if bytes.starts_with("\u{feff}".as_bytes()) {
        text[..3].fill(b' ');
    }
    let (mut at, mut comma) = (0, None);
    while at < text.len() {
        let length = match &text[at..] {
            [b'"', rest @ ..] => 2 + string_length(rest),
            [b'/', b'/', rest @ ..] => {
                2 + rest
                    .iter()
                    .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
                    .count()
            }
            [b'/', b'*', rest @ ..] => {
                2 + rest
                    .windows(2)
                    .position(|two| two == b"*/")
                    .map_or(rest.len(), |end| end + 2)
            }
            _ => 1,
        };
        let end = (at + length).min(text.len());
        match text[at] {
            b'/' if length > 1 => text[at..end]
                .iter_mut()
                .filter(|byte| !matches!(byte, b'\n' | b'\r'))
                .for_each(|byte| *byte = b' '),
            b',' => comma = Some(at),
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    text[comma] = b' ';
                }
            }
            byte if !byte.is_ascii_whitespace() => comma = None,
            _ => {}
        }
        at = end;
    }
    text
}

// From behind the opening quote to the closing one.
fn string_length(rest: &[u8]) -> usize {
    let mut escaped = false;
    let ends = |byte: &u8| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    };
    rest.iter().position(ends).unwrap_or(rest.len())
}

/// Why a JSON text is refused, without the library's words for it.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // A value that was read before has no place any more.
    let place = if error.line() == 0 {
        String::new()
    } else {
        format!(" at line {}, column {}", error.line(), error.column())
    };
    match error.classify() {
        serde_json::error::Category::Eof => format!("the text ends too early{place}"),
        serde_json::error::Category::Syntax if text.starts_with("recursion limit") => {
            format!("nested too deeply{place}")
        }
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            format!("a quote, a comma or a bracket is missing or too many{place}")
        }
        serde_json::error::Category::Data => {
            // These three name the field in backticks, which is all there is to say.
            let field = ["missing field ", "unknown field ", "duplicate field "]
                .iter()
                .find_map(|start| {
                    let rest = text.strip_prefix(start)?;
                    let name = rest.strip_prefix('`')?.split('`').next()?;
                    Some(format!("{start}`{}`", shown(name)))
                });
            let what = field.unwrap_or_else(|| "a value of another type than expected".to_owned());
            format!("{what}{place}")
        }
    }
}

fn not_json(path: &str, bytes: &[u8], error: &serde_json::Error) -> Problem {
    let text = String::from_utf8_lossy(bytes);
    let start = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let offset = (start + error.column().saturating_sub(1)).min(text.len());
    let message = format!("not JSON: {}", reason(error));
    Problem::new(
        RuleId::YamlInvalid,
        Lines::of(&text).place(path, &text, offset),
        (offset, offset),
        message,
        "Correct the JSON at this place.",
    )
}

// The same text for a reader that knows only places: tabs, which valid JSON has only between
// tokens, become spaces, and a pair of surrogate escapes becomes two other escapes. No byte moves.
fn same_length(bytes: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'\t' { b' ' } else { *byte })
        .collect();
    let mut at = 0;
    while at + 1 < text.len() {
        if text[at] != b'\\' {
            at += 1;
            continue;
        }
        let is_surrogate = text[at + 1] == b'u'
            && text
                .get(at + 2)
                .is_some_and(|digit| digit.eq_ignore_ascii_case(&b'd'));
        if is_surrogate
            && text.get(at + 3).is_some_and(
                |digit| matches!(digit.to_ascii_lowercase(), b'8'..=b'9' | b'a'..=b'f'),
            )
        {
            text[at + 2] = b'e';
        }
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_word_of_the_library_says_why_a_text_is_refused() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct One {
            #[allow(dead_code, reason = "only its type matters")]
            number: u64,
        }
        let why = |text: &str| {
            let error = serde_json::from_str::<One>(text).expect_err(text);
            reason(&error)
        };
        for (text, expected) in [
            ("{", "the text ends too early at line 1, column 1"),
            (
                "{\"number\": \"1\"}",
                "a value of another type than expected at line 1, column 14",
            ),
            ("{}", "missing field `number` at line 1, column 2"),
            (
                "{\"other\": 1}",
                "unknown field `other` at line 1, column 8",
            ),
            (
                "{number: 1}",
                "a quote, a comma or a bracket is missing or too many at line 1, column 2",
            ),
        ] {
            assert_eq!(why(text), expected);
        }
        let value = serde_json::json!({"number": "1"});
        let error = serde_json::from_value::<One>(value).expect_err("text");
        assert_eq!(reason(&error), "a value of another type than expected");
    }

    #[test]
    fn tabs_and_pairs_of_escapes_are_read_with_their_places() {
        let text = "{\n\t\"a\": \"\\ud83d\\ude00\",\n\t\"b\": [1, {\"c\": \"x\\/y\"}]\n}\n";
        let tree = read("f.json", text.as_bytes()).expect("JSON");
        assert_eq!(tree.value["a"], "😀");
        assert_eq!(tree.value["b"][1]["c"], "x/y");
        assert_eq!(
            (tree.place("/b/1/c").line, tree.place("/b/1/c").column),
            (3, 17)
        );
    }

    #[test]
    fn what_is_yaml_but_not_json_is_refused_at_its_place() {
        let problems = read("f.json", b"{\n  \"a\": 1,\n}\n").expect_err("a comma too many");
        assert_eq!((problems[0].place.line, problems[0].place.column), (3, 1));
        assert!(read("f.json", b"a: 1\n").is_err());
        assert!(read("f.json", b"").is_err());
    }

    #[test]
    fn comments_and_surplus_commas_are_read_with_true_places() {
        let text = "\u{feff}{\n  // a \"comment\"\n  \"a\": \"x // y /* z */ \\\" ,}\", /* and\n another */\n  \"b\": [1, 2,\n  ],\n}\n";
        let tree = read_commented("f.jsonc", text.as_bytes()).expect("JSON with comments");
        assert_eq!(
            tree.value,
            serde_json::json!({"a": "x // y /* z */ \" ,}", "b": [1, 2]})
        );
        assert_eq!(
            (tree.place("/b/1").line, tree.place("/b/1").column),
            (5, 12)
        );
        assert!(read_commented("f.json", b"{\"a\": 1,,}").is_err());
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        assert!(read("f.json", b"{\"a\": 1, \"a\": 2}").is_err());
        assert!(read("f.json", b"{\"a\": 1, \"\\u0061\": 2}").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100), text in "[\\[\\]{}:,\"a\\\\u0d8\n\t ]{0,60}") {
            let _ = read("f.json", &bytes);
            let _ = read("f.json", text.as_bytes());
            let _ = read_commented("f.json", &bytes);
            let _ = read_commented("f.json", text.as_bytes());
        }

        #[test]
        fn reads_what_any_writer_wrote(words in proptest::collection::btree_map("[a-z😀\"\\\\\t\u{7f}]{1,5}", any::<String>(), 0..6)) {
            let json = serde_json::to_string_pretty(&words).expect("it can be written");
            // DEL and the C1 controls may be raw in JSON and are not YAML: refused, as in every other
            // document.
            if json.chars().all(|c| !c.is_control() || c == '\n') && !json.contains(['\u{feff}', '\u{fffe}', '\u{ffff}']) {
                let tree = read("f.json", json.as_bytes()).expect("JSON");
                prop_assert_eq!(tree.value, serde_json::to_value(&words).expect("it can be written"));
            }
        }
    }
}
