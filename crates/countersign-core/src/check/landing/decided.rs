//! Who decided what stands in the way, and why: looked up in the ledger's records and events.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::check::moves::Moves;
use crate::check::remedy::Case;
use crate::lifecycle::ledger::{
    Action, Event, Ledger, Outcome, RecordStanding, Subject, VersionKey, VersionState,
};
use countersign_model::{DecisionKind, Digest, Fact, Observation, SubjectId};

/// Records and events by what they are about. Events are only looked through when something stands
/// in the way.
pub(super) struct Decided<'l> {
    ledger: &'l Ledger,
    reasons: OnceCell<BTreeMap<Digest, &'l str>>,
    removed: OnceCell<BTreeMap<&'l SubjectId, VersionKey>>,
    moves: OnceCell<Moves>,
}

impl<'l> Decided<'l> {
    pub(super) const fn of(ledger: &'l Ledger) -> Self {
        Self {
            ledger,
            reasons: OnceCell::new(),
            removed: OnceCell::new(),
            moves: OnceCell::new(),
        }
    }

    /// What the block names that stops a version, as `unblock` takes it.
    pub(super) fn blocked(&self, subject: &Subject, version: &VersionState) -> String {
        Case {
            ledger: self.ledger,
            subject,
            version,
        }
        .blocked()
    }

    /// What became of a record.
    pub(super) fn standing(&self, record: &Digest) -> Option<&'l RecordStanding> {
        self.ledger.records.get(record)
    }

    /// The version that left the tree last.
    pub(super) fn removed(&self, subject: &SubjectId) -> Option<&VersionKey> {
        let removed = |event: &'l Event| match (event.action, &event.version, event.digest) {
            (Action::Removed, Some(version), Some(digest)) => Some((
                &event.subject,
                VersionKey {
                    version: version.clone(),
                    digest,
                },
            )),
            _ => None,
        };
        self.removed
            .get_or_init(|| self.ledger.events.iter().filter_map(removed).collect())
            .get(subject)
    }

    /// What moved.
    pub(super) fn moves(&self) -> &Moves {
        self.moves.get_or_init(|| Moves::of(self.ledger))
    }

    /// Why a record was made, as it says.
    fn reason(&self, record: &Digest) -> Option<&'l str> {
        let reason = |event: &'l Event| match event.action {
            Action::Decision(_) => Some((event.record?, event.reason.as_deref()?)),
            _ => None,
        };
        self.reasons
            .get_or_init(|| self.ledger.events.iter().filter_map(reason).collect())
            .get(record)
            .copied()
    }

    /// The accepted record of `kind` that landed last.
    pub(super) fn latest<'r>(
        &self,
        kind: DecisionKind,
        records: impl Iterator<Item = &'r Digest>,
    ) -> Option<&'r Digest> {
        let accepted = records.filter(|record| {
            let standing = self.standing(record);
            standing.is_some_and(|standing| {
                standing.decision == Some(kind)
                    && matches!(standing.outcome, Outcome::Accepted { .. })
            })
        });
        accepted.max_by_key(|record| {
            (
                self.standing(record)
                    .map(|standing| standing.landing.position),
                **record,
            )
        })
    }

    /// Adds who decided and why.
    pub(super) fn explain(
        &self,
        mut observation: Observation,
        record: Option<&Digest>,
    ) -> Observation {
        let Some(record) = record else {
            return observation;
        };
        if let Some(principal) = self
            .standing(record)
            .and_then(|standing| standing.principal.clone())
        {
            observation = observation.with(Fact::By, &principal).principal(&principal);
        }
        match self.reason(record) {
            Some(reason) => observation.with(Fact::Reason, reason),
            None => observation,
        }
    }

    /// Explains a revocation, which may have named the same bytes under another version or subject.
    pub(super) fn revocation(
        &self,
        observation: Observation,
        subject: &Subject,
        version: &VersionState,
    ) -> Observation {
        if let Some(record) = self.latest(DecisionKind::Revoke, version.records.iter()) {
            return self.explain(observation, Some(record));
        }
        let named = self.ledger.subjects.values().flat_map(|other| {
            other
                .versions
                .iter()
                .map(move |other_version| (other, other_version))
        });
        let elsewhere = named.filter(|(other, other_version)| {
            other_version.key.digest == version.key.digest
                && (other.id != subject.id || other_version.key.version != version.key.version)
        });
        for (other, other_version) in elsewhere {
            if let Some(record) = self.latest(DecisionKind::Revoke, other_version.records.iter()) {
                let observation = observation.with(
                    Fact::Revoked,
                    format!("{} {}", other.id, other_version.key.version.label()),
                );
                return self.explain(observation, Some(record));
            }
        }
        observation
    }
}
