//! All escaping. Anyone who can push writes names, messages and reasons, so each output has one way
//! to make them inert: a function, or a type ([`Html`], [`Markdown`]) that text enters only
//! escaped.

pub mod html;
pub mod markdown;
pub mod markup;
pub mod workflow;

use std::borrow::Cow;
use std::io;

use serde::Serialize;

pub use html::Html;
pub use markdown::Markdown;
pub use markup::ToMarkup;

use crate::UnsafeChar;

/// The text of a value as JSON: indented, inert on a terminal, with a final line break.
pub fn json_text(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    write_json(value, &mut bytes)
        .expect("output types have string keys, and a Vec takes every write");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// The same piece by piece, for what is too large for memory.
pub fn write_json(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, InertJson::default());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The text of a value as JSON on one line, inert on a terminal, with a final line break.
pub fn json_line(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, InertLine);
    value
        .serialize(&mut serializer)
        .expect("output types have string keys, and a Vec takes every write");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Text for a terminal: characters that move the cursor, change colors, reorder or hide text are
/// shown as `\u{…}`. Line breaks too, so that no one can forge a line of output.
///
/// So are the commands of a build runner: `::` where a line could begin, and `##[` anywhere in one.
pub fn terminal(text: &str) -> Cow<'_, str> {
    let commands = text.trim_start().starts_with("::") || text.contains("##[");
    if !commands && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    if commands {
        let text = text.replace("##[", "#\\u{23}[");
        let lead = text.len() - text.trim_start().len();
        let text = match text[lead..].strip_prefix("::") {
            Some(rest) => format!("{}\\u{{3a}}:{rest}", &text[..lead]),
            None => text,
        };
        return Cow::Owned(visible(&text));
    }
    Cow::Owned(visible(text))
}

fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a character must not reach a terminal or a page as it is: every class of [`UnsafeChar`],
/// line ends and tabs included.
pub const fn is_unsafe(c: char) -> bool {
    UnsafeChar::of(c).is_some()
}

/// Writes JSON as `serde_json`'s pretty form, with every unsafe character as a `\u` escape: the
/// same values, and safe to look at in a terminal.
#[derive(Debug, Default)]
pub struct InertJson<'i> {
    pretty: serde_json::ser::PrettyFormatter<'i>,
}

impl serde_json::ser::Formatter for InertJson<'_> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_inert(writer, fragment)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.pretty.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.pretty.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}

/// The same on one line, for streams of values.
#[derive(Clone, Copy, Debug, Default)]
pub struct InertLine;

impl serde_json::ser::Formatter for InertLine {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_inert(writer, fragment)
    }
}

fn write_inert<W: ?Sized + io::Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    let mut units = [0; 2];
    let mut written = 0;
    for (at, c) in fragment.char_indices() {
        // `##[` anywhere in a line is a command to some build runners.
        if is_unsafe(c) || fragment[at..].starts_with("#[") && fragment[..at].ends_with('#') {
            writer.write_all(&fragment.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
    }
    writer.write_all(&fragment.as_bytes()[written..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_codes_and_hidden_characters_are_shown_and_not_obeyed() {
        let hostile = "a\u{1b}[31mred\u{9b}2J\r\nx\u{202e}gpj\u{200b}\u{e0041}\u{feff}";
        assert_eq!(
            terminal(hostile),
            "a\\u{1b}[31mred\\u{9b}2J\\u{d}\\u{a}x\\u{202e}gpj\\u{200b}\\u{e0041}\\u{feff}"
        );
        assert!(!terminal(hostile).chars().any(is_unsafe));
    }

    #[test]
    fn ordinary_text_of_any_script_is_left_alone() {
        for text in [
            "plain",
            "Größe – 日本語 · العربية · हिन्दी",
            "`code` 100% \\u{41}",
        ] {
            assert!(matches!(terminal(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn inert_json_means_the_same_value() {
        let hostile = "\u{9b}31m\u{202e}\u{7f}\"\\\n\u{e0041}é";
        let text = json_text(&serde_json::json!({ hostile: [hostile, 1, {}, []] }));
        assert!(text.chars().all(|c| c == '\n' || !is_unsafe(c)), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).ok(),
            Some(serde_json::json!({ hostile: [hostile, 1, {}, []] }))
        );
    }
}
