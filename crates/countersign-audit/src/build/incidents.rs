//! Blocks, revocations, rollbacks and suspensions: what stopped, when, by whom, and how long it had been there.

use super::super::leaf::version_of;
use super::super::report::{Incident, Moment};
use super::Scene;
use countersign_core::lifecycle::ledger::{Action, Event, Subject, VersionState};
use countersign_model::{DecisionKind, Kind, State};

pub fn of(scene: &Scene<'_>) -> Vec<Incident> {
    let mut found = Vec::new();
    for event in scene.events() {
        let Action::Decision(kind) = event.action else { continue };
        let stops = matches!(kind, DecisionKind::Block | DecisionKind::Revoke | DecisionKind::Rollback);
        if !stops || !event.accepted || event.subject.kind == Kind::Policy || !scene.wanted(&event.subject) {
            continue;
        }
        found.extend(incident(scene, event, kind).filter(|incident| incident.stands || scene.in_period(event)));
    }
    found
}

fn incident(scene: &Scene<'_>, event: &Event, kind: DecisionKind) -> Option<Incident> {
    let history = &scene.history;
    let ledger = &scene.question.replay.ledger;
    let position = event.landing.position.0;
    let by = history.person(event.principal.as_ref()?, position);
    let subject = ledger.subjects.get(&event.subject);
    let row = subject.and_then(|subject| {
        subject.versions.iter().find(|row| Some(row.key.digest) == event.digest && Some(&row.key.version) == event.version.as_ref())
    });
    let stands = match kind {
        _ if event.subject.kind == Kind::Principal => ledger.suspended.iter().any(|name| name.as_str() == event.subject.name.as_str()),
        DecisionKind::Block if event.digest.is_none() => {
            subject.is_some_and(|subject| event.record.is_some_and(|record| subject.blocked_all.contains(&record)))
        }
        DecisionKind::Revoke => true,
        DecisionKind::Block => row.is_some_and(|row| row.state >= State::Blocked),
        _ => row.is_some_and(|row| row.state == State::RolledBack),
    };
    let landed = row.and_then(|row| row.landed).filter(|landing| landing.position.0 <= position);
    let ended = ended(scene, event, subject, row, stands);
    Some(Incident {
        action: kind.as_str(),
        subject: event.subject.to_string(),
        version: version_of(event).unwrap_or_default(),
        digest: event.digest.map(|digest| digest.to_string()),
        by,
        reason: event.reason.as_deref().map(str::to_owned),
        at: history.at(event.landing),
        landed: landed.map(|landing| history.at(landing)),
        exposed: landed.map(|landing| history.seconds(landing.position.0, position)),
        lasted: ended.as_ref().map(|end| history.seconds(position, end.position)),
        ended,
        stands,
        present: row.is_some_and(|row| row.present) || row.is_none() && subject.is_some_and(|subject| !subject.paths.is_empty()),
    })
}

/// Where the bytes left the tree, or the last unblock that lifted it landed; whichever came first.
fn ended(scene: &Scene<'_>, event: &Event, subject: Option<&Subject>, row: Option<&VersionState>, stands: bool) -> Option<Moment> {
    let after = |other: &&Event| other.landing.position >= event.landing.position && other.subject == event.subject;
    let mut later = scene.events().iter().filter(after);
    let left = |other: &Event| match other.action {
        Action::Removed => true,
        // Other bytes at its place.
        Action::Landed => row.is_some_and(|row| other.digest != Some(row.key.digest)),
        _ => false,
    };
    let gone = row.filter(|row| !row.present).and_then(|_| later.clone().find(|other| left(other)));
    let lifts = |other: &&Event| other.action == Action::Decision(DecisionKind::Unblock) && other.accepted && other.digest == event.digest;
    let lifted = if stands || subject.is_none() && event.subject.kind != Kind::Principal { None } else { later.rfind(lifts) };
    let first = [gone, lifted].into_iter().flatten().min_by_key(|other| other.landing.position);
    first.map(|other| scene.history.at(other.landing))
}
