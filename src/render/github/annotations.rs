//! Annotations: findings on the lines of the change, as workflow commands on standard output.

use crate::check::rules::Level;
use crate::check::{Finding, Report};
use crate::model::quantity::{counted, grouped};
use crate::render::escape::workflow;
use crate::render::listing::{self, Selection};

/// GitHub shows ten annotations of each kind in a step; the rest is in the summary.
const SHOWN: usize = 10;

/// One workflow command per line: what blocks in order of weight, then the first warning of each
/// rule, the second of each, and so on, so that one rule does not hide the others. What is left out
/// is counted. Notes are only in the summary.
pub fn annotations(report: &Report, selection: &Selection) -> String {
    let selected = || {
        report
            .findings
            .iter()
            .filter(|finding| selection.admits(finding))
    };
    let errors: Vec<&Finding> = selected()
        .filter(|finding| listing::blocks(finding.level))
        .collect();
    let warnings = by_turns(&listing::groups(
        selected().filter(|finding| finding.level == Level::Warning),
    ));
    let warning = if report.strict { "error" } else { "warning" };
    let (mut text, mut left) = (String::new(), 0);
    let mut room = [("error", SHOWN), ("warning", SHOWN)];
    let all = errors.iter().map(|finding| ("error", finding));
    for (kind, finding) in all.chain(warnings.iter().map(|finding| (warning, finding))) {
        let room = room.iter_mut().find(|(of, _)| *of == kind);
        match room {
            Some((_, room)) if *room > 0 => {
                *room -= 1;
                text.push_str(&one(kind, finding));
            }
            _ => left += 1,
        }
    }
    let hidden = report.findings.len() - selected().count();
    let mut said = Vec::new();
    if report.strict {
        said.push("Warnings count as errors (--strict).".to_owned());
    }
    if left > 0 {
        let more = counted(grouped(left), "more finding");
        said.push(format!(
            "{more}: GitHub shows ten of a kind; the summary counts them by rule, and the report has them all."
        ));
    }
    if hidden > 0 {
        said.push(format!(
            "{} not shown, because of {}.",
            counted(grouped(hidden), "finding"),
            selection.words()
        ));
    }
    if !said.is_empty() {
        let message = workflow::message(&said.join(" "));
        text.push_str(&format!("::notice title=countersign::{message}\n"));
    }
    text
}

/// The first of each group, then the second of each, and so on.
fn by_turns<'f>(groups: &[Vec<&'f Finding>]) -> Vec<&'f Finding> {
    let longest = groups.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|turn| {
            groups
                .iter()
                .filter_map(move |group| group.get(turn).copied())
        })
        .collect()
}

fn one(kind: &str, finding: &Finding) -> String {
    let mut properties = Vec::new();
    if let Some(path) = &finding.path {
        properties.push(format!("file={}", workflow::property(path)));
        properties.extend(finding.line.map(|line| format!("line={line}")));
        properties.extend(
            finding
                .line
                .and(finding.column)
                .map(|column| format!("col={column}")),
        );
    }
    properties.push(format!("title={}", finding.rule));
    let subject = finding
        .subject
        .as_ref()
        .map(ToString::to_string)
        .filter(|subject| !finding.message.starts_with(subject.as_str()));
    let about = subject
        .map(|subject| format!("{subject}: "))
        .unwrap_or_default();
    let stop = if finding.message.ends_with('.') {
        ""
    } else {
        "."
    };
    let message = workflow::message(&format!(
        "{about}{}{stop} {}",
        finding.message, finding.help
    ));
    format!("::{kind} {}::{message}\n", properties.join(","))
}
