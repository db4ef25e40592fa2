//! Text for Markdown that a forge renders: job summaries and comments.
//!
//! Every ASCII sign that any dialect could read as markup becomes a numeric character reference,
//! which no Markdown parser takes for markup (`CommonMark` 0.31, section 2.5), and mentions and
//! issue references, which forges find in the rendered text, are taken apart.

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
        let start = markup.len();
        markup.reserve(shown.len());
        for c in shown.chars() {
            match c {
                // `@someone`, `#12` and `GH-12` are found after rendering, within one piece of
                // text.
                '@' | '#' => markup.push_str(&format!("<span>&#{};</span>", c as u32)),
                ' ' | ',' | ';' | '?' => markup.push(c),
                '-' if ends_with_gh(&markup[start..]) => markup.push_str("<span>-</span>"),
                '-' if markup.len() > start => markup.push(c),
                c if c.is_ascii_alphanumeric() => markup.push(c),
                c if c.is_ascii() => markup.push_str(&format!("&#{};", c as u32)),
                c => markup.push(c),
            }
        }
    }
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

fn ends_with_gh(text: &str) -> bool {
    text.len() >= 2
        && text.is_char_boundary(text.len() - 2)
        && text[text.len() - 2..].eq_ignore_ascii_case("gh")
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
        assert_eq!(text("needs one of bob, carol"), "needs one of bob, carol");
        assert_eq!(text("- x"), "&#45; x");
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

    proptest! {
        #[test]
        fn nothing_of_any_text_is_markup(hostile in any::<String>()) {
            let shown = text(&hostile).replace("<span>", "").replace("</span>", "");
            prop_assert!(!shown.contains(['<', '>', '`', '|', '[', ']', '*', '_', '\\', '!', '\n', '\r', '~', '"', '\'', ':', '(', '/', '=', '+', '.']));
            // What is left of `&` and `#` are character references.
            for (at, _) in shown.match_indices('&') {
                prop_assert!(shown[at..].starts_with("&#"));
            }
        }
    }
}
