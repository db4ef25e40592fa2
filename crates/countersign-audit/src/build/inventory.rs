//! Every subject at the period's end.

use std::collections::BTreeMap;

use super::super::leaf::version_of;
use super::super::report::{Approver, InventoryItem, Moment, TimelineEntry};
use super::{Scene, decisions, due};
use countersign_core::lifecycle::ledger::{Action, Event, Subject, VersionState};
use countersign_model::{DecisionKind, State, SubjectId};

pub fn of(scene: &Scene<'_>) -> Vec<InventoryItem> {
    let mut events: BTreeMap<&SubjectId, Vec<&Event>> = BTreeMap::new();
    for event in scene.events() {
        events.entry(&event.subject).or_default().push(event);
    }
    let subjects = scene.question.replay.ledger.subjects.values().filter(|subject| scene.governed(&subject.id));
    subjects.map(|subject| item(scene, subject, events.get(&subject.id).map(Vec::as_slice).unwrap_or_default())).collect()
}

/// The version that stands for a subject: the one in the tree, else the current one, else the last that landed.
pub fn shown(subject: &Subject) -> Option<&VersionState> {
    if !subject.paths.is_empty() {
        return subject.head_version();
    }
    subject.current_version().or_else(|| subject.versions.iter().max_by_key(|row| row.landed.map(|landing| landing.position)))
}

fn item(scene: &Scene<'_>, subject: &Subject, events: &[&Event]) -> InventoryItem {
    let history = &scene.history;
    let row = shown(subject);
    let last = history.last();
    let moment =
        |landing: Option<countersign_core::lifecycle::ledger::LandingRef>| -> Option<Moment> { landing.map(|landing| history.at(landing)) };
    InventoryItem {
        subject: subject.id.to_string(),
        kind: subject.id.kind.as_str(),
        paths: subject.paths.clone(),
        owners: subject.owners_written.clone(),
        owned_by: subject.owners.iter().map(|name| history.person(name, last)).collect(),
        risk: subject.risk.as_str(),
        version: row.map(|row| row.key.version.to_string()),
        digest: row.map(|row| row.key.digest.to_string()),
        state: row.map_or(State::Draft, |row| row.state).as_str(),
        current: subject.current.as_ref().map(|key| key.version.to_string()),
        baseline: row.is_some_and(|row| row.baseline),
        landed: moment(row.and_then(|row| row.landed)),
        granted: moment(row.and_then(|row| row.granted)),
        approvers: row.map(|row| approvers(scene, row, events)).unwrap_or_default(),
        expires: row.and_then(|row| row.expires).map(|time| time.to_string()),
        next_review: due::review(scene, subject).and_then(|review| review.due),
        findings: scene.rules(&subject.id, None),
        timeline: events.iter().map(|event| entry(scene, event)).collect(),
    }
}

/// Who approved a granted version: those who count now, else everyone whose approval of these bytes had effect and still stands.
fn approvers(scene: &Scene<'_>, row: &VersionState, events: &[&Event]) -> Vec<Approver> {
    if row.granted.is_none() {
        return Vec::new();
    }
    let last = scene.history.last();
    let mut found: Vec<Approver> = row
        .requirements
        .iter()
        .flat_map(|requirement| requirement.have.iter().map(|(name, evidence)| decisions::approver(scene, name, *evidence, last)))
        .collect();
    if found.is_empty() {
        let voided = |event: &Event| events.iter().any(|other| other.action == Action::Voided && other.record == event.record);
        for event in events {
            let same = event.digest == Some(row.key.digest) && event.version.as_ref() == Some(&row.key.version);
            if let (Action::Decision(DecisionKind::Approve), true, true, Some(name), Some(evidence)) =
                (event.action, event.accepted, same, &event.principal, event.evidence)
                && !voided(event)
            {
                found.push(decisions::approver(scene, name, evidence, event.landing.position.0));
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.principal == b.principal);
    found
}

fn entry(scene: &Scene<'_>, event: &Event) -> TimelineEntry {
    TimelineEntry {
        at: scene.history.at(event.landing),
        action: event.action.as_str(),
        version: version_of(event),
        principal: event.principal.as_ref().map(ToString::to_string),
        effect: event.accepted,
    }
}
