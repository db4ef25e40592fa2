//! Scope, summary, inventory, exceptions, what comes due, and the log.

use countersign_model::escape::Html;
use countersign_model::quantity::{counted, quantity};
use countersign_model::{DecisionKind, html};

use countersign_core::lifecycle::ledger::Action;

use super::super::scope as shared;
use super::super::words::{day, percent};
use super::{
    MOST, Tone, badge, clipped, definition, id, omitted, or_dash, section, severity_badge,
    state_badge, table,
};
use crate::AuditReport;
use crate::report::{Bound, InventoryItem, NamedPrincipal, TimelineEntry};

/// Entries of all timelines together: more would make the page too large.
const TIMELINE_ENTRIES: usize = 10_000;

pub fn scope(report: &AuditReport) -> Html {
    let (scope, period) = (&report.scope, &report.period);
    let pinned = Html::literal(if scope.anchor_pinned {
        "pinned by the reader"
    } else {
        "<strong class=\"wait\">not pinned</strong>"
    });
    let mut list = definition(
        "Repository",
        html!((scope.repository) ", branch " (scope.branch)),
    );
    list.push(definition("From", bound(&period.since)));
    list.push(definition("Until", bound(&period.until)));
    list.push(definition("Landings", period.landings));
    list.push(definition(
        "Anchor",
        html!((id(scope.anchor.commit)) ", " (pinned)),
    ));
    list.push(definition("Baseline accepted by", shared::baseline(report)));
    list.push(definition(
        "Policy",
        html!("serial " (scope.policy.serial) ", " (id(scope.policy.digest))),
    ));
    list.push(definition("Judged at", scope.now));
    if let Some(includes) = scope.includes {
        list.push(definition("Must include", id(includes)));
    }
    if let Some(subjects) = &scope.subjects {
        list.push(definition("Only", subjects.join(", ")));
    }
    let outside = shared::outside(report);
    list.push(definition("Not governed", Html::join(&outside, "<br>")));
    if !scope.suspended.is_empty() {
        list.push(definition("Suspended", people(&scope.suspended)));
    }
    html!("<dl>\n" (list) "</dl>\n")
}

fn bound(bound: &Bound) -> Html {
    let requested = bound
        .requested
        .as_ref()
        .map(|requested| html!((requested) ": "))
        .unwrap_or_default();
    html!((requested) (bound.resolved) " (" (id(bound.landing.commit)) ", " (bound.landing.time) ")")
}

pub fn summary(report: &AuditReport) -> Html {
    let counts = &report.summary.counts;
    let cards: [(&'static str, String); 9] = [
        ("subjects approved", share(counts.approved, counts.subjects)),
        ("subjects owned", share(counts.owned, counts.subjects)),
        ("high-risk subjects", counts.high_risk.to_string()),
        ("changes", counts.changes.to_string()),
        ("decisions", counts.decisions.to_string()),
        ("refused", counts.decisions_refused.to_string()),
        ("incidents", counts.incidents.to_string()),
        ("open errors", counts.exceptions.error.to_string()),
        ("overdue reviews", counts.reviews_overdue.to_string()),
    ];
    let cards: Html = cards
        .iter()
        .map(|(name, value)| html!("<li><b>" (value) "</b>" (*name) "</li>\n"))
        .collect();
    let content = html!(
        "<ul>\n" (items(&report.summary.sentences)) "</ul>\n<ul class=\"cards\">\n" (cards)
        "</ul>\n<h3>What this report could not evaluate</h3>\n<ul>\n" (items(&report.scope.not_evaluated)) "</ul>\n"
    );
    section("summary", &content)
}

fn share(part: u32, whole: u32) -> String {
    percent(part, whole).map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}

fn items(sentences: &[String]) -> Html {
    sentences
        .iter()
        .map(|sentence| html!("<li>" (sentence) "</li>\n"))
        .collect()
}

/// Names of people.
pub fn people(people: &[NamedPrincipal]) -> Html {
    Html::join(people.iter().map(|person| &person.name), ", ")
}

pub fn inventory(report: &AuditReport) -> Html {
    let all = report.inventory.len();
    let shown = all.min(MOST);
    let headings = [
        "Subject",
        "Version",
        "State",
        "Risk",
        "Owners",
        "Approved by",
        "Digest",
        "Next review",
    ];
    let mut content = table(
        "Every subject at the end of the period",
        &headings,
        report
            .inventory
            .iter()
            .take(MOST)
            .map(|one| item(report, one)),
    );
    content.push(omitted("first", shown, all, "subjects"));
    content.push_literal("<h3>Timelines</h3>\n");
    let entries = (TIMELINE_ENTRIES / shown.max(1)).clamp(4, 50);
    content.push(
        report
            .inventory
            .iter()
            .take(MOST)
            .map(|item| timeline(report, item, entries))
            .collect::<Html>(),
    );
    section("inventory", &content)
}

fn item(report: &AuditReport, item: &InventoryItem) -> Vec<Html> {
    let approvers =
        item.approvers.iter().map(|one| html!((one.name) " <span class=\"soft\" title=\"" (one.strength) "\">(" (one.evidence) (shared::standing(report, &one.principal)) ")</span>"));
    let gone = Html::literal(if item.paths.is_empty() {
        " <span class=\"soft\">not in the tree</span>"
    } else {
        ""
    });
    vec![
        Html::text(&item.subject),
        or_dash(item.version.as_ref()),
        html!((state_badge(item.state))(gone)),
        Html::text(item.risk),
        Html::text(item.owners.join(", ")),
        if item.approvers.is_empty() {
            Html::literal("–")
        } else {
            Html::join(approvers, ", ")
        },
        or_dash(item.digest.map(id)),
        or_dash(item.next_review.map(day)),
    ]
}

fn timeline(report: &AuditReport, item: &InventoryItem, most: usize) -> Html {
    let last = f64::from(report.scope.head.position.max(1));
    let earlier = item.timeline.len().saturating_sub(most);
    let shown = &item.timeline[earlier..];
    let dots: Html = shown
        .iter()
        .map(|entry| {
            let x = format!("{:.1}", 5.0 + 590.0 * f64::from(entry.at.position) / last);
            html!("<circle class=\"dot" (tone(entry)) "\" cx=\"" (x) "\" cy=\"12\" r=\"4\"/>")
        })
        .collect();
    let mut entries = Html::new();
    if earlier > 0 {
        entries.push(html!("<li class=\"soft\">" (earlier) " earlier events are in <code>audit.json</code></li>\n"));
    }
    entries.push(shown.iter().map(timeline_entry).collect::<Html>());
    html!(
        "<details><summary>" (item.subject) ", " (item.timeline.len())
        " events</summary>\n<svg viewBox=\"0 0 600 24\" role=\"img\" aria-label=\"Events of " (item.subject)
        " by position\"><line class=\"axis\" x1=\"5\" y1=\"12\" x2=\"595\" y2=\"12\"/>" (dots) "</svg>\n<ol>\n" (entries)
        "</ol></details>\n"
    )
}

fn tone(entry: &TimelineEntry) -> &'static str {
    match entry.action {
        Action::Granted | Action::Decision(DecisionKind::Approve | DecisionKind::Unblock)
            if entry.effect =>
        {
            " good"
        }
        Action::Decision(
            DecisionKind::Block
            | DecisionKind::Revoke
            | DecisionKind::Rollback
            | DecisionKind::Reject,
        )
        | Action::Voided => " bad",
        _ => "",
    }
}

fn timeline_entry(entry: &TimelineEntry) -> Html {
    let by = entry
        .principal
        .as_ref()
        .map(|by| html!(" by "(by)))
        .unwrap_or_default();
    let effect = if entry.effect { "" } else { ", without effect" };
    html!(
        "<li>" (day(entry.at.time)) " " (entry.action.as_str()) " " (or_dash(entry.version.as_ref())) (by) (effect)
        " <span class=\"soft\">at " (entry.at.position) "</span></li>\n"
    )
}

pub fn exceptions(report: &AuditReport) -> Html {
    let all = report.exceptions.len();
    let rows = report.exceptions.iter().take(MOST).map(|one| {
        let place = one
            .path
            .as_ref()
            .map(Html::text)
            .or_else(|| one.subject.as_ref().map(Html::text));
        vec![
            severity_badge(one.severity),
            html!("<code>" (one.rule) "</code>"),
            clipped(&one.message),
            or_dash(place),
            or_dash(one.position),
            Html::literal(if one.open { "remains" } else { "happened" }),
        ]
    });
    let exceptions = table(
        "Findings that remain at the end, and acts of the period that had no effect or came too early",
        &["Severity", "Rule", "What", "Where", "Position", "Status"],
        rows,
    );
    section(
        "exceptions",
        &html!((exceptions)(omitted("first", MOST, all, "exceptions"))),
    )
}

pub fn due(report: &AuditReport) -> Html {
    let reviews = report.reviews.iter().take(MOST).map(|review| {
        vec![
            Html::text(&review.subject),
            Html::text(shared::people(report, &review.owners)),
            html!((counted(review.every_days, "day"))),
            review
                .last
                .map_or_else(|| Html::literal("never"), |last| Html::text(day(last))),
            review
                .due
                .map_or_else(|| Html::literal("now"), |due| Html::text(day(due))),
            if review.overdue {
                badge(Tone::Bad, "overdue")
            } else {
                Html::literal("–")
            },
        ]
    });
    let expiring = report.expiring.iter().take(MOST).map(|one| {
        let ended = if one.ended {
            badge(Tone::Bad, "expired")
        } else {
            Html::literal("–")
        };
        vec![
            Html::text(&one.what),
            Html::literal(one.kind.as_str()),
            Html::text(one.ends),
            ended,
        ]
    });
    let retention = report.retention.iter().map(|one| {
        let records = if let Some(note) = &one.note {
            Html::text(note)
        } else {
            html!((counted(one.records, "record")) ", the oldest " (or_dash(one.oldest.map(day))))
        };
        let missing = if one.missing.is_empty() {
            Html::literal("none")
        } else {
            Html::text(one.missing.join(", "))
        };
        vec![
            Html::text(&one.kind),
            html!((counted(one.keep_days, "day"))),
            records,
            Html::text(one.older),
            missing,
        ]
    });
    let content = html!((table(
        "Reviews that the policy requires",
        &["Subject", "Owners", "Every", "Last", "Due", "Status"],
        reviews
    ))(table(
        "Approvals and keys that expire",
        &["What", "Kind", "Expires", "Status"],
        expiring
    ))(table(
        "Retention that the policy requires; nothing is ever deleted",
        &["Records", "Keep", "Found", "Older", "Missing"],
        retention,
    )));
    section("due", &content)
}

/// Lines to fill in, on paper or in the file.
pub fn sign_off() -> Html {
    let rows: Html = shared::SIGN_OFF
        .into_iter()
        .map(|what| html!("<tr><th scope=\"row\">" (what) "</th><td></td></tr>\n"))
        .collect();
    section(
        "sign-off",
        &html!("<table class=\"sign\"><tbody>\n" (rows) "</tbody></table>\n"),
    )
}

pub fn log(report: &AuditReport) -> Html {
    let log = &report.log;
    let signed = if log.signed {
        " and is signed"
    } else {
        "; it is not signed here"
    };
    // Line breaks are the note's own; everything in a line is escaped.
    let checkpoint = Html::join(log.checkpoint.lines(), "\n");
    let extends = match &log.extends {
        Some(extension) => html!(
            "<p>It continues an earlier log of " (quantity(extension.size, "leaf", "leaves")) " with the root <code>" (extension.root) "</code>.</p>\n"
        ),
        None => Html::literal("<p>It was not compared with an earlier log.</p>\n"),
    };
    let content = html!(
        "<p>Everything that happened since the anchor is " (quantity(log.size, "leaf", "leaves")) " of a Merkle tree (RFC 9162) with the root <code>" (log.root)
        "</code>. The checkpoint below commits to it" (signed) ".</p>\n<pre>" (checkpoint) "</pre>\n" (extends)
    );
    section("log", &content)
}
