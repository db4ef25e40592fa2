//! Aligned columns, measured in terminal columns, not bytes.

use unicode_width::UnicodeWidthStr;

use super::escape;
use super::paint::{Paint, Tone};

/// One cell.
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell; its text is escaped here.
    pub(super) fn new(tone: Tone, text: &str) -> Self {
        Self {
            text: escape::terminal(text).into_owned(),
            tone,
        }
    }

    /// A cell of ordinary weight.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(Tone::Plain, text)
    }
}

/// How many terminal columns `text` occupies once it is escaped.
pub(super) fn width(text: &str) -> usize {
    escape::terminal(text).width()
}

/// Lays out `rows`, each indented by `indent` spaces. Columns are separated by two spaces, with
/// none after the last.
pub(super) fn lay_out(rows: &[Vec<Cell>], indent: usize, paint: Paint) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    let mut text = String::new();
    for row in rows {
        let last = row
            .iter()
            .rposition(|cell| !cell.text.is_empty())
            .unwrap_or(0);
        text.push_str(&" ".repeat(indent));
        for (index, cell) in row.iter().take(last + 1).enumerate() {
            text.push_str(&paint.paint(cell.tone, &cell.text));
            if index < last {
                text.push_str(&" ".repeat(widths[index] - cell.text.width() + 2));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_wide_and_hostile_text() {
        let rows = vec![
            vec![Cell::plain("日本"), Cell::plain("x"), Cell::plain("")],
            vec![
                Cell::plain("a\u{1b}[2K"),
                Cell::new(Tone::Good, "y"),
                Cell::plain("z"),
            ],
        ];
        assert_eq!(
            lay_out(&rows, 1, Paint::PLAIN),
            " 日本        x\n a\\u{1b}[2K  y  z\n"
        );
    }
}
