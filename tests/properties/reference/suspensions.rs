//! People who are suspended and readmitted.

use std::collections::BTreeSet;

use countersign::model::DecisionKind;

use super::super::driver::Target;
use super::super::history::{PEOPLE, Person};
use super::{Model, Vote, is_administrator};

impl Model {
    pub(super) fn suspended(&self, person: Person) -> bool {
        self.suspensions
            .get(&person)
            .is_some_and(|blocks| !blocks.is_empty())
    }

    /// An administrator or the own key suspends; another administrator readmits (the policy's
    /// threshold is one).
    pub(super) fn suspend(&mut self, position: usize, records: &[usize]) {
        let new = self.admit(records);
        for kind in [DecisionKind::Block, DecisionKind::Unblock] {
            for number in &new {
                let note = self.notes[*number].clone();
                let Target::Person(whom) = note.targets[0] else {
                    unreachable!("records about people were picked out")
                };
                if note.kind != kind || whom == Person::Mallory {
                    continue;
                }
                let vote = Vote {
                    by: note.by,
                    position,
                    record: *number,
                    end: None,
                };
                let administrator = is_administrator(note.by);
                if kind == DecisionKind::Block && (administrator || note.by == whom) {
                    self.suspensions
                        .entry(whom)
                        .or_default()
                        .push((*number, position));
                } else if kind == DecisionKind::Unblock
                    && administrator
                    && note.by != whom
                    && self.answers(&vote, self.suspensions.get(&whom))
                {
                    self.readmissions.entry(whom).or_default().push(vote);
                }
            }
        }
        for person in PEOPLE {
            let votes = self.readmissions.get(&person).cloned().unwrap_or_default();
            if votes.iter().any(|vote| {
                !self.suspended(vote.by) && self.answers(vote, self.suspensions.get(&person))
            }) {
                self.suspensions.remove(&person);
                self.readmissions.remove(&person);
            }
        }
    }

    /// People who are suspended.
    pub fn suspended_people(&self) -> BTreeSet<Person> {
        PEOPLE
            .into_iter()
            .filter(|person| self.suspended(*person))
            .collect()
    }
}
