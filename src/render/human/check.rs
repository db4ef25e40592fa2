//! The verdict of the gate; a single line if there is nothing to report.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use super::{findings, question};
use crate::check::Report;
use crate::check::rules::Level;
use crate::lifecycle::Ledger;
use crate::model::{RuleId, Verdict};
use crate::render::Context;
use crate::render::paint::{Paint, Tone};

/// `report` in words; `ledger` is absent when there was nothing to replay.
pub fn check(context: &Context, ledger: Option<&Ledger>, report: &Report, paint: Paint) -> String {
    let tone = match report.verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Waiting => Tone::Wait,
        Verdict::Fail | Verdict::NotEvaluated => Tone::Bad,
    };
    let asides: Vec<String> = [question::footing(context, ledger)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .chain(findings::notes(&report.findings))
        .collect();
    let mut text = format!(
        "{}: {}",
        paint.paint(tone, report.verdict.as_str()),
        answer(context, report)
    );
    if !asides.is_empty() {
        let _ = write!(
            text,
            " {}",
            paint.paint(Tone::Faint, &format!("[{}]", asides.join(", ")))
        );
    }
    text.push('\n');
    if let Some(start) = start(context, report) {
        let _ = writeln!(text, "{start}");
    }
    text.push_str(&findings::groups(&report.findings, paint));
    text.push_str(&findings::ignored(&report.findings, paint));
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
        found.push(format!("{obstacles} not evaluated"));
    }
    let severities = [(Level::Error, "error"), (Level::Warning, "warning")];
    found.extend(
        severities
            .iter()
            .filter(|(level, _)| count(*level) > 0)
            .map(|(level, noun)| counted(count(*level), noun)),
    );
    if waiting > 0 {
        found.insert(found.len().min(1), format!("{waiting} awaiting approval"));
    }
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
