//! Nothing added raises: real repositories with real signatures, and someone without authority who
//! adds whatever they like.
//!
//! A random honest history is built and judged. Then Mallory, who has no key in the policy but may
//! push, adds commits on any line, copies of records with other modes and junk signatures beside
//! them, deletions, old packages and policies, and merges with any parents in any order, the old
//! tip somewhere among them. However it ends: no version is in a higher state, no other policy is
//! in force, no one who was suspended is back, and what was wrong with a package whose bytes are
//! the same is still wrong.
//!
//! `COUNTERSIGN_ADDITIONS=3600 cargo test --release --test properties additions` looks for an hour.

mod verdict;
mod world;

use std::io::Write;
use std::time::{Duration, Instant};

use countersign::model::DecisionKind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use world::World;

const SKILLS: [&str; 2] = ["pdf", "csv"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.1.0", "2.0.0", "2.1.0"];
const KINDS: [DecisionKind; 9] = [
    DecisionKind::Approve,
    DecisionKind::Approve,
    DecisionKind::Reject,
    DecisionKind::Deprecate,
    DecisionKind::Archive,
    DecisionKind::Block,
    DecisionKind::Unblock,
    DecisionKind::Revoke,
    DecisionKind::Rollback,
];

/// What honest people do.
#[derive(Clone, Debug)]
enum Honest {
    /// Someone lands a version of a Skill.
    Land {
        skill: usize,
        version: usize,
        by: usize,
        branch: bool,
    },
    /// Someone decides about a version that landed, by a detached signature or a signed commit.
    Decide {
        kind: DecisionKind,
        skill: usize,
        version: usize,
        by: usize,
        all: bool,
        commit: bool,
        branch: bool,
        /// Whether an approval ends, and how soon.
        ends: Option<bool>,
    },
    /// Someone brings a version of a Skill on a branch that is not merged.
    Propose {
        skill: usize,
        version: usize,
        by: usize,
    },
    /// Someone suspends someone.
    Suspend { by: usize, whom: usize },
    /// Someone lifts every suspension of someone.
    Readmit { by: usize, whom: usize },
    /// The administrators change the policy, or do not.
    Policy { change: Change, end: End },
    /// The files of a version are put back, or taken away.
    Restore {
        skill: usize,
        version: Option<usize>,
    },
}

/// A change of the policy.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Bob leaves the team, or comes back.
    Team,
    /// Bob becomes an administrator, or is none any more.
    Administrator,
    /// One approval more is asked for, or one less.
    Count,
    /// Something that decides nothing here.
    Other,
}

/// What becomes of a change of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It lands and comes into force.
    Lands,
    /// It lands and misses an approval.
    Waits,
    /// It lands and someone rejects it.
    Rejected,
    /// Its approvals land, and it does not.
    Proposed,
}

/// What Mallory does.
#[derive(Clone, Debug)]
enum Addition {
    /// Goes on from some commit.
    From(usize),
    /// Goes back to some commit, and lands signed records one by one, in this order.
    Reorder { from: usize, records: Vec<usize> },
    /// Merges the honest tip into a line of their own, with its tree or the tip's, and goes on from
    /// there.
    Swap { ours: bool },
    /// Sometimes commits nothing.
    Pad(usize),
    /// Commits edits of the tree.
    Commit {
        edits: Vec<Edit>,
        pose: usize,
        signed: bool,
        co_author: Option<usize>,
    },
    /// Merges commits, in this order, with the tree of one of them and edits.
    Merge {
        parents: Vec<usize>,
        tree: usize,
        edits: Vec<Edit>,
    },
}

/// A change of the tree.
#[derive(Clone, Debug)]
enum Edit {
    /// A record of the history, with or without its signature, perhaps under another name and in
    /// another mode.
    Copy {
        record: usize,
        signature: bool,
        mode: u32,
        path: usize,
    },
    /// Every record of some commit, as it was there.
    CopyAll(usize),
    /// A record or only its signature goes.
    Delete { record: usize, signature_only: bool },
    /// Every record goes.
    DeleteAll,
    /// Something that is no signature, beside a record.
    Junk { record: usize, extension: usize },
    /// Mallory's own signature beside a record.
    Resign { record: usize },
    /// The files of a Skill as some commit has them.
    Package { skill: usize, from: usize },
    /// A Skill goes.
    Remove(usize),
    /// The policy as some commit has it.
    Policy(usize),
    /// Files that mean nothing.
    Noise(usize),
}

fn honest() -> impl Strategy<Value = Honest> {
    let (skill, version) = (0..SKILLS.len(), 0..VERSIONS.len());
    let weighted = prop::bool::weighted;
    prop_oneof![
        5 => (skill.clone(), version.clone(), 0..3_usize, weighted(0.3))
            .prop_map(|(skill, version, by, branch)| Honest::Land { skill, version, by, branch }),
        9 => ((select(&KINDS[..]), skill.clone(), version.clone(), 0..3_usize), (weighted(0.1), weighted(0.3), weighted(0.3), prop::option::weighted(0.2, any::<bool>())))
            .prop_map(|((kind, skill, version, by), (all, commit, branch, ends))| Honest::Decide { kind, skill, version, by, all, commit, branch, ends }),
        1 => (skill.clone(), version.clone(), 0..3_usize).prop_map(|(skill, version, by)| Honest::Propose { skill, version, by }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(by, whom)| Honest::Suspend { by, whom }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(by, whom)| Honest::Readmit { by, whom }),
        2 => (
            select(&[Change::Team, Change::Administrator, Change::Count, Change::Other][..]),
            select(&[End::Lands, End::Lands, End::Lands, End::Waits, End::Rejected, End::Proposed][..]),
        )
            .prop_map(|(change, end)| Honest::Policy { change, end }),
        1 => (skill, prop::option::of(version)).prop_map(|(skill, version)| Honest::Restore { skill, version }),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = || 0..40_usize;
    let modes = select(&[0o100_644_u32, 0o100_644, 0o100_644, 0o100_755, 0o120_000][..]);
    prop_oneof![
        6 => (index(), any::<bool>(), modes, prop_oneof![3 => Just(0_usize), 1 => 1..4_usize])
            .prop_map(|(record, signature, mode, path)| Edit::Copy { record, signature, mode, path }),
        2 => index().prop_map(Edit::CopyAll),
        3 => (index(), any::<bool>()).prop_map(|(record, signature_only)| Edit::Delete { record, signature_only }),
        1 => Just(Edit::DeleteAll),
        2 => (index(), 0..3_usize).prop_map(|(record, extension)| Edit::Junk { record, extension }),
        1 => index().prop_map(|record| Edit::Resign { record }),
        4 => (0..SKILLS.len(), index()).prop_map(|(skill, from)| Edit::Package { skill, from }),
        1 => (0..SKILLS.len()).prop_map(Edit::Remove),
        2 => index().prop_map(Edit::Policy),
        1 => index().prop_map(Edit::Noise),
    ]
}

fn addition() -> impl Strategy<Value = Addition> {
    let edits = || vec(edit(), 1..5);
    prop_oneof![
        2 => (0..40_usize).prop_map(Addition::From),
        2 => (0..40_usize, vec(0..40_usize, 1..4)).prop_map(|(from, records)| Addition::Reorder { from, records }),
        2 => any::<bool>().prop_map(|ours| Addition::Swap { ours }),
        1 => (1..20_usize).prop_map(Addition::Pad),
        4 => (edits(), 0..5_usize, any::<bool>(), prop::option::weighted(0.2, 0..3_usize))
            .prop_map(|(edits, pose, signed, co_author)| Addition::Commit { edits, pose, signed, co_author }),
        3 => (vec(0..40_usize, 1..4), 0..4_usize, vec(edit(), 0..3))
            .prop_map(|(parents, tree, edits)| Addition::Merge { parents, tree, edits }),
    ]
}

/// What honest people do, what is added, whether the added line becomes the first parent, and
/// whether a Skill was there before governance.
type Case = (Vec<Honest>, Vec<Addition>, bool, bool);

/// The whole case.
fn case() -> impl Strategy<Value = Case> {
    let added = vec(addition(), 1..9);
    let before = prop::bool::weighted(0.3);
    (vec(honest(), 2..14), added, any::<bool>(), before)
}

/// What the additions of a case raise.
fn raised((honest, additions, swap, there_before): &Case) -> String {
    let mut world = World::new(*there_before);
    for act in honest {
        world.honest(act);
    }
    // A policy judges the landings after the one that brought it into force, the first of which may
    // be anyone's.
    if matches!(
        honest.last(),
        Some(Honest::Policy {
            end: End::Lands,
            ..
        })
    ) {
        world.anything();
    }
    let before = world.before();
    let honest = world.tip();
    let tip = world.add(additions, *swap);
    let after = world.judge(tip);
    let plain = world.plain(honest, tip);
    before.raised(&after) + &world.judge(plain).excused(&after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_someone_without_authority_adds_raises_anything(case in case()) {
        prop_assert_eq!(raised(&case), "");
    }
}

/// Looks for as many seconds as `COUNTERSIGN_ADDITIONS` says, with cases that are new each time; in
/// CI the property above draws a fixed number.
#[test]
fn additions_are_searched_for_as_long_as_one_likes() {
    let Some(seconds) = std::env::var("COUNTERSIGN_ADDITIONS")
        .ok()
        .and_then(|text| text.parse().ok())
    else {
        return;
    };
    let mut runner = TestRunner::new(ProptestConfig::default());
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let mut tree = case().new_tree(&mut runner).expect("a case can be drawn");
        count += 1;
        let mut found = raised(&tree.current());
        if found.is_empty() {
            continue;
        }
        // The smallest case that still raises something.
        let mut smaller = tree.simplify();
        let mut tries = 0;
        while smaller && tries < 400 {
            tries += 1;
            let now = raised(&tree.current());
            if now.is_empty() {
                smaller = tree.complicate();
            } else {
                found = now;
                smaller = tree.simplify();
            }
        }
        panic!("after {count} cases:\n{found}{:#?}", tree.current());
    }
    writeln!(std::io::stderr(), "{count} cases raised nothing")
        .expect("standard error takes a line");
}

/// The search found this, and it is no raise: Carol's proposal is approved on her own branch. That Bob
/// restores another Skill with the same words later does not make him an author there.
#[test]
fn a_proposal_is_worth_what_it_is_on_its_own_branch() {
    let approve = |skill, by, branch| Honest::Decide {
        kind: DecisionKind::Approve,
        skill,
        version: 0,
        by,
        all: false,
        commit: false,
        branch,
        ends: None,
    };
    let land = |version, by, branch| Honest::Land {
        skill: 0,
        version,
        by,
        branch,
    };
    let proposal = Honest::Propose {
        skill: 1,
        version: 0,
        by: 2,
    };
    let honest = vec![
        approve(0, 0, false),
        land(0, 2, false),
        approve(1, 1, false),
        approve(0, 0, true),
        land(1, 0, true),
        land(1, 0, false),
        proposal,
        land(0, 1, false),
    ];
    assert_eq!(raised(&(honest, vec![Addition::From(9)], true, false)), "");
}

/// The search found this: an approval of what was there before had expired, and a line without it made
/// the bytes pass as they were before.
#[test]
fn an_expired_approval_of_what_was_there_before_is_not_hidden_by_a_line_without_it() {
    let land = || Honest::Land {
        skill: 1,
        version: 0,
        by: 0,
        branch: false,
    };
    let approve = |version, ends| Honest::Decide {
        kind: DecisionKind::Approve,
        skill: 0,
        version,
        by: 0,
        all: false,
        commit: false,
        branch: false,
        ends,
    };
    let honest = vec![land(), approve(0, Some(true)), approve(1, None), land()];
    let copy = Edit::Copy {
        record: 0,
        signature: false,
        mode: 0o100_644,
        path: 0,
    };
    let added = vec![
        Addition::Commit {
            edits: vec![copy],
            pose: 0,
            signed: false,
            co_author: None,
        },
        Addition::Merge {
            parents: vec![6],
            tree: 1,
            edits: Vec::new(),
        },
    ];
    assert_eq!(raised(&(honest, added, true, true)), "");
}
