//! The report in one minute, counted from the other sections so that it cannot say anything else.

use super::super::report::{
    ChangeKind, Exception, ExpiryKind, InventoryItem, Packet, Sections, Severities, SummaryCounts,
};
use countersign_core::lifecycle::ledger::Action;
use countersign_model::quantity::quantity;
use countersign_model::{Severity, State};

const fn was(number: u32) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

fn count<T>(items: &[T], test: impl Fn(&T) -> bool) -> u32 {
    items.iter().filter(|item| test(item)).count() as u32
}

const fn is_present(item: &InventoryItem) -> bool {
    !item.paths.is_empty()
}

const fn brings_version(packet: &Packet) -> bool {
    matches!(packet.change, ChangeKind::Added | ChangeKind::Changed)
}

pub fn counts(sections: &Sections) -> SummaryCounts {
    let severity = |severity: Severity| {
        count(&sections.exceptions, |one: &Exception| {
            one.open && one.severity == severity
        })
    };
    SummaryCounts {
        subjects: count(&sections.inventory, is_present),
        approved: count(&sections.inventory, |item| {
            is_present(item) && matches!(item.state, State::Approved | State::Deprecated)
        }),
        owned: count(&sections.inventory, |item| {
            is_present(item) && !item.owned_by.is_empty()
        }),
        high_risk: count(&sections.inventory, |item| {
            is_present(item) && item.risk.is_high()
        }),
        changes: sections.changes.len() as u32,
        changes_approved: count(&sections.changes, |packet| packet.granted.is_some()),
        decisions: sections
            .metrics
            .decisions_by_kind
            .iter()
            .map(|tally| tally.count)
            .sum(),
        decisions_refused: sections
            .metrics
            .refused_by_rule
            .iter()
            .map(|tally| tally.count)
            .sum(),
        policy_changes: count(&sections.events, |event| {
            event.action == Action::PolicyInForce && event.at.position > 0
        }),
        incidents: sections.incidents.len() as u32,
        incidents_open: count(&sections.incidents, |incident| {
            incident.in_force && incident.present
        }),
        exceptions: Severities {
            error: severity(Severity::Error),
            warning: severity(Severity::Warning),
            info: severity(Severity::Info),
        },
        reviews_overdue: count(&sections.reviews, |review| review.overdue),
        approvals_expired: count(&sections.expiring, |expiry| {
            expiry.kind == ExpiryKind::Approval && expiry.ended
        }),
    }
}

/// The counts in words.
pub fn sentences(sections: &Sections, counts: &SummaryCounts) -> Vec<String> {
    let versions = count(&sections.changes, brings_version);
    let unapproved = count(&sections.changes, |packet| {
        brings_version(packet) && packet.granted.is_none()
    });
    let mut sentences = vec![
        format!(
            "{} of {} in the repository {} at an approved version.",
            counts.approved,
            quantity(counts.subjects, "subject", "subjects"),
            if counts.approved == 1 { "is" } else { "are" }
        ),
        format!(
            "{} of {} that landed in the period {} approved; {unapproved} {} not.",
            versions - unapproved,
            quantity(versions, "version", "versions"),
            was(versions - unapproved),
            was(unapproved)
        ),
        format!(
            "{} had effect and {} {} refused.",
            quantity(counts.decisions, "decision", "decisions"),
            counts.decisions_refused,
            was(counts.decisions_refused)
        ),
        format!(
            "{}; the files of {} are still there.",
            quantity(counts.incidents, "incident", "incidents"),
            if counts.incidents_open == 0 {
                "none".to_owned()
            } else {
                counts.incidents_open.to_string()
            }
        ),
        format!(
            "{} and {} remain at the end; {} overdue and {} expired.",
            quantity(counts.exceptions.error, "error", "errors"),
            quantity(counts.exceptions.warning, "warning", "warnings"),
            quantity(counts.reviews_overdue, "review is", "reviews are"),
            quantity(counts.approvals_expired, "approval has", "approvals have")
        ),
        format!(
            "{} effect.",
            quantity(
                counts.policy_changes,
                "policy change took",
                "policy changes took"
            )
        ),
    ];
    if !sections.scope.anchor_pinned {
        sentences.push(
            "The anchor was not pinned, so the report trusts the beginning of this history."
                .to_owned(),
        );
    }
    sentences
}
