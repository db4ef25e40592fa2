//! What comes due: reviews, ends of approvals and keys, and how long records are kept.

use super::super::report::{Expiry, Retention, ReviewDue};
use super::{Scene, inventory};
use countersign_core::evidence::roster::KeyOwner;
use countersign_core::lifecycle::ledger::{Action, Outcome, Subject};
use countersign_model::{DecisionKind, State};

const DAY: i64 = 86_400;

/// The next review of a subject, where the policy says how often and its files are there.
pub fn review(scene: &Scene<'_>, subject: &Subject) -> Option<ReviewDue> {
    let policy = &scene.question.replay.policy.policy;
    let spans = subject.paths.iter().flat_map(|path| policy.entries_for(path.as_bytes()).filter_map(|entry| entry.review_every));
    // Several entries: the shortest, as with every duty.
    let every = spans.map(|span| span.seconds).min()?;
    let row = subject.head_version();
    let last = row.and_then(|row| {
        let approved = scene.events().iter().filter(|event| {
            event.subject == subject.id
                && event.digest == Some(row.key.digest)
                && event.action == Action::Decision(DecisionKind::Approve)
                && event.accepted
        });
        approved.map(|event| scene.history.time(event.landing.position.0)).max()
    });
    let due = last.map(|last| last.plus(every));
    Some(ReviewDue {
        subject: subject.id.to_string(),
        owners: subject.owners.iter().map(|name| scene.history.person(name, scene.history.last())).collect(),
        every_days: every / DAY,
        last: last.map(|time| time.to_string()),
        due: due.map(|time| time.to_string()),
        overdue: due.is_none_or(|due| due <= scene.question.now),
    })
}

pub fn reviews(scene: &Scene<'_>) -> Vec<ReviewDue> {
    let subjects = scene.question.replay.ledger.subjects.values().filter(|subject| scene.governed(&subject.id));
    let mut found: Vec<ReviewDue> = subjects.filter_map(|subject| review(scene, subject)).collect();
    found.sort_by(|a, b| (&a.due, &a.subject).cmp(&(&b.due, &b.subject)));
    found
}

/// Approvals that end, of every subject's version in the tree or current.
pub fn expiring(scene: &Scene<'_>) -> Vec<Expiry> {
    let mut found = Vec::new();
    for subject in scene.question.replay.ledger.subjects.values().filter(|subject| scene.governed(&subject.id)) {
        let rows = [inventory::shown(subject), subject.current_version()];
        let mut rows: Vec<_> = rows.into_iter().flatten().filter(|row| row.state <= State::Deprecated).collect();
        rows.dedup_by(|a, b| a.key == b.key);
        for row in rows {
            let Some(ends) = row.expires else { continue };
            let what = format!("{} {}", subject.id, row.key.version);
            found.push(Expiry { kind: "approval", what, ends: ends.to_string(), ended: row.expired });
        }
    }
    found.extend(keys(scene));
    found.sort_by(|a, b| (&a.ends, &a.what).cmp(&(&b.ends, &b.what)));
    found
}

/// Keys of the policy in force that say when they end.
fn keys(scene: &Scene<'_>) -> Vec<Expiry> {
    let now = scene.question.now;
    let roster = &scene.question.replay.policy.roster;
    let told = |key: &countersign_signature::VerificationKey| {
        let ends = key.ends(now)?;
        let Some(KeyOwner::Principal(name)) = roster.owner(&key.handle()) else { return None };
        Some(Expiry { kind: "key", what: format!("{name} {}", key.id()), ends: ends.to_string(), ended: ends <= now })
    };
    // A selection of subjects is about them, not about people.
    if scene.question.subjects.is_some() { Vec::new() } else { roster.keys().iter().filter_map(told).collect() }
}

/// What is kept. Git keeps everything that nobody rewrote; this says how old it is and what is missing from where it landed.
pub fn retention(scene: &Scene<'_>) -> Vec<Retention> {
    let kept = &scene.question.replay.policy.policy.retention;
    let tell = |(kind, span): (&String, &countersign_model::time::Span)| {
        let mut told = Retention {
            kind: kind.clone(),
            keep_days: span.seconds / DAY,
            records: 0,
            oldest: None,
            older: 0,
            missing: Vec::new(),
            note: None,
        };
        if kind != "decisions" {
            told.note = Some("Countersign keeps no records of this kind; only `decisions` are evaluated.".to_owned());
            return told;
        }
        let mut oldest = None;
        for (digest, standing) in &scene.question.replay.ledger.records {
            if !matches!(standing.outcome, Outcome::Accepted { .. }) {
                continue;
            }
            let landed = scene.history.time(standing.landing.position.0);
            let age = scene.question.now.unix() - landed.unix();
            told.records += 1;
            told.older += u32::from(age > span.seconds);
            oldest = oldest.min(Some(landed)).or(Some(landed));
            let path = standing.path.as_bytes();
            let tree = scene.history.tree(Some(scene.history.last()));
            let lies = tree.and_then(|tree| scene.question.repository.entry_at(tree, path).ok().flatten());
            let bytes = lies.and_then(|entry| scene.question.repository.blob(entry.id).ok());
            let same = bytes.is_some_and(|bytes| countersign_model::Digest::of(&bytes) == *digest);
            if age <= span.seconds && !same {
                told.missing.push(standing.path.to_string());
            }
        }
        told.oldest = oldest.map(|time| time.to_string());
        told.missing.sort();
        told
    };
    kept.iter().map(tell).collect()
}
