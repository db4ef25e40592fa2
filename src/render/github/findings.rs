//! Findings in a summary: one table, the most severe first, notes collapsed.

use super::Links;
use crate::check::Finding;
use crate::check::rules::Level;
use crate::model::markdown;
use crate::render::escape::Markdown;
use crate::render::escape::markdown::code;

/// Rows shown; the rest is only in the report, because a summary may not exceed one MiB.
const SHOWN: usize = 100;

/// The findings as a section; empty when there are none.
pub(super) fn section(findings: &[Finding], links: &Links) -> Markdown {
    let (heavy, notes): (Vec<&Finding>, Vec<&Finding>) = findings
        .iter()
        .partition(|finding| finding.level != Level::Info);
    let mut section = Markdown::new();
    if !heavy.is_empty() {
        section.push(markdown!("\n### Findings\n\n"(table(&heavy, links))));
    }
    if !notes.is_empty() {
        let word = if notes.len() == 1 { " note" } else { " notes" };
        section.push(markdown!("\n<details><summary>" (notes.len()) (word) "</summary>\n\n" (table(&notes, links)) "\n</details>\n"));
    }
    section
}

fn table(findings: &[&Finding], links: &Links) -> Markdown {
    let mut table =
        Markdown::literal("| | Rule | Where | What, and how to fix it |\n|---|---|---|---|\n");
    for finding in findings.iter().take(SHOWN) {
        table.push(markdown!(
            "| " (word(finding.level)) " | " (links.rule(finding.rule)) " | " (place(finding, links)) " | " (finding.message) "<br>"
            (finding.help) " |\n"
        ));
    }
    if findings.len() > SHOWN {
        table.push(markdown!("\n" (findings.len() - SHOWN) " more are in the JSON report.\n"));
    }
    table
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

fn place(finding: &Finding, links: &Links) -> Markdown {
    let subject = finding
        .subject
        .as_ref()
        .map(|subject| match &finding.version {
            Some(version) => code(format!("{subject} {}", version.label())),
            None => code(subject),
        });
    let path = finding.path.as_ref().map(|path| match finding.line {
        Some(line) => code(format!("{path}:{line}")),
        None => code(path),
    });
    let commit = finding.commit.map(|commit| links.commit(commit));
    Markdown::join(subject.into_iter().chain(path).chain(commit), "<br>")
}
