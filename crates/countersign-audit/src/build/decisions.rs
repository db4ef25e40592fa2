//! Decisions with what their records say, and why they were believed.

use super::super::leaf::version_of;
use super::super::report::{Approver, DecisionMade};
use super::Scene;
use countersign_core::check::rules::Rule;
use countersign_core::lifecycle::ledger::{Action, Event, Outcome};
use countersign_model::decision::Meaning;
use countersign_model::{EvidenceKind, PrincipalName};

/// What an event of a decision tells, with its record read again; `None` for every other event.
pub fn made(scene: &Scene<'_>, event: &Event) -> Option<DecisionMade> {
    let Action::Decision(kind) = event.action else { return None };
    let (record, principal) = (event.record?, event.principal.as_ref()?);
    let position = event.landing.position.0;
    let standing = scene.question.replay.ledger.records.get(&record);
    let read = scene.history.decision(&record);
    let key = standing.and_then(|standing| match &standing.outcome {
        Outcome::Accepted { key, .. } => Some(key.clone()),
        Outcome::Refused { .. } => None,
    });
    Some(DecisionMade {
        decision: kind.as_str(),
        subject: event.subject.to_string(),
        version: version_of(event).unwrap_or_default(),
        digest: event.digest.map(|digest| digest.to_string()),
        by: scene.history.person(principal, position),
        meaning: read.as_ref().map(|decision| meaning(decision.meaning).to_owned()),
        reason: event.reason.as_deref().map(str::to_owned),
        signed: read.as_ref().map(|decision| decision.time.to_string()),
        landed: scene.history.at(event.landing),
        evidence: event.evidence.map(EvidenceKind::as_str),
        key: key.clone(),
        effect: event.accepted,
        refused_because: event.refused_because.map(|rule| rule.to_string()),
        believed: believed(scene, event, principal, key.as_deref()),
        record: record.to_string(),
        path: event.path.as_deref().unwrap_or_default().to_owned(),
        refs: read.as_ref().map(|decision| decision.refs.clone()).unwrap_or_default(),
        recorded_by: read.as_ref().and_then(|decision| decision.recorded_by.as_ref().map(ToString::to_string)),
    })
}

const fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Approval => "approval",
        Meaning::Review => "review",
        Meaning::Responsibility => "responsibility",
    }
}

fn believed(scene: &Scene<'_>, event: &Event, principal: &PrincipalName, key: Option<&str>) -> String {
    let serial = scene.history.era(event.landing.position.0).policy.policy.serial;
    let key = key.unwrap_or("unknown");
    let proof = match event.evidence {
        Some(EvidenceKind::Signature) => {
            format!("the detached signature over the record is by the key {key}, which policy {serial} lists for {principal}")
        }
        Some(EvidenceKind::Commit) => {
            format!("the commit that added only this record is signed by the key {key}, which policy {serial} lists for {principal}")
        }
        Some(EvidenceKind::Review) => {
            format!("the key {key} of a recorder under policy {serial} vouches for {principal}'s review on the forge")
        }
        None => "nothing proved who wrote the record".to_owned(),
    };
    match event.refused_because {
        Some(rule) if !event.accepted => format!("no effect, by the rule {rule} ({}); {proof}", lower(Rule::of(rule).summary)),
        _ => proof,
    }
}

/// A sentence as a part of another.
pub fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Somebody who counts, at a position.
pub fn approver(scene: &Scene<'_>, name: &PrincipalName, evidence: EvidenceKind, position: u32) -> Approver {
    let person = scene.history.person(name, position);
    Approver { principal: person.principal, name: person.name, evidence: evidence.as_str(), strength: strength(evidence) }
}

const fn strength(evidence: EvidenceKind) -> &'static str {
    match evidence {
        EvidenceKind::Signature => "this person's own key signed the record itself",
        EvidenceKind::Commit => "this person's own key signed a commit that adds nothing but the record",
        EvidenceKind::Review => "a machine vouches that this person's account approved on the forge",
    }
}
