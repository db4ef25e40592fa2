//! What another line has lowered, and is lowered here too unless someone lifted it here since.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_model::{Digest, Position, SubjectId};

use super::ledger::{LandingRef, RecordStanding};
use super::state::{Lifecycle, Pin, SubjectState};
use super::tracked_version::{Flag, Grant, Lifted, Standing, TrackedVersion, Vote};

impl Lifecycle {
    /// Decisions taken in here since the lines parted by people who are suspended on the other one.
    /// What they did on a line of their own lifts nothing.
    pub(super) fn by_suspended(&self, line: &Self, parted: Position) -> BTreeSet<Digest> {
        if line.suspensions.is_empty() {
            return BTreeSet::new();
        }
        let decisions = self.records.iter().filter(|(_, standing)| {
            let mut who = standing.principal.iter().chain(&standing.recorded_by);
            standing.landing.position >= parted && who.any(|name| line.suspended(name))
        });
        decisions.map(|(record, _)| *record).collect()
    }

    /// Lowers what the other line has lowered.
    pub(super) fn lower_with(
        &mut self,
        at: LandingRef,
        line: &Self,
        parted: Position,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let suspended = self.by_suspended(line, parted);
        for (name, suspension) in &line.suspensions {
            for block in &suspension.blocks {
                let ours = self.suspensions.entry(name.clone()).or_default();
                let stands =
                    |blocks: &[Standing]| blocks.iter().any(|known| known.record == block.record);
                // Lifted here by people who decided on that other line, where it was not lifted: a
                // copy out of order.
                let decided_here = |lift: &Lifted| {
                    let mut votes = lift.basis.iter();
                    is_by_none(&lift.basis, &suspended)
                        && votes.any(|vote| {
                            !line.ordered(&vote.record, &block.record)
                                || line.never_asked_about_people(&vote.record)
                        })
                };
                if stands(&ours.blocks)
                    || ours
                        .lifted
                        .iter()
                        .any(|lift| stands(&lift.blocks) && decided_here(lift))
                {
                    continue;
                }
                ours.blocks.push(Standing {
                    record: block.record,
                    position: at.position,
                });
                self.adopt(at, line, &block.record);
            }
        }
        for (digest, records) in &line.revoked {
            for record in records {
                if self
                    .revoked
                    .get(digest)
                    .is_some_and(|known| known.contains(record))
                {
                    self.bind_with(line, *digest, *record, dirty);
                } else {
                    self.revoke_with(at, line, *digest, *record, dirty);
                }
            }
        }
        for (id, theirs) in &line.subjects {
            self.lower_subject_with(at, line, (id, theirs), &suspended, dirty);
        }
    }

    /// Revokes a version that was spared here, and is not there: its approval came first only here.
    fn bind_with(
        &mut self,
        line: &Self,
        digest: Digest,
        record: Digest,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        for (id, theirs) in &line.subjects {
            let Some(state) = self.subjects.get_mut(id) else {
                continue;
            };
            for tracked in state.versions.iter_mut().filter(|tracked| {
                tracked.key.digest == digest && tracked.marks.spared.contains(&record)
            }) {
                let bound = |known: &TrackedVersion| {
                    known.landed.is_some() && !known.marks.spared.contains(&record)
                };
                if theirs
                    .index(&tracked.key)
                    .is_some_and(|index| bound(&theirs.versions[index]))
                {
                    tracked.marks.spared.retain(|spared| *spared != record);
                    tracked.fresh = true;
                    dirty.insert(id.clone());
                }
            }
        }
    }

    fn revoke_with(
        &mut self,
        at: LandingRef,
        line: &Self,
        digest: Digest,
        record: Digest,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let who = line
            .records
            .get(&record)
            .and_then(|standing| standing.principal.clone());
        let under = Arc::clone(self.policy());
        // What is revoked there is known here, also where it never landed.
        for (id, theirs) in &line.subjects {
            for tracked in theirs
                .versions
                .iter()
                .filter(|tracked| tracked.key.digest == digest && line.is_revoked(tracked))
            {
                let ours = self
                    .subjects
                    .entry(id.clone())
                    .or_default()
                    .tracked_mut(&tracked.key);
                if tracked.records.contains(&record) && !ours.records.contains(&record) {
                    ours.records.push(record);
                }
            }
        }
        let holders: Vec<SubjectId> = self
            .subjects
            .iter()
            .filter(|(_, state)| {
                state
                    .versions
                    .iter()
                    .any(|tracked| tracked.key.digest == digest)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in holders {
            let may = who
                .as_ref()
                .is_none_or(|who| self.may_lower(&under, &id, who));
            let theirs = line.subjects.get(&id);
            let Some(state) = self.subjects.get_mut(&id) else {
                continue;
            };
            for tracked in state
                .versions
                .iter_mut()
                .filter(|tracked| tracked.key.digest == digest)
            {
                tracked.fresh = true;
                let spared = match theirs.and_then(|theirs| {
                    theirs
                        .index(&tracked.key)
                        .map(|index| &theirs.versions[index])
                }) {
                    Some(known) => known.marks.spared.contains(&record),
                    None => tracked.grant.is_some() && !may,
                };
                if spared {
                    tracked.marks.spared.push(record);
                }
            }
            dirty.insert(id);
        }
        self.revoked.entry(digest).or_default().push(record);
        self.adopt(at, line, &record);
    }

    fn lower_subject_with(
        &mut self,
        at: LandingRef,
        line: &Self,
        (id, theirs): (&SubjectId, &SubjectState),
        suspended: &BTreeSet<Digest>,
        dirty: &mut BTreeSet<SubjectId>,
    ) {
        let decided_here = |lift: &Lifted, block: &Standing| {
            let mut votes = lift.basis.iter();
            is_by_none(&lift.basis, suspended)
                && votes.any(|vote| !line.ordered(&vote.record, &block.record))
        };
        let position = at.position;
        let mut adopted = Vec::new();
        let stands = |blocks: &[Standing], record: &Digest| {
            blocks.iter().any(|block| block.record == *record)
        };
        let dealt_with: BTreeSet<Digest> = theirs
            .blocked_all
            .iter()
            .map(|block| block.record)
            .chain(
                theirs
                    .versions
                    .iter()
                    .flat_map(|tracked| tracked.marks.lowering()),
            )
            .filter(|record| self.dealt_with(record))
            .collect();
        let state = self.subjects.entry(id.clone()).or_default();
        for block in &theirs.blocked_all {
            // Lifted here by people who decided on that other line, where it was not lifted: a copy
            // out of order.
            let lifted = state
                .lifted_all
                .iter()
                .any(|lift| stands(&lift.blocks, &block.record) && decided_here(lift, block));
            if !stands(&state.blocked_all, &block.record) && !lifted {
                state.blocked_all.push(Standing {
                    record: block.record,
                    position,
                });
                state
                    .blocked_paths
                    .extend(theirs.blocked_paths.iter().cloned());
                adopted.push(block.record);
            }
        }
        for their_tracked in theirs
            .versions
            .iter()
            .filter(|tracked| tracked.marks.is_lowered())
        {
            let marks = &their_tracked.marks;
            let tracked = state.tracked_mut(&their_tracked.key);
            for block in &marks.blocks {
                let lifted =
                    tracked.marks.lifted.iter().any(|lift| {
                        stands(&lift.blocks, &block.record) && decided_here(lift, block)
                    });
                if !stands(&tracked.marks.blocks, &block.record) && !lifted {
                    tracked.marks.blocks.push(Standing {
                        record: block.record,
                        position,
                    });
                    tracked
                        .marks
                        .blocked_paths
                        .extend(marks.blocked_paths.iter().cloned());
                    adopted.push(block.record);
                }
            }
            let grant = tracked.grant.clone();
            let approvals: Vec<Vote> = tracked.approvals.values().flatten().cloned().collect();
            let cleared_here = |flag: &Flag| {
                let granting = grant.iter().flat_map(|grant| &grant.basis);
                let over = approvals.iter().filter(|vote| flag.was_signed_before(vote));
                let mut votes = over.chain(granting.map(|(_, vote)| vote));
                votes.any(|vote| {
                    !line.ordered(&vote.record, &flag.record) && !suspended.contains(&vote.record)
                })
            };
            let set = |ours: &mut Vec<Flag>, flags: &[Flag], adopted: &mut Vec<Digest>| {
                for flag in flags {
                    let known = ours.iter().any(|known| known.record == flag.record);
                    if !(known || dealt_with.contains(&flag.record) && cleared_here(flag)) {
                        ours.push(Flag { position, ..*flag });
                        adopted.push(flag.record);
                    }
                }
            };
            let decided = &mut *tracked.marks;
            set(&mut decided.deprecated, &marks.deprecated, &mut adopted);
            set(&mut decided.archived, &marks.archived, &mut adopted);
            set(&mut decided.rolled_back, &marks.rolled_back, &mut adopted);
            tracked.fresh = true;
            tracked.records.extend(
                their_tracked
                    .marks
                    .lowering()
                    .filter(|record| adopted.contains(record)),
            );
        }
        // Held back there is held back here, unless something was approved here since that the
        // other line does not know, or of which it never had the bytes. None becomes current by it:
        // what took its place here may have no place there.
        let newer = |tracked: &TrackedVersion| {
            let landed = theirs
                .index(&tracked.key)
                .is_some_and(|index| theirs.versions[index].landed.is_some());
            let over = |vote: &Vote| {
                let mut rollbacks = theirs.pin.iter().flat_map(|pin| &pin.basis);
                rollbacks.any(|rollback| {
                    vote.answers.contains(&rollback.record)
                        && !line.ordered(&vote.record, &rollback.record)
                        && !suspended.contains(&vote.record)
                })
            };
            tracked.grant.as_ref().is_some_and(|grant| {
                !landed
                    || tracked.approvals.values().flatten().any(over)
                    || !known_there_of(line, grant, theirs.pin.as_ref(), suspended)
            })
        };
        let held = theirs.pin.as_ref().filter(|pin| {
            let same = |ours: &Pin| ours.from == pin.from && ours.to == pin.to;
            // Or unless someone has gone back elsewhere since.
            let gone_on = |ours: &Pin| {
                ours.basis
                    .iter()
                    .any(|vote| !line.records.contains_key(&vote.record))
            };
            !state
                .pin
                .as_ref()
                .is_some_and(|ours| same(ours) || gone_on(ours))
                && !state.versions.iter().any(newer)
        });
        if let Some(pin) = held {
            state.pin = Some(Pin {
                position,
                holds_only: true,
                ..pin.clone()
            });
            dirty.insert(id.clone());
        }
        if !adopted.is_empty() {
            dirty.insert(id.clone());
        }
        for record in adopted {
            self.adopt(at, line, &record);
        }
    }

    /// Whether a record has had an effect here, whatever became of it since.
    fn dealt_with(&self, record: &Digest) -> bool {
        self.records
            .get(record)
            .is_some_and(|standing| !standing.effects.is_empty())
    }

    /// Knows a record of the other line as one that takes effect although no landing brought its
    /// file.
    pub(super) fn adopt(&mut self, at: LandingRef, line: &Self, record: &Digest) {
        let Some(theirs) = line.records.get(record) else {
            return;
        };
        if !self.is_accepted(record) {
            self.records.insert(
                *record,
                RecordStanding {
                    landing: at,
                    ..theirs.clone()
                },
            );
            self.dropped.insert(*record);
        } else if let Some(ours) = self.records.get_mut(record) {
            ours.effects.extend(
                theirs
                    .effects
                    .iter()
                    .filter(|item| !ours.effects.contains(item))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
    }
}

/// Whether none of these votes is one of the people who are suspended on the other line.
fn is_by_none(votes: &[Vote], suspended: &BTreeSet<Digest>) -> bool {
    !votes.iter().any(|vote| suspended.contains(&vote.record))
}

/// Whether the other line knows every approval that a grant rests on, and took each in before or
/// after the rollback that pins; or suspended who gave it.
fn known_there_of(
    line: &Lifecycle,
    grant: &Grant,
    pin: Option<&Pin>,
    suspended: &BTreeSet<Digest>,
) -> bool {
    let ordered = |vote: &Vote| {
        let mut rollbacks = pin.into_iter().flat_map(|pin| &pin.basis);
        rollbacks.all(|rollback| line.ordered(&vote.record, &rollback.record))
    };
    let mut basis = grant.basis.iter();
    basis.all(|(_, vote)| ordered(vote) || suspended.contains(&vote.record))
}
