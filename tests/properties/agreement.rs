//! The lifecycle says what a naive reading of the trust rules says, after every landing of every
//! history.

use std::collections::BTreeSet;

use countersign::lifecycle::Ledger;
use countersign::lifecycle::ledger::{Action, Outcome, VersionKey};
use countersign::model::{PrincipalName, VersionRef};
use proptest::prelude::*;

use super::chance::histories;
use super::driver::{Script, Target, digest, id, name, record_digest, version};
use super::history::{Act, Answers, BYTES, Bytes, Person, SUBJECTS, Step};
use super::reference::Model;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lifecycle_agrees_with_the_reference_model(steps in histories(14), later in 0..60_u8) {
        let script = Script::new(&steps, later);
        let mut model = Model::new(&script);
        for (position, (scene, ledger)) in script.scenes.iter().zip(script.ledgers()).enumerate() {
            model.step(scene);
            let differences = differences(&script, &model, &ledger);
            prop_assert!(differences.is_empty(), "after landing {}:\n{}", position, differences.join("\n"));
        }
    }
}

/// Found by the property: a record of a suspended person that lands with the decision that brings
/// them back was judged twice.
#[test]
fn a_record_about_people_is_judged_once_in_the_landing_that_readmits_its_author() {
    let step = |acts| Step {
        hours: 1,
        author: Person::Alice,
        committer: Person::Alice,
        trailer: None,
        merge: false,
        acts,
    };
    let steps = [
        step(vec![Act::Suspend(Person::Dave, Person::Bob)]),
        step(vec![
            Act::Suspend(Person::Bob, Person::Alice),
            Act::Readmit(Person::Carol, Person::Bob, Answers::AllButLast),
        ]),
    ];
    let script = Script::new(&steps, 0);
    let mut model = Model::new(&script);
    for (scene, ledger) in script.scenes.iter().zip(script.ledgers()) {
        model.step(scene);
        assert_eq!(differences(&script, &model, &ledger), Vec::<String>::new());
    }
}

/// Everything in which the two differ, one line each: what is wrong, the lifecycle's word, the
/// model's.
pub fn differences(script: &Script, model: &Model, ledger: &Ledger) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: String, real: String, ours: String| {
        if real != ours {
            found.push(format!("{what}: lifecycle {real}, model {ours}"));
        }
    };
    for subject in SUBJECTS {
        let real = ledger.subjects.get(&id(subject));
        let current = real.and_then(|real| real.current.as_ref()).map(bytes_of);
        compare(
            format!("current of {subject:?}"),
            format!("{current:?}"),
            format!("{:?}", model.current(subject, script.now).0),
        );
        let head = real.and_then(|real| real.head.as_ref()).map(bytes_of);
        compare(
            format!("{subject:?} in the tree"),
            format!("{head:?}"),
            format!("{:?}", model.tree().get(&subject)),
        );
        let blocks = real.map_or(0, |real| real.blocked_all.len());
        compare(
            format!("blocks of all {subject:?}"),
            blocks.to_string(),
            model.things[&subject].blocks.len().to_string(),
        );
        for bytes in BYTES {
            let key = VersionKey {
                version: version(bytes),
                digest: digest(bytes),
            };
            let (Some(judged), Some(ours)) = (
                real.and_then(|real| real.version(&key)),
                model.things[&subject].versions.get(&bytes),
            ) else {
                continue;
            };
            let what = |what: &str| format!("{what} of {subject:?}@{bytes:?}");
            compare(
                what("state"),
                judged.state.to_string(),
                model.state(subject, bytes, script.now).to_string(),
            );
            let granted = judged.granted.map(|landing| landing.position.0 as usize);
            compare(
                what("grant"),
                format!("{granted:?}"),
                format!("{:?}", ours.granted.map(|(position, _)| position)),
            );
            let rejected: BTreeSet<PrincipalName> =
                ours.rejects.keys().map(|person| name(*person)).collect();
            compare(
                what("rejects"),
                format!("{:?}", judged.rejected_by),
                format!("{rejected:?}"),
            );
            let landed = judged.landed.map(|landing| landing.position.0 as usize);
            compare(
                what("landing"),
                format!("{landed:?}"),
                format!("{:?}", ours.landed.map(|(first, _)| first)),
            );
        }
        if let Some(real) = real {
            let unknown = real.versions.iter().filter(|judged| {
                !model.things[&subject]
                    .versions
                    .contains_key(&bytes_of(&judged.key))
                    && judged.state_matters()
            });
            compare(
                format!("versions of {subject:?}"),
                unknown.count().to_string(),
                "0".to_owned(),
            );
        }
    }
    let suspended: BTreeSet<PrincipalName> =
        model.suspended_people().into_iter().map(name).collect();
    compare(
        "suspended".to_owned(),
        format!("{:?}", ledger.suspended),
        format!("{suspended:?}"),
    );
    for (number, proved) in &model.judged {
        let standing = ledger.records.get(&record_digest(*number));
        let accepted =
            standing.map(|standing| matches!(standing.outcome, Outcome::Accepted { .. }));
        compare(
            format!("evidence of record {number}"),
            format!("{accepted:?}"),
            format!("{:?}", Some(*proved)),
        );
    }
    for ((number, item), effect) in &model.effects {
        let note = &script.notes[*number];
        if !note.kind.raises() {
            let effects = real_effects(ledger, *number, note.targets[*item]);
            compare(
                format!("effect of record {number}, item {item}"),
                format!("{effects:?}"),
                format!("{:?}", BTreeSet::from([*effect])),
            );
        }
    }
    found
}

/// Whether a version has anything that a version without decisions has not.
trait Matters {
    fn state_matters(&self) -> bool;
}

impl Matters for countersign::lifecycle::ledger::VersionState {
    fn state_matters(&self) -> bool {
        self.landed.is_some() || self.granted.is_some()
    }
}

fn real_effects(ledger: &Ledger, number: usize, target: Target) -> BTreeSet<bool> {
    let (subject, wanted) = match target {
        Target::Version(subject, bytes) => {
            (subject, VersionRef::One(version(bytes), digest(bytes)))
        }
        Target::All(subject) => (subject, VersionRef::All),
        Target::Person(_) => return BTreeSet::new(),
    };
    let of_record = |event: &&countersign::lifecycle::ledger::Event| {
        // What was refused first and judged again has an event of each; only the second has
        // evidence.
        matches!(event.action, Action::Decision(_))
            && event.evidence.is_some()
            && event.record == Some(record_digest(number))
            && event.subject == id(subject)
            && event.digest.as_ref() == wanted.digest()
    };
    ledger
        .events
        .iter()
        .filter(of_record)
        .map(|event| event.accepted)
        .collect()
}

fn bytes_of(key: &VersionKey) -> Bytes {
    let known = BYTES.into_iter().find(|bytes| digest(*bytes) == key.digest);
    known.expect("all bytes come from the alphabet")
}
