//! What no history may do: gain by losing evidence, depend on unrelated commits, or on the order of
//! files in a landing.

use countersign::lifecycle::ledger::Outcome;
use countersign::lifecycle::{CommitFacts, Landing, Ledger};
use countersign::model::{DecisionKind, ObjectId, RuleId};
use proptest::prelude::*;

use super::chance::histories;
use super::driver::{Scene, Script, id, record_digest};
use super::history::{Person, SUBJECTS};
use super::manifests::shuffle;

const CASES: u32 = 1000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_records_and_packages_within_a_landing_never_matters(steps in histories(10), later in 0..60_u8, seed in any::<u64>()) {
        let script = Script::new(&steps, later);
        let before = script.last_ledger(|_, _| ());
        let after = script.last_ledger(|position, landing| {
            shuffle(&mut landing.records, seed.wrapping_add(position as u64));
            shuffle(&mut landing.packages, seed.rotate_left(position as u32));
        });
        prop_assert_eq!(&before.subjects, &after.subjects);
        prop_assert_eq!(&before.records, &after.records);
        prop_assert_eq!(&before.observations, &after.observations);
        prop_assert_eq!(&before.suspended, &after.suspended);
    }

    #[test]
    fn unrelated_commits_never_change_a_state(steps in histories(10), later in 0..60_u8, places in prop::collection::vec(0..12_usize, 1..4)) {
        let script = Script::new(&steps, later);
        let mut busy = script.clone();
        for place in places {
            // Someone works elsewhere, at the same time as the landing before.
            let place = place % busy.scenes.len() + 1;
            let scene = Scene {
                author: Person::Bob,
                committer: Person::Carol,
                trailer: Some(Person::Alice),
                merge: false,
                changes: Vec::new(),
                records: Vec::new(),
                ..busy.scenes[place - 1].clone()
            };
            busy.scenes.insert(place, scene);
        }
        let elsewhere = |_: usize, landing: &mut Landing| {
            let blob = ObjectId::from_bytes(&[7; 20]);
            for commit in landing.commits.iter_mut().filter(|commit| commit.introduced.is_empty()) {
                commit.introduced.push((Box::from(&b"docs/readme.md"[..]), blob));
            }
        };
        let (before, after) = (script.last_ledger(|_, _| ()), busy.last_ledger(elsewhere));
        for subject in SUBJECTS {
            prop_assert_eq!(standing(&before, subject), standing(&after, subject));
        }
        prop_assert_eq!(before.suspended, after.suspended);
    }

    #[test]
    fn a_record_that_loses_its_signature_is_told_and_has_no_effect(steps in histories(10), later in 0..60_u8, which in any::<prop::sample::Index>()) {
        let script = Script::new(&steps, later);
        prop_assume!(!script.notes.is_empty());
        let lost = record_digest(which.index(script.notes.len()));
        let after = script.last_ledger(|_, landing| {
            for record in landing.records.iter_mut().filter(|record| record.digest == lost) {
                record.signatures.clear();
            }
        });
        // A record without accepted evidence is an error until removed: whatever it did to the
        // state, the verdict is no pass.
        if let Some(record) = after.records.get(&lost) {
            let Outcome::Refused { rule, .. } = &record.outcome else { panic!("nothing proves its author any more") };
            let told = after.observations.iter().any(|observation| observation.rule == *rule && observation.place.as_ref().is_some_and(|place| *place.path == *record.path));
            prop_assert!(told, "{} is told at {}", rule, record.path);
        }
        let effect = after.events.iter().any(|event| event.record == Some(lost) && event.accepted);
        prop_assert!(!effect, "what is not proved has no effect");
    }

    #[test]
    fn a_record_that_leaves_the_tree_is_told_and_changes_no_state(steps in histories(10), later in 0..60_u8, which in any::<prop::sample::Index>()) {
        let script = Script::new(&steps, later);
        prop_assume!(!script.notes.is_empty());
        let number = which.index(script.notes.len());
        let path = script.record(number).path;
        let mut longer = script.clone();
        let last = longer.scenes.len();
        longer.scenes.push(Scene { changes: Vec::new(), records: Vec::new(), ..longer.scenes[last - 1].clone() });
        let remove = |position: usize, landing: &mut Landing| {
            if position == last {
                landing.removed_records.push(path.to_string());
                landing.commits = vec![CommitFacts::default()];
            }
        };
        let (before, after) = (script.last_ledger(|_, _| ()), longer.last_ledger(remove));
        for subject in SUBJECTS {
            prop_assert_eq!(standing(&before, subject), standing(&after, subject));
        }
        let accepted = after.records.get(&record_digest(number)).is_some_and(|record| matches!(record.outcome, Outcome::Accepted { .. }));
        let altered = after.observations.iter().any(|observation| {
            observation.rule == RuleId::DecisionAltered && observation.place.as_ref().is_some_and(|place| *place.path == *path)
        });
        prop_assert_eq!(accepted, altered);
    }

    #[test]
    fn a_landing_twice_is_a_landing_once(steps in histories(8), later in 0..60_u8) {
        // The records of every landing come once more at the end: each was judged once, and is not
        // judged again. What lowers and was refused is: else someone could land a decision while
        // its author is suspended, and take its effect away for the time after.
        let script = Script::new(&steps, later);
        let before = script.last_ledger(|_, _| ());
        let settled = |number: &usize| {
            before.records.get(&record_digest(*number)).is_some_and(|record| {
                let raises = record.decision.is_some_and(DecisionKind::raises);
                raises || matches!(record.outcome, Outcome::Accepted { .. })
            })
        };
        let mut again = script.clone();
        let records = (0..script.notes.len()).filter(settled).collect();
        let last = again.scenes.last().expect("there is an anchor").clone();
        again.scenes.push(Scene { changes: Vec::new(), records, ..last });
        let after = again.last_ledger(|_, _| ());
        for subject in SUBJECTS {
            prop_assert_eq!(standing(&before, subject), standing(&after, subject));
        }
    }
}

/// The state of a subject and its versions, without the numbers of landings.
fn standing(ledger: &Ledger, subject: super::history::Subject) -> Vec<String> {
    let Some(found) = ledger.subjects.get(&id(subject)) else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "head {:?}, current {:?}, pinned {:?}",
        found.head, found.current, found.pinned
    )];
    for version in &found.versions {
        lines.push(format!(
            "{} {}: {}, granted {}, expired {} {:?}, rejected by {:?}, contributors {:?}",
            version.key.version,
            version.key.digest,
            version.state,
            version.granted.is_some(),
            version.expired,
            version.expires,
            version.rejected_by,
            version.contributors
        ));
    }
    lines
}
