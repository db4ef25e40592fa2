//! What comes due: reviews, ends of approvals and keys, and how long records are kept.

use super::super::report::{Expiry, ExpiryKind, Retention, ReviewDue};
use super::AuditContext;
use countersign_core::evidence::roster::KeyOwner;
use countersign_core::lifecycle::ledger::{Action, Outcome, RecordStanding, Subject};
use countersign_model::time::Span;
use countersign_model::{DecisionKind, Digest, State};
use countersign_signature::VerificationKey;

const DAY: i64 = 86_400;

/// The next review of a subject, where the policy says how often and its files are there.
pub fn review(context: &AuditContext<'_>, subject: &Subject) -> Option<ReviewDue> {
    let policy = &context.request.replay.policy.policy;
    let spans = subject.paths.iter().flat_map(|path| {
        policy
            .entries_for(path.as_bytes())
            .filter_map(|entry| entry.review_every)
    });
    // Several entries: the shortest, as with every duty.
    let every = spans.map(|span| span.seconds).min()?;
    let last = subject.head_version().and_then(|version| {
        let approvals = context.events().iter().filter(|event| {
            event.subject == subject.id
                && event.digest == Some(version.key.digest)
                && event.action == Action::Decision(DecisionKind::Approve)
                && event.accepted
        });
        approvals
            .map(|event| context.history.time(event.landing.position.0))
            .max()
    });
    let due = last.map(|last| last.plus(every));
    Some(ReviewDue {
        subject: subject.id.clone(),
        owners: subject
            .owners
            .iter()
            .map(|name| context.history.person(name, context.history.last()))
            .collect(),
        every_days: every / DAY,
        last,
        due,
        overdue: due.is_none_or(|due| due <= context.request.now),
    })
}

pub fn reviews(context: &AuditContext<'_>) -> Vec<ReviewDue> {
    let subjects = context
        .request
        .replay
        .ledger
        .subjects
        .values()
        .filter(|subject| context.covers_package(&subject.id));
    let mut reviews: Vec<ReviewDue> = subjects
        .filter_map(|subject| review(context, subject))
        .collect();
    reviews.sort_by_cached_key(|review| (review.due, review.subject.to_string()));
    reviews
}

/// Approvals that end, of every subject's version in the tree or current, and keys that end.
pub fn expiring(context: &AuditContext<'_>) -> Vec<Expiry> {
    let mut expiring = Vec::new();
    for subject in context
        .request
        .replay
        .ledger
        .subjects
        .values()
        .filter(|subject| context.covers_package(&subject.id))
    {
        let versions = [subject.shown_version(), subject.current_version()];
        let mut versions: Vec<_> = versions
            .into_iter()
            .flatten()
            .filter(|version| version.state <= State::Deprecated)
            .collect();
        versions.dedup_by(|a, b| a.key == b.key);
        for version in versions {
            let Some(ends) = version.expires else {
                continue;
            };
            let what = format!("{} {}", subject.id, version.key.version);
            expiring.push(Expiry {
                kind: ExpiryKind::Approval,
                what,
                ends,
                ended: version.expired,
            });
        }
    }
    // A selection of subjects is about them, not about people.
    if context.request.selection.is_none() {
        expiring.extend(
            context
                .request
                .replay
                .policy
                .roster
                .keys()
                .iter()
                .filter_map(|key| key_expiry(context, key)),
        );
    }
    expiring.sort_by(|a, b| (a.ends, &a.what).cmp(&(b.ends, &b.what)));
    expiring
}

/// The end of a key of the policy in force; `None` when it has none or is not a principal's.
fn key_expiry(context: &AuditContext<'_>, key: &VerificationKey) -> Option<Expiry> {
    let ends = key.ends(context.request.now)?;
    let Some(KeyOwner::Principal(name)) = context.request.replay.policy.roster.owner(&key.handle())
    else {
        return None;
    };
    Some(Expiry {
        kind: ExpiryKind::Key,
        what: format!("{name} {}", key.id()),
        ends,
        ended: ends <= context.request.now,
    })
}

/// How old the records are, and which are missing from where they landed. Git keeps everything
/// unless history is rewritten.
pub fn retention(context: &AuditContext<'_>) -> Vec<Retention> {
    let periods = &context.request.replay.policy.policy.retention;
    let retention = |(kind, keep): (&String, &Span)| match kind.as_str() {
        "decisions" => decision_retention(context, *keep),
        other => Retention {
            kind: other.to_owned(),
            keep_days: keep.seconds / DAY,
            records: 0,
            oldest: None,
            older: 0,
            missing: Vec::new(),
            note: Some(
                "Countersign keeps no records of this kind; it evaluates only `decisions`."
                    .to_owned(),
            ),
        },
    };
    periods.iter().map(retention).collect()
}

fn decision_retention(context: &AuditContext<'_>, keep: Span) -> Retention {
    let records = context.request.replay.ledger.records.iter();
    let accepted: Vec<_> = records
        .filter(|(_, standing)| matches!(standing.outcome, Outcome::Accepted { .. }))
        .collect();
    let landed = |standing: &RecordStanding| context.history.time(standing.landing.position.0);
    let is_older = |standing: &RecordStanding| {
        context.request.now.unix() - landed(standing).unix() > keep.seconds
    };
    let missing = accepted
        .iter()
        .filter(|(digest, standing)| !is_older(standing) && !is_there(context, standing, **digest));
    let mut missing: Vec<String> = missing
        .map(|(_, standing)| standing.path.to_string())
        .collect();
    missing.sort();
    Retention {
        kind: "decisions".to_owned(),
        keep_days: keep.seconds / DAY,
        records: accepted.len() as u32,
        oldest: accepted.iter().map(|(_, standing)| landed(standing)).min(),
        older: accepted
            .iter()
            .filter(|(_, standing)| is_older(standing))
            .count() as u32,
        missing,
        note: None,
    }
}

/// Whether a record is still where it landed, unchanged.
fn is_there(context: &AuditContext<'_>, standing: &RecordStanding, digest: Digest) -> bool {
    let repository = context.request.repository;
    let tree = context.history.tree(Some(context.history.last()));
    let entry = tree.and_then(|tree| {
        repository
            .entry_at(tree, standing.path.as_bytes())
            .ok()
            .flatten()
    });
    let bytes = entry.and_then(|entry| repository.blob(entry.id).ok());
    bytes.is_some_and(|bytes| Digest::of(&bytes) == digest)
}
