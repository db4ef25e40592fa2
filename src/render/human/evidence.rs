//! Each record about a version: accepted or refused, and why.

use std::fmt::Write as _;

use crate::check::rules::Rule;
use crate::lifecycle::Ledger;
use crate::lifecycle::ledger::{Outcome, RecordStanding, ReviewStanding, Subject, VersionState};
use crate::model::{DecisionKind, Digest, Observation, RuleId, State};
use crate::render::escape;
use crate::render::paint::{Paint, Tone};

/// The records of `version`, and those that block every version, in words.
pub(super) fn list(
    ledger: &Ledger,
    subject: &Subject,
    version: Option<&VersionState>,
    paint: Paint,
) -> String {
    let (records, reviews) = (
        records(ledger, subject, version),
        reviews(ledger, subject, version),
    );
    if records.is_empty() && reviews.is_empty() {
        return "  no decision names this version\n".to_owned();
    }
    let records = records
        .iter()
        .map(|(digest, standing)| one(ledger, subject, version, digest, standing, paint));
    records
        .chain(
            reviews
                .iter()
                .map(|standing| review(ledger, standing, paint)),
        )
        .collect()
}

/// The reviews of `version` that a forge reported in this run, in the order in which they were judged.
pub(in crate::render) fn reviews<'l>(
    ledger: &'l Ledger,
    subject: &Subject,
    version: Option<&VersionState>,
) -> Vec<&'l ReviewStanding> {
    let about = |standing: &&ReviewStanding| match (&standing.about, version) {
        (Some((id, key)), Some(version)) => *id == subject.id && *key == version.key,
        _ => false,
    };
    ledger.reviews.iter().filter(about).collect()
}

/// Why a review does not count; `None` when it counts.
pub(in crate::render) fn why_not(ledger: &Ledger, standing: &ReviewStanding) -> Option<String> {
    match (&standing.outcome, ledger.review_event(standing)) {
        _ if ledger.counts(standing) => None,
        (Err(fault), _) => Some(fault.to_string()),
        (Ok(_), event) => Some(because(
            event
                .and_then(|event| event.refused_because)
                .unwrap_or(RuleId::ReviewNotCounted),
        )),
    }
}

fn review(ledger: &Ledger, standing: &ReviewStanding, paint: Paint) -> String {
    let who = standing
        .principal
        .as_ref()
        .map_or("someone", |name| name.as_str());
    let why = why_not(ledger, standing);
    let (word, tone) = if why.is_none() {
        ("counts", Tone::Good)
    } else {
        ("does not count", Tone::Wait)
    };
    let how = why.unwrap_or_else(|| "reported by the forge, not recorded yet".to_owned());
    format!(
        "  {} review by {who}: {}\n    {}\n",
        paint.paint(tone, word),
        escape::terminal(&how),
        paint.paint(Tone::Faint, &standing.at.to_string())
    )
}

/// The records of `version`, and those that block every version, in order of landing.
pub(in crate::render) fn records<'l>(
    ledger: &'l Ledger,
    subject: &'l Subject,
    version: Option<&'l VersionState>,
) -> Vec<(&'l Digest, &'l RecordStanding)> {
    let digests = version
        .map(|version| version.records.as_slice())
        .unwrap_or_default()
        .iter()
        .chain(&subject.blocked_all);
    let mut records: Vec<(&Digest, &RecordStanding)> = digests
        .filter_map(|digest| Some((digest, ledger.records.get(digest)?)))
        .collect();
    records.sort_by_key(|(digest, standing)| (standing.landing.position, *digest));
    records.dedup();
    records
}

/// The accepted record that set the state, where one did.
pub(super) fn deciding<'l>(
    ledger: &'l Ledger,
    subject: &Subject,
    version: Option<&VersionState>,
    state: State,
) -> Option<&'l RecordStanding> {
    let kind = match state {
        State::Draft | State::Approved => return None,
        State::Deprecated => DecisionKind::Deprecate,
        State::Archived => DecisionKind::Archive,
        State::RolledBack => DecisionKind::Rollback,
        State::Blocked => DecisionKind::Block,
        State::Revoked => DecisionKind::Revoke,
    };
    let digests = version
        .map(|version| version.records.as_slice())
        .unwrap_or_default()
        .iter()
        .chain(&subject.blocked_all);
    let accepted = digests
        .filter_map(|digest| ledger.records.get(digest))
        .filter(|standing| {
            standing.decision == Some(kind) && matches!(standing.outcome, Outcome::Accepted { .. })
        });
    accepted.max_by_key(|standing| standing.landing.position)
}

fn one(
    ledger: &Ledger,
    subject: &Subject,
    version: Option<&VersionState>,
    digest: &Digest,
    standing: &RecordStanding,
    paint: Paint,
) -> String {
    let decision = standing.decision.map_or("decision", |kind| kind.as_str());
    let who = standing
        .principal
        .as_ref()
        .map_or("someone", |name| name.as_str());
    // A record may be proved and still have no effect.
    let event = ledger
        .events
        .iter()
        .find(|event| event.record == Some(*digest) && event.subject == subject.id);
    let without_effect = event
        .filter(|event| !event.accepted)
        .and_then(|event| event.refused_because);
    let (word, tone, how) = match (&standing.outcome, without_effect) {
        (Outcome::Refused { rule, detail }, _) => (
            "refused",
            Tone::Bad,
            format!("{}{}", because(*rule), aside(detail)),
        ),
        (Outcome::Accepted { evidence, key }, Some(rule)) => (
            "no effect",
            Tone::Wait,
            format!("{} (proved by {evidence}, {key})", because(rule)),
        ),
        (Outcome::Accepted { evidence, key }, None) => {
            match void_because(ledger, subject, version, standing) {
                Some(rule) => (
                    "no longer counts",
                    Tone::Wait,
                    format!(
                        "{} (accepted when it landed, proved by {evidence}, {key})",
                        because(rule)
                    ),
                ),
                None => (
                    "accepted",
                    Tone::Good,
                    format!("proved by {evidence}, {key}"),
                ),
            }
        }
    };
    let mut text = format!(
        "  {} {decision} by {who}: {}\n",
        paint.paint(tone, word),
        escape::terminal(&how)
    );
    let place = format!(
        "{} at position {}",
        standing.path, standing.landing.position
    );
    let _ = writeln!(
        text,
        "    {}",
        paint.paint(Tone::Faint, &escape::terminal(&place))
    );
    if let Some(reason) = event.and_then(|event| event.reason.as_deref()) {
        let _ = writeln!(text, "    “{}”", escape::terminal(reason));
    }
    text
}

/// The rule because of which an approve or unblock that was accepted when it landed counts for
/// nothing today: what the lifecycle observed about it where it is.
pub(in crate::render) fn void_because(
    ledger: &Ledger,
    subject: &Subject,
    version: Option<&VersionState>,
    standing: &RecordStanding,
) -> Option<RuleId> {
    const VOID: [RuleId; 6] = [
        RuleId::PrincipalSuspended,
        RuleId::DecisionReplayed,
        RuleId::SelfApproval,
        RuleId::KeyCompromised,
        RuleId::NotAuthorized,
        RuleId::EvidenceNotAccepted,
    ];
    standing.decision.filter(|kind| kind.raises())?;
    let about = |observation: &&Observation| {
        VOID.contains(&observation.rule)
            && observation.subject.as_ref() == Some(&subject.id)
            && observation.version.as_ref() == version.map(|version| &version.key.version)
            && observation
                .place
                .as_ref()
                .is_some_and(|place| *place.path == *standing.path)
    };
    let observed = ledger.observations.iter().find(about)?;
    Some(observed.rule)
}

fn because(rule: RuleId) -> String {
    let summary = Rule::of(rule).summary;
    let mut letters = summary.chars();
    let summary = letters
        .next()
        .map(|first| format!("{}{}", first.to_lowercase(), letters.as_str()))
        .unwrap_or_default();
    format!("{rule}, {summary}")
}

fn aside(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    }
}
