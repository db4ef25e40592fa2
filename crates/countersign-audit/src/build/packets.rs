//! One packet for each change in the period.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::super::leaf::LeafProof;
use super::super::report::{ChangeKind, Packet, RequirementMet, VersionAt};
use super::super::version_label::VersionLabel;
use super::comparison::{ComparedPackage, compare};
use super::{AuditContext, decisions};
use countersign_core::lifecycle::ledger::{
    Action, Event, RequirementStatus, VersionKey, VersionState,
};
use countersign_git::GitError;
use countersign_model::{Digest, Risk, State, SubjectId, Version};

/// What is at one path of a subject.
#[derive(Clone)]
struct PlacedVersion {
    path: String,
    version: Version,
    /// The bytes; `None` when they are not a valid package.
    digest: Option<Digest>,
}

/// What is at each path of a subject.
type Places = BTreeMap<String, PlacedVersion>;

/// Events by what they are about: the subject and the bytes.
type EventsAbout<'e> = BTreeMap<(&'e SubjectId, Option<Digest>), Vec<&'e Event>>;

/// What one landing did to a subject.
struct PackageChange<'e> {
    /// At least one, all of this landing and subject.
    events: Vec<&'e Event>,
    change: ChangeKind,
    before: Option<PlacedVersion>,
}

pub fn packets(context: &AuditContext<'_>) -> Result<Vec<Packet>, GitError> {
    let mut about: EventsAbout<'_> = BTreeMap::new();
    for event in context.events() {
        about
            .entry((&event.subject, event.digest))
            .or_default()
            .push(event);
    }
    // Each packet reads what it needs from Git, independently of the others.
    let changes = package_changes(context);
    let packages: Result<Vec<Packet>, GitError> = changes
        .par_iter()
        .map(|change| package_packet(context, change, &about))
        .collect();
    let mut packets = packages?;
    let proposed = context
        .events()
        .iter()
        .filter(|event| event.action == Action::PolicyProposed);
    let proposed =
        proposed.filter(|event| context.covers(&event.subject) && context.in_period(event));
    packets.extend(proposed.map(|event| policy_packet(context, event, &about)));
    let order = |packet: &Packet| {
        (
            packet.landed.position,
            packet.subject.to_string(),
            packet.version.as_ref().map(ToString::to_string),
        )
    };
    packets.sort_by_cached_key(order);
    Ok(packets)
}

/// What landed in the period, by landing and subject.
fn package_changes<'c>(context: &'c AuditContext<'_>) -> Vec<PackageChange<'c>> {
    let mut places: BTreeMap<&SubjectId, Places> = BTreeMap::new();
    let mut changes = Vec::new();
    for landing in context.events().chunk_by(|a, b| a.landing == b.landing) {
        let mut by_subject: BTreeMap<&SubjectId, Vec<&Event>> = BTreeMap::new();
        for event in landing
            .iter()
            .filter(|event| matches!(event.action, Action::Landed | Action::Removed))
        {
            by_subject.entry(&event.subject).or_default().push(event);
        }
        for (subject, events) in by_subject {
            let places = places.entry(subject).or_default();
            let before = replaced(&events, places).cloned();
            for event in &events {
                apply(event, places);
            }
            let change = match (&before, places.is_empty()) {
                (_, true) => ChangeKind::Removed,
                (None, false) => ChangeKind::Added,
                (Some(_), false) => ChangeKind::Changed,
            };
            if context.covers_package(subject) && context.in_period(events[0]) {
                changes.push(PackageChange {
                    events,
                    change,
                    before,
                });
            }
        }
    }
    changes
}

fn apply(event: &Event, places: &mut Places) {
    let path = event.path.as_deref().unwrap_or_default();
    match (event.action, &event.version) {
        (Action::Landed, Some(version)) => {
            let placed = PlacedVersion {
                path: path.to_owned(),
                version: version.clone(),
                digest: event.digest,
            };
            places.insert(path.to_owned(), placed);
        }
        _ => drop(places.remove(path)),
    }
}

/// The landing of the subject: where several paths changed, the first.
fn representative<'e>(events: &[&'e Event]) -> Option<&'e Event> {
    events
        .iter()
        .filter(|event| event.action == Action::Landed)
        .min_by_key(|event| event.path.as_deref())
        .copied()
}

/// What was at the path that changed, else at the subject's first.
fn replaced<'p>(events: &[&Event], places: &'p Places) -> Option<&'p PlacedVersion> {
    let same_path = representative(events).and_then(|event| places.get(event.path.as_deref()?));
    same_path.or_else(|| places.values().next())
}

fn packet_id(position: u32, subject: &SubjectId, version: Option<&VersionLabel>) -> String {
    let version = version.map_or_else(|| "removed".to_owned(), ToString::to_string);
    format!("{position}-{}-{}-{version}", subject.kind, subject.name)
}

fn package_packet(
    context: &AuditContext<'_>,
    change: &PackageChange<'_>,
    about: &EventsAbout<'_>,
) -> Result<Packet, GitError> {
    let (history, replay) = (&context.history, context.request.replay);
    let subject = &change.events[0].subject;
    let position = change.events[0].landing.position.0;
    let landed = representative(&change.events).filter(|_| change.change != ChangeKind::Removed);
    let version = landed.and_then(|event| event.version.as_ref());
    let digest = landed.and_then(|event| event.digest);
    let key = version
        .cloned()
        .zip(digest)
        .map(|(version, digest)| VersionKey { version, digest });
    let state = key
        .as_ref()
        .and_then(|key| replay.version_in_full(subject, key));
    let known = replay.ledger.subjects.get(subject);
    let same: Vec<&Event> = digest
        .and_then(|digest| about.get(&(subject, Some(digest))))
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let same: Vec<&Event> = same
        .into_iter()
        .filter(|event| event.version.as_ref() == version)
        .collect();
    let granted = grant(&same, position);
    let decisions = decisions_about(&same, digest.and_then(|_| about.get(&(subject, None))));
    let compared = compare(
        context,
        subject.kind,
        &side_before(context, change, position),
        &side_after(context, landed, position),
    )?;
    let widens = compared
        .as_ref()
        .map(|compared| compared.capabilities.iter().any(|change| change.widens));
    let compared = compared.unwrap_or_default();
    let label = version.cloned().map(VersionLabel::Version);
    Ok(Packet {
        id: packet_id(position, subject, label.as_ref()),
        change: change.change,
        subject: subject.clone(),
        version: label,
        digest,
        before: change.before.as_ref().map(|before| VersionAt {
            version: VersionLabel::Version(before.version.clone()),
            digest: before.digest,
        }),
        landed: history.moment(position),
        risk: known.map(|subject| subject.risk).unwrap_or_default(),
        owners: known
            .into_iter()
            .flat_map(|subject| &subject.owners)
            .map(|name| history.person(name, position))
            .collect(),
        capabilities: compared.capabilities,
        widens,
        files: compared.files,
        contributors: state
            .iter()
            .flat_map(|state| &state.contributors)
            .map(|name| history.person(name, position))
            .collect(),
        unknown_contributors: state
            .iter()
            .flat_map(|state| state.unknown_contributors.iter().cloned())
            .collect(),
        baseline: state.as_ref().is_some_and(|state| state.baseline) && position == 0,
        state: state.as_ref().map(|state| state.state),
        requirements: state
            .as_ref()
            .map(|state| requirements(context, state))
            .unwrap_or_default(),
        granted: granted.map(|event| history.moment_of(event.landing)),
        lead_time: granted
            .map(|event| event.landing.position.0)
            .filter(|at| *at >= position)
            .map(|at| history.seconds(position, at)),
        decisions: decisions
            .iter()
            .filter_map(|event| decisions::decision_made(context, event))
            .collect(),
        findings: version
            .map(|version| context.rules(subject, Some(version)))
            .unwrap_or_default(),
        proofs: proofs(
            context,
            change
                .events
                .iter()
                .chain(&decisions)
                .chain(granted.iter())
                .copied(),
        ),
    })
}

fn side_before<'c>(
    context: &AuditContext<'_>,
    change: &'c PackageChange<'_>,
    position: u32,
) -> ComparedPackage<'c> {
    ComparedPackage {
        tree: context.history.tree(position.checked_sub(1)),
        path: change.before.as_ref().map(|before| before.path.as_str()),
        is_package: change
            .before
            .as_ref()
            .is_none_or(|before| before.digest.is_some()),
    }
}

fn side_after<'c>(
    context: &AuditContext<'_>,
    landed: Option<&'c Event>,
    position: u32,
) -> ComparedPackage<'c> {
    ComparedPackage {
        tree: context.history.tree(Some(position)),
        path: landed.map(|event| event.path.as_deref().unwrap_or_default()),
        is_package: landed.is_none_or(|event| event.digest.is_some()),
    }
}

/// Decisions about a version, and those about every version of its subject, by landing.
fn decisions_about<'e>(
    same: &[&'e Event],
    about_subject: Option<&Vec<&'e Event>>,
) -> Vec<&'e Event> {
    let about_all = about_subject
        .into_iter()
        .flatten()
        .filter(|event| event.version.is_none());
    let mut decisions: Vec<&Event> = same
        .iter()
        .chain(about_all)
        .filter(|event| matches!(event.action, Action::Decision(_)))
        .copied()
        .collect();
    decisions.sort_by_key(|event| event.landing.position);
    decisions
}

/// The grant of bytes that landed at `position`: the last one before, else the first from there on.
/// Bytes that come back keep their grant; that it was renewed later does not make them late.
fn grant<'e>(same: &[&'e Event], position: u32) -> Option<&'e Event> {
    let grants: Vec<&Event> = same
        .iter()
        .filter(|event| event.action == Action::Granted)
        .copied()
        .collect();
    let before = grants
        .iter()
        .rfind(|event| event.landing.position.0 < position);
    let since = grants
        .iter()
        .find(|event| event.landing.position.0 >= position);
    before.or(since).copied()
}

fn requirements(context: &AuditContext<'_>, state: &VersionState) -> Vec<RequirementMet> {
    state
        .requirements
        .iter()
        .map(|requirement| requirement_met(context, requirement))
        .collect()
}

fn requirement_met(context: &AuditContext<'_>, requirement: &RequirementStatus) -> RequirementMet {
    let last = context.history.last();
    let approvals = requirement
        .counted
        .iter()
        .map(|(name, evidence)| decisions::approver(context, name, *evidence, last))
        .collect();
    RequirementMet {
        count: requirement.count,
        from: requirement.from.clone(),
        accept: requirement.accept,
        approvals: decisions::sorted(approvals),
        missing: requirement.missing,
    }
}

fn proofs<'e>(
    context: &AuditContext<'_>,
    events: impl Iterator<Item = &'e Event>,
) -> Vec<LeafProof> {
    let log = context.request.log;
    let indices: BTreeSet<u64> = events.filter_map(|event| log.index(event)).collect();
    indices
        .into_iter()
        .filter_map(|index| log.proof(index))
        .collect()
}

fn policy_packet(context: &AuditContext<'_>, event: &Event, about: &EventsAbout<'_>) -> Packet {
    let history = &context.history;
    let position = event.landing.position.0;
    let version = VersionLabel::of(event);
    let same = about
        .get(&(&event.subject, event.digest))
        .into_iter()
        .flatten()
        .copied();
    let same: Vec<&Event> = same.filter(|other| other.serial == event.serial).collect();
    let granted = same
        .iter()
        .find(|other| other.action == Action::PolicyInForce)
        .copied();
    let decisions: Vec<&Event> = same
        .iter()
        .filter(|other| matches!(other.action, Action::Decision(_)))
        .copied()
        .collect();
    let under = &history.era(position).policy;
    Packet {
        id: packet_id(position, &event.subject, version.as_ref()),
        change: ChangeKind::PolicyProposed,
        subject: event.subject.clone(),
        version,
        digest: event.digest,
        before: Some(VersionAt {
            version: VersionLabel::Serial(under.policy.serial),
            digest: Some(under.digest),
        }),
        landed: history.moment_of(event.landing),
        risk: Risk::Critical,
        owners: under
            .policy
            .administrators
            .iter()
            .map(|name| history.person(name, position))
            .collect(),
        capabilities: Vec::new(),
        widens: None,
        files: Vec::new(),
        contributors: Vec::new(),
        unknown_contributors: Vec::new(),
        baseline: false,
        state: Some(if granted.is_some() {
            State::Approved
        } else {
            State::Draft
        }),
        requirements: Vec::new(),
        granted: granted.map(|event| history.moment_of(event.landing)),
        lead_time: granted.map(|event| history.seconds(position, event.landing.position.0)),
        decisions: decisions
            .iter()
            .filter_map(|event| decisions::decision_made(context, event))
            .collect(),
        findings: Vec::new(),
        proofs: proofs(context, [event].into_iter().chain(decisions).chain(granted)),
    }
}
