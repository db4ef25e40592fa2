//! The report as one page: no script, nothing loaded, printable, light and dark. Text enters it
//! only escaped: see [`Html`].
//!
//! Long lists are folded, and cut where the page would grow past what a browser likes; the page
//! says so, and `audit.json` is complete.

mod changes;
mod controls;
mod people;
mod plots;
mod sections;
mod style;

use countersign_model::escape::html::HtmlDialect;
use countersign_model::escape::{Html, ToMarkup};
use countersign_model::{Severity, State, html};

use super::words::{HexId, short};
use crate::AuditReport;

/// The most packets, exceptions and subjects that the page shows, each.
const MOST: usize = 1_500;

/// The most characters of a reason or a finding.
const MOST_WORDS: usize = 600;

/// The page.
pub fn page(report: &AuditReport) -> String {
    let title = format!("Audit of {}", report.scope.repository);
    let page = html!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" (title) "</title>\n<style>\n" (Html::literal(style::STYLE))
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#summary\">Skip to the summary</a>\n<header>\n<h1>" (title) "</h1>\n"
        (sections::scope(report)) "</header>\n" (contents()) "<main>\n"
        (sections::summary(report))
        (plots::figures(report))
        (sections::inventory(report))
        (changes::changes(report))
        (sections::exceptions(report))
        (people::access(report))
        (people::administration(report))
        (people::incidents(report))
        (sections::due(report))
        (controls::controls(report))
        (sections::log(report))
        (sections::sign_off())
        "</main>\n<footer><p>Made by " (report.tool.name) " " (report.tool.version)
        ". It shows what is in Git; the reader judges whether that is enough.</p></footer>\n</body>\n</html>\n"
    );
    page.into_string()
}

const SECTIONS: [(&str, &str); 12] = [
    ("summary", "Summary"),
    ("figures", "Figures"),
    ("inventory", "Inventory"),
    ("changes", "Changes"),
    ("exceptions", "Exceptions"),
    ("access", "Roles and access"),
    ("administration", "Administration"),
    ("incidents", "Incidents"),
    ("due", "Reviews, expiry, retention"),
    ("controls", "Evidence and controls"),
    ("log", "Log"),
    ("sign-off", "Sign-off"),
];

fn contents() -> Html {
    let items: Html = SECTIONS
        .iter()
        .map(|(id, name)| html!("<li><a href=\"#" (*id) "\">" (*name) "</a></li>\n"))
        .collect();
    html!("<nav aria-label=\"Sections\"><ul>\n" (items) "</ul></nav>\n")
}

/// One of [`SECTIONS`] with its content.
fn section(id: &str, content: &Html) -> Html {
    let name = SECTIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map_or(id, |(_, name)| name);
    html!(
        "<section id=\"" (id) "\" aria-labelledby=\"" (id) "-title\">\n<h2 id=\"" (id) "-title\">" (name) "</h2>\n"
        (content) "</section>\n"
    )
}

/// A table; a wide one scrolls in itself, and the keyboard reaches it.
fn table(
    caption: &str,
    headings: &[&'static str],
    rows: impl IntoIterator<Item = Vec<Html>>,
) -> Html {
    let mut body: Html = rows.into_iter().map(|cells| row(&cells)).collect();
    if body.is_empty() {
        body = html!("<tr><td colspan=\"" (headings.len()) "\">None.</td></tr>\n");
    }
    let headings: Html = headings
        .iter()
        .map(|heading| html!("<th scope=\"col\">" (*heading) "</th>"))
        .collect();
    html!(
        "<div class=\"wide\" role=\"region\" aria-label=\"" (caption) "\" tabindex=\"0\"><table>\n<caption>" (caption)
        "</caption>\n<thead><tr>" (headings) "</tr></thead>\n<tbody>\n" (body) "</tbody></table></div>\n"
    )
}

fn row(cells: &[Html]) -> Html {
    let (first, others) = cells.split_first().expect("a row has cells");
    let others: Html = others
        .iter()
        .map(|cell| html!("<td>" (cell) "</td>"))
        .collect();
    html!("<tr><th scope=\"row\">" (first) "</th>" (others) "</tr>\n")
}

/// An entry of a definition list.
fn definition(name: &'static str, value: impl ToMarkup<HtmlDialect>) -> Html {
    html!("<dt>" (name) "</dt><dd>" (value) "</dd>\n")
}

/// Says what a list leaves out.
fn omitted(which: &'static str, shown: usize, all: usize, what: &'static str) -> Html {
    if all <= shown {
        return Html::new();
    }
    html!("<p class=\"note\">The " (which) " " (shown) " of " (all) " " (what) " are shown; <code>audit.json</code> has all of them.</p>\n")
}

/// A value, or a dash.
fn or_dash(value: Option<impl ToMarkup<HtmlDialect>>) -> Html {
    value.map_or_else(|| Html::literal("–"), Html::text)
}

/// Words of any length, or their beginning: a page with thousands of long reasons would be too
/// large to open.
fn clipped(words: &str) -> Html {
    match words.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => {
            html!((&words[..end]) " <span class=\"soft\">… the full text is in <code>audit.json</code></span>")
        }
        None => Html::text(words),
    }
}

/// What a color means.
#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Wait,
    Plain,
}

impl Tone {
    /// The class in the style sheet.
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Wait => "wait",
            Self::Plain => "plain",
        }
    }
}

/// A word with a color of its own.
fn badge(tone: Tone, word: &'static str) -> Html {
    html!("<span class=\"badge " (tone.class()) "\">" (word) "</span>")
}

fn state_badge(state: State) -> Html {
    let tone = match state {
        State::Approved => Tone::Good,
        State::Draft | State::Blocked | State::Revoked => Tone::Bad,
        State::Deprecated | State::Archived | State::RolledBack => Tone::Wait,
    };
    badge(tone, state.as_str())
}

fn severity_badge(severity: Severity) -> Html {
    let tone = match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Wait,
        Severity::Info => Tone::Plain,
    };
    badge(tone, severity.as_str())
}

/// All digits of a digest or commit: a title cannot be read on paper or on a phone.
fn whole(value: impl HexId) -> Html {
    html!("<code>" (value.hex()) "</code>")
}

/// A digest or commit: short, with the whole as its title.
fn id<T: HexId + ToMarkup<HtmlDialect> + Copy>(value: T) -> Html {
    html!("<code title=\"" (value) "\">" (short(value)) "</code>")
}
