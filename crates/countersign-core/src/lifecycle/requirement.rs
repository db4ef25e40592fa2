//! Is a requirement met, by whom, and who is missing? A small matching of people to places.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use countersign_model::policy::{ApprovalRule, Requirement};
use countersign_model::{EvidenceKind, Policy, PrincipalName};

use super::ledger::RequirementStatus;
use super::profile::{SubjectProfile, asks};

/// People who approve, sorted, with their best evidence.
pub type Voters<'v> = [(&'v PrincipalName, EvidenceKind)];

/// Who sits where in one rule: for each of its requirements, indices of those who count.
pub type Seats = SmallVec<[SmallVec<[usize; 4]>; 2]>;

/// Whether every requirement of every rule of `profile` is met (never, when no rule applies), and
/// everyone who counts somewhere, sorted.
///
/// Inside one rule each requirement needs different people; across rules one approval serves each.
pub fn judge<'v>(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    voters: &Voters<'v>,
) -> (bool, Vec<&'v PrincipalName>) {
    let voters = counted(policy, profile, voters);
    let mut met = !profile.rules.is_empty();
    let mut people: Vec<&PrincipalName> = Vec::with_capacity(voters.len());
    for index in &profile.rules {
        let rule = &policy.rules[*index];
        let seats = seat(policy, profile, rule, &voters);
        met &= !rule.require.is_empty();
        for (requirement, seat) in rule.require.iter().zip(&seats) {
            met &= requirement.count > 0 && missing(requirement, seat.len()) == 0;
            people.extend(seat.iter().map(|person| voters[*person].0));
        }
    }
    people.sort_unstable();
    people.dedup();
    (met, people)
}

/// What each requirement of `profile` asks for and who meets it, in the order of the policy.
/// `eligible` says who could still be asked, and `can_sign` who of them has a key that still works.
pub fn statuses(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    voters: &Voters<'_>,
    eligible: &dyn Fn(&PrincipalName) -> bool,
    can_sign: &dyn Fn(&PrincipalName) -> bool,
) -> Vec<RequirementStatus> {
    let accept = profile.accept(policy);
    let reviews = accept.and([EvidenceKind::Review].into_iter().collect());
    let voters = counted(policy, profile, voters);
    let mut statuses = Vec::new();
    for index in &profile.rules {
        let rule = &policy.rules[*index];
        let seats = seat(policy, profile, rule, &voters);
        let taken: BTreeSet<&PrincipalName> = seats
            .iter()
            .flatten()
            .map(|person| voters[*person].0)
            .collect();
        for (requirement, seat) in rule.require.iter().zip(&seats) {
            let mut counted: Vec<(PrincipalName, EvidenceKind)> = seat
                .iter()
                .map(|person| (voters[*person].0.clone(), voters[*person].1))
                .collect();
            counted.sort();
            let asked: BTreeSet<&PrincipalName> = requirement
                .from
                .iter()
                .flat_map(|approver| policy.people(approver, profile.owners))
                .collect();
            let candidates: Vec<PrincipalName> = asked
                .into_iter()
                .filter(|name| !taken.contains(name) && eligible(name))
                .cloned()
                .collect();
            let able = |name: &PrincipalName| {
                policy.has_means(name, accept)
                    && (can_sign(name) || policy.has_means(name, reviews))
            };
            let keyless = candidates
                .iter()
                .filter(|name| !able(name))
                .cloned()
                .collect();
            statuses.push(RequirementStatus {
                count: requirement.count,
                from: requirement
                    .from
                    .iter()
                    .map(|approver| approver.as_str().to_owned())
                    .collect(),
                accept,
                line: rule.line,
                missing: missing(requirement, counted.len()),
                counted,
                candidates,
                keyless,
            });
        }
    }
    statuses
}

/// Those whose evidence counts.
fn counted<'v>(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    voters: &Voters<'v>,
) -> SmallVec<[(&'v PrincipalName, EvidenceKind); 4]> {
    let accept = profile.accept(policy);
    voters
        .iter()
        .filter(|(_, evidence)| accept.contains(*evidence))
        .copied()
        .collect()
}

fn seat(
    policy: &Policy,
    profile: &SubjectProfile<'_>,
    rule: &ApprovalRule,
    voters: &Voters<'_>,
) -> Seats {
    let wanted: SmallVec<[usize; 4]> = rule
        .require
        .iter()
        .map(|requirement| requirement.count as usize)
        .collect();
    assign(&wanted, voters.len(), &|seat, person| {
        asks(policy, profile, &rule.require[seat], voters[person].0)
    })
}

const fn missing(requirement: &Requirement, counted: usize) -> u32 {
    requirement.count.saturating_sub(counted as u32)
}

/// The largest assignment of people to seats in which no one sits twice (Kuhn's augmenting paths).
/// Deterministic: earlier people and seats first.
///
/// `wanted[s]` is how many people seat `s` takes; the result lists the people of each seat.
pub fn assign(wanted: &[usize], people: usize, fits: &dyn Fn(usize, usize) -> bool) -> Seats {
    let mut seats: Seats = smallvec![SmallVec::new(); wanted.len()];
    for person in 0..people {
        let mut tried: SmallVec<[bool; 8]> = smallvec![false; wanted.len()];
        seat_person(person, wanted, &mut seats, &mut tried, fits);
    }
    seats
}

fn seat_person(
    person: usize,
    wanted: &[usize],
    seats: &mut Seats,
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
        let seats = assign(&[1, 1], 1, &|_, _| true);
        assert_eq!(seats.iter().map(SmallVec::len).sum::<usize>(), 1);
    }

    #[test]
    fn someone_moves_over_when_that_seats_another() {
        // alice fits both seats, bob only the first.
        let seats = assign(&[1, 1], 2, &|seat, person| seat == 0 || person == 0);
        assert_eq!(
            seats.iter().map(|seat| seat.to_vec()).collect::<Vec<_>>(),
            vec![vec![1], vec![0]]
        );
    }

    proptest! {
        /// Against brute force: the assignment seats as many people as possible, none twice.
        #[test]
        fn the_assignment_is_largest(fits in proptest::collection::vec(any::<bool>(), 12), wanted in proptest::collection::vec(0usize..3, 3)) {
            let seats = assign(&wanted, 4, &|seat, person| fits[seat * 4 + person]);
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
