//! Findings in a summary: what blocks in full, then each rule of the warnings and of the notes with
//! its count, its first places, and the command that lists the rest.

use super::Links;
use crate::check::rules::{Level, Rule};
use crate::check::{Finding, Report};
use crate::model::markdown;
use crate::model::quantity::{counted, grouped};
use crate::render::escape::Markdown;
use crate::render::escape::markdown::{Url, code, code_link};
use crate::render::listing::{self, Group, Listing};

/// Rows shown; the rest is only in the report, because a summary may not exceed one MiB.
const SHOWN: usize = 200;
/// How many places are shown of each rule.
const PLACES: usize = 3;

/// The findings as a section; empty when there are none.
pub(super) fn section(report: &Report, listing: &Listing, links: &Links) -> Markdown {
    let selected = || {
        report
            .findings
            .iter()
            .filter(|finding| listing.selection.admits(finding))
    };
    let of = |level: Level| -> Vec<&Finding> {
        selected()
            .filter(|finding| finding.level == level)
            .collect()
    };
    let blocking: Vec<&Finding> = selected()
        .filter(|finding| listing::blocks(finding.level))
        .collect();
    let (warnings, notes) = (of(Level::Warning), of(Level::Info));
    let mut section = Markdown::new();
    if let Some(hidden) = listing.hidden(&report.findings) {
        section.push(markdown!("\n" (hidden) ".\n"));
    }
    if !blocking.is_empty() {
        section.push(markdown!("\n### Findings\n\n"(table(
            &blocking, listing, links
        ))));
    }
    if !warnings.is_empty() {
        let count = counted(grouped(warnings.len()), "warning");
        let strict = if report.strict {
            ", which count as errors (--strict)"
        } else {
            ""
        };
        section
            .push(markdown!("\n### " (count) (strict) "\n\n" (listed(&warnings, listing, links))));
    }
    if !notes.is_empty() {
        let count = counted(grouped(notes.len()), "note");
        section.push(markdown!("\n<details><summary>" (count) "</summary>\n\n" (listed(&notes, listing, links)) "\n</details>\n"));
    }
    section
}

/// Rules with a few findings in full, then the others by rule; what the user selected, in full.
fn listed(findings: &[&Finding], listing: &Listing, links: &Links) -> Markdown {
    let groups = listing::groups(findings.iter().copied());
    let (many, few): (Vec<Group<'_>>, Vec<Group<'_>>) = groups
        .into_iter()
        .partition(|group| listing.folds() && group.len() > PLACES);
    let mut listed = Markdown::new();
    if !few.is_empty() {
        listed.push(table(&few.concat(), listing, links));
    }
    if !few.is_empty() && !many.is_empty() {
        listed.push_literal("\n");
    }
    if !many.is_empty() {
        listed.push(by_rule(&many, listing, links));
    }
    listed
}

fn by_rule(groups: &[Group<'_>], listing: &Listing, links: &Links) -> Markdown {
    let mut table = Markdown::literal("| Rule | Findings | Where |\n|---|---|---|\n");
    for group in groups {
        let rule = group[0].rule;
        let places = group
            .iter()
            .take(PLACES)
            .map(|finding| place_alone(finding));
        let left = group.len().saturating_sub(PLACES);
        let more = (left > 0)
            .then(|| markdown!("… and " (grouped(left)) " more: " (code(listing.of_rule(rule)))));
        let places = Markdown::join(places.chain(more), "<br>");
        let summary = Rule::of(rule).summary;
        table.push(markdown!(
            "| " (links.rule(rule)) "<br>" (summary) " | " (grouped(group.len())) " | " (places) " |\n"
        ));
    }
    table
}

fn table(findings: &[&Finding], listing: &Listing, links: &Links) -> Markdown {
    let mut table =
        Markdown::literal("| | Rule | Where | What, and how to fix it |\n|---|---|---|---|\n");
    for finding in findings.iter().take(SHOWN) {
        table.push(markdown!(
            "| " (word(finding.level)) " | " (links.rule(finding.rule)) " | " (place(finding, links)) " | " (finding.message) "<br>"
            (finding.help) (compare(finding)) " |\n"
        ));
    }
    if findings.len() > SHOWN {
        let left = grouped(findings.len() - SHOWN);
        table.push(markdown!("\n… and " (left) " more: " (code(&listing.command)) "\n"));
    }
    table
}

/// The page that shows what changed.
fn compare(finding: &Finding) -> Markdown {
    match finding.compare.as_deref().and_then(Url::parse) {
        Some(url) => markdown!("<br>"(code_link("compare", &url))),
        None => Markdown::new(),
    }
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

/// The file, else the subject, else what is wrong.
fn place_alone(finding: &Finding) -> Markdown {
    match (&finding.path, finding.line, &finding.subject) {
        (Some(path), Some(line), _) => code(format!("{path}:{line}")),
        (Some(path), None, _) => code(path),
        (None, _, Some(subject)) => code(subject),
        (None, _, None) => markdown!((&finding.message)),
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
