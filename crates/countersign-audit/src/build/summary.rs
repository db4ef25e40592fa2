//! The minute's read, counted from the other sections so that it cannot say anything else.

use super::super::framework::things;
use super::super::report::{Change, Report, Severities, Summary};

/// A summary that says nothing, until the rest is there.
pub fn empty() -> Summary {
    Summary {
        sentences: Vec::new(),
        subjects: 0,
        approved: 0,
        owned: 0,
        high_risk: 0,
        changes: 0,
        changes_approved: 0,
        decisions: 0,
        decisions_refused: 0,
        policy_changes: 0,
        incidents: 0,
        incidents_open: 0,
        exceptions: Severities::default(),
        reviews_overdue: 0,
        approvals_expired: 0,
    }
}

const fn was(number: u32) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

pub fn of(report: &Report) -> Summary {
    fn count<T>(items: &[T], test: impl Fn(&T) -> bool) -> u32 {
        items.iter().filter(|item| test(item)).count() as u32
    }
    let there = |item: &super::super::report::InventoryItem| !item.paths.is_empty();
    let severity = |word: &str| count(&report.exceptions, |exception| exception.stands && exception.severity == word);
    let version = |packet: &super::super::report::Packet| matches!(packet.change, Change::Added | Change::Changed);
    let mut summary = Summary {
        sentences: Vec::new(),
        subjects: count(&report.inventory, there),
        approved: count(&report.inventory, |item| there(item) && matches!(item.state, "approved" | "deprecated")),
        owned: count(&report.inventory, |item| there(item) && !item.owned_by.is_empty()),
        high_risk: count(&report.inventory, |item| there(item) && matches!(item.risk, "high" | "critical")),
        changes: report.changes.len() as u32,
        changes_approved: count(&report.changes, |packet| packet.granted.is_some()),
        decisions: report.metrics.decisions_by_kind.iter().map(|tally| tally.count).sum(),
        decisions_refused: report.metrics.refused_by_rule.iter().map(|tally| tally.count).sum(),
        policy_changes: count(&report.events, |event| event.action == "policy-in-force" && event.at.position > 0),
        incidents: report.incidents.len() as u32,
        incidents_open: count(&report.incidents, |incident| incident.stands && incident.present),
        exceptions: Severities { error: severity("error"), warning: severity("warning"), info: severity("info") },
        reviews_overdue: count(&report.reviews, |review| review.overdue),
        approvals_expired: count(&report.expiring, |expiry| expiry.kind == "approval" && expiry.ended),
    };
    let versions = count(&report.changes, version);
    let unapproved = count(&report.changes, |packet| version(packet) && packet.granted.is_none());
    summary.sentences = vec![
        format!(
            "{} of {} in the repository {} at an approved version.",
            summary.approved,
            things(summary.subjects, "subject", "subjects"),
            if summary.approved == 1 { "is" } else { "are" }
        ),
        format!(
            "{} of {} that landed in the period {} approved; {unapproved} {} not.",
            versions - unapproved,
            things(versions, "version", "versions"),
            was(versions - unapproved),
            was(unapproved)
        ),
        format!(
            "{} had effect and {} {} refused.",
            things(summary.decisions, "decision", "decisions"),
            summary.decisions_refused,
            was(summary.decisions_refused)
        ),
        format!(
            "{}; the files of {} are still there.",
            things(summary.incidents, "incident", "incidents"),
            if summary.incidents_open == 0 { "none".to_owned() } else { summary.incidents_open.to_string() }
        ),
        format!(
            "{} and {} stand at the end; {} overdue and {} expired.",
            things(summary.exceptions.error, "error", "errors"),
            things(summary.exceptions.warning, "warning", "warnings"),
            things(summary.reviews_overdue, "review is", "reviews are"),
            things(summary.approvals_expired, "approval has", "approvals have")
        ),
        format!("{} effect.", things(summary.policy_changes, "policy change took", "policy changes took")),
    ];
    if !report.scope.anchor_pinned {
        summary.sentences.push("The anchor was not pinned, so the beginning of this history is taken on trust.".to_owned());
    }
    summary
}
