//! A crafted line that is merged locks no one out: what honest people decided stays in effect, and
//! what the merge takes away can be decided again.

use countersign::demo::{Method, Person, PolicyDraft, Tree};
use countersign::model::DecisionKind::{Approve, Block, Reject, Unblock};

use super::crafted::{ALPHA, Crafted, POLICY, Step, as_it_is, mallory, put};
use countersign_testkit::views::serial;
use countersign_testkit::{TestResult, sit};

#[test]
fn the_only_administrator_whose_suspension_was_lifted_is_not_suspended_again() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let [alice, bob, _] = repo.people();
    let block = repo.suspension(&bob, Block, "alice", &[])?;
    let unblock = repo.suspension(&bob, Unblock, "alice", &[&block])?;
    let (second, _) = repo.changes_policy(|policy| {
        policy.administrators.retain(|name| name == "alice");
    })?;
    repo.craft(&[Step::Copy(&unblock), Step::Copy(&block)])?;
    for checked in repo.pull(as_it_is)? {
        checked.passes();
    }
    assert!(!repo.is_suspended("alice"));
    let third = second
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    repo.commit(&bob, "Policy 3", |tree| tree.put_policy(&third))?;
    repo.decide(&alice, Approve, POLICY, "3")?;
    assert_eq!(serial(&repo), 3);
    Ok(())
}

#[test]
fn an_unrelated_governed_history_is_not_a_fork_where_the_anchor_is_pinned() -> TestResult {
    let mut repo = Crafted::new();
    repo.lands("1.0.0")?;
    let mallory = mallory();
    repo.switch("crafted")?;
    let mut tree = Tree::default();
    tree.put_policy(&PolicyDraft::solo(&mallory));
    tree.put_skill("zeta", "1.0.0", "Send it.");
    repo.commit_tree(Vec::new(), tree, &mallory, "Govern")?;
    repo.approve(&mallory, "zeta", "1.0.0")?;
    repo.switch("main")?;
    for checked in repo.pull(as_it_is)? {
        checked.passes().without("policy-fork");
    }
    Ok(())
}

#[test]
fn a_branch_from_before_a_restart_is_not_a_fork_where_the_restart_is_pinned() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators = vec!["carol".to_owned()]);
    let alice = repo.alice.clone();
    let vote = repo.lands("1.0.0")?;
    repo.craft(&[Step::Copy(&vote)])?;
    let line = format!(
        "restart: {{previous: {}, reason: Carol left.}}",
        repo.head()
    );
    let restart = repo.policy.clone().line(&line).with(|policy| {
        policy.serial = 5;
        policy.administrators = vec!["alice".to_owned()];
    });
    repo.anchor = repo.commit(&alice, "Start again", |tree| tree.put_policy(&restart))?;
    for checked in repo.pull(as_it_is)? {
        checked.passes().without("policy-fork");
        assert_eq!(checked.json()["policy_serial"], 5, "{checked}");
    }
    Ok(())
}

#[test]
fn the_policy_in_force_is_not_a_fork_of_itself() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let bob = repo.bob.clone();
    let policy = repo.proposes_policy(|policy| {
        policy.more.push("retention: {decisions: 7y}".to_owned());
    })?;
    let reject = repo.decide(&bob, Reject, POLICY, "2")?;
    let approval = repo
        .draft(Approve, &bob, POLICY, "2")?
        .answers(&[&reject])
        .record();
    repo.land(&bob, &approval)?;
    repo.lands("1.0.0")?;
    repo.craft(&[
        Step::Copy(&approval),
        Step::Copy(&reject),
        Step::Proposed(&policy),
    ])?;
    for checked in repo.pull(as_it_is)? {
        checked.passes().without("policy-fork");
    }
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_block_that_was_lifted_does_not_apply_again() -> TestResult {
    let mut repo = Crafted::new();
    let [alice, bob, carol] = repo.people();
    repo.commit(&alice, "1.0.0", |tree| put(tree, "1.0.0"))?;
    let vote = repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    let block = repo.decide(&carol, Block, ALPHA, "1.0.0")?;
    let unblock = repo.answer(&bob, Unblock, "1.0.0", &block)?;
    assert_eq!(repo.state(ALPHA), "approved");
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
        Step::Copy(&unblock),
        Step::Copy(&block),
    ])?;
    for checked in repo.pull(as_it_is)? {
        checked.passes();
    }
    assert_eq!(repo.state(ALPHA), "approved");
    Ok(())
}

#[test]
fn a_reject_that_a_merged_line_gives_effect_is_found_and_its_author_withdraws_it() -> TestResult {
    let [alice, bob, _] = Crafted::new().people();
    // Whose name comes first must not matter.
    withdraws_a_reject_of_another_line(&alice, &bob)?;
    withdraws_a_reject_of_another_line(&bob, &alice)
}

fn withdraws_a_reject_of_another_line(approver: &Person, rejecter: &Person) -> TestResult {
    let mut repo = Crafted::new();
    repo.proposes("1.0.0")?;
    let vote = repo.decide(approver, Approve, ALPHA, "1.0.0")?;
    let reject = repo.decide(rejecter, Reject, ALPHA, "1.0.0")?;
    repo.check().passes().finding("decision-without-effect");
    repo.craft(&[Step::Bytes("1.0.0"), Step::Copy(&reject), Step::Copy(&vote)])?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error");
    assert_eq!(repo.state(ALPHA), "draft");
    repo.checkout()?;
    sit(&repo, &rejecter.name);
    let approve = [
        "approve",
        "skill/alpha@1.0.0",
        "--reason",
        "Read it",
        "--commit",
    ];
    repo.run(&approve).exits(0);
    repo.check().passes();
    assert_eq!(repo.state(ALPHA), "approved");
    Ok(())
}

#[test]
fn a_merged_line_that_names_the_owners_as_authors_is_found_before_it_lands() -> TestResult {
    let mut repo = Crafted::new();
    let (bob, anchor) = (repo.bob.clone(), repo.anchor);
    repo.proposes("1.0.0")?;
    let vote = repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    repo.branch_at("crafted", anchor)?;
    let message =
        "x\n\nCo-authored-by: Alice <alice@acme.example>\nCo-authored-by: Bob <bob@acme.example>\n";
    repo.commit(&mallory(), message, |tree| put(tree, "1.0.0"))?;
    repo.land(&mallory(), &vote)?;
    repo.switch("main")?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error");
    Ok(())
}

#[test]
fn a_branch_that_was_squashed_before_it_is_merged_takes_nothing_back() -> TestResult {
    // The honest twin: the same bytes and the same vote, in the order in which they were made.
    let mut repo = Crafted::new();
    let dave = repo.dave.clone();
    repo.branch("crafted")?;
    repo.lands("1.0.0")?;
    repo.switch("main")?;
    repo.merge("crafted", Method::Squash, &dave)?;
    for checked in repo.pull(as_it_is)? {
        checked.passes();
    }
    assert_eq!(repo.state(ALPHA), "approved");
    Ok(())
}

#[test]
fn a_block_that_comes_with_an_older_branch_after_its_author_was_suspended_can_be_lifted()
-> TestResult {
    let mut repo = Crafted::new();
    let [alice, bob, _] = repo.people();
    repo.lands("1.0.0")?;
    repo.branch("older")?;
    repo.decide(&bob, Block, ALPHA, "1.0.0")?;
    repo.switch("main")?;
    repo.suspension(&alice, Block, "bob", &[])?;
    repo.merge("older", Method::Merge, &bob)?;
    assert_eq!(repo.state(ALPHA), "blocked");
    repo.checkout()?;
    sit(&repo, "alice");
    let target = "skill/alpha@1.0.0";
    let lift = ["unblock", target, "--reason", "Looked again", "--commit"];
    repo.run(&lift).exits(0);
    assert_eq!(repo.state(ALPHA), "approved");
    repo.check().without("line-conflict");
    Ok(())
}
