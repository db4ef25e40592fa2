//! What a merged line took away is reported until someone decides about it, and nothing becomes
//! more by it: not the current version, not a policy, not who may approve.

use countersign::demo::Method;
use countersign::model::DecisionKind::{Approve, Block, Reject, Unblock};

use super::crafted::{ALPHA, Crafted, POLICY, Step, as_it_is, lost, put};
use countersign_testkit::TestResult;
use countersign_testkit::views::serial;

/// 1.0.0 is approved, and a merged line took its approval away.
fn taken_away() -> Result<Crafted, Box<dyn std::error::Error>> {
    let mut repo = Crafted::new();
    let vote = repo.lands("1.0.0")?;
    repo.craft(&[Step::Copy(&lost(&vote)), Step::Bytes("1.0.0")])?;
    repo.pull(as_it_is)?;
    repo.check().finding("line-conflict").is("error");
    Ok(repo)
}

#[test]
fn an_old_reject_of_another_version_ends_no_conflict() -> TestResult {
    let mut repo = taken_away()?;
    let (bob, dave, anchor) = (repo.bob.clone(), repo.dave.clone(), repo.anchor);
    repo.branch_at("abandoned", anchor)?;
    repo.proposes("0.1.0")?;
    repo.decide(&bob, Reject, ALPHA, "0.1.0")?;
    repo.switch("main")?;
    repo.merge("abandoned", Method::Ours, &dave)?;
    repo.check().finding("line-conflict").is("error");
    Ok(())
}

#[test]
fn an_older_version_that_lands_ends_no_conflict() -> TestResult {
    let mut repo = taken_away()?;
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    repo.proposes("0.9.0")?;
    repo.decide(&alice, Approve, ALPHA, "0.9.0")?;
    repo.commit(&dave, "Back", |tree| put(tree, "1.0.0"))?;
    repo.check().finding("line-conflict").is("error");
    Ok(())
}

#[test]
fn a_block_that_was_lifted_and_comes_again_makes_no_older_version_current() -> TestResult {
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    repo.lands("1.0.0")?;
    let newest = repo.lands("2.0.0")?;
    let block = repo.decide(&carol, Block, ALPHA, "2.0.0")?;
    let lifted = repo.answer(&bob, Unblock, "2.0.0", &block)?;
    repo.decide(&carol, Block, ALPHA, "2.0.0")?;
    repo.lands("1.5.0")?;
    repo.check().passes();
    assert_eq!(repo.current(ALPHA), "1.5.0");
    repo.craft(&[
        Step::Bytes("2.0.0"),
        Step::Copy(&newest),
        Step::Copy(&block),
        Step::Copy(&lost(&lifted)),
    ])?;
    let [_, main] = repo.pull(|tree| put(tree, "1.5.0"))?;
    assert_ne!(repo.current(ALPHA), "1.0.0", "{main}");
    Ok(())
}

#[test]
fn a_suspension_that_a_merged_line_brings_lets_no_author_approve_alone() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let [alice, _, carol] = repo.people();
    let dave = repo.dave.clone();
    // Carol administrates for a while, and lifts a suspension then.
    let block = repo.suspension(&alice, Block, "bob", &[])?;
    let next = repo.policy.successor(&repo.tree()).with(|policy| {
        policy.administrators.push("carol".to_owned());
    });
    repo.commit(&dave, "Policy", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "2")?;
    let unblock = repo.suspension(&carol, Unblock, "bob", &[&block])?;
    assert!(!repo.is_suspended("bob"));
    let next = next.successor(&repo.tree()).with(|policy| {
        policy.administrators.retain(|name| name != "carol");
    });
    repo.commit(&dave, "Policy", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "3")?;
    let own = next.successor(&repo.tree()).with(|policy| {
        policy.more.push("retention: {decisions: 7y}".to_owned());
    });
    repo.commit(&alice, "Policy", |tree| tree.put_policy(&own))?;
    repo.decide(&alice, Approve, POLICY, "4")?;
    assert_eq!(serial(&repo), 3, "Bob could approve it");
    repo.craft(&[Step::Copy(&block), Step::Copy(&unblock)])?;
    repo.pull(as_it_is)?;
    repo.commit(&dave, "Go on", |tree| tree.put("docs/more.md", "More."))?;
    assert_eq!(serial(&repo), 3);
    Ok(())
}
