//! Decisions with what their records say, and on what basis they were accepted or refused.

use super::super::report::{CountedApprover, DecisionMade};
use super::super::version_label::VersionLabel;
use super::AuditContext;
use countersign_core::check::rules::Rule;
use countersign_core::lifecycle::ledger::{Action, Event, Outcome};
use countersign_model::{EvidenceKind, PrincipalName};

/// The decision that an event is about, with its record read again; `None` for every other event.
pub fn decision_made(context: &AuditContext<'_>, event: &Event) -> Option<DecisionMade> {
    let Action::Decision(kind) = event.action else {
        return None;
    };
    let (digest, principal) = (event.record?, event.principal.as_ref()?);
    let history = &context.history;
    let position = event.landing.position.0;
    let key =
        context
            .request
            .replay
            .ledger
            .records
            .get(&digest)
            .and_then(|standing| match &standing.outcome {
                Outcome::Accepted { key, .. } => Some(key.clone()),
                Outcome::Refused { .. } => None,
            });
    let record = history.decision(&digest);
    Some(DecisionMade {
        decision: kind,
        subject: event.subject.clone(),
        version: VersionLabel::of(event)?,
        digest: event.digest,
        by: history.person(principal, position),
        meaning: record.as_ref().map(|record| record.meaning),
        reason: event.reason.as_deref().map(str::to_owned),
        signed: record.as_ref().map(|record| record.time),
        landed: history.moment_of(event.landing),
        evidence: event.evidence,
        basis: basis(context, event, principal, key.as_deref()),
        key,
        effect: event.accepted,
        refused_because: event.refused_because,
        record: digest,
        path: event.path.as_deref().unwrap_or_default().to_owned(),
        refs: record
            .as_ref()
            .map(|record| record.refs.clone())
            .unwrap_or_default(),
        recorded_by: record
            .as_ref()
            .and_then(|record| record.recorded_by.clone()),
    })
}

fn basis(
    context: &AuditContext<'_>,
    event: &Event,
    principal: &PrincipalName,
    key: Option<&str>,
) -> String {
    let serial = context
        .history
        .era(event.landing.position.0)
        .policy
        .policy
        .serial;
    let key = key.unwrap_or("unknown");
    let proof = match event.evidence {
        Some(EvidenceKind::Signature) => {
            format!(
                "the detached signature over the record is by the key {key}, which policy {serial} lists for {principal}"
            )
        }
        Some(EvidenceKind::Commit) => {
            format!(
                "the commit that added only this record is signed by the key {key}, which policy {serial} lists for {principal}"
            )
        }
        Some(EvidenceKind::Review) => {
            format!(
                "the review is recorded: the key {key} of a recorder under policy {serial} vouches for {principal}'s review on the forge"
            )
        }
        None => "nothing proved who wrote the record".to_owned(),
    };
    match event.refused_because {
        Some(rule) if !event.accepted => format!(
            "no effect because of the rule {rule} ({}); {proof}",
            lower(Rule::of(rule).summary)
        ),
        _ => proof,
    }
}

/// A sentence as a part of another.
pub fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A person who counts, with the name printed at a position.
pub fn approver(
    context: &AuditContext<'_>,
    name: &PrincipalName,
    evidence: EvidenceKind,
    position: u32,
) -> CountedApprover {
    let person = context.history.person(name, position);
    CountedApprover {
        principal: person.principal,
        name: person.name,
        evidence,
        strength: strength(evidence),
    }
}

/// Approvers in the order of reports.
pub fn sorted(mut approvers: Vec<CountedApprover>) -> Vec<CountedApprover> {
    approvers.sort_by(|a, b| {
        (&a.principal, &a.name, a.evidence.as_str()).cmp(&(
            &b.principal,
            &b.name,
            b.evidence.as_str(),
        ))
    });
    approvers
}

const fn strength(evidence: EvidenceKind) -> &'static str {
    match evidence {
        EvidenceKind::Signature => "this person's own key signed the record itself",
        EvidenceKind::Commit => {
            "this person's own key signed a commit that adds nothing but the record"
        }
        EvidenceKind::Review => {
            "a machine vouches that this person's account approved on the forge"
        }
    }
}
