//! Is a requirement met, by whom, and who is missing? A small matching of people to places.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::policy::{ApprovalRule, Requirement};
use crate::model::{EvidenceKind, Policy, PrincipalName};

use super::ledger::RequirementStatus;
use super::profile::Profile;

/// The answer for one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether every requirement of every rule is met; never, when no rule applies.
    pub met: bool,
    /// One per requirement, in the order of the policy.
    pub statuses: Vec<RequirementStatus>,
}

impl Answer {
    /// Everyone who counts somewhere.
    pub fn people(&self) -> BTreeSet<&PrincipalName> {
        self.statuses.iter().flat_map(|status| status.have.iter().map(|(name, _)| name)).collect()
    }
}

/// Judges `votes` (people who approve, with their best evidence) against the rules of `profile`.
///
/// Inside one rule each requirement needs different people; across rules one approval serves each. `eligible` says who could still be asked.
pub fn judge(
    policy: &Policy,
    profile: &Profile,
    votes: &BTreeMap<PrincipalName, EvidenceKind>,
    eligible: &dyn Fn(&PrincipalName) -> bool,
) -> Answer {
    let accept = profile.accept(policy);
    let mut answer = Answer { met: !profile.rules.is_empty(), statuses: Vec::new() };
    for index in &profile.rules {
        let rule = &policy.rules[*index];
        let (met, statuses) = judge_rule(policy, profile, rule, &accept, votes, eligible);
        answer.met &= met;
        answer.statuses.extend(statuses);
    }
    answer
}

fn judge_rule(
    policy: &Policy,
    profile: &Profile,
    rule: &ApprovalRule,
    accept: &BTreeSet<EvidenceKind>,
    votes: &BTreeMap<PrincipalName, EvidenceKind>,
    eligible: &dyn Fn(&PrincipalName) -> bool,
) -> (bool, Vec<RequirementStatus>) {
    let from: Vec<BTreeSet<PrincipalName>> = rule.require.iter().map(|requirement| people(policy, profile, requirement)).collect();
    let counted: Vec<&PrincipalName> = votes.iter().filter(|(_, evidence)| accept.contains(evidence)).map(|(name, _)| name).collect();
    let wanted: Vec<usize> = rule.require.iter().map(|requirement| requirement.count as usize).collect();
    let seats = assign(&wanted, &counted, &|seat, person| from[seat].contains(counted[person]));
    let taken: BTreeSet<&PrincipalName> = seats.iter().flatten().map(|person| counted[*person]).collect();
    let mut met = !rule.require.is_empty();
    let statuses = rule
        .require
        .iter()
        .enumerate()
        .map(|(seat, requirement)| {
            let mut have: Vec<(PrincipalName, EvidenceKind)> =
                seats[seat].iter().map(|person| (counted[*person].clone(), votes[counted[*person]])).collect();
            have.sort();
            let missing = requirement.count.saturating_sub(have.len() as u32);
            met &= requirement.count > 0 && missing == 0;
            let candidates: Vec<PrincipalName> =
                from[seat].iter().filter(|name| !taken.contains(name) && eligible(name)).cloned().collect();
            let keyless = candidates.iter().filter(|name| !policy.has_means(name, accept)).cloned().collect();
            RequirementStatus {
                count: requirement.count,
                from: requirement.from.iter().map(|approver| approver.as_str().to_owned()).collect(),
                accept: accept.clone(),
                line: rule.line,
                have,
                missing,
                candidates,
                keyless,
            }
        })
        .collect();
    (met, statuses)
}

fn people(policy: &Policy, profile: &Profile, requirement: &Requirement) -> BTreeSet<PrincipalName> {
    requirement.from.iter().flat_map(|approver| policy.people(approver, &profile.owners)).collect()
}

/// The largest assignment of people to seats in which nobody sits twice (Kuhn's augmenting paths). Deterministic: earlier people and seats first.
///
/// `wanted[s]` is how many people seat `s` takes; the result lists the people of each seat.
pub fn assign<T>(wanted: &[usize], people: &[T], fits: &dyn Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut seats: Vec<Vec<usize>> = vec![Vec::new(); wanted.len()];
    for person in 0..people.len() {
        let mut tried = vec![false; wanted.len()];
        seat_person(person, wanted, &mut seats, &mut tried, fits);
    }
    seats
}

fn seat_person(
    person: usize,
    wanted: &[usize],
    seats: &mut Vec<Vec<usize>>,
    tried: &mut [bool],
    fits: &dyn Fn(usize, usize) -> bool,
) -> bool {
    for seat in 0..wanted.len() {
        if tried[seat] || !fits(seat, person) {
            continue;
        }
        tried[seat] = true;
        if seats[seat].len() < wanted[seat] {
            seats[seat].push(person);
            return true;
        }
        for index in 0..seats[seat].len() {
            let sitting = seats[seat][index];
            if seat_person(sitting, wanted, seats, tried, fits) {
                seats[seat][index] = person;
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_person_in_two_teams_fills_one_seat() {
        let seats = assign(&[1, 1], &["alice"], &|_, _| true);
        assert_eq!(seats.iter().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn somebody_moves_over_when_that_seats_another() {
        // alice fits both seats, bob only the first.
        let seats = assign(&[1, 1], &["alice", "bob"], &|seat, person| seat == 0 || person == 0);
        assert_eq!(seats, vec![vec![1], vec![0]]);
    }

    proptest! {
        /// Against brute force: the assignment seats as many people as possible, none twice.
        #[test]
        fn the_assignment_is_largest(fits in proptest::collection::vec(any::<bool>(), 12), wanted in proptest::collection::vec(0usize..3, 3)) {
            let people = [0usize, 1, 2, 3];
            let seats = assign(&wanted, &people, &|seat, person| fits[seat * 4 + person]);
            let mut all: Vec<usize> = seats.iter().flatten().copied().collect();
            let total = all.len();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(all.len(), total);
            let mut best = 0;
            for choice in 0..4u32.pow(4) {
                let mut left = wanted.clone();
                let mut seated = 0;
                let mut rest = choice;
                for person in 0..4 {
                    let seat = (rest % 4) as usize;
                    rest /= 4;
                    if seat < 3 && fits[seat * 4 + person] && left[seat] > 0 {
                        left[seat] -= 1;
                        seated += 1;
                    }
                }
                best = best.max(seated);
            }
            prop_assert_eq!(total, best);
        }
    }
}
