//! From records to decisions whose author is proved.
//!
//! A record is judged once in the repository. One that raises, where it first comes into the tree.
//! One that lowers, at every landing that makes a copy of it reachable, on whatever line, until its
//! author is proved: a person who lands it without its proof must not be able to void it. What had
//! no effect here, because it was copied to where it could have none, may still have one on the
//! line that it came from: see `other_line`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::{Evidence, Occasion, PolicyVersion, Record, Refusal, attribute};
use countersign_model::{Decision, Digest, Fact, Observation, Place, RuleId, SubjectId, Timestamp};

use super::compact::append;
use super::ledger::{Action, Event, LandingRef, Outcome, RecordStanding};
use super::state::Lifecycle;

/// A record whose author is proved, at the landing that made it reachable.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    pub digest: Digest,
    pub path: Arc<str>,
    pub decision: Arc<Decision>,
    pub evidence: Evidence,
    /// Set for a record of a side line: what the ledger keeps of it once it has an effect here.
    pub dropped: Option<Box<RecordStanding>>,
}

impl Admitted {
    /// Whether a forge reported it in this run, and no record holds it.
    pub fn is_live(&self) -> bool {
        self.decision.review.is_some() && self.decision.recorded_by.is_none()
    }

    /// Whether it comes from a side line only.
    pub const fn is_dropped(&self) -> bool {
        self.dropped.is_some()
    }
}

/// The records of a landing.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'r> {
    /// Those that came into the tree or changed there.
    pub records: &'r [Record],
    /// Those that the commits of side lines introduce otherwise than the tree has them.
    pub side: &'r [Record],
    /// Paths of `records` that they introduce exactly so.
    pub copies: &'r BTreeSet<String>,
}

impl<'r> Arrived<'r> {
    /// Every record that the commits of side lines introduce.
    pub fn of_side_lines(self) -> impl Iterator<Item = &'r Record> {
        self.side.iter().chain(
            self.records
                .iter()
                .filter(move |record| self.copies.contains(&*record.path)),
        )
    }

    /// Those that the tree brings, and those of side lines that take trust away, in an order that
    /// depends on their content only; with whether each is of a side line. Only the tree gives
    /// trust.
    fn to_judge(self) -> impl Iterator<Item = (&'r Record, bool)> {
        let side = in_order(self.side)
            .into_iter()
            .filter(|record| record.lowers());
        in_order(self.records)
            .into_iter()
            .map(|record| (record, false))
            .chain(side.map(|record| (record, true)))
    }
}

impl Lifecycle {
    /// Proves the author of each record that has something left to decide, and of which `concerns`
    /// holds.
    pub(super) fn admit_all(
        &mut self,
        at: LandingRef,
        arrived: Arrived<'_>,
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
        concerns: fn(&Record) -> bool,
    ) -> Vec<Admitted> {
        let mut admitted: Vec<Admitted> = Vec::new();
        for (record, dropped) in arrived.to_judge() {
            if !concerns(record) || self.is_settled(record) && !self.partly.contains(&record.digest)
            {
                continue;
            }
            // One copy speaks for all, the tree's own before those of side lines.
            if admitted.iter().any(|known| known.digest == record.digest) {
                continue;
            }
            match self.admit(record, dropped, under, successor) {
                Ok(evidence) => {
                    let decision = record
                        .decision
                        .as_ref()
                        .expect("an admitted record was read");
                    let outcome = Outcome::Accepted {
                        evidence: evidence.kind,
                        key: evidence.key_id(),
                    };
                    let standing = if dropped {
                        Some(Box::new(standing(at, record, outcome)))
                    } else {
                        self.stand(at, record, outcome);
                        None
                    };
                    admitted.push(Admitted {
                        digest: record.digest,
                        path: record.path.clone(),
                        decision: Arc::clone(decision),
                        evidence,
                        dropped: standing,
                    });
                }
                Err(_) if dropped => {}
                Err(refusal) => self.refuse(at, record, &refusal),
            }
        }
        admitted
    }

    /// Whether a record was judged for good.
    pub(super) fn is_settled(&self, record: &Record) -> bool {
        self.records.contains_key(&record.digest)
            && (!record.lowers() || self.is_accepted(&record.digest))
    }

    /// Whether every item of a record that lowers has had its effect.
    pub(super) fn had_every_effect(&self, record: &Record) -> bool {
        let items = record
            .decision
            .as_ref()
            .map_or(0, |decision| decision.items.len());
        self.records
            .get(&record.digest)
            .is_some_and(|standing| standing.effects.len() >= items)
    }

    /// Whether the author of a record was proved.
    pub(super) fn is_accepted(&self, record: &Digest) -> bool {
        self.records
            .get(record)
            .is_some_and(|standing| matches!(standing.outcome, Outcome::Accepted { .. }))
    }

    /// Whether one item of a record has had its effect.
    pub(super) fn had_effect(&self, record: &Digest, item: usize) -> bool {
        self.records
            .get(record)
            .is_some_and(|standing| standing.effects.contains(&(item as u32)))
    }

    /// Trust rule 2: where the landing brings a policy into force, raising needs both, lowering
    /// either.
    ///
    /// The date of a record that lowers does not matter: the person who lands it also dates the
    /// landing, and could make it too new.
    pub(super) fn admit(
        &self,
        record: &Record,
        dropped: bool,
        under: &PolicyVersion,
        successor: Option<&PolicyVersion>,
    ) -> Result<Evidence, Refusal> {
        let dateless = dropped || record.lowers();
        let ledger_time = if dateless {
            Timestamp::from_unix(i64::MAX)
        } else {
            self.ledger_time
        };
        let occasion = Occasion {
            ledger_time,
            candidate: self.candidate,
        };
        if let Ok(decision) = &record.decision {
            if let Some(name) = [Some(&decision.principal), decision.recorded_by.as_ref()]
                .into_iter()
                .flatten()
                .find(|name| self.suspended(name))
            {
                let detail = format!("{name} is suspended");
                return Err(Refusal {
                    rule: RuleId::PrincipalSuspended,
                    detail,
                });
            }
            if *record.path != *decision.path() && decision.kind.raises() {
                return Err(Refusal {
                    rule: RuleId::RecordMisplaced,
                    detail: format!("it belongs at {}", decision.path()),
                });
            }
        }
        let now = attribute(record, under, occasion);
        let Some(successor) = successor else {
            return now;
        };
        let then = attribute(record, successor, occasion);
        if record.raises() {
            now.and_then(|evidence| then.map(|_| evidence))
        } else {
            now.or(then)
        }
    }

    /// Notes what became of a record. What was accepted stays as it landed.
    pub(super) fn stand(&mut self, at: LandingRef, record: &Record, outcome: Outcome) {
        if !self.is_accepted(&record.digest) {
            self.records
                .insert(record.digest, standing(at, record, outcome));
        }
    }

    pub(super) fn refuse(&mut self, at: LandingRef, record: &Record, refusal: &Refusal) {
        // What was accepted once, and comes again where its author may not decide, stays accepted.
        if self.is_accepted(&record.digest) {
            return;
        }
        // A suspension is judged before the other records of its landing and again among them: one
        // refusal is one event.
        let known = self.records.get(&record.digest).is_some_and(|standing| {
            standing.landing == at
                && matches!(standing.outcome, Outcome::Refused { rule, .. } if rule == refusal.rule)
        });
        self.stand(
            at,
            record,
            Outcome::Refused {
                rule: refusal.rule,
                detail: refusal.detail.clone(),
            },
        );
        if known {
            return;
        }
        if let Ok(decision) = &record.decision {
            for item in &decision.items {
                let mut event =
                    decision_event(at, record.digest, decision, &item.subject, &item.version);
                event.path = Some(record.path.clone());
                event.accepted = false;
                event.refused_because = Some(refusal.rule);
                append(&mut self.events, event);
            }
        }
    }

    /// An event of an accepted record, with or without effect.
    pub(super) fn happened(
        &mut self,
        at: LandingRef,
        admitted: &Admitted,
        item: usize,
        effect: Result<(), RuleId>,
    ) {
        // What a merge dropped and no one is bound by has not been judged.
        if effect.is_err() && admitted.is_dropped() {
            return;
        }
        if effect.is_ok() {
            self.note_effect(admitted, item);
        } else if !admitted.decision.kind.raises() {
            self.idle_at.insert(at.position);
        }
        let item = &admitted.decision.items[item];
        let mut event = decision_event(
            at,
            admitted.digest,
            &admitted.decision,
            &item.subject,
            &item.version,
        );
        event.path = Some(admitted.path.clone());
        event.evidence = Some(admitted.evidence.kind);
        event.accepted = effect.is_ok();
        event.refused_because = effect.err();
        if effect.is_ok()
            && let Some(rule) = self.uncounted(admitted, item)
        {
            // It is accepted, and may count under another policy or over other bytes; today it does
            // not.
            event.accepted = false;
            event.refused_because = Some(rule);
        }
        if let Some(rule) = effect.err() {
            let mut observation = Observation::new(rule)
                .subject(&item.subject)
                .principal(&admitted.decision.principal)
                .landing(at.position, at.commit)
                .with(Fact::Decision, admitted.decision.kind);
            if !admitted.is_live() {
                observation = observation.place(Place::file(&*admitted.path));
            }
            observation.version.clone_from(&event.version);
            self.observations.push(observation);
        }
        append(&mut self.events, event);
    }

    /// Notes that an item of a record has had its effect; from then on the ledger knows a record
    /// that a merge dropped.
    pub(super) fn note_effect(&mut self, admitted: &Admitted, item: usize) {
        if let Some(standing) = &admitted.dropped
            && !self.is_accepted(&admitted.digest)
        {
            self.records.insert(admitted.digest, (**standing).clone());
            self.dropped.insert(admitted.digest);
        }
        // What raises is judged once anyway.
        if admitted.decision.kind.raises() {
            return;
        }
        if let Some(standing) = self.records.get_mut(&admitted.digest)
            && !standing.effects.contains(&(item as u32))
        {
            standing.effects.push(item as u32);
        }
    }
}

pub(super) fn standing(at: LandingRef, record: &Record, outcome: Outcome) -> RecordStanding {
    let decision = record.decision.as_ref().ok();
    RecordStanding {
        path: record.path.clone(),
        landing: at,
        decision: decision.map(|decision| decision.kind),
        principal: decision.map(|decision| decision.principal.clone()),
        recorded_by: decision.and_then(|decision| decision.recorded_by.clone()),
        subjects: decision
            .map(|decision| {
                decision
                    .items
                    .iter()
                    .map(|item| item.subject.clone())
                    .collect()
            })
            .unwrap_or_default(),
        signatures: record.signature_files.clone(),
        outcome,
        effects: Vec::new(),
    }
}

/// Gives every copy of a record that lowers the proofs of all its copies in the landing.
pub(super) fn share_proofs(records: &mut [Record], side: &mut [Record]) {
    let mut all: BTreeMap<Digest, Record> = BTreeMap::new();
    for record in records
        .iter()
        .chain(side.iter())
        .filter(|record| record.lowers())
    {
        match all.get_mut(&record.digest) {
            Some(known) => known.add_copy(record),
            None => drop(all.insert(record.digest, record.clone())),
        }
    }
    for record in records.iter_mut().chain(side.iter_mut()) {
        if let Some(known) = all.get(&record.digest) {
            record.add_copy(known);
        }
    }
}

/// Records in an order that depends on their content only; the copy at its proper path first.
pub(super) fn in_order(records: &[Record]) -> Vec<&Record> {
    let mut sorted: Vec<&Record> = records.iter().collect();
    let misplaced = |record: &Record| {
        record
            .decision
            .as_ref()
            .is_ok_and(|decision| *decision.path() != *record.path)
    };
    sorted
        .sort_by(|a, b| (a.digest, misplaced(a), &a.path).cmp(&(b.digest, misplaced(b), &b.path)));
    sorted
}

/// An event for one item of a decision.
pub(super) fn decision_event(
    landing: LandingRef,
    record: Digest,
    decision: &Decision,
    subject: &SubjectId,
    version: &countersign_model::VersionRef,
) -> Event {
    Event {
        version: version.version().cloned(),
        serial: version.serial(),
        digest: version.digest().copied(),
        principal: Some(decision.principal.clone()),
        reason: Some(countersign_model::shared_text::shared(&decision.reason)),
        record: (decision.review.is_none() || decision.recorded_by.is_some()).then_some(record),
        review: decision
            .review
            .as_ref()
            .map(|proof| Box::new(proof.at.clone())),
        ..Event::new(landing, Action::Decision(decision.kind), subject.clone())
    }
}
