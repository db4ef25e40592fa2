//! One packet for each change in the period.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::super::leaf::version_of;
use super::super::report::{CapabilityChange, Change, FileChange, LeafProof, Packet, RequirementMet, VersionAt};
use super::{Scene, decisions};
use countersign_core::check::comparison::{self, PackageSide};
use countersign_core::lifecycle::ledger::{Action, Event, VersionKey, VersionState};
use countersign_git::{GitError, MODE_EXECUTABLE, MODE_REGULAR, Reader};
use countersign_model::{Digest, FileMode, Kind, ObjectId, SubjectId, Version};

/// What lies at each path of a subject.
type Lying = BTreeMap<String, (Version, Option<Digest>)>;

/// Events by what they are about: the subject and the bytes.
type About<'e> = BTreeMap<(&'e SubjectId, Option<Digest>), Vec<&'e Event>>;

pub fn of(scene: &Scene<'_>) -> Result<Vec<Packet>, GitError> {
    let mut about: About<'_> = BTreeMap::new();
    for event in scene.events() {
        about.entry((&event.subject, event.digest)).or_default().push(event);
    }
    let mut lying: BTreeMap<&SubjectId, Lying> = BTreeMap::new();
    let mut packets = Vec::new();
    let mut all = Vec::new();
    for landing in scene.events().chunk_by(|a, b| a.landing == b.landing) {
        let mut moved: BTreeMap<&SubjectId, Vec<&Event>> = BTreeMap::new();
        for event in landing {
            if matches!(event.action, Action::Landed | Action::Removed) {
                moved.entry(&event.subject).or_default().push(event);
            } else if event.action == Action::PolicyProposed && scene.wanted(&event.subject) && scene.in_period(event) {
                packets.push(policy(scene, event, &about));
            }
        }
        for (subject, events) in moved {
            let paths = lying.entry(subject).or_default();
            let was = was(&events, paths);
            for event in &events {
                let path = event.path.as_deref().unwrap_or_default();
                match (event.action, &event.version) {
                    (Action::Landed, Some(version)) => drop(paths.insert(path.to_owned(), (version.clone(), event.digest))),
                    _ => drop(paths.remove(path)),
                }
            }
            let change = match (&was, paths.is_empty()) {
                (_, true) => Change::Removed,
                (None, false) => Change::Added,
                (Some(_), false) => Change::Changed,
            };
            if scene.governed(subject) && scene.in_period(events[0]) {
                all.push(Moved { events, change, was });
            }
        }
    }
    // Each is told by itself, from what it reads.
    packets.extend(all.par_iter().map(|moved| package(scene, moved, &about)).collect::<Result<Vec<_>, _>>()?);
    packets.sort_by(|a, b| (a.landed.position, &a.subject, &a.version).cmp(&(b.landed.position, &b.subject, &b.version)));
    Ok(packets)
}

fn id(position: u32, subject: &SubjectId, version: Option<&str>) -> String {
    format!("{position}-{}-{}-{}", subject.kind, subject.name, version.unwrap_or("removed"))
}

/// What one landing did to a subject.
struct Moved<'e> {
    events: Vec<&'e Event>,
    change: Change,
    /// What lay there before, and where.
    was: Option<(String, (Version, Option<Digest>))>,
}

/// The path that changed speaks for the subject; where several did, the first.
fn speaks<'e>(events: &[&'e Event]) -> Option<&'e Event> {
    events.iter().filter(|event| event.action == Action::Landed).min_by_key(|event| event.path.as_deref()).copied()
}

/// What lay before at the path that changed, else at the subject's first.
fn was(events: &[&Event], before: &Lying) -> Option<(String, (Version, Option<Digest>))> {
    let there = speaks(events).and_then(|event| before.get_key_value(event.path.as_deref()?));
    there.or_else(|| before.first_key_value()).map(|(path, lay)| (path.clone(), lay.clone()))
}

fn package(scene: &Scene<'_>, moved: &Moved<'_>, about: &About<'_>) -> Result<Packet, GitError> {
    let Moved { events, change, was } = moved;
    let (history, replay) = (&scene.history, scene.question.replay);
    let subject = &events[0].subject;
    let position = events[0].landing.position.0;
    let landed = speaks(events).filter(|_| *change != Change::Removed);
    let version = landed.and_then(|event| event.version.clone());
    let digest = landed.and_then(|event| event.digest);
    let key = version.clone().zip(digest).map(|(version, digest)| VersionKey { version, digest });
    let row = key.as_ref().and_then(|key| replay.row_in_full(subject, key));
    let known = replay.ledger.subjects.get(subject);
    let same: Vec<&Event> = digest.and_then(|digest| about.get(&(subject, Some(digest)))).cloned().unwrap_or_default();
    let of_version = |event: &&&Event| event.version == version;
    let granted = granted(&same, of_version, position);
    let compared = compare(
        scene,
        subject.kind,
        (position.checked_sub(1), was.as_ref().map(|(path, (_, digest))| (path.as_str(), *digest))),
        (position, landed.map(|event| (event.path.as_deref().unwrap_or_default(), digest))),
    )?;
    // A block of every version is about this one, too.
    let all = about.get(&(subject, None)).into_iter().flatten().filter(|event| event.version.is_none() && digest.is_some());
    let mut made: Vec<&Event> =
        same.iter().filter(of_version).chain(all).filter(|event| matches!(event.action, Action::Decision(_))).copied().collect();
    made.sort_by_key(|event| event.landing.position);
    let findings = version.as_ref().map(|version| scene.rules(subject, Some(version))).unwrap_or_default();
    let (capabilities, files, widens) = compared.map_or((Vec::new(), Vec::new(), None), |found| {
        let widens = found.0.iter().any(|change| change.widens);
        (found.0, found.1, Some(widens))
    });
    let text = version.as_ref().map(ToString::to_string);
    Ok(Packet {
        id: id(position, subject, text.as_deref()),
        change: *change,
        subject: subject.to_string(),
        digest: digest.map(|digest| digest.to_string()),
        before: was
            .as_ref()
            .map(|(_, (version, digest))| VersionAt { version: version.to_string(), digest: digest.map(|digest| digest.to_string()) }),
        landed: history.moment(position),
        risk: known.map(|known| known.risk).unwrap_or_default().as_str(),
        owners: known.into_iter().flat_map(|known| &known.owners).map(|name| history.person(name, position)).collect(),
        capabilities,
        widens,
        files,
        contributors: row.iter().flat_map(|row| &row.contributors).map(|name| history.person(name, position)).collect(),
        unknown_contributors: row.iter().flat_map(|row| row.unknown_contributors.iter().cloned()).collect(),
        baseline: row.as_ref().is_some_and(|row| row.baseline) && position == 0,
        state: row.as_ref().map(|row| row.state.as_str()),
        requirements: row.as_ref().map(|row| requirements(scene, row)).unwrap_or_default(),
        granted: granted.map(|event| history.at(event.landing)),
        lead_time: granted.map(|event| event.landing.position.0).filter(|at| *at >= position).map(|at| history.seconds(position, at)),
        decisions: made.iter().filter_map(|event| decisions::made(scene, event)).collect(),
        findings,
        proofs: proofs(scene, events.iter().chain(&made).chain(granted.iter()).copied()),
        version: text,
    })
}

/// The first grant from this landing on, else the last before it: bytes that come back need none.
fn granted<'e>(same: &[&'e Event], of_version: impl Fn(&&&'e Event) -> bool, position: u32) -> Option<&'e Event> {
    let grants: Vec<&Event> = same.iter().filter(of_version).filter(|event| event.action == Action::Granted).copied().collect();
    let since = grants.iter().find(|event| event.landing.position.0 >= position);
    let before = grants.iter().rfind(|event| event.landing.position.0 < position);
    before.or(since).copied()
}

fn requirements(scene: &Scene<'_>, row: &VersionState) -> Vec<RequirementMet> {
    let last = scene.history.last();
    let one = |requirement: &countersign_core::lifecycle::ledger::RequirementStatus| {
        let mut have: Vec<_> = requirement.have.iter().map(|(name, evidence)| decisions::approver(scene, name, *evidence, last)).collect();
        have.sort();
        RequirementMet {
            count: requirement.count,
            from: requirement.from.clone(),
            accept: requirement.accept.words().collect(),
            have,
            missing: requirement.missing,
        }
    };
    row.requirements.iter().map(one).collect()
}

fn proofs<'e>(scene: &Scene<'_>, events: impl Iterator<Item = &'e Event>) -> Vec<LeafProof> {
    let indices: BTreeSet<u64> = events.filter_map(|event| scene.question.log.index(event)).collect();
    indices.into_iter().filter_map(|index| scene.question.log.proof(index)).collect()
}

fn policy(scene: &Scene<'_>, event: &Event, about: &About<'_>) -> Packet {
    let history = &scene.history;
    let position = event.landing.position.0;
    let version = version_of(event);
    let same = about.get(&(&event.subject, event.digest)).cloned().unwrap_or_default();
    let same: Vec<&Event> = same.into_iter().filter(|other| other.serial == event.serial).collect();
    let granted = same.iter().find(|other| other.action == Action::PolicyInForce).copied();
    let made: Vec<&Event> = same.iter().filter(|other| matches!(other.action, Action::Decision(_))).copied().collect();
    let under = &history.era(position).policy;
    Packet {
        id: id(position, &event.subject, version.as_deref()),
        change: Change::PolicyProposed,
        subject: event.subject.to_string(),
        version,
        digest: event.digest.map(|digest| digest.to_string()),
        before: Some(VersionAt { version: under.policy.serial.to_string(), digest: Some(under.digest.to_string()) }),
        landed: history.at(event.landing),
        risk: "critical",
        owners: under.policy.administrators.iter().map(|name| history.person(name, position)).collect(),
        capabilities: Vec::new(),
        widens: None,
        files: Vec::new(),
        contributors: Vec::new(),
        unknown_contributors: Vec::new(),
        baseline: false,
        state: Some(if granted.is_some() { "approved" } else { "draft" }),
        requirements: Vec::new(),
        granted: granted.map(|event| history.at(event.landing)),
        lead_time: granted.map(|event| history.seconds(position, event.landing.position.0)),
        decisions: made.iter().filter_map(|event| decisions::made(scene, event)).collect(),
        findings: Vec::new(),
        proofs: proofs(scene, [event].into_iter().chain(made).chain(granted)),
    }
}

type Compared = (Vec<CapabilityChange>, Vec<FileChange>);
type Files = BTreeMap<String, (FileMode, ObjectId)>;

/// What changed from one landing to another; `None` where one side is no valid package.
fn compare(
    scene: &Scene<'_>,
    kind: Kind,
    (position, was): (Option<u32>, Option<(&str, Option<Digest>)>),
    (at, is): (u32, Option<(&str, Option<Digest>)>),
) -> Result<Option<Compared>, GitError> {
    let broken = |side: &Option<(&str, Option<Digest>)>| side.is_some_and(|(_, digest)| digest.is_none());
    if broken(&was) || broken(&is) {
        return Ok(None);
    }
    scene.question.repository.with_reader(|reader| {
        let before = listing(reader, scene.history.tree(position), was.map(|(path, _)| path))?;
        let after = listing(reader, scene.history.tree(Some(at)), is.map(|(path, _)| path))?;
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let files = paths.into_iter().filter_map(|path| {
            let change = match (before.get(path), after.get(path)) {
                (None, _) => "added",
                (_, None) => "removed",
                (one, other) if one == other => return None,
                _ => "changed",
            };
            Some(FileChange { path: path.clone(), change })
        });
        let files = files.collect();
        let changes = comparison::capabilities(&side(reader, kind, &before)?, &side(reader, kind, &after)?);
        let capabilities = changes.into_iter().map(|change| CapabilityChange {
            aspect: change.aspect.as_str(),
            item: change.item,
            change: match change.sign {
                '+' => "added",
                '-' => "removed",
                _ => "changed",
            },
            widens: change.widens,
        });
        Ok(Some((capabilities.collect(), files)))
    })
}

/// The regular files at `path`, or none.
fn listing(reader: &mut Reader, tree: Option<ObjectId>, path: Option<&str>) -> Result<Files, GitError> {
    let mut files = Files::new();
    let (Some(tree), Some(path)) = (tree, path) else { return Ok(files) };
    let Some(entry) = reader.entry_at(tree, path.as_bytes())? else { return Ok(files) };
    let mut add = |path: &[u8], mode: u32, id: ObjectId| {
        let mode = match mode {
            MODE_REGULAR => FileMode::Regular,
            MODE_EXECUTABLE => FileMode::Executable,
            _ => return,
        };
        files.insert(String::from_utf8_lossy(path).into_owned(), (mode, id));
    };
    if entry.is_tree() {
        reader.walk_tree(entry.id, |path, leaf| add(path, leaf.mode, leaf.id))?;
    } else {
        add(&entry.name, entry.mode, entry.id);
    }
    Ok(files)
}

fn side(reader: &mut Reader, kind: Kind, files: &Files) -> Result<PackageSide, GitError> {
    let read = |(path, (mode, id)): (&String, &(FileMode, ObjectId))| Ok((path.clone(), *mode, reader.blob(*id)?));
    Ok(PackageSide { kind, files: files.iter().map(read).collect::<Result<_, GitError>>()? })
}
