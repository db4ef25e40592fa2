//! A naive reading of `docs/trust-model.md`: everything is computed again from the whole history,
//! nothing is kept that could be derived.
//!
//! Where the rules leave a choice, the model takes the one that grants less, and says so.

use std::collections::{BTreeMap, BTreeSet};

use countersign::model::{DecisionKind, State};

mod grants;
mod refused;
mod standing;
mod suspensions;
mod work;

use super::driver::{Note, Scene, Script, Target, record_digest};
use super::history::{Bytes, Person, SUBJECTS, Seal, Subject};
use super::seating::Requirement;

const DAY: i64 = 86_400;

/// The approval rules of a subject, as the policy of the driver states them.
fn rules(subject: Subject) -> Vec<Vec<Requirement>> {
    use Person::{Alice, Bob, Carol, Dave};
    match subject {
        Subject::One => vec![vec![(1, vec![Alice, Bob, Carol, Dave])]],
        Subject::Two => vec![vec![(2, vec![Alice, Bob, Carol, Dave])]],
        Subject::Three => vec![
            vec![(1, vec![Alice, Bob]), (1, vec![Bob, Carol])],
            vec![(1, vec![Carol, Dave])],
        ],
        Subject::Four => Vec::new(),
    }
}

const fn expire_after(subject: Subject) -> Option<i64> {
    if matches!(subject, Subject::Two) {
        Some(2 * DAY)
    } else {
        None
    }
}

const fn is_administrator(person: Person) -> bool {
    matches!(person, Person::Carol | Person::Dave)
}

const fn is_owner(person: Person, subject: Subject) -> bool {
    match person {
        Person::Alice => true,
        Person::Bob => matches!(subject, Subject::One | Subject::Three),
        _ => false,
    }
}

/// A raising decision of one person.
#[derive(Clone, Debug)]
struct Vote {
    by: Person,
    position: usize,
    record: usize,
    end: Option<i64>,
}

/// The current version of each subject and the one before it, when a landing came.
type Before = BTreeMap<Subject, (Option<Bytes>, Option<Bytes>)>;

/// A record against a version that is in effect, and since when.
type Against = (usize, usize);

/// One (version, digest) of a subject.
#[derive(Clone, Debug, Default)]
pub struct VersionState {
    /// The first and the last landing at which these bytes came into the tree.
    pub landed: Option<(usize, usize)>,
    approvals: Vec<Vote>,
    pub rejects: BTreeMap<Person, Against>,
    pub blocks: Vec<Against>,
    unblocks: Vec<Vote>,
    deprecated: Vec<Against>,
    archived: Vec<Against>,
    rolled_back: Vec<Against>,
    rollbacks: Vec<(Bytes, Vote)>,
    /// Position of the grant, and its end.
    pub granted: Option<(usize, Option<i64>)>,
    /// The version that was current when it was granted.
    predecessor: Option<Bytes>,
}

/// A subject.
#[derive(Clone, Debug, Default)]
pub struct Thing {
    pub versions: BTreeMap<Bytes, VersionState>,
    pub blocks: Vec<Against>,
    unblocks: Vec<Vote>,
    /// Target of a rollback, and its position.
    pin: Option<(Bytes, usize)>,
    current: Option<Bytes>,
    previous: Option<Bytes>,
}

/// The state that the history results in.
#[derive(Clone, Debug, Default)]
pub struct Model {
    scenes: Vec<Scene>,
    /// What is in the tree after each landing.
    trees: Vec<BTreeMap<Subject, Bytes>>,
    pub things: BTreeMap<Subject, Thing>,
    /// What was revoked at which landing, and the subjects whose granted versions it does not bind.
    revocations: Vec<(Bytes, usize, BTreeSet<Subject>)>,
    /// What was blocked as which subject by which record, and the subjects whose granted versions
    /// it does not bind.
    bars: Vec<(Bytes, Subject, Against, BTreeSet<Subject>)>,
    /// Records judged so far, and whether their author was proved.
    pub judged: BTreeMap<usize, bool>,
    /// Lowering decisions by record and item, and whether they had an effect.
    pub effects: BTreeMap<(usize, usize), bool>,
    suspensions: BTreeMap<Person, Vec<Against>>,
    readmissions: BTreeMap<Person, Vec<Vote>>,
    notes: Vec<Note>,
}

impl Model {
    pub fn new(script: &Script) -> Self {
        let things = SUBJECTS
            .into_iter()
            .map(|subject| (subject, Thing::default()))
            .collect();
        Self {
            things,
            notes: script.notes.clone(),
            ..Self::default()
        }
    }

    /// One landing: bytes, people suspended, then lowering before raising, then what takes a grant.
    pub fn step(&mut self, scene: &Scene) {
        let position = self.scenes.len();
        let mut tree = self.trees.last().cloned().unwrap_or_default();
        for (subject, bytes) in &scene.changes {
            match bytes {
                None => tree.remove(subject),
                Some(bytes) => {
                    let version = self
                        .things
                        .get_mut(subject)
                        .expect("every subject is there")
                        .versions
                        .entry(*bytes)
                        .or_default();
                    version.landed = Some((
                        version.landed.map_or(position, |(first, _)| first),
                        position,
                    ));
                    tree.insert(*subject, *bytes)
                }
            };
        }
        self.trees.push(tree);
        self.scenes.push(scene.clone());
        let about_people =
            |number: &usize| matches!(self.notes[*number].targets[0], Target::Person(_));
        let (people, packages): (Vec<usize>, Vec<usize>) = scene
            .records
            .iter()
            .partition(|number| about_people(number));
        self.suspend(position, &people);
        let before: Before = self
            .things
            .iter()
            .map(|(subject, thing)| (*subject, (thing.current, thing.previous)))
            .collect();
        let new = self.admit(&packages);
        use DecisionKind::{Approve, Archive, Block, Deprecate, Reject, Revoke, Rollback, Unblock};
        for kind in [Revoke, Block, Reject, Approve, Unblock] {
            self.decide(position, &new, kind, &before);
        }
        self.grant_all(position);
        for kind in [Archive, Deprecate, Rollback] {
            self.decide(position, &new, kind, &before);
        }
        for subject in SUBJECTS {
            self.settle_current(subject);
        }
    }

    fn time(&self) -> i64 {
        self.scenes.last().map_or(i64::MIN, |scene| scene.time)
    }

    /// Each record is judged once; its author is proved by her own key, listed, while she is not
    /// suspended.
    fn admit(&mut self, records: &[usize]) -> Vec<usize> {
        let mut new = Vec::new();
        // Of two equal ones in a landing the first by digest has the effect.
        let mut records = records.to_vec();
        records.sort_by_key(|number| record_digest(*number));
        for number in &records {
            let note = &self.notes[*number];
            let own = note.seal == Seal::Own || note.seal == Seal::Of(note.by);
            let proved = own && note.by != Person::Mallory && !self.suspended(note.by);
            // What lowers and was refused is judged again, so that no one voids it by landing it
            // too early.
            let settled = self
                .judged
                .get(number)
                .is_some_and(|proved| *proved || note.kind.raises());
            if !settled {
                self.judged.insert(*number, proved);
                if proved {
                    new.push(*number);
                }
            }
        }
        new
    }

    /// Whether the vote answers each of the standing records, none of which came in the same
    /// landing: what a decision names was there when it was made, whichever landed first.
    fn answers(&self, vote: &Vote, standing: Option<&Vec<Against>>) -> bool {
        let answers = &self.notes[vote.record].answers;
        let over =
            |(record, position): &Against| answers.contains(record) && *position != vote.position;
        standing.into_iter().flatten().all(over)
    }

    fn may_lower(&self, person: Person, subject: Subject) -> bool {
        let known = self.things[&subject]
            .versions
            .values()
            .any(|version| version.landed.is_some());
        let operator = person == Person::Bob && subject == Subject::Four;
        known && is_owner(person, subject) || operator || is_administrator(person)
    }

    fn decide(&mut self, position: usize, new: &[usize], kind: DecisionKind, before: &Before) {
        for number in new {
            let note = self.notes[*number].clone();
            if note.kind != kind {
                continue;
            }
            for (item, target) in note.targets.iter().enumerate() {
                let effect = match target {
                    Target::Version(subject, bytes) => {
                        self.apply(position, *number, &note, *subject, *bytes, before)
                    }
                    Target::All(subject) => self.apply_to_all(position, *number, &note, *subject),
                    Target::Person(_) => unreachable!("records about people were picked out"),
                };
                self.effects.insert((*number, item), effect);
            }
        }
    }

    fn apply_to_all(
        &mut self,
        position: usize,
        number: usize,
        note: &Note,
        subject: Subject,
    ) -> bool {
        let may = self.may_lower(note.by, subject);
        let vote = Vote {
            by: note.by,
            position,
            record: number,
            end: None,
        };
        let answered = self.answers(&vote, Some(&self.things[&subject].blocks));
        let thing = self
            .things
            .get_mut(&subject)
            .expect("every subject is there");
        match note.kind {
            DecisionKind::Block if may => {
                thing.blocks.push((number, position));
                let landed: Vec<Bytes> = thing
                    .versions
                    .iter()
                    .filter(|(_, version)| version.landed.is_some())
                    .map(|(bytes, _)| *bytes)
                    .collect();
                self.bar(subject, &landed, (number, position), note.by);
            }
            DecisionKind::Unblock if answered => {
                thing.unblocks.push(vote);
                return !thing.blocks.is_empty();
            }
            _ => return false,
        }
        true
    }

    fn apply(
        &mut self,
        position: usize,
        number: usize,
        note: &Note,
        subject: Subject,
        bytes: Bytes,
        before: &Before,
    ) -> bool {
        let lowering = !note.kind.raises();
        if note.kind != DecisionKind::Rollback && lowering && !self.may_lower(note.by, subject) {
            return false;
        }
        if note.kind == DecisionKind::Revoke {
            self.things
                .get_mut(&subject)
                .expect("every subject is there")
                .versions
                .entry(bytes)
                .or_default();
            return self.revoke(position, bytes, note.by, subject);
        }
        if self.revoked_at(subject, bytes).is_some() {
            return false;
        }
        if note.kind == DecisionKind::Rollback {
            return self.roll_back(position, number, note, subject, bytes, before);
        }
        let now = self.time();
        let by_rule = expire_after(subject).map(|span| note.time + span);
        let vote = Vote {
            by: note.by,
            position,
            record: number,
            end: earliest(note.expires, by_rule),
        };
        let version = self.things[&subject]
            .versions
            .get(&bytes)
            .cloned()
            .unwrap_or_default();
        let blocked = !version.blocks.is_empty()
            || !self.things[&subject].blocks.is_empty()
            || self.barred(subject, bytes);
        let granted = version
            .granted
            .is_some_and(|(_, end)| end.is_none_or(|end| now < end));
        let own_reject: Option<Vec<Against>> =
            version.rejects.get(&note.by).map(|reject| vec![*reject]);
        let answers_reject = own_reject.is_none() || self.answers(&vote, own_reject.as_ref());
        let answers_blocks = self.answers(&vote, Some(&version.blocks));
        let withdrawn = version
            .approvals
            .iter()
            .any(|vote| vote.by == note.by && self.notes[vote.record].answers.contains(&number));
        let overruled = self.is_overruled(subject, bytes, number, position);
        let version = self
            .things
            .get_mut(&subject)
            .expect("every subject is there")
            .versions
            .entry(bytes)
            .or_default();
        match note.kind {
            DecisionKind::Block => {
                version.blocks.push((number, position));
                self.bar(subject, &[bytes], (number, position), note.by);
            }
            DecisionKind::Reject if !granted && !withdrawn => {
                version.approvals.retain(|vote| vote.by != note.by);
                version.rejects.insert(note.by, (number, position));
            }
            DecisionKind::Approve if !blocked && answers_reject => {
                version.rejects.remove(&note.by);
                version.approvals.push(vote);
            }
            DecisionKind::Unblock if answers_blocks => {
                version.unblocks.push(vote);
                return !version.blocks.is_empty();
            }
            DecisionKind::Deprecate | DecisionKind::Archive
                if version.granted.is_some() && !overruled =>
            {
                let flags = if note.kind == DecisionKind::Deprecate {
                    &mut version.deprecated
                } else {
                    &mut version.archived
                };
                flags.push((number, position));
                return flags.len() == 1;
            }
            _ => return false,
        }
        true
    }

    fn roll_back(
        &mut self,
        position: usize,
        number: usize,
        note: &Note,
        subject: Subject,
        bytes: Bytes,
        before: &Before,
    ) -> bool {
        let now = self.time();
        self.settle_current(subject);
        let thing = &self.things[&subject];
        let (current_before, previous_before) = before[&subject];
        let was_current = current_before == Some(bytes);
        if !was_current && thing.current != Some(bytes) {
            return false;
        }
        let same_version = |other: &Bytes| {
            *other != bytes && *other == note.to
                || other.declared().is_some() && other.declared() == note.to.declared()
        };
        let approved = |other: &Bytes| {
            *other != bytes
                && same_version(other)
                && self.state(subject, *other, now) == State::Approved
        };
        let Some(to) = thing.versions.keys().copied().find(approved) else {
            return false;
        };
        if self.is_overruled(subject, bytes, number, position) {
            return false;
        }
        let vote = Vote {
            by: note.by,
            position,
            record: number,
            end: None,
        };
        // The landing itself does not choose what came before a version that was current when it
        // came.
        let preceding = if was_current {
            previous_before == Some(to)
        } else {
            thing.previous == Some(to)
        };
        let enough = preceding && self.may_lower(note.by, subject) || {
            let may_raise = rules(subject)
                .iter()
                .flatten()
                .any(|(_, from)| from.contains(&note.by));
            let mut votes: Vec<Vote> = thing.versions[&bytes]
                .rollbacks
                .iter()
                .filter(|(target, _)| *target == to)
                .map(|(_, vote)| vote.clone())
                .collect();
            votes.push(vote.clone());
            if !may_raise || self.returning(subject, to).contains(&note.by) {
                return false;
            }
            self.met_without(&self.returning(subject, to), subject, &votes, now)
        };
        let thing = self
            .things
            .get_mut(&subject)
            .expect("every subject is there");
        let version = thing
            .versions
            .get_mut(&bytes)
            .expect("the current version is one of its subject's");
        if enough {
            version.rolled_back.push((number, position));
            version.rollbacks.clear();
            thing.pin = Some((to, position));
        } else {
            version.rollbacks.push((to, vote));
        }
        true
    }

    /// What is in the tree.
    pub fn tree(&self) -> BTreeMap<Subject, Bytes> {
        self.trees.last().cloned().unwrap_or_default()
    }
}

fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
