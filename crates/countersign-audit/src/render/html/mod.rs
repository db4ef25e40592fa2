//! The report as one page: no script, nothing loaded, printable, light and dark. Everything from the repository passes `escape::html`.
//!
//! Long lists are folded, and cut where the page would grow past what a browser likes; the page says so, and `audit.json` has them whole.

mod changes;
mod controls;
mod people;
mod plots;
mod sections;
mod style;

use std::fmt::Write as _;

use crate::Report;
use countersign_model::escape::html as esc;

/// The most packets, exceptions and subjects that the page shows, each.
const MOST: usize = 1_500;

/// The most characters of a reason or a finding.
const MOST_WORDS: usize = 600;

/// The page.
pub fn page(report: &Report) -> String {
    let mut out = String::new();
    let title = format!("Audit of {}", report.scope.repository);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        esc(&title),
        style::STYLE
    );
    out.push_str("<a class=\"skip\" href=\"#summary\">To the summary</a>\n<header>\n");
    let _ = writeln!(out, "<h1>{}</h1>", esc(&title));
    sections::scope(report, &mut out);
    out.push_str("</header>\n");
    contents(&mut out);
    out.push_str("<main>\n");
    sections::summary(report, &mut out);
    plots::section(report, &mut out);
    sections::inventory(report, &mut out);
    changes::section(report, &mut out);
    sections::exceptions(report, &mut out);
    people::access(report, &mut out);
    people::administration(report, &mut out);
    people::incidents(report, &mut out);
    sections::due(report, &mut out);
    controls::section(report, &mut out);
    sections::log(report, &mut out);
    out.push_str("</main>\n");
    let _ = writeln!(
        out,
        "<footer><p>Made by {} {}. It tells what Git holds; whether that is enough is for the reader to judge.</p></footer>\n</body>\n</html>",
        esc(report.tool.name),
        esc(report.tool.version)
    );
    out
}

const SECTIONS: [(&str, &str); 11] = [
    ("summary", "Summary"),
    ("figures", "Figures"),
    ("inventory", "Inventory"),
    ("changes", "Changes"),
    ("exceptions", "Exceptions"),
    ("access", "Roles and access"),
    ("administration", "Administration"),
    ("incidents", "Incidents"),
    ("due", "Reviews, ends, retention"),
    ("controls", "Evidence and controls"),
    ("log", "Log"),
];

fn contents(out: &mut String) {
    out.push_str("<nav aria-label=\"Sections\"><ul>\n");
    for (id, name) in SECTIONS {
        let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a></li>");
    }
    out.push_str("</ul></nav>\n");
}

/// Opens a section.
fn open(out: &mut String, id: &str) {
    let name = SECTIONS.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| name);
    let _ = writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{name}</h2>");
}

/// Closes a section.
fn close(out: &mut String) {
    out.push_str("</section>\n");
}

/// A table whose cells are HTML already.
fn table(out: &mut String, caption: &str, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    // A wide table scrolls in itself, and whoever uses the keyboard can reach it.
    let _ = write!(
        out,
        "<div class=\"wide\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\"><table>\n<caption>{0}</caption>\n<thead><tr>",
        esc(caption)
    );
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{head}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let mut any = false;
    for row in rows {
        any = true;
        out.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let _ = if index == 0 { write!(out, "<th scope=\"row\">{cell}</th>") } else { write!(out, "<td>{cell}</td>") };
        }
        out.push_str("</tr>\n");
    }
    if !any {
        let _ = writeln!(out, "<tr><td colspan=\"{}\">None.</td></tr>", heads.len());
    }
    out.push_str("</tbody></table></div>\n");
}

/// Says what a list leaves out.
fn cut(out: &mut String, shown: usize, all: usize, what: &str) {
    if all > shown {
        let _ = writeln!(
            out,
            "<p class=\"note\">The {shown} most recent of {all} {what} are shown; <code>audit.json</code> has all of them.</p>"
        );
    }
}

/// An escaped text, or a dash.
fn text(value: Option<&String>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| esc(value))
}

/// Words of any length, or their beginning: a page with thousands of long reasons would be too large to open.
fn clipped(words: &str) -> String {
    match words.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => format!("{} <span class=\"soft\">… the whole is in <code>audit.json</code></span>", esc(&words[..end])),
        None => esc(words),
    }
}

/// A word with a color of its own.
fn badge(word: &str) -> String {
    let tone = match word {
        "approved" | "pass" => "good",
        "error" | "blocked" | "revoked" | "draft" | "overdue" | "ended" => "bad",
        "warning" | "deprecated" | "archived" | "rolled-back" => "wait",
        _ => "plain",
    };
    format!("<span class=\"badge {tone}\">{}</span>", esc(word))
}

/// A digest or commit: short, with the whole as its title.
fn id(value: &str) -> String {
    format!("<code title=\"{}\">{}</code>", esc(value), esc(&super::words::short(value)))
}
