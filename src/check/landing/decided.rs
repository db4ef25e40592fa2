//! Who decided what stands in the way, and why: looked up in the ledger's records and events.

use std::collections::BTreeMap;

use crate::lifecycle::ledger::{Action, Event, Ledger, Outcome, RecordStanding, Row, RowKey, Subject};
use crate::model::{DecisionKind, Digest, Observation, SubjectId};

/// Records and events by what they are about.
pub(super) struct Decided<'l> {
    ledger: &'l Ledger,
    events: BTreeMap<Digest, &'l Event>,
    removed: BTreeMap<&'l SubjectId, RowKey>,
}

impl<'l> Decided<'l> {
    pub(super) fn of(ledger: &'l Ledger) -> Self {
        let mut events = BTreeMap::new();
        let mut removed = BTreeMap::new();
        for event in &ledger.events {
            if let (Action::Decision(_), Some(record)) = (event.action, event.record) {
                events.insert(record, event);
            }
            if let (Action::Removed, Some(version), Some(digest)) = (event.action, &event.version, event.digest) {
                removed.insert(&event.subject, RowKey { version: version.clone(), digest });
            }
        }
        Self { ledger, events, removed }
    }

    /// What became of a record.
    pub(super) fn standing(&self, record: &Digest) -> Option<&'l RecordStanding> {
        self.ledger.records.get(record)
    }

    /// The row that left the tree last.
    pub(super) fn removed(&self, subject: &SubjectId) -> Option<&RowKey> {
        self.removed.get(subject)
    }

    /// The accepted record of `kind` that landed last.
    pub(super) fn latest<'r>(&self, kind: DecisionKind, records: impl Iterator<Item = &'r Digest>) -> Option<&'r Digest> {
        let accepted = records.filter(|record| {
            let standing = self.standing(record);
            standing.is_some_and(|standing| standing.decision == Some(kind) && matches!(standing.outcome, Outcome::Accepted { .. }))
        });
        accepted.max_by_key(|record| (self.standing(record).map(|standing| standing.landing.position), **record))
    }

    /// Adds who decided and why.
    pub(super) fn explain(&self, mut observation: Observation, record: Option<&Digest>) -> Observation {
        let Some(record) = record else { return observation };
        if let Some(principal) = self.standing(record).and_then(|standing| standing.principal.clone()) {
            observation = observation.with("by", &principal).principal(&principal);
        }
        match self.events.get(record).and_then(|event| event.reason.as_ref()) {
            Some(reason) => observation.with("reason", reason),
            None => observation,
        }
    }

    /// Explains a revocation, which may have named the same bytes under another version or subject.
    pub(super) fn revocation(&self, observation: Observation, subject: &Subject, row: &Row) -> Observation {
        if let Some(record) = self.latest(DecisionKind::Revoke, row.records.iter()) {
            return self.explain(observation, Some(record));
        }
        let named = self.ledger.subjects.values().flat_map(|other| other.rows.iter().map(move |other_row| (other, other_row)));
        let elsewhere = named.filter(|(other, other_row)| {
            other_row.key.digest == row.key.digest && (other.id != subject.id || other_row.key.version != row.key.version)
        });
        for (other, other_row) in elsewhere {
            if let Some(record) = self.latest(DecisionKind::Revoke, other_row.records.iter()) {
                let observation = observation.with("revoked", format!("{} {}", other.id, other_row.key.version.label()));
                return self.explain(observation, Some(record));
            }
        }
        observation
    }
}
