//! Annotations: findings on the lines of the change, as workflow commands on standard output.

use crate::check::Finding;
use crate::check::rules::Level;
use crate::render::escape::workflow;

/// GitHub shows ten annotations of each kind in a step; the rest is in the summary.
const SHOWN: usize = 10;

/// One workflow command per line, the most severe findings first. Notes are only in the summary.
pub fn annotations(findings: &[Finding]) -> String {
    let of = |kind: &str| {
        let found = findings
            .iter()
            .filter(|finding| command(finding.level) == Some(kind))
            .take(SHOWN);
        found.map(|finding| one(kind, finding)).collect::<String>()
    };
    of("error") + &of("warning")
}

const fn command(level: Level) -> Option<&'static str> {
    match level {
        Level::NotEvaluated | Level::Error | Level::Waiting => Some("error"),
        Level::Warning => Some("warning"),
        Level::Info => None,
    }
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
