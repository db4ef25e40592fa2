//! Aligned columns, measured in terminal columns, not bytes.

use unicode_width::UnicodeWidthStr;

use super::escape;
use super::fit::wrapped;
use super::paint::{Paint, Tone};

/// One cell.
#[derive(Clone)]
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
/// none after the last. Where they do not fit, the last column goes on below, or each row is broken
/// between its cells.
pub(super) fn lay_out(rows: &[Vec<Cell>], indent: usize, paint: Paint) -> String {
    let widths = widths(rows);
    let Some(columns) = narrower(&widths, indent, paint) else {
        return aligned(rows, &widths, indent, paint);
    };
    let [leading @ .., _] = widths.as_slice() else {
        return String::new();
    };
    let leading: usize = leading.iter().map(|width| width + 2).sum();
    if indent + leading <= columns / 2 {
        return hanging(rows, &widths, indent, columns - indent - leading, paint);
    }
    rows.iter()
        .map(|row| flowing(row.iter().map(|cell| (None, cell)), indent, columns, paint))
        .collect()
}

/// The same below a heading. Where the columns do not fit, each cell is named instead.
pub(super) fn with_heading<const N: usize>(
    heading: [&str; N],
    rows: Vec<Vec<Cell>>,
    paint: Paint,
) -> String {
    let mut all = vec![heading.map(|name| Cell::new(Tone::Faint, name)).into()];
    all.extend(rows);
    let widths = widths(&all);
    let Some(columns) = narrower(&widths, 0, paint) else {
        return aligned(&all, &widths, 0, paint);
    };
    let names = heading.map(|name| name.trim().to_lowercase());
    all[1..]
        .iter()
        .map(|row| {
            let named = row.iter().enumerate().map(|(index, cell)| {
                let name = names.get(index).filter(|_| index > 0);
                (name.map(String::as_str), cell)
            });
            flowing(named, 0, columns, paint)
        })
        .collect()
}

fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![0; columns];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    widths
}

/// How wide lines may be, where columns of these widths are wider.
fn narrower(widths: &[usize], indent: usize, paint: Paint) -> Option<usize> {
    let needed = indent + widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    paint.columns.filter(|columns| needed > *columns)
}

fn aligned(rows: &[Vec<Cell>], widths: &[usize], indent: usize, paint: Paint) -> String {
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

/// Columns whose last one, `room` wide, goes on below itself.
fn hanging(
    rows: &[Vec<Cell>],
    widths: &[usize],
    indent: usize,
    room: usize,
    paint: Paint,
) -> String {
    let mut all = Vec::new();
    for row in rows {
        let Some((last, leading)) = row.split_last().filter(|_| row.len() == widths.len()) else {
            all.push(row.clone());
            continue;
        };
        for (index, line) in wrapped(&last.text, room, room).into_iter().enumerate() {
            let mut cells: Vec<Cell> = if index == 0 {
                leading.to_vec()
            } else {
                leading.iter().map(|_| Cell::plain("")).collect()
            };
            cells.push(Cell {
                text: line,
                tone: last.tone,
            });
            all.push(cells);
        }
    }
    aligned(&all, widths, indent, paint)
}

/// One row whose cells follow each other, on as many lines as they need. A name comes before the
/// cell that has one.
fn flowing<'c>(
    cells: impl Iterator<Item = (Option<&'c str>, &'c Cell)>,
    indent: usize,
    columns: usize,
    paint: Paint,
) -> String {
    let further = indent + 2;
    let mut text = " ".repeat(indent);
    let mut used = 0;
    for (name, cell) in cells.filter(|(_, cell)| !matches!(cell.text.trim(), "" | "-")) {
        let name = name.map_or_else(String::new, |name| format!("{name} "));
        let needed = name.width() + cell.text.trim().width();
        if used > 0 && used + 2 + needed > columns {
            text.push_str(&format!("\n{}", " ".repeat(further)));
            used = further;
        } else if used > 0 {
            text.push_str("  ");
            used += 2;
        } else {
            used = indent;
        }
        text.push_str(&paint.paint(Tone::Faint, &name));
        text.push_str(&paint.paint(cell.tone, cell.text.trim()));
        used += needed;
    }
    text.push('\n');
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

    fn narrow(columns: usize) -> Paint {
        Paint {
            columns: Some(columns),
            ..Paint::PLAIN
        }
    }

    #[test]
    fn the_last_column_goes_on_below_itself() {
        let rows = vec![vec![Cell::plain("a"), Cell::plain("one two three four")]];
        assert_eq!(
            lay_out(&rows, 2, narrow(16)),
            "  a  one two\n     three four\n"
        );
        assert_eq!(lay_out(&rows, 2, narrow(23)), "  a  one two three four\n");
    }

    #[test]
    fn cells_are_named_where_columns_do_not_fit() {
        let rows = || {
            vec![
                vec![
                    Cell::plain("skill/pdf"),
                    Cell::plain("1.0.0"),
                    Cell::plain("draft (1 of 2)"),
                ],
                vec![
                    Cell::plain("skill/csv"),
                    Cell::plain("-"),
                    Cell::plain("approved"),
                ],
            ]
        };
        let heading = ["SUBJECT", "VERSION", "STATE"];
        assert_eq!(
            with_heading(heading, rows(), narrow(32)),
            "skill/pdf  version 1.0.0\n  state draft (1 of 2)\nskill/csv  state approved\n"
        );
        assert_eq!(
            with_heading(heading, rows(), narrow(34)),
            "SUBJECT    VERSION  STATE\nskill/pdf  1.0.0    draft (1 of 2)\nskill/csv  -        approved\n"
        );
    }
}
