//! Findings in full, grouped by rule: where, what, and how to fix it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::check::Finding;
use crate::check::rules::Level;
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};
use crate::render::{escape, listing, table};

/// After the help for the first of several.
const SAME: &str = "The same for the others.";

/// Places wider than this get a line of their own.
const WIDEST_PLACE: usize = 44;

/// Every finding, notes included.
pub(super) fn all(findings: &[&Finding], paint: Paint) -> String {
    listing::groups(findings.iter().copied())
        .iter()
        .map(|group| one_group(group, paint))
        .collect()
}

/// Groups in full, with a blank line before each.
pub(super) fn spaced(groups: &[Vec<&Finding>], paint: Paint) -> String {
    groups
        .iter()
        .flat_map(|group| ["\n".to_owned(), one_group(group, paint)])
        .collect()
}

pub(super) fn heading(finding: &Finding, paint: Paint) -> String {
    format!(
        "{} {}",
        paint.paint(level_tone(finding.level), finding.level.as_str()),
        paint.paint(Tone::Strong, finding.rule.as_str())
    )
}

fn one_group(group: &[&Finding], paint: Paint) -> String {
    let mut text = format!("{}\n", heading(group[0], paint));
    let shared = shared_help(group);
    let places: Vec<String> = group.iter().map(|finding| place(finding)).collect();
    let messages: BTreeSet<&str> = group.iter().map(|one| one.message.as_str()).collect();
    let columns = shared.is_some()
        && messages.len() == group.len()
        && places
            .iter()
            .all(|place| table::width(place) <= WIDEST_PLACE);
    if columns {
        let row = |(finding, place): (&&Finding, &String)| {
            vec![Cell::new(Tone::Faint, place), Cell::plain(&finding.message)]
        };
        let rows: Vec<Vec<Cell>> = group.iter().zip(&places).map(row).collect();
        let placeless = places.iter().all(String::is_empty);
        let rows = if placeless {
            rows.into_iter()
                .map(|row| row.into_iter().skip(1).collect())
                .collect()
        } else {
            rows
        };
        text.push_str(&lay_out(&rows, 2, paint));
    } else {
        for of_help in same(group, |finding| &finding.help) {
            for of_message in same(&of_help, |finding| &finding.message) {
                let first = of_message[0];
                let _ = writeln!(text, "  {}", escape::terminal(&first.message));
                for place in of_message.iter().map(|finding| place(finding)) {
                    if !place.is_empty() {
                        let place = format!("at {}", escape::terminal(&place));
                        let _ = writeln!(text, "    {}", paint.paint(Tone::Faint, &place));
                    }
                }
            }
            if shared.is_none() {
                let help = escape::terminal(&of_help[0].help);
                let _ = writeln!(text, "    help: {help}");
            }
        }
    }
    if let Some(help) = shared {
        let _ = writeln!(text, "  help: {}", escape::terminal(&help));
    }
    let links: BTreeSet<&String> = group
        .iter()
        .filter_map(|one| one.compare.as_ref())
        .collect();
    for link in links {
        let _ = writeln!(text, "  compare: {}", escape::terminal(link));
    }
    text
}

/// Findings that share a text, in the order in which each text occurs first: nothing is said twice.
fn same<'f>(group: &[&'f Finding], text: impl Fn(&'f Finding) -> &'f str) -> Vec<Vec<&'f Finding>> {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parts: Vec<Vec<&Finding>> = Vec::new();
    for finding in group {
        let part = *index.entry(text(finding)).or_insert(parts.len());
        if part == parts.len() {
            parts.push(Vec::new());
        }
        parts[part].push(finding);
    }
    parts
}

/// One help for the whole group: the common one, or that of the first where they differ only in
/// what they quote. Faults in documents keep their own.
fn shared_help(group: &[&Finding]) -> Option<String> {
    let first = group[0];
    if group.iter().all(|finding| finding.help == first.help) {
        return Some(first.help.clone());
    }
    let own_words = group.iter().any(|finding| finding.from_document());
    let alike = |finding: &&Finding| unquoted(&finding.help).eq(unquoted(&first.help));
    (!own_words && group.iter().all(alike)).then(|| format!("{} {SAME}", first.help))
}

/// What a text says around what it quotes in backticks.
fn unquoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').step_by(2)
}

/// `path:line:column`, else the landing, else nothing.
pub(super) fn place(finding: &Finding) -> String {
    match (&finding.path, finding.line, finding.column) {
        (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column}"),
        (Some(path), Some(line), None) => format!("{path}:{line}"),
        (Some(path), None, _) => path.clone(),
        (None, ..) => finding
            .position
            .map(|position| format!("position {position}"))
            .unwrap_or_default(),
    }
}

const fn level_tone(level: Level) -> Tone {
    match level {
        Level::NotEvaluated | Level::Error => Tone::Bad,
        Level::Waiting | Level::Warning => Tone::Wait,
        Level::Info => Tone::Faint,
    }
}
