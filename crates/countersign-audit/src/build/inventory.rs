//! Every subject at the period's end.

use std::collections::BTreeMap;

use super::super::report::{CountedApprover, InventoryItem, Moment, TimelineEntry};
use super::super::version_label::VersionLabel;
use super::{AuditContext, decisions, due};
use countersign_core::lifecycle::ledger::{Action, Event, LandingRef, Subject, VersionState};
use countersign_model::{DecisionKind, SubjectId};

pub fn inventory(context: &AuditContext<'_>) -> Vec<InventoryItem> {
    let mut events: BTreeMap<&SubjectId, Vec<&Event>> = BTreeMap::new();
    for event in context.events() {
        events.entry(&event.subject).or_default().push(event);
    }
    let subjects = context
        .request
        .replay
        .ledger
        .subjects
        .values()
        .filter(|subject| context.covers_package(&subject.id));
    subjects
        .map(|subject| {
            item(
                context,
                subject,
                events
                    .get(&subject.id)
                    .map(Vec::as_slice)
                    .unwrap_or_default(),
            )
        })
        .collect()
}

fn item(context: &AuditContext<'_>, subject: &Subject, events: &[&Event]) -> InventoryItem {
    let history = &context.history;
    let version = subject.shown_version();
    let moment = |landing: Option<LandingRef>| -> Option<Moment> {
        landing.map(|landing| history.moment_of(landing))
    };
    InventoryItem {
        subject: subject.id.clone(),
        kind: subject.id.kind,
        paths: subject.paths.clone(),
        owners: subject.owners_written.clone(),
        owned_by: subject
            .owners
            .iter()
            .map(|name| history.person(name, history.last()))
            .collect(),
        risk: subject.risk,
        version: version.map(|version| version.key.version.clone()),
        digest: version.map(|version| version.key.digest),
        state: subject.shown_state(),
        current: subject.current.as_ref().map(|key| key.version.clone()),
        baseline: version.is_some_and(|version| version.baseline),
        landed: moment(version.and_then(|version| version.landed)),
        granted: moment(version.and_then(|version| version.granted)),
        approvers: version
            .map(|version| approvers(context, version, events))
            .unwrap_or_default(),
        expires: version.and_then(|version| version.expires),
        next_review: due::review(context, subject).and_then(|review| review.due),
        findings: context.rules(&subject.id, None),
        timeline: events
            .iter()
            .map(|event| timeline_entry(context, event))
            .collect(),
    }
}

/// Who approved a granted version: those who count now, else everyone whose approval of these bytes
/// had effect and was not voided since.
fn approvers(
    context: &AuditContext<'_>,
    version: &VersionState,
    events: &[&Event],
) -> Vec<CountedApprover> {
    if version.granted.is_none() {
        return Vec::new();
    }
    let last = context.history.last();
    let counted = version
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.counted);
    let mut approvers: Vec<CountedApprover> = counted
        .map(|(name, evidence)| decisions::approver(context, name, *evidence, last))
        .collect();
    if approvers.is_empty() {
        let approvals = events
            .iter()
            .filter(|event| is_approval_of(event, version) && !is_voided(event, events));
        approvers.extend(approvals.filter_map(|event| {
            let (name, evidence) = (event.principal.as_ref()?, event.evidence?);
            Some(decisions::approver(
                context,
                name,
                evidence,
                event.landing.position.0,
            ))
        }));
    }
    let mut approvers = decisions::sorted(approvers);
    approvers.dedup_by(|a, b| a.principal == b.principal);
    approvers
}

fn is_approval_of(event: &Event, version: &VersionState) -> bool {
    event.action == Action::Decision(DecisionKind::Approve)
        && event.accepted
        && event.digest == Some(version.key.digest)
        && event.version.as_ref() == Some(&version.key.version)
}

fn is_voided(event: &Event, events: &[&Event]) -> bool {
    events
        .iter()
        .any(|other| other.action == Action::Voided && other.record == event.record)
}

fn timeline_entry(context: &AuditContext<'_>, event: &Event) -> TimelineEntry {
    TimelineEntry {
        at: context.history.moment_of(event.landing),
        action: event.action,
        version: VersionLabel::of(event),
        principal: event.principal.clone(),
        effect: event.accepted,
    }
}
