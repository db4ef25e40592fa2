//! The verdict of the gate; a single line if there is nothing to report.

use crate::model::quantity::{counted, grouped};
use std::fmt::Write as _;

use super::{findings, question};
use crate::check::Report;
use crate::check::rules::Level;
use crate::lifecycle::Ledger;
use crate::model::{RuleId, Verdict};
use crate::render::listing::Listing;
use crate::render::paint::{Paint, Tone};
use crate::render::{Context, escape, unrecorded};

/// `report` in words; `ledger` is absent when there was nothing to replay.
pub fn check(
    context: &Context,
    ledger: Option<&Ledger>,
    report: &Report,
    listing: &Listing,
    paint: Paint,
) -> String {
    let tone = match report.verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Waiting => Tone::Wait,
        Verdict::Fail | Verdict::NotEvaluated => Tone::Bad,
    };
    let footing = question::footing(context, ledger);
    let mut text = format!(
        "{}: {}",
        paint.paint(tone, report.verdict.as_str()),
        answer(context, report)
    );
    if !footing.is_empty() {
        let _ = write!(
            text,
            " {}",
            paint.paint(Tone::Faint, &format!("[{footing}]"))
        );
    }
    text.push('\n');
    if let Some(start) = start(context, report) {
        let _ = writeln!(text, "{start}");
    }
    text.push_str(&unrecorded::note(&report.unrecorded, "check"));
    if let Some(hidden) = listing.hidden(&report.findings) {
        let _ = writeln!(text, "{}", escape::terminal(&hidden));
    }
    text.push_str(&findings::section(&report.findings, listing, paint));
    if !report.lowered.is_empty() {
        let names: Vec<String> = report.lowered.iter().map(ToString::to_string).collect();
        let _ = write!(
            text,
            "\n{} only loses authority; that never blocks a change\n",
            names.join(", ")
        );
    }
    text
}

/// Says so if the judged landing is the one where governance starts.
fn start(context: &Context, report: &Report) -> Option<String> {
    let judges_itself = "governance starts here: this policy judges itself";
    match (context.head, context.anchor) {
        (Some(head), Some(anchor)) if head == anchor && context.base.is_none() => Some(format!(
            "{judges_itself}; verifiers pin it with `--anchor {anchor}`"
        )),
        _ => {
            let starts = report
                .findings
                .iter()
                .any(|finding| finding.rule == RuleId::GovernanceStarts);
            starts.then(|| format!("{judges_itself}; what lands will be the anchor"))
        }
    }
}

/// How many warnings there are, and whether they count.
pub(super) fn warnings(report: &Report) -> Option<String> {
    let count = report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Warning)
        .count();
    let warnings = counted(grouped(count), "warning");
    match (report.strict, count) {
        (false, 0) => None,
        (false, _) => Some(warnings),
        (true, 0) => Some("no warnings (--strict)".to_owned()),
        (true, 1) => Some(format!("{warnings}, which counts as an error (--strict)")),
        (true, _) => Some(format!("{warnings}, which count as errors (--strict)")),
    }
}

fn answer(context: &Context, report: &Report) -> String {
    let place = question::place(context);
    let subjects = match (context.base.is_some(), report.subjects.len()) {
        (true, 0) => "no subject changes".to_owned(),
        (true, count) => format!("{} changed", counted(count, "subject")),
        (false, count) => counted(count, "subject"),
    };
    let count = |level: Level| {
        report
            .findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (obstacles, waiting) = (count(Level::NotEvaluated), count(Level::Waiting));
    let mut found = Vec::new();
    if obstacles > 0 {
        found.push(format!("{} not evaluated", grouped(obstacles)));
    }
    if count(Level::Error) > 0 {
        found.push(counted(grouped(count(Level::Error)), "error"));
    }
    if waiting > 0 {
        found.push(format!("{} awaiting approval", grouped(waiting)));
    }
    found.extend(warnings(report));
    let found = if found.is_empty() {
        String::new()
    } else {
        format!("; {}", found.join(", "))
    };
    match report.verdict {
        Verdict::NotEvaluated => format!("{place} could not be evaluated, which is not a pass"),
        _ => format!("{place}, {subjects}{found}"),
    }
}
