//! A crafted line arrives by a pull request that anyone may open: it takes back nothing that main
//! has, and the verifier replays each line in it a few times at most.

use countersign::demo::Tree;
use countersign::model::DecisionKind::{Approve, Archive};
use countersign::model::ObjectId;

use super::crafted::{ALPHA, Crafted, Step, mallory, put, without_alpha};
use countersign_testkit::{Checked, TestResult};

/// At the gate and on main afterwards, the version in the tree is not the current one.
#[track_caller]
fn is_a_regression(answers: &[Checked; 2]) {
    for checked in answers {
        checked
            .assert("fail", &[])
            .finding_at("version-regressed", "skills/alpha")
            .is("error");
    }
}

#[test]
fn a_rollback_that_a_later_version_ended_is_not_in_effect_again() -> TestResult {
    let mut repo = Crafted::new();
    let dave = repo.dave.clone();
    let first = repo.lands("1.0.0")?;
    let second = repo.lands("2.0.0")?;
    let rollback = repo.rollback("2.0.0", "1.0.0")?;
    repo.commit(&dave, "Go back", |tree| {
        put(tree, "1.0.0");
        tree.put_record(&rollback);
    })?;
    let third = repo.lands("2.1.0")?;
    let mut steps = vec![Step::Other; 30];
    steps.extend([
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Bytes("2.0.0"),
        Step::Copy(&second),
        Step::Copy(&third),
        Step::Copy(&rollback),
        Step::Bytes("1.0.0"),
    ]);
    repo.craft(&steps)?;
    is_a_regression(&repo.pull(|tree| put(tree, "1.0.0"))?);
    assert_eq!(repo.current(ALPHA), "2.1.0");
    Ok(())
}

#[test]
fn a_version_approved_again_after_its_rollback_stays_approved() -> TestResult {
    let mut repo = Crafted::new();
    let (bob, dave) = (repo.bob.clone(), repo.dave.clone());
    let first = repo.lands("1.0.0")?;
    let second = repo.lands("2.0.0")?;
    let rollback = repo.rollback("2.0.0", "1.0.0")?;
    repo.commit(&dave, "Go back", |tree| {
        put(tree, "1.0.0");
        tree.put_record(&rollback);
    })?;
    repo.proposes("2.0.0")?;
    let again = repo.answer(&bob, Approve, "2.0.0", &rollback)?;
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Bytes("2.0.0"),
        Step::Copy(&second),
        Step::Copy(&again),
        Step::Copy(&rollback),
    ])?;
    is_a_regression(&repo.pull(|tree| put(tree, "1.0.0"))?);
    assert_eq!(repo.current(ALPHA), "2.0.0");
    assert_eq!(repo.version_state(ALPHA, "2.0.0"), "approved");
    Ok(())
}

#[test]
fn a_rollback_over_two_versions_that_was_refused_makes_no_older_version_current() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    let first = repo.lands("1.0.0")?;
    let second = repo.lands("2.0.0")?;
    let third = repo.lands("3.0.0")?;
    let rollback = repo.rollback("3.0.0", "1.0.0")?;
    repo.land(&carol, &rollback)?;
    repo.check().passes().finding("not-authorized");
    assert_eq!(repo.current(ALPHA), "3.0.0");
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Bytes("3.0.0"),
        Step::Copy(&third),
        Step::Copy(&rollback),
        Step::Copy(&second),
    ])?;
    let answers = repo.pull(|tree| put(tree, "1.0.0"))?;
    is_a_regression(&answers);
    answers[0].finding("line-conflict").is("error");
    // Another line may lower a version, so 3.0.0 stays down. It makes no older one current.
    assert_eq!(repo.version_state(ALPHA, "3.0.0"), "rolled-back");
    assert_ne!(repo.current(ALPHA), "1.0.0", "{}", answers[1]);
    Ok(())
}

#[test]
fn a_version_approved_again_after_it_was_archived_is_not_archived_again() -> TestResult {
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    let first = repo.lands("1.0.0")?;
    let archived = repo.decide(&carol, Archive, ALPHA, "1.0.0")?;
    let again = repo.answer(&bob, Approve, "1.0.0", &archived)?;
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Copy(&again),
        Step::Copy(&archived),
    ])?;
    let [gate, _] = repo.pull(without_alpha)?;
    gate.assert("fail", &[])
        .finding_at("subject-removed", "skills/alpha")
        .is("error");
    assert_eq!(repo.version_state(ALPHA, "1.0.0"), "approved");
    Ok(())
}

/// A commit by Mallory on the scratch branch.
fn commit(
    repo: &mut Crafted,
    tree: &Tree,
    parents: &[ObjectId],
) -> Result<ObjectId, Box<dyn std::error::Error>> {
    Ok(repo.commit_tree(parents.to_vec(), tree.clone(), &mallory(), "Merge")?)
}

#[test]
fn lines_that_bring_lines_that_bring_lines_are_each_replayed_a_few_times_at_most() -> TestResult {
    const WIDE: usize = 9;
    const DEEP: usize = 3;
    let mut repo = Crafted::new();
    let (anchor, empty) = (repo.anchor, repo.tree());
    let vote = repo.lands("1.0.0")?;
    let main = (repo.head(), repo.tree());
    let mut copied = empty.clone();
    copied.put_record(&vote);
    // Each line of a level takes in every line of the level below, and copies the vote.
    repo.branch_at("scratch", anchor)?;
    let mut lines = Vec::new();
    for _ in 0..WIDE {
        lines.push(commit(&mut repo, &copied, &[anchor])?);
    }
    let mut made = WIDE;
    for level in 1..=DEEP {
        let mut next = Vec::new();
        for _ in 0..if level < DEEP { WIDE } else { 1 } {
            let mut tip = anchor;
            for line in &lines {
                tip = commit(&mut repo, &empty, &[tip, *line])?;
            }
            next.push(commit(&mut repo, &copied, &[tip])?);
            made += 1;
        }
        lines = next;
    }
    repo.branch_at("pull", main.0)?;
    commit(&mut repo, &main.1, &[main.0, lines[0]])?;
    let output = repo.run(&["check", "--base", "main", "-vvv"]).exits(0);
    let replays = output.stderr.matches("judge landings=").count();
    assert!(
        (DEEP..3 * made).contains(&replays),
        "{replays} replays of {made} lines\n{output}"
    );
    Ok(())
}
