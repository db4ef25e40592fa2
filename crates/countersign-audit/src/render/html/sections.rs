//! Scope, summary, inventory, exceptions, what comes due, and the log.

use std::fmt::Write as _;

use super::super::words::{day, percent, short};
use super::{MOST, badge, clipped, close, cut, id, open, table, text};
use crate::Report;
use crate::report::{InventoryItem, Person};
use countersign_model::escape::html as esc;

/// Entries of all timelines together: more would make the page too large.
const TIMELINE_ENTRIES: usize = 10_000;

pub fn scope(report: &Report, out: &mut String) {
    let (scope, period) = (&report.scope, &report.period);
    let anchor = if scope.anchor_pinned { "pinned by the reader" } else { "<strong class=\"wait\">not pinned</strong>" };
    let bound = |bound: &crate::report::Bound| {
        let asked = bound.asked.as_deref().map(|asked| format!("{}: ", esc(asked))).unwrap_or_default();
        format!("{asked}{} ({}, {})", esc(&bound.resolved), id(&bound.landing.commit), esc(&bound.landing.time))
    };
    out.push_str("<dl>\n");
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
    };
    row("Repository", format!("{}, branch {}", esc(&scope.repository), esc(&scope.branch)));
    row("From", bound(&period.since));
    row("Until", bound(&period.until));
    row("Landings", period.landings.to_string());
    row("Anchor", format!("{}, {anchor}", id(&scope.anchor.commit)));
    row("Policy", format!("serial {}, {}", scope.policy.serial, id(&scope.policy.digest)));
    row("Judged at", esc(&scope.now));
    if let Some(includes) = &scope.includes {
        row("Must include", id(includes));
    }
    if let Some(subjects) = &scope.subjects {
        row("Only", esc(&subjects.join(", ")));
    }
    out.push_str("</dl>\n");
}

pub fn summary(report: &Report, out: &mut String) {
    open(out, "summary");
    let summary = &report.summary;
    out.push_str("<ul>\n");
    for sentence in &summary.sentences {
        let _ = writeln!(out, "<li>{}</li>", esc(sentence));
    }
    out.push_str("</ul>\n<ul class=\"cards\">\n");
    let cards = [
        ("subjects approved", percent(summary.approved, summary.subjects)),
        ("subjects owned", percent(summary.owned, summary.subjects)),
        ("of high risk", summary.high_risk.to_string()),
        ("changes", summary.changes.to_string()),
        ("decisions", summary.decisions.to_string()),
        ("refused", summary.decisions_refused.to_string()),
        ("incidents", summary.incidents.to_string()),
        ("errors that stand", summary.exceptions.error.to_string()),
        ("overdue reviews", summary.reviews_overdue.to_string()),
    ];
    for (name, value) in cards {
        let _ = writeln!(out, "<li><b>{value}</b>{name}</li>");
    }
    out.push_str("</ul>\n<h3>What this report could not evaluate</h3>\n<ul>\n");
    for sentence in &report.scope.not_evaluated {
        let _ = writeln!(out, "<li>{}</li>", esc(sentence));
    }
    out.push_str("</ul>\n");
    close(out);
}

/// Names of people.
pub fn people(people: &[Person]) -> String {
    people.iter().map(|person| esc(&person.name)).collect::<Vec<_>>().join(", ")
}

pub fn inventory(report: &Report, out: &mut String) {
    open(out, "inventory");
    let shown = report.inventory.len().min(MOST);
    let entries = (TIMELINE_ENTRIES / shown.max(1)).clamp(4, 50);
    let rows = report.inventory.iter().take(MOST).map(|item| {
        let approvers: Vec<String> = item
            .approvers
            .iter()
            .map(|one| format!("{} <span class=\"soft\" title=\"{}\">({})</span>", esc(&one.name), esc(one.strength), esc(one.evidence)))
            .collect();
        vec![
            esc(&item.subject),
            text(item.version.as_ref()),
            if item.paths.is_empty() {
                format!("{} <span class=\"soft\">not in the tree</span>", badge(item.state))
            } else {
                badge(item.state)
            },
            esc(item.risk),
            esc(&item.owners.join(", ")),
            if approvers.is_empty() { "–".to_owned() } else { approvers.join(", ") },
            item.digest.as_deref().map_or_else(|| "–".to_owned(), id),
            item.next_review.as_deref().map_or_else(|| "–".to_owned(), |time| esc(day(time))),
        ]
    });
    let heads = ["Subject", "Version", "State", "Risk", "Owners", "Approved by", "Digest", "Next review"];
    table(out, "Every subject at the end of the period", &heads, rows);
    if report.inventory.len() > shown {
        let _ = writeln!(
            out,
            "<p class=\"note\">The first {shown} of {} subjects are shown; <code>audit.json</code> has all of them.</p>",
            report.inventory.len()
        );
    }
    out.push_str("<h3>Timelines</h3>\n");
    for item in report.inventory.iter().take(MOST) {
        timeline(report, item, entries, out);
    }
    close(out);
}

fn timeline(report: &Report, item: &InventoryItem, most: usize, out: &mut String) {
    let last = f64::from(report.scope.head.position.max(1));
    let skipped = item.timeline.len().saturating_sub(most);
    let _ = write!(
        out,
        "<details><summary>{}, {} events</summary>\n<svg viewBox=\"0 0 600 24\" role=\"img\" aria-label=\"Events of {0} by position\"><line class=\"axis\" x1=\"5\" y1=\"12\" x2=\"595\" y2=\"12\"/>",
        esc(&item.subject),
        item.timeline.len()
    );
    for entry in &item.timeline[skipped..] {
        let tone = match entry.action {
            "granted" | "approve" | "unblock" if entry.effect => " good",
            "block" | "revoke" | "rollback" | "reject" | "voided" => " bad",
            _ => "",
        };
        let _ =
            write!(out, "<circle class=\"dot{tone}\" cx=\"{:.1}\" cy=\"12\" r=\"4\"/>", 5.0 + 590.0 * f64::from(entry.at.position) / last);
    }
    out.push_str("</svg>\n<ol>\n");
    if skipped > 0 {
        let _ = writeln!(out, "<li class=\"soft\">{skipped} earlier events are in <code>audit.json</code></li>");
    }
    for entry in &item.timeline[skipped..] {
        let by = entry.principal.as_deref().map(|by| format!(" by {}", esc(by))).unwrap_or_default();
        let effect = if entry.effect { "" } else { ", without effect" };
        let _ = writeln!(
            out,
            "<li>{} {} {}{by}{effect} <span class=\"soft\">at {}</span></li>",
            esc(day(&entry.at.time)),
            esc(entry.action),
            text(entry.version.as_ref()),
            entry.at.position
        );
    }
    out.push_str("</ol></details>\n");
}

pub fn exceptions(report: &Report, out: &mut String) {
    open(out, "exceptions");
    let all = report.exceptions.len();
    let rows = report.exceptions.iter().skip(all.saturating_sub(MOST)).map(|one| {
        let place = [one.path.as_ref(), one.subject.as_ref()].into_iter().flatten().next();
        vec![
            badge(one.severity),
            format!("<code>{}</code>", esc(&one.rule)),
            clipped(&one.message),
            text(place),
            one.position.map_or_else(|| "–".to_owned(), |position| position.to_string()),
            if one.stands { "stands".to_owned() } else { "happened".to_owned() },
        ]
    });
    table(
        out,
        "Findings that stand at the end, and acts of the period that had no effect or came too early",
        &["Weight", "Rule", "What", "Where", "Position", "When"],
        rows,
    );
    cut(out, MOST, all, "exceptions");
    close(out);
}

pub fn due(report: &Report, out: &mut String) {
    open(out, "due");
    let reviews = report.reviews.iter().take(MOST).map(|review| {
        vec![
            esc(&review.subject),
            people(&review.owners),
            format!("{} days", review.every_days),
            review.last.as_deref().map_or_else(|| "never".to_owned(), |time| esc(day(time))),
            review.due.as_deref().map_or_else(|| "now".to_owned(), |time| esc(day(time))),
            if review.overdue { badge("overdue") } else { "–".to_owned() },
        ]
    });
    table(out, "Reviews that the policy asks for", &["Subject", "Owners", "Every", "Last", "Due", "Standing"], reviews);
    let expiring = report
        .expiring
        .iter()
        .take(MOST)
        .map(|one| vec![esc(&one.what), esc(one.kind), esc(&one.ends), if one.ended { badge("ended") } else { "–".to_owned() }]);
    table(out, "Approvals and keys that end", &["What", "Kind", "Ends", "Standing"], expiring);
    let kept = report.retention.iter().map(|one| {
        let missing = if one.missing.is_empty() { "none".to_owned() } else { esc(&one.missing.join(", ")) };
        vec![
            esc(&one.kind),
            format!("{} days", one.keep_days),
            one.note
                .as_deref()
                .map_or_else(|| format!("{} records, the oldest {}", one.records, one.oldest.as_deref().map_or("–", day)), esc),
            one.older.to_string(),
            missing,
        ]
    });
    table(out, "Retention that the policy asks for; nothing is ever deleted", &["Records", "Keep", "There are", "Older", "Missing"], kept);
    close(out);
}

pub fn log(report: &Report, out: &mut String) {
    open(out, "log");
    let log = &report.log;
    let _ = writeln!(
        out,
        "<p>Everything that happened since the anchor is {} leaves of a Merkle tree (RFC 9162) with the root <code>{}</code>. The checkpoint below commits to it{}.</p>\n<pre>{}</pre>",
        log.size,
        esc(&log.root),
        if log.signed { " and is signed" } else { "; it is not signed here" },
        // Line breaks are the note's own; everything in a line is escaped.
        log.checkpoint.lines().map(esc).collect::<Vec<_>>().join("\n")
    );
    match &log.extends {
        Some(extension) => {
            let _ = writeln!(
                out,
                "<p>It continues an earlier log of {} leaves with the root <code>{}</code>.</p>",
                extension.size,
                esc(&short(&extension.root))
            );
        }
        None => out.push_str("<p>It was not compared with an earlier log.</p>\n"),
    }
    close(out);
}
