//! Text for Markdown that a forge renders: job summaries and comments.
//!
//! Every ASCII sign that any dialect could read as markup where it is becomes a numeric character
//! reference, which no Markdown parser takes for markup (`CommonMark` 0.31, section 2.5). Mentions,
//! issue references and addresses, which forges find in the rendered text, are taken apart. Signs
//! inside of words and at their ends that can begin none of these stay as they are, so that names,
//! paths, versions, times and sentences can be read in an editor, too.

use super::markup::{Dialect, Markup, ToMarkup};
use super::terminal;

/// Markdown: what [`markdown!`](crate::markdown!) makes.
pub type Markdown = Markup<MarkdownDialect>;

/// The rules of every Markdown dialect at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkdownDialect;

/// Prose: shows exactly the text, on one line.
impl Dialect for MarkdownDialect {
    fn escape(text: &str, markup: &mut String) {
        let shown = terminal(text);
        markup.reserve(shown.len());
        for (at, c) in shown.char_indices() {
            let (before, after) = (&shown[..at], &shown[at + c.len_utf8()..]);
            match c {
                // `@someone`, `#12`, `GH-12` and addresses are found after rendering, within one
                // piece of text.
                '@' | '#' => apart(c, markup),
                ':' if after.starts_with('/') => apart(c, markup),
                '.' if ends_with(markup, "www") => apart(c, markup),
                '-' if ends_with(markup, "gh") => markup.push_str("<span>-</span>"),
                c if c.is_ascii_alphanumeric() => markup.push(c),
                c if is_plain(before, c, after) => markup.push(c),
                c if c.is_ascii() => markup.push_str(&format!("&#{};", c as u32)),
                c => markup.push(c),
            }
        }
    }
}

/// Whether a sign is only text between what is before and after it in the same text: it begins
/// neither a line, nor markup, nor an address.
fn is_plain(before: &str, sign: char, after: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric();
    let ends_word = before.ends_with(letter);
    match sign {
        ',' | ';' | '?' => true,
        // More than three at a line's start make it a block of code.
        ' ' => before.is_empty() || !before.trim_start().is_empty(),
        '_' | '+' | '=' | '\'' => ends_word && after.starts_with(letter),
        '/' => ends_word && !after.starts_with('/'),
        ':' => (ends_word || before.ends_with(')')) && !after.starts_with([':', '/']),
        // After nothing but digits these two begin an item of a list.
        '.' if after.starts_with(letter) => ends_word,
        '.' => (ends_word || before.ends_with(')')) && !is_number(before),
        ')' => !is_number(before),
        // These begin a line of another kind only at its start.
        '-' => !before.trim_start().is_empty(),
        '(' => ends_word || before.trim_start().ends_with([' ', ')']),
        _ => false,
    }
}

/// Whether there is nothing but digits, or nothing at all.
fn is_number(text: &str) -> bool {
    text.trim_start().bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds a sign as a piece of text of its own.
fn apart(sign: char, markup: &mut String) {
    markup.push_str(&format!("<span>&#{};</span>", sign as u32));
}

fn ends_with(text: &str, word: &str) -> bool {
    let end = text.len().checked_sub(word.len());
    end.and_then(|end| text.get(end..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Markdown: literals are markup, values in parentheses are escaped.
#[macro_export]
macro_rules! markdown {
    ($($piece:tt)*) => { $crate::markup!($crate::escape::Markdown; $($piece)*) };
}

/// A name, path or id in the look of code.
pub fn code(name: impl ToMarkup<MarkdownDialect>) -> Markdown {
    markdown!("<code>" (name) "</code>")
}

/// An address that a link can lead to: `https`, and no character that could end the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// The address; `None` when it has any other character.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '#');
        let rest = text.strip_prefix("https://")?;
        (!rest.is_empty() && rest.chars().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A link whose words look like code.
pub fn code_link(words: impl ToMarkup<MarkdownDialect>, url: &Url) -> Markdown {
    let mut link = markdown!("[`" (words) "`](");
    link.push_inert(&url.0);
    link.push_literal(")");
    link
}

/// Lines as a block of code, each indented, so that nothing in them is markup.
pub fn indented_code(lines: &str) -> Markdown {
    let mut block = Markdown::new();
    for line in lines.lines() {
        block.push_inert(&format!("    {}\n", terminal(line)));
    }
    block
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> String {
        Markdown::text(text).into_string()
    }

    #[test]
    fn markup_mentions_and_references_are_shown_and_not_obeyed() {
        let hostile = "[x](javascript:1) <img src=x> **b** `c` | @team #12 GH-7 https://evil.example www.evil.example ::error::\n# h";
        let shown = text(hostile);
        for sign in [
            "[", "](", "<img", "**", "`", "|", "://", "www.", "::", "\n", "@team", "#12 ", "GH-7",
        ] {
            assert!(!shown.contains(sign), "{sign} in {shown}");
        }
        assert_eq!(text("- x"), "&#45; x");
    }

    #[test]
    fn names_paths_versions_times_and_sentences_stay_readable() {
        for plain in [
            "needs one of bob, carol",
            "skills/pdf-tools",
            "1.2.0",
            "skills/pdf-tools/SKILL.md:12",
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:00+02:00",
            "sha256:56f508141829",
            "SHA256:SNynUXludBJHLLfS3vNAxryyIHQ5+y1gRx+3jf01zMw",
            "high or critical risk: 1 of owners (policy 1, line 38). Approved.",
            "the signer's COUNTERSIGN_ANCHOR=abc",
            "version 1.",
        ] {
            assert_eq!(text(plain), plain);
        }
        assert_eq!(text("skills/*"), "skills/&#42;");
    }

    #[test]
    fn a_sign_that_could_begin_markup_or_an_address_is_not_left_bare() {
        for (hostile, shown) in [
            ("1. item", "1&#46; item"),
            (" 12) item", " 12&#41; item"),
            ("1.", "1&#46;"),
            ("/approve", "&#47;approve"),
            ("http://evil", "http<span>&#58;</span>&#47;&#47;evil"),
            ("WWW.evil.example", "WWW<span>&#46;</span>evil.example"),
            ("mailto:a@b.c", "mailto:a<span>&#64;</span>b.c"),
            ("acme/skills#1", "acme/skills<span>&#35;</span>1"),
            (
                "acme/skills@0df91c5",
                "acme/skills<span>&#64;</span>0df91c5",
            ),
            ("_a_ b_ _c", "&#95;a&#95; b&#95; &#95;c"),
            ("a__b", "a&#95;&#95;b"),
            ("a==b==", "a&#61;&#61;b&#61;&#61;"),
            ("== x", "&#61;&#61; x"),
            ("+ x", "&#43; x"),
            ("[a](b)", "&#91;a&#93;&#40;b)"),
            ("a::b", "a&#58;&#58;b"),
            (": a", "&#58; a"),
            ("    code", " &#32;&#32;&#32;code"),
            (" - item", " &#45; item"),
        ] {
            assert_eq!(text(hostile), shown, "{hostile}");
        }
        // Two texts without anything between them.
        let mut joined = Markdown::text("ww");
        joined.push("w.evil");
        joined.push("/x");
        assert_eq!(joined.into_string(), "www<span>&#46;</span>evil&#47;x");
    }

    #[test]
    fn an_address_that_could_end_a_link_is_not_a_link() {
        let good = Url::parse("https://github.com/acme/skills#rule").expect("an address");
        assert_eq!(
            code_link("rule-id", &good).into_string(),
            "[`rule-id`](https://github.com/acme/skills#rule)"
        );
        for bad in [
            "http://a",
            "https://",
            "https://a)b",
            "https://a b",
            "https://a(b",
            "javascript:x",
        ] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
    }

    /// Texts of what markup is made of, and of any characters.
    fn hostile() -> impl Strategy<Value = String> {
        const PARTS: [&str; 46] = [
            "http", "https://", "ftp:/", "/", "//", ":", "::", "www", "WwW.", ".", "..", "1", "23",
            "a", "GH", "-", "--", "@", "#", "x@y.z", "_", "__", "*", "**", "`", "~~", "|", "[",
            "](", "(", ")", "![", "<", "</", ">", "&", "&#60;", "&lt;", "\\", "\n", " ", "    ",
            "+", "=", "'", "\"",
        ];
        let part = prop_oneof![
            6 => prop::sample::select(&PARTS[..]).prop_map(str::to_owned),
            1 => any::<String>(),
            1 => "[ -~]{0,6}",
        ];
        prop_oneof![
            3 => prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat()),
            1 => any::<String>(),
        ]
    }

    /// What a renderer shows of escaped text; `None` where there is more than text.
    fn rendered(shown: &str) -> Option<String> {
        let mut left = shown.replace("<span>", "").replace("</span>", "");
        let mut text = String::new();
        while let Some(at) = left.find('&') {
            text.push_str(&left[..at]);
            let (number, rest) = left[at..].strip_prefix("&#")?.split_once(';')?;
            text.push(char::from_u32(number.parse().ok()?)?);
            left = rest.to_owned();
        }
        text.push_str(&left);
        Some(text)
    }

    proptest! {
        #[test]
        fn nothing_of_any_text_is_markup(hostile in hostile()) {
            let shown = text(&hostile);
            let bare = shown.replace("<span>", "").replace("</span>", "");
            prop_assert!(!bare.contains(['<', '>', '`', '|', '[', ']', '*', '\\', '!', '\n', '\r', '~', '"', '@', '{', '}', '$', '^']), "{}", shown);
            // What is left of `&` and `#` are character references, of exactly the text.
            prop_assert_eq!(rendered(&shown), Some(terminal(&hostile).into_owned()), "{}", shown);
            // No address, of which each begins with one of these in GitHub's Markdown.
            for address in ["://", "www."] {
                prop_assert!(!shown.to_ascii_lowercase().contains(address), "{}", shown);
            }
            // Neither a mention, a reference nor an address is one piece of rendered text.
            for piece in shown.split("<span>").flat_map(|piece| piece.split("</span>")) {
                let piece = rendered(piece).unwrap_or_default().to_ascii_lowercase();
                for sign in ["@", "#", "gh-", "://", "www."] {
                    prop_assert!(piece == sign || !piece.contains(sign), "{}", shown);
                }
            }
            // No line begins with what a list, a heading, a quote, a fence or a command begins with.
            let line = shown.trim_start();
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
            prop_assert!(!line.starts_with(|c: char| c.is_ascii_punctuation() && !matches!(c, '&' | '<' | ',' | ';' | '?')), "{}", shown);
            prop_assert!(number.len() == line.len() || !number.starts_with([')', '.']) || number[1..].starts_with(|c: char| c.is_ascii_alphanumeric()), "{}", shown);
            // These are emphasis, marks or lines next to anything but a letter or digit.
            let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            for (at, _) in bare.match_indices(['_', '=', '+', '\'']) {
                prop_assert!(letter(bare[..at].chars().next_back()) && letter(bare[at + 1..].chars().next()), "{}", shown);
            }
        }
    }
}
