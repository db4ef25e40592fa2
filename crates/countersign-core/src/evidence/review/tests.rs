//! The judgment alone: a pull request from nothing, a policy, and what lies at its commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::{BytesAt, Lands, ReviewFault, Reviewed, differences};
use crate::evidence::PolicyVersion;
use countersign_forge::{
    Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, PullState, Review,
    ReviewState,
};
use countersign_model::{Digest, ObjectId, Timestamp, Version};

const POLICY: &str = "\
schema: countersign.policy/v1
serial: 1
repository: github.com/acme/skills
branch: main
principals:
  alice: {accounts: [{forge: github.com, login: alice, id: 1}, {forge: git.example, login: alice, id: 7}]}
  robot: {kind: machine, accounts: [{forge: github.com, login: robot, id: 8}]}
roles: {administrators: [alice]}
subjects: [{kind: skill, path: \"skills/*\", owners: [alice]}]
approvals: [{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}]
policy_changes: {count: 1}
";

fn policy() -> PolicyVersion {
    let bytes: Arc<[u8]> = Arc::from(POLICY.as_bytes());
    PolicyVersion::read(Arc::clone(&bytes), &BTreeMap::new(), Digest::of(&bytes))
        .expect("a valid policy")
}

fn commit(n: u8) -> ObjectId {
    ObjectId::from_bytes(&[n; 20]).expect("20 bytes")
}

fn good() -> Digest {
    Digest::of(b"good")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds)
}

fn review(account: u64, state: ReviewState, seconds: i64) -> Review {
    let account = Account {
        id: account,
        login: "someone".to_owned(),
        kind: AccountKind::User,
    };
    Review {
        id: seconds.unsigned_abs(),
        account: Some(account),
        state,
        commit: Some(commit(1)),
        submitted: Some(at(seconds)),
    }
}

/// Commit 1 is head and was reviewed; its bytes land. Commit 2 has other ones. Nothing else is in
/// the clone.
fn reviewed(reviews: Vec<Review>, events: Vec<HeadEvent>) -> Reviewed {
    let request = PullRequest {
        number: 5,
        repository: "github.com/acme/skills".to_owned(),
        base: "main".to_owned(),
        head: commit(1),
        author: None,
        merged: false,
        merge_commit: None,
        state: Some(PullState::Open),
    };
    let path = "skills/pdf".to_owned();
    let bytes = |digest: Digest| BytesAt {
        digests: BTreeMap::from([(path.clone(), digest)]),
        changed: BTreeSet::from([path.clone()]),
        through: BTreeMap::new(),
    };
    Reviewed {
        pull: Arc::new(Pull {
            request,
            reviews,
            events,
        }),
        elsewhere: None,
        lands: vec![Lands {
            path: path.clone(),
            subject: "skill/pdf".parse().expect("a subject"),
            version: Version::declared("1.0.0").expect("a version"),
            digest: good(),
        }],
        commits: BTreeMap::from([
            (commit(1), bytes(good())),
            (commit(2), bytes(Digest::of(b"other"))),
        ]),
    }
}

fn fault(reviewed: &Reviewed) -> Option<ReviewFault> {
    let judged = reviewed.judge(&policy());
    assert_eq!(judged.votes.len() + judged.refusals.len(), 1, "{judged:?}");
    judged
        .refusals
        .into_iter()
        .next()
        .map(|refusal| refusal.fault)
}

#[test]
fn an_approval_of_the_bytes_that_land_is_a_vote_with_its_proof() {
    let events = vec![HeadEvent {
        at: at(5),
        kind: HeadEventKind::ForcePush {
            before: Some(commit(2)),
            after: Some(commit(1)),
        },
    }];
    let judged = reviewed(vec![review(1, ReviewState::Approved, 9)], events).judge(&policy());
    let [vote] = judged.votes.as_slice() else {
        panic!("one vote: {judged:?}")
    };
    assert_eq!(
        (
            vote.principal.as_str(),
            vote.digest,
            vote.proof.head,
            vote.proof.user_id
        ),
        ("alice", good(), commit(1), 1)
    );
    assert_eq!(vote.proof.events.len(), 1, "what came before is kept, too");
    assert_eq!(vote.decision("github.com/acme/skills").time, at(9));
}

#[test]
fn accounts_are_matched_by_number_on_their_own_forge() {
    let by = |account| reviewed(vec![review(account, ReviewState::Approved, 9)], Vec::new());
    assert_eq!(fault(&by(1)), None);
    assert_eq!(
        fault(&by(7)),
        Some(ReviewFault::UnknownAccount),
        "a number of another forge"
    );
    assert_eq!(fault(&by(8)), Some(ReviewFault::Machine));
    assert_eq!(fault(&by(9)), Some(ReviewFault::UnknownAccount));
    for kind in [AccountKind::Bot, AccountKind::Other] {
        let mut one = review(1, ReviewState::Approved, 9);
        one.account.as_mut().expect("an account").kind = kind;
        assert_eq!(
            fault(&reviewed(vec![one], Vec::new())),
            Some(ReviewFault::Bot)
        );
    }
    let gone = Review {
        account: None,
        ..review(1, ReviewState::Approved, 9)
    };
    assert_eq!(
        fault(&reviewed(vec![gone], Vec::new())),
        Some(ReviewFault::UnknownAccount)
    );
}

#[test]
fn what_is_not_known_is_not_an_approval() {
    let with = |change: &dyn Fn(&mut Reviewed)| {
        let mut one = reviewed(vec![review(1, ReviewState::Approved, 9)], Vec::new());
        change(&mut one);
        fault(&one)
    };
    let pull = |change: fn(&mut Pull)| with(&|one| change(Arc::make_mut(&mut one.pull)));
    assert_eq!(
        pull(|pull| pull.reviews[0].commit = None),
        Some(ReviewFault::CommitUnknown)
    );
    assert_eq!(
        pull(|pull| pull.reviews[0].commit = Some(commit(3))),
        Some(ReviewFault::CommitMissing(commit(3)))
    );
    assert_eq!(
        pull(|pull| pull.request.head = commit(3)),
        Some(ReviewFault::CommitMissing(commit(3)))
    );
    assert_eq!(
        pull(|pull| pull.request.head = commit(2)),
        Some(ReviewFault::GoneFromHead(commit(2)))
    );
    assert_eq!(
        pull(|pull| pull.reviews[0].commit = Some(commit(2))),
        Some(ReviewFault::Stale {
            commit: commit(2),
            through: None
        })
    );
    assert_eq!(
        pull(|pull| pull.reviews[0].submitted = None),
        Some(ReviewFault::Unsubmitted)
    );
    assert_eq!(
        with(&|one| one.elsewhere = Some(ReviewFault::OtherLanding)),
        Some(ReviewFault::OtherLanding)
    );
    assert_eq!(
        with(&|one| one.commits.values_mut().for_each(|at| at.changed.clear())),
        Some(ReviewFault::Unchanged)
    );
    assert_eq!(
        with(&|one| one.commits.values_mut().for_each(|at| at.digests.clear())),
        Some(ReviewFault::Stale {
            commit: commit(1),
            through: None
        })
    );
    let twice = |one: &mut Reviewed| {
        let other = Lands {
            path: "skills/deep/pdf".to_owned(),
            digest: Digest::of(b"other"),
            ..one.lands[0].clone()
        };
        one.lands.push(other);
    };
    assert_eq!(with(&twice), Some(ReviewFault::Ambiguous));
}

#[test]
fn what_has_changed_since_is_reported_by_kind() {
    let mut one = reviewed(vec![review(1, ReviewState::Approved, 9)], Vec::new());
    let proof = one.judge(&policy()).votes.remove(0).proof;
    let policy = policy().policy.clone();
    assert_eq!(differences(&proof, &one.pull, &policy), []);
    let pull = Arc::make_mut(&mut one.pull);
    pull.reviews
        .push(review(1, ReviewState::ChangesRequested, 20));
    pull.events.push(HeadEvent {
        at: at(30),
        kind: HeadEventKind::BaseChanged,
    });
    pull.reviews[0].account = None;
    let words = |pull: &Pull| {
        differences(&proof, pull, &policy)
            .iter()
            .map(super::Difference::as_str)
            .collect::<Vec<_>>()
    };
    assert_eq!(words(pull), ["account", "superseded", "new-event"]);
    pull.reviews.remove(0);
    assert_eq!(words(pull), ["deleted", "superseded", "new-event"]);
    "other".clone_into(&mut pull.request.base);
    "github.com/acme/fork".clone_into(&mut pull.request.repository);
    assert_eq!(words(pull)[..2], ["repository", "branch"]);
}

fn any_state() -> impl Strategy<Value = ReviewState> {
    use ReviewState::{Approved, ChangesRequested, Commented, Dismissed, Pending, Unknown};
    prop::sample::select(vec![
        Approved,
        ChangesRequested,
        Commented,
        Dismissed,
        Pending,
        Unknown,
    ])
}

fn any_event() -> impl Strategy<Value = HeadEvent> {
    let before = prop::sample::select(vec![
        None,
        Some(commit(1)),
        Some(commit(2)),
        Some(commit(3)),
    ]);
    (0i64..12, 0..3, before).prop_map(|(seconds, kind, before)| HeadEvent {
        at: at(seconds),
        kind: match kind {
            0 => HeadEventKind::BaseChanged,
            1 => HeadEventKind::BaseForcePush,
            _ => HeadEventKind::ForcePush {
                before,
                after: None,
            },
        },
    })
}

proptest! {
    /// The order in which a forge lists things decides nothing, and a vote is always one that a
    /// short second telling of the rules allows.
    #[test]
    fn a_vote_is_the_last_opinion_with_nothing_doubtful_after_it(
        said in prop::collection::vec((any_state(), 1i64..10, 1u8..4), 1..6),
        events in prop::collection::vec(any_event(), 0..4),
    ) {
        let reviews: Vec<Review> = said
            .iter()
            .enumerate()
            .map(|(index, (state, seconds, of))| Review {
                id: index as u64,
                commit: Some(commit(*of)),
                ..review(1, *state, *seconds)
            })
            .collect();
        let judged = reviewed(reviews.clone(), events.clone()).judge(&policy());
        let turned = reviewed(reviews.into_iter().rev().collect(), events.iter().rev().cloned().collect()).judge(&policy());
        prop_assert_eq!(judged.votes.len(), turned.votes.len());

        let opinions = || said.iter().filter(|(state, ..)| !matches!(state, ReviewState::Commented | ReviewState::Pending));
        let last = opinions().map(|(_, seconds, _)| *seconds).max();
        let approved = last.is_some()
            && opinions().filter(|(_, seconds, _)| Some(*seconds) == last).all(|(state, _, of)| *state == ReviewState::Approved && *of == 1);
        let doubtful = events.iter().filter(|event| last.is_some_and(|last| event.at >= at(last))).any(|event| match event.kind {
            HeadEventKind::ForcePush { before, .. } => before != Some(commit(1)),
            HeadEventKind::BaseChanged | HeadEventKind::BaseForcePush => true,
        });
        prop_assert_eq!(judged.votes.len(), usize::from(approved && !doubtful));
    }
}
