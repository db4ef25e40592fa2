//! What lifts blocks and grants versions: whether the votes meet the approval rules, and how long.

use std::collections::BTreeSet;

use super::super::history::{Bytes, Person, SUBJECTS, Subject};
use super::super::seating::seated;
use super::{Against, Model, VersionState, Vote, rules};

impl Model {
    /// Lifts blocks and grants what has its requirement met, version by version in the order in
    /// which they landed.
    pub(super) fn grant_all(&mut self, position: usize) {
        let now = self.time();
        for subject in SUBJECTS {
            let thing = &self.things[&subject];
            let votes: Vec<Vote> = thing
                .unblocks
                .iter()
                .filter(|vote| self.answers(vote, Some(&thing.blocks)))
                .cloned()
                .collect();
            // What is lifted from every version must be met for every version that landed, and
            // something must have landed to be judged.
            let met = thing.versions.iter().all(|(bytes, version)| {
                version.landed.is_none() || self.met(subject, *bytes, &votes, now)
            });
            if !thing.blocks.is_empty()
                && thing
                    .versions
                    .values()
                    .any(|version| version.landed.is_some())
                && met
            {
                self.things
                    .get_mut(&subject)
                    .expect("every subject is there")
                    .blocks
                    .clear();
            }
            let landed: Vec<Bytes> = self.things[&subject]
                .versions
                .iter()
                .filter(|(_, version)| version.landed.is_some())
                .map(|(bytes, _)| *bytes)
                .collect();
            for bytes in landed
                .into_iter()
                .filter(|bytes| self.revoked_at(subject, *bytes).is_none())
                .collect::<Vec<_>>()
            {
                let version = &self.things[&subject].versions[&bytes];
                let votes: Vec<Vote> = version
                    .unblocks
                    .iter()
                    .filter(|vote| self.answers(vote, Some(&version.blocks)))
                    .cloned()
                    .collect();
                if !version.blocks.is_empty() && self.met(subject, bytes, &votes, now) {
                    self.things
                        .get_mut(&subject)
                        .and_then(|thing| thing.versions.get_mut(&bytes))
                        .expect("it is there")
                        .blocks
                        .clear();
                }
            }
        }
        for subject in SUBJECTS {
            let mut order: Vec<(usize, Bytes)> = self.things[&subject]
                .versions
                .iter()
                .filter_map(|(bytes, version)| Some((version.landed?.0, *bytes)))
                .collect();
            order.sort_unstable();
            for (_, bytes) in order {
                self.grant(position, subject, bytes);
            }
        }
    }

    fn grant(&mut self, position: usize, subject: Subject, bytes: Bytes) {
        let now = self.time();
        if self.revoked_at(subject, bytes).is_some() {
            return;
        }
        let mut version = self.things[&subject].versions[&bytes].clone();
        let thing = &self.things[&subject];
        let blocked =
            !version.blocks.is_empty() || !thing.blocks.is_empty() || self.barred(subject, bytes);
        let taken = |(other, there): (&Bytes, &VersionState)| {
            *other != bytes
                && other.declared().is_some()
                && other.declared() == bytes.declared()
                && there.granted.is_some()
        };
        if !blocked
            && version.rejects.is_empty()
            && !thing.versions.iter().any(taken)
            && self.met(subject, bytes, &version.approvals, now)
        {
            let end = self.end(subject, bytes, &version.approvals, now);
            // A vote clears what it names, and what it landed after and was signed after.
            let over = |vote: &Vote, (record, flagged): &Against| {
                let (vote_note, flag) = (&self.notes[vote.record], &self.notes[*record]);
                vote.position != *flagged && vote_note.answers.contains(record)
                    || vote.position > *flagged && vote_note.time > flag.time
            };
            let outlived = |flags: &[Against]| {
                let later: Vec<Vote> = version
                    .approvals
                    .iter()
                    .filter(|vote| flags.iter().all(|flag| over(vote, flag)))
                    .cloned()
                    .collect();
                !flags.is_empty() && self.met(subject, bytes, &later, now)
            };
            let (deprecated, archived, rolled_back) = (
                outlived(&version.deprecated),
                outlived(&version.archived),
                outlived(&version.rolled_back),
            );
            let holds = version
                .granted
                .filter(|(_, end)| end.is_none_or(|end| now < end));
            let anew = holds.is_none() || deprecated || archived || rolled_back;
            version.granted = match holds {
                Some((since, old)) if !anew => Some((since, latest(old, end))),
                _ => Some((position, end)),
            };
            if anew && thing.current != Some(bytes) {
                version.predecessor = thing.current.or(version.predecessor);
            }
            for (flags, cleared) in [
                (&mut version.deprecated, deprecated),
                (&mut version.archived, archived),
                (&mut version.rolled_back, rolled_back),
            ] {
                if cleared {
                    flags.clear();
                }
            }
        }
        self.things
            .get_mut(&subject)
            .expect("every subject is there")
            .versions
            .insert(bytes, version);
    }

    /// Whether approvals that landed before a flag, and name its record, are enough by themselves.
    pub(super) fn is_overruled(
        &self,
        subject: Subject,
        bytes: Bytes,
        record: usize,
        position: usize,
    ) -> bool {
        let version = self.things[&subject].versions.get(&bytes);
        let votes: Vec<Vote> = version
            .into_iter()
            .flat_map(|version| &version.approvals)
            .filter(|vote| self.notes[vote.record].answers.contains(&record))
            .filter(|vote| vote.position < position)
            .cloned()
            .collect();
        self.met(subject, bytes, &votes, self.time())
    }

    /// Whether the votes that are valid at `time` meet every rule, by trying every way of seating
    /// people.
    fn met(&self, subject: Subject, bytes: Bytes, votes: &[Vote], time: i64) -> bool {
        self.met_without(&self.contributors(subject, bytes), subject, votes, time)
    }

    pub(super) fn met_without(
        &self,
        excluded: &BTreeSet<Person>,
        subject: Subject,
        votes: &[Vote],
        time: i64,
    ) -> bool {
        // Of one person's the latest wins; within one landing the one that ends first.
        let end = |vote: &Vote| vote.end.unwrap_or(i64::MAX);
        let replaced = |vote: &Vote| {
            let others = votes.iter().filter(|other| other.by == vote.by);
            others.into_iter().any(|other| {
                other.position > vote.position
                    || other.position == vote.position && end(other) < end(vote)
            })
        };
        let valid = |vote: &&Vote| {
            !replaced(vote)
                && vote.end.is_none_or(|end| time < end)
                && !excluded.contains(&vote.by)
                && !self.suspended(vote.by)
        };
        let people: Vec<Person> = votes
            .iter()
            .filter(valid)
            .map(|vote| vote.by)
            .collect::<BTreeSet<Person>>()
            .into_iter()
            .collect();
        let rules = rules(subject);
        !rules.is_empty() && rules.iter().all(|rule| seated(rule, &people))
    }

    /// Until when the votes meet the requirement, as far as time alone goes.
    fn end(&self, subject: Subject, bytes: Bytes, votes: &[Vote], now: i64) -> Option<i64> {
        if self.met(subject, bytes, votes, i64::MAX) {
            return None;
        }
        votes
            .iter()
            .filter_map(|vote| vote.end)
            .filter(|end| *end > now && self.met(subject, bytes, votes, end - 1))
            .max()
    }
}

fn latest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    Some(a?.max(b?))
}
