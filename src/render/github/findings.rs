//! Findings in a summary: one table, the most severe first, notes collapsed.

use std::fmt::Write as _;

use super::Links;
use crate::check::Finding;
use crate::check::rules::Level;
use crate::render::escape::markdown::{code, text};

/// Rows shown; the rest is only in the report, because a summary may not exceed one MiB.
const SHOWN: usize = 100;

/// The findings as a section; empty when there are none.
pub(super) fn section(findings: &[Finding], links: &Links) -> String {
    let (heavy, notes): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| finding.level != Level::Info);
    let mut out = String::new();
    if !heavy.is_empty() {
        let _ = write!(out, "\n### Findings\n\n{}", table(&heavy, links));
    }
    if !notes.is_empty() {
        let count = if notes.len() == 1 { "1 note".to_owned() } else { format!("{} notes", notes.len()) };
        let _ = write!(out, "\n<details><summary>{count}</summary>\n\n{}\n</details>\n", table(&notes, links));
    }
    out
}

fn table(findings: &[&Finding], links: &Links) -> String {
    let mut out = "| | Rule | Where | What, and how to fix it |\n|---|---|---|---|\n".to_owned();
    for finding in findings.iter().take(SHOWN) {
        let what = format!("{}<br>{}", text(&finding.message), text(&finding.help));
        let _ = writeln!(out, "| {} | {} | {} | {what} |", word(finding.level), links.rule(finding.rule), place(finding, links));
    }
    if findings.len() > SHOWN {
        let _ = writeln!(out, "\n{} more are in the JSON report.", findings.len() - SHOWN);
    }
    out
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::NotEvaluated => "not evaluated",
        Level::Error => "error",
        Level::Waiting => "waiting",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

fn place(finding: &Finding, links: &Links) -> String {
    let subject = finding.subject.as_ref().map(|subject| match &finding.version {
        Some(version) => code(&format!("{subject} {}", version.label())),
        None => code(&subject.to_string()),
    });
    let path = finding.path.as_ref().map(|path| match finding.line {
        Some(line) => code(&format!("{path}:{line}")),
        None => code(path),
    });
    let commit = finding.commit.map(|commit| links.commit(commit));
    subject.into_iter().chain(path).chain(commit).collect::<Vec<_>>().join("<br>")
}
