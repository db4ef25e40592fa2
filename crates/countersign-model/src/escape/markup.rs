//! Markup in which every text is escaped, by type: a text enters a [`Markup`] only through its
//! dialect's escape.
//!
//! What is not text is a literal of the program's source (`&'static str`), so an escape that was
//! forgotten does not compile:
//!
//! ```compile_fail
//! use countersign_model::escape::Html;
//!
//! let name = String::from("<script>");
//! let mut page = Html::new();
//! page.push_literal(&name);
//! ```
//!
//! The macros [`html!`](crate::html!) and [`markdown!`](crate::markdown!) write both in order,
//! literals bare and values in parentheses:
//!
//! ```
//! use countersign_model::html;
//!
//! let name = String::from("a & b");
//! assert_eq!(html!("<b>" (name) "</b>" (7_u32)).into_string(), "<b>a &amp; b</b>7");
//! ```
//!
//! ```compile_fail
//! use countersign_model::html;
//!
//! let name = String::from("<script>");
//! html!("<b>" name "</b>");
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::{
    DecisionKind, Digest, EvidenceKind, Kind, Meaning, ObjectId, Position, PrincipalName, Risk,
    RuleId, Severity, State, SubjectId, Timestamp, Verdict, Version,
};

/// A language with markup, and how text becomes inert in it.
pub trait Dialect {
    /// Adds `text` to `markup` so that a reader sees exactly the text.
    fn escape(text: &str, markup: &mut String);
}

/// Markup of one dialect: literals of this program, and escaped text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup<D> {
    source: String,
    dialect: PhantomData<D>,
}

/// A value that markup can hold.
pub trait ToMarkup<D> {
    /// Adds the value to `markup`.
    fn append_to(&self, markup: &mut Markup<D>);
}

impl<D: Dialect> Markup<D> {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            source: String::new(),
            dialect: PhantomData,
        }
    }

    /// Markup that is written in the program.
    pub fn literal(markup: &'static str) -> Self {
        Self {
            source: markup.to_owned(),
            dialect: PhantomData,
        }
    }

    /// Text, escaped; a number; or markup as it is.
    pub fn text(value: impl ToMarkup<D>) -> Self {
        let mut markup = Self::new();
        markup.push(value);
        markup
    }

    /// Adds markup that is written in the program.
    pub fn push_literal(&mut self, markup: &'static str) {
        self.source.push_str(markup);
    }

    /// Adds text, escaped; a number; or markup as it is.
    pub fn push(&mut self, value: impl ToMarkup<D>) {
        value.append_to(self);
    }

    /// The values with a literal between each two.
    pub fn join(
        values: impl IntoIterator<Item = impl ToMarkup<D>>,
        separator: &'static str,
    ) -> Self {
        let mut markup = Self::new();
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                markup.push_literal(separator);
            }
            markup.push(value);
        }
        markup
    }
}

impl<D> Markup<D> {
    /// Adds text that a dialect's module knows to be inert where it stands.
    pub(super) fn push_inert(&mut self, text: &str) {
        self.source.push_str(text);
    }

    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// The source.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The source.
    pub fn into_string(self) -> String {
        self.source
    }
}

impl<D> fmt::Display for Markup<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl<D: Dialect, T: ToMarkup<D>> FromIterator<T> for Markup<D> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::join(values, "")
    }
}

impl<D> ToMarkup<D> for Markup<D> {
    fn append_to(&self, markup: &mut Self) {
        markup.source.push_str(&self.source);
    }
}

impl<D, T: ToMarkup<D> + ?Sized> ToMarkup<D> for &T {
    fn append_to(&self, markup: &mut Markup<D>) {
        (**self).append_to(markup);
    }
}

impl<D: Dialect> ToMarkup<D> for str {
    fn append_to(&self, markup: &mut Markup<D>) {
        D::escape(self, &mut markup.source);
    }
}

impl<D: Dialect> ToMarkup<D> for String {
    fn append_to(&self, markup: &mut Markup<D>) {
        self.as_str().append_to(markup);
    }
}

impl<D: Dialect> ToMarkup<D> for Arc<str> {
    fn append_to(&self, markup: &mut Markup<D>) {
        (**self).append_to(markup);
    }
}

macro_rules! inert_to_markup {
    ($($inert:ty),*) => {$(
        /// Only letters, digits, `-` and `:`, which are markup in no dialect where a letter or
        /// digit comes first.
        impl<D> ToMarkup<D> for $inert {
            fn append_to(&self, markup: &mut Markup<D>) {
                markup.source.push_str(&self.to_string());
            }
        }
    )*};
}

inert_to_markup!(u32, u64, usize, Position, ObjectId, Timestamp);

macro_rules! text_to_markup {
    ($($of:ty),*) => {$(
        impl<D: Dialect> ToMarkup<D> for $of {
            fn append_to(&self, markup: &mut Markup<D>) {
                self.to_string().append_to(markup);
            }
        }
    )*};
}

text_to_markup!(
    DecisionKind,
    Digest,
    EvidenceKind,
    Kind,
    Meaning,
    PrincipalName,
    Risk,
    RuleId,
    Severity,
    State,
    SubjectId,
    Verdict,
    Version
);
text_to_markup!(i64);

/// Markup of a dialect: literals as they are, values in parentheses escaped.
#[doc(hidden)]
#[macro_export]
macro_rules! markup {
    ($dialect:ty; $($piece:tt)*) => {{
        let mut markup = <$dialect>::new();
        $($crate::markup_piece!(markup, $piece);)*
        markup
    }};
}

/// One piece of markup.
#[doc(hidden)]
#[macro_export]
macro_rules! markup_piece {
    ($markup:ident, $literal:literal) => {
        $markup.push_literal($literal)
    };
    ($markup:ident, ($value:expr)) => {
        $markup.push(&$value)
    };
}
