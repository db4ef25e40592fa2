//! HTML whose text is always escaped.

use super::is_unsafe;
use super::markup::{Dialect, Markup};

/// HTML: what [`html!`](crate::html!) makes.
pub type Html = Markup<HtmlDialect>;

/// The rules of HTML, between tags and in quoted attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HtmlDialect;

/// Hidden characters are shown as [`terminal`](super::terminal) shows them; nothing is markup, nor
/// a build runner's command when the page is printed in one's log.
impl Dialect for HtmlDialect {
    fn escape(text: &str, markup: &mut String) {
        markup.reserve(text.len());
        for c in text.chars() {
            match c {
                '&' => markup.push_str("&amp;"),
                '<' => markup.push_str("&lt;"),
                '>' => markup.push_str("&gt;"),
                '"' => markup.push_str("&quot;"),
                '\'' => markup.push_str("&#39;"),
                '[' if markup.ends_with("##") => markup.push_str("&#91;"),
                c if is_unsafe(c) => markup.extend(c.escape_unicode()),
                c => markup.push(c),
            }
        }
    }
}

/// HTML: literals are markup, values in parentheses are escaped.
#[macro_export]
macro_rules! html {
    ($($piece:tt)*) => { $crate::markup!($crate::escape::Html; $($piece)*) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_contains_no_foreign_markup() {
        let hostile = "<b a=\"x\" b='y'>&\u{202e}\n| [x](http://y) `z` *a* @b #c ::d ##[e]";
        let shown = Html::text(hostile).into_string();
        assert_eq!(
            shown,
            "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;\\u{202e}\\u{a}| [x](http://y) `z` *a* @b #c ::d ##&#91;e]"
        );
    }

    #[test]
    fn pieces_are_escaped_where_they_are_text_and_only_there() {
        let cell = html!("<b>" ("<i>") "</b>");
        assert_eq!(
            html!("<td>" (cell) "</td>" (3_u32)).into_string(),
            "<td><b>&lt;i&gt;</b></td>3"
        );
        assert_eq!(Html::join(["<", ">"], "<br>").into_string(), "&lt;<br>&gt;");
        assert_eq!(
            html!(("##")("[x]")).into_string(),
            "##&#91;x]",
            "no command is put together from two texts"
        );
    }
}
