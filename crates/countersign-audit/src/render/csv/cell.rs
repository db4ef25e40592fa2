//! Tables and their cells: what is quoted, and what is made inert.

use crate::report::{ChangeKind, ExceptionKind, ExpiryKind, ItemChange, Moment, NamedPrincipal};
use crate::version_label::VersionLabel;
use countersign_core::lifecycle::ledger::Action;
use countersign_model::document::capability::Aspect;
use countersign_model::escape;
use countersign_model::framework_input::{EvidenceQuery, SourceStatus, Strength};
use countersign_model::policy_input::PrincipalKind;
use countersign_model::{
    DecisionKind, Digest, EvidenceKind, Kind, Meaning, ObjectId, PrincipalName, Risk, RuleId,
    Severity, State, SubjectId, Timestamp, Version,
};

/// One cell.
#[derive(Clone)]
pub enum Cell {
    /// Words, which anyone may have written.
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

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! plain {
    ($($number:ty),*) => {
        $(impl From<$number> for Cell {
            fn from(value: $number) -> Self {
                Self::Plain(value.to_string())
            }
        })*
    };
}

plain!(u32, u64, i64, bool);

macro_rules! text {
    ($($value:ty),*) => {
        $(impl From<$value> for Cell {
            fn from(value: $value) -> Self {
                Self::Text(value.to_string())
            }
        }

        impl From<&$value> for Cell {
            fn from(value: &$value) -> Self {
                Self::Text(value.to_string())
            }
        })*
    };
}

text!(
    DecisionKind,
    Digest,
    EvidenceKind,
    Kind,
    Meaning,
    ObjectId,
    PrincipalName,
    Risk,
    RuleId,
    Severity,
    State,
    SubjectId,
    Timestamp
);
text!(Version, VersionLabel);

macro_rules! word {
    ($($value:ty),*) => {
        $(impl From<$value> for Cell {
            fn from(value: $value) -> Self {
                Self::Text(value.as_str().to_owned())
            }
        })*
    };
}

word!(
    Action,
    Aspect,
    ChangeKind,
    EvidenceQuery,
    ExceptionKind,
    ExpiryKind,
    ItemChange,
    PrincipalKind,
    SourceStatus,
    Strength
);

impl<T> From<&Option<T>> for Cell
where
    T: Clone,
    Self: From<T>,
{
    fn from(value: &Option<T>) -> Self {
        value
            .clone()
            .map_or_else(|| Self::Plain(String::new()), Self::from)
    }
}

/// A heading, and what a row has below it.
pub type Column<R> = (&'static str, fn(&R) -> Cell);

/// The text of a table: the headings, then the rows.
pub fn table<R>(columns: &[Column<R>], rows: impl IntoIterator<Item = R>) -> String {
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let mut text = format!("{}\r\n", headings.join(","));
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|(_, cell)| cell(&row).written())
            .collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

impl Cell {
    fn written(self) -> String {
        match self {
            Self::Text(text) => quoted(&inert(&text)),
            Self::Plain(text) => text,
        }
    }
}

// Every text in quotes: that distinguishes it from a number.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Text that no spreadsheet reads as a formula, whichever separator it splits at.
pub fn inert(text: &str) -> String {
    let text = escape::terminal(text);
    let mut safe = String::with_capacity(text.len() + 1);
    let mut could_begin = true;
    for c in text.chars() {
        if could_begin && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '%') {
            safe.push('\'');
        }
        could_begin = matches!(c, ',' | ';' | '|' | ':')
            || could_begin && (c.is_whitespace() || matches!(c, '"' | '\''));
        safe.push(c);
    }
    safe
}

/// Words, separated by spaces.
pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> Cell {
    Cell::Text(
        items
            .into_iter()
            .map(|item| item.to_string())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// Names in the policy, separated by spaces.
pub fn people(people: &[NamedPrincipal]) -> Cell {
    list(people.iter().map(|person| &person.principal))
}

/// How many there are.
pub fn count<T>(items: &[T]) -> Cell {
    Cell::from(u32::try_from(items.len()).unwrap_or(u32::MAX))
}

/// Where, or nothing.
pub fn position(moment: Option<&Moment>) -> Cell {
    moment.map_or_else(
        || Cell::Plain(String::new()),
        |moment| Cell::from(moment.position),
    )
}

/// When, or nothing.
pub fn time(moment: Option<&Moment>) -> Cell {
    moment.map_or_else(
        || Cell::Plain(String::new()),
        |moment| Cell::from(moment.time),
    )
}
