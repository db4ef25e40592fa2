//! Text for Markdown that a forge renders: job summaries and comments.
//!
//! Every ASCII sign that any dialect could read as markup becomes a numeric character reference, which no Markdown parser takes for markup
//! (`CommonMark` 0.31, section 2.5), and mentions and issue references, which forges find in the rendered text, are taken apart.

use super::terminal;

/// Prose: shows exactly `text`, on one line.
pub fn text(text: &str) -> String {
    let shown = terminal(text);
    let mut safe = String::with_capacity(shown.len() + 16);
    for c in shown.chars() {
        match c {
            // `@somebody`, `#12` and `GH-12` are found after rendering, within one piece of text.
            '@' | '#' => safe.push_str(&format!("<span>&#{};</span>", c as u32)),
            ' ' | ',' | ';' | '?' => safe.push(c),
            '-' if ends_with_gh(&safe) => safe.push_str("<span>-</span>"),
            '-' if !safe.is_empty() => safe.push(c),
            c if c.is_ascii_alphanumeric() => safe.push(c),
            c if c.is_ascii() => safe.push_str(&format!("&#{};", c as u32)),
            c => safe.push(c),
        }
    }
    safe
}

/// A name, path or id in the look of code.
pub fn code(name: &str) -> String {
    format!("<code>{}</code>", text(name))
}

fn ends_with_gh(text: &str) -> bool {
    text.len() >= 2 && text.is_char_boundary(text.len() - 2) && text[text.len() - 2..].eq_ignore_ascii_case("gh")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_mentions_and_references_are_shown_and_not_obeyed() {
        let hostile = "[x](javascript:1) <img src=x> **b** `c` | @team #12 GH-7 https://evil.example www.evil.example ::error::\n# h";
        let shown = text(hostile);
        for sign in ["[", "](", "<img", "**", "`", "|", "://", "www.", "::", "\n", "@team", "#12 ", "GH-7"] {
            assert!(!shown.contains(sign), "{sign} in {shown}");
        }
        assert_eq!(text("needs one of bob, carol"), "needs one of bob, carol");
        assert_eq!(text("- x"), "&#45; x");
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
