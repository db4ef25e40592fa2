//! Findings, grouped by rule: where, what, and how to fix it.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use crate::check::Finding;
use crate::check::rules::{Level, Rule};
use crate::model::{Observation, RuleId};
use crate::render::paint::{Paint, Tone};
use crate::render::table::{Cell, lay_out};
use crate::render::{escape, table};

/// Places wider than this get a line of their own.
const WIDEST_PLACE: usize = 44;

/// Every group more severe than a note; `findings` are sorted.
pub(super) fn groups(findings: &[Finding], paint: Paint) -> String {
    let heavy: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.level != Level::Info)
        .collect();
    let groups = heavy.chunk_by(|a, b| (a.level, a.rule) == (b.level, b.rule));
    groups
        .flat_map(|group| ["\n".to_owned(), one_group(group, paint)])
        .collect()
}

/// Every finding, notes included.
pub(super) fn all(findings: &[&Finding], paint: Paint) -> String {
    findings
        .chunk_by(|a, b| (a.level, a.rule) == (b.level, b.rule))
        .map(|group| one_group(group, paint))
        .collect()
}

/// Notes in a few words: `2 notes (baseline-content 1, draft-allowed 1)`. What the first line of a
/// report says already is left out.
pub(super) fn notes(findings: &[Finding]) -> Option<String> {
    let notes: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.level == Level::Info && !told_elsewhere(finding.rule))
        .collect();
    let rules = notes
        .chunk_by(|a, b| a.rule == b.rule)
        .map(|group| format!("{} {}", group[0].rule, group.len()))
        .collect::<Vec<_>>();
    (!notes.is_empty()).then(|| format!("{} ({})", counted(notes.len(), "note"), rules.join(", ")))
}

/// What `ignore` hides, one line for each of its entries.
pub(super) fn ignored(findings: &[Finding], paint: Paint) -> String {
    let ignored = findings
        .iter()
        .filter(|finding| finding.rule == RuleId::Ignored);
    let lines: Vec<String> = ignored
        .map(|finding| paint.paint(Tone::Faint, &escape::terminal(&finding.message)))
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n{}\n", lines.join("\n"))
    }
}

/// Rules that a report shows outside of the notes.
fn told_elsewhere(rule: RuleId) -> bool {
    matches!(rule, RuleId::AnchorNotPinned | RuleId::Ignored)
}

fn one_group(group: &[&Finding], paint: Paint) -> String {
    let first = group[0];
    let mut text = format!(
        "{} {}\n",
        paint.paint(level_tone(first.level), first.level.as_str()),
        paint.paint(Tone::Strong, first.rule.as_str())
    );
    let shared = shared_help(group);
    let places: Vec<String> = group.iter().map(|finding| place(finding)).collect();
    let columns = shared.is_some()
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
        for (finding, place) in group.iter().zip(&places) {
            let _ = writeln!(text, "  {}", escape::terminal(&finding.message));
            if !place.is_empty() {
                let _ = writeln!(
                    text,
                    "    {}",
                    paint.paint(Tone::Faint, &format!("at {}", escape::terminal(place)))
                );
            }
            if shared.is_none() {
                let _ = writeln!(text, "    help: {}", escape::terminal(&finding.help));
            }
        }
    }
    if let Some(help) = shared {
        let _ = writeln!(text, "  help: {}", escape::terminal(&help));
    }
    text
}

/// One help for the whole group: the common one, or the rule's own with `SUBJECT` for the name.
/// Faults in documents keep their own.
fn shared_help(group: &[&Finding]) -> Option<String> {
    let first = group[0];
    if group.iter().all(|finding| finding.help == first.help) {
        return Some(first.help.clone());
    }
    let own_words = group.iter().any(|finding| finding.from_document());
    (!own_words).then(|| Rule::of(first.rule).help(&Observation::new(first.rule)))
}

/// `path:line:column`, else the landing, else nothing.
fn place(finding: &Finding) -> String {
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
