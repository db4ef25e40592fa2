//! A report in one minute, for a terminal.

use countersign_model::quantity::{counted, quantity};
use std::fmt::Write as _;

use super::words::{day, maybe_span, short};
use crate::AuditReport;
use countersign_model::Severity;
use countersign_model::escape::terminal as esc;

/// Summary, errors and warnings that remain, incidents, and where the rest is.
pub fn page(report: &AuditReport) -> String {
    let mut out = String::new();
    let (scope, period) = (&report.scope, &report.period);
    let _ = writeln!(
        out,
        "audit of {}, branch {}",
        esc(&scope.repository),
        esc(&scope.branch)
    );
    let _ = writeln!(
        out,
        "  {}, from {} to {}",
        counted(period.landings, "landing"),
        day(period.since.landing.time),
        day(period.until.landing.time)
    );
    let pinned = if scope.anchor_pinned {
        "pinned"
    } else {
        "not pinned"
    };
    let _ = writeln!(
        out,
        "  anchor {}, {pinned}; head {}; policy {}\n",
        short(scope.anchor.commit),
        short(scope.head.commit),
        scope.policy.serial
    );
    for sentence in &report.summary.sentences {
        let _ = writeln!(out, "  {}", esc(sentence));
    }
    let times = &report.metrics.lead_time;
    let _ = writeln!(
        out,
        "  From landing to approval: median {}, 90 % within {}.",
        maybe_span(times.median),
        maybe_span(times.p90)
    );
    let remaining: Vec<_> = report
        .exceptions
        .iter()
        .filter(|one| one.open && one.severity != Severity::Info)
        .collect();
    if !remaining.is_empty() {
        out.push_str("\nfindings that remain\n");
    }
    for one in remaining {
        let _ = writeln!(
            out,
            "  {} {}: {}",
            one.severity,
            one.rule,
            esc(&one.message)
        );
    }
    if !report.incidents.is_empty() {
        out.push_str("\nincidents\n");
    }
    for one in &report.incidents {
        let there = if one.present { "still there" } else { "gone" };
        let _ = writeln!(
            out,
            "  {} {} {} {} by {}, exposed {}, {there}",
            day(one.at.time),
            one.action,
            one.subject,
            one.version,
            esc(&one.by.name),
            maybe_span(one.exposure)
        );
    }
    let _ = writeln!(
        out,
        "\nlog: {}, root {}",
        quantity(report.log.size, "leaf", "leaves"),
        report.log.root
    );
    if let Some(extension) = &report.log.extends {
        let _ = writeln!(
            out,
            "  it continues an earlier log of {}",
            quantity(extension.size, "leaf", "leaves")
        );
    }
    out.push_str(
        "\nThe full report: countersign audit --out DIR, or --format html, markdown or json.\n",
    );
    out
}
