//! Cells and rows: what is quoted, and what is made inert.

use std::sync::Arc;

use crate::report::{Moment, Person};
use countersign_model::escape;

/// One cell.
pub enum Cell {
    /// Anybody's words.
    Text(String),
    /// Ours: a number, `true`, `false`, or nothing.
    Plain(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&Arc<str>> for Cell {
    fn from(text: &Arc<str>) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! plain {
    ($($of:ty),*) => {
        $(impl From<$of> for Cell {
            fn from(value: $of) -> Self {
                Self::Plain(value.to_string())
            }
        })*
    };
}

plain!(u32, u64, i64, bool);

impl<T> From<&Option<T>> for Cell
where
    T: Clone,
    Self: From<T>,
{
    fn from(value: &Option<T>) -> Self {
        value.clone().map_or_else(|| Self::Plain(String::new()), Self::from)
    }
}

/// A row of cells of any kind.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($crate::render::csv::cell::Cell::from($cell)),*] };
}
pub(super) use row;

/// A file: a header, then rows.
pub struct Table(pub String);

impl Table {
    /// A table without rows.
    pub fn new(header: &[&str]) -> Self {
        Self(format!("{}\r\n", header.join(",")))
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        let cells: Vec<String> = cells
            .into_iter()
            .map(|cell| match cell {
                Cell::Text(text) => quoted(&inert(&text)),
                Cell::Plain(text) => text,
            })
            .collect();
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }
}

// Every text in quotes: a reader then knows it from a number.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Text that no spreadsheet takes for a formula, whichever separator it splits at.
pub fn inert(text: &str) -> String {
    let text = escape::terminal(text);
    let mut safe = String::with_capacity(text.len() + 1);
    let mut could_begin = true;
    for c in text.chars() {
        if could_begin && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '%') {
            safe.push('\'');
        }
        could_begin = matches!(c, ',' | ';' | '|' | ':') || could_begin && (c.is_whitespace() || matches!(c, '"' | '\''));
        safe.push(c);
    }
    safe
}

/// Words, separated by blanks.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ")
}

/// Names in the policy, separated by blanks.
pub fn people(people: &[Person]) -> String {
    people.iter().map(|person| person.principal.as_str()).collect::<Vec<_>>().join(" ")
}

/// Where, or nothing.
pub fn position(moment: Option<&Moment>) -> Cell {
    moment.map_or_else(|| Cell::Plain(String::new()), |moment| Cell::from(moment.position))
}

/// When, or nothing.
pub fn time(moment: Option<&Moment>) -> Cell {
    moment.map_or_else(|| Cell::Plain(String::new()), |moment| Cell::from(&moment.time))
}
