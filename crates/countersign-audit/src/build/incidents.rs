//! Blocks, revocations, rollbacks and suspensions: what stopped, when, by whom, and how long it had
//! been there.

use super::super::report::{Incident, Moment};
use super::super::version_label::VersionLabel;
use super::AuditContext;
use countersign_core::lifecycle::ledger::{Action, Event, Subject, VersionState};
use countersign_model::{DecisionKind, Kind, State};

pub fn incidents(context: &AuditContext<'_>) -> Vec<Incident> {
    let mut incidents = Vec::new();
    for event in context.events() {
        let Action::Decision(kind) = event.action else {
            continue;
        };
        let stops = matches!(
            kind,
            DecisionKind::Block | DecisionKind::Revoke | DecisionKind::Rollback
        );
        if !stops
            || !event.accepted
            || event.subject.kind == Kind::Policy
            || !context.covers(&event.subject)
        {
            continue;
        }
        incidents.extend(
            incident(context, event, kind)
                .filter(|incident| incident.in_force || context.in_period(event)),
        );
    }
    incidents
}

fn incident(context: &AuditContext<'_>, event: &Event, kind: DecisionKind) -> Option<Incident> {
    let history = &context.history;
    let ledger = &context.request.replay.ledger;
    let position = event.landing.position.0;
    let by = history.person(event.principal.as_ref()?, position);
    let subject = ledger.subjects.get(&event.subject);
    let version = subject.and_then(|subject| version_of(event, subject));
    let in_force = match kind {
        _ if event.subject.kind == Kind::Principal => ledger
            .suspended
            .iter()
            .any(|name| name.as_str() == event.subject.name.as_str()),
        DecisionKind::Block if event.digest.is_none() => subject.is_some_and(|subject| {
            event
                .record
                .is_some_and(|record| subject.blocked_all.contains(&record))
        }),
        DecisionKind::Revoke => true,
        DecisionKind::Block => version.is_some_and(|version| version.state >= State::Blocked),
        _ => version.is_some_and(|version| version.state == State::RolledBack),
    };
    let landed = version
        .and_then(|version| version.landed)
        .filter(|landing| landing.position.0 <= position);
    let ended = ended(context, event, subject, version, in_force);
    Some(Incident {
        action: kind,
        subject: event.subject.clone(),
        version: VersionLabel::of(event)?,
        digest: event.digest,
        by,
        reason: event.reason.as_deref().map(str::to_owned),
        at: history.moment_of(event.landing),
        landed: landed.map(|landing| history.moment_of(landing)),
        exposure: landed.map(|landing| history.seconds(landing.position.0, position)),
        ended,
        duration: ended.map(|end| history.seconds(position, end.position)),
        in_force,
        present: match version {
            Some(version) => version.present,
            None => subject.is_some_and(|subject| !subject.paths.is_empty()),
        },
    })
}

/// The version that an event is about.
fn version_of<'s>(event: &Event, subject: &'s Subject) -> Option<&'s VersionState> {
    subject.versions.iter().find(|version| {
        Some(version.key.digest) == event.digest
            && Some(&version.key.version) == event.version.as_ref()
    })
}

/// Where the bytes left the tree, or the last unblock that lifted it landed; whichever came first.
fn ended(
    context: &AuditContext<'_>,
    event: &Event,
    subject: Option<&Subject>,
    version: Option<&VersionState>,
    in_force: bool,
) -> Option<Moment> {
    let after = |other: &&Event| {
        other.landing.position >= event.landing.position && other.subject == event.subject
    };
    let mut later = context.events().iter().filter(after);
    let left = |other: &Event| match other.action {
        Action::Removed => true,
        // Other bytes at its place.
        Action::Landed => version.is_some_and(|version| other.digest != Some(version.key.digest)),
        _ => false,
    };
    let gone = version
        .filter(|version| !version.present)
        .and_then(|_| later.clone().find(|other| left(other)));
    let lifts = |other: &&Event| {
        other.action == Action::Decision(DecisionKind::Unblock)
            && other.accepted
            && other.digest == event.digest
    };
    let lifted = if in_force || subject.is_none() && event.subject.kind != Kind::Principal {
        None
    } else {
        later.rfind(lifts)
    };
    let first = [gone, lifted]
        .into_iter()
        .flatten()
        .min_by_key(|other| other.landing.position);
    first.map(|other| context.history.moment_of(other.landing))
}
