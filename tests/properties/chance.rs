//! How likely what is: histories that get somewhere, with every oddity now and then.

use countersign::model::DecisionKind;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::history::{
    Act, Answers, BYTES, Bytes, Decision, Item, PEOPLE, Person, SUBJECTS, Seal, Step, Subject,
};

/// A history of up to `length` landings after the anchor.
pub fn histories(length: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..=length)
}

fn step() -> impl Strategy<Value = Step> {
    let hours = prop_oneof![6 => 1..3_u8, 1 => 20..60_u8];
    let committer = option::weighted(0.15, person());
    (
        hours,
        person(),
        committer,
        option::weighted(0.1, person()),
        prop::bool::weighted(0.2),
        vec(act(), 0..4),
    )
        .prop_map(|(hours, author, committer, trailer, merge, acts)| Step {
            hours,
            author,
            committer: committer.unwrap_or(author),
            trailer,
            merge,
            acts,
        })
}

fn person() -> impl Strategy<Value = Person> {
    prop_oneof![20 => select(&PEOPLE[..3]), 4 => select(&PEOPLE[3..])]
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![8 => Just(Subject::One), 5 => Just(Subject::Two), 4 => Just(Subject::Three), 1 => select(&SUBJECTS[..])]
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop_oneof![6 => Just(Bytes::V1), 4 => Just(Bytes::V3), 5 => select(&BYTES[..])]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (subject(), bytes()).prop_map(|(subject, bytes)| Act::Put(subject, bytes)),
        1 => subject().prop_map(Act::Remove),
        16 => decision().prop_map(Act::Decide),
        1 => (0..30_usize).prop_map(Act::Again),
        1 => (person(), person()).prop_map(|(by, whom)| Act::Suspend(by, whom)),
        1 => (person(), person(), answers()).prop_map(|(by, whom, answers)| Act::Readmit(by, whom, answers)),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    prop_oneof![3 => Just(Answers::All), 2 => Just(Answers::Nothing), 1 => Just(Answers::AllButLast)]
}

fn kind() -> impl Strategy<Value = DecisionKind> {
    prop_oneof![
        10 => Just(DecisionKind::Approve),
        2 => Just(DecisionKind::Reject),
        2 => Just(DecisionKind::Deprecate),
        2 => Just(DecisionKind::Block),
        3 => Just(DecisionKind::Unblock),
        1 => Just(DecisionKind::Revoke),
        1 => Just(DecisionKind::Archive),
        3 => Just(DecisionKind::Rollback),
    ]
}

fn decision() -> impl Strategy<Value = Decision> {
    let items = vec((subject(), bytes(), prop::bool::weighted(0.2)), 1..3);
    let seal =
        prop_oneof![20 => Just(Seal::Own), 1 => person().prop_map(Seal::Of), 1 => Just(Seal::None)];
    (
        kind(),
        person(),
        items,
        answers(),
        seal,
        option::weighted(0.2, 1..40_u8),
        bytes(),
    )
        .prop_map(|(kind, by, items, answers, seal, expires, to)| {
            let all = matches!(kind, DecisionKind::Block | DecisionKind::Unblock);
            let item = |(subject, bytes, every)| {
                if all && every {
                    Item::All(subject)
                } else {
                    Item::Version(subject, bytes)
                }
            };
            let mut items: Vec<Item> = items.into_iter().map(item).collect();
            items.dedup();
            let expires = expires.filter(|_| kind == DecisionKind::Approve);
            Decision {
                kind,
                by,
                items,
                answers,
                seal,
                expires,
                to,
            }
        })
}
