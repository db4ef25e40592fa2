//! A pull request takes a crafted line in that puts back what was lifted, or on which an approval
//! does not count: its gate fails, and what happened is still reported when main has gone on.

use countersign::demo::{Method, Record};
use countersign::model::DecisionKind::{Approve, Block, Rollback, Unblock};

use super::crafted::{
    ALPHA, Crafted, POLICY, Step, as_it_is, carol_is_an_owner, is_draft, lost, mallory, put,
    two_approve,
};
use countersign_testkit::views::serial;
use countersign_testkit::{TestResult, decide, rule, sit};

/// Alice and these administrate.
fn with_administrators(others: &[&str]) -> Crafted {
    Crafted::with(|policy| {
        let others = others.iter().map(|&name| name.to_owned());
        policy.administrators.extend(others);
    })
}

/// Alice was unblocked by Bob, who is suspended at that moment on the crafted line.
fn unblocked_by_someone_suspended() -> Result<Crafted, Box<dyn std::error::Error>> {
    let mut repo = with_administrators(&["bob", "carol"]);
    let [_, bob, carol] = repo.people();
    let first = repo.suspension(&carol, Block, "bob", &[])?;
    let lifted = repo.suspension(&carol, Unblock, "bob", &[&first])?;
    let second = repo.suspension(&bob, Block, "alice", &[])?;
    let unblock = repo.suspension(&bob, Unblock, "alice", &[&second])?;
    repo.craft(&[
        Step::Copy(&second),
        Step::Copy(&first),
        Step::Copy(&unblock),
        Step::Copy(&lifted),
    ])?;
    Ok(repo)
}

#[test]
fn the_only_administrator_whose_unblock_is_misplaced_on_another_line_is_reported() -> TestResult {
    let mut repo = with_administrators(&["bob"]);
    let bob = repo.bob.clone();
    let block = repo.suspension(&bob, Block, "alice", &[])?;
    let unblock = repo.suspension(&bob, Unblock, "alice", &[&block])?;
    repo.changes_policy(|policy| policy.administrators.retain(|name| name == "alice"))?;
    assert!(!repo.is_suspended("alice"));
    repo.craft(&[Step::Copy(&block), Step::Copy(&lost(&unblock))])?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error")
        .has("subject", "principal/alice");
    Ok(())
}

#[test]
fn a_person_whose_unblocker_is_suspended_on_another_line_is_reported() -> TestResult {
    let mut repo = unblocked_by_someone_suspended()?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error")
        .has("subject", "principal/alice");
    Ok(())
}

#[test]
fn a_suspension_that_arrives_with_its_end_brings_no_pending_policy_into_force() -> TestResult {
    let mut repo = with_administrators(&["bob"]);
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    let block = repo.suspension(&alice, Block, "bob", &[])?;
    let unblock = repo.suspension(&alice, Unblock, "bob", &[&block])?;
    // Alice may not approve her own policy as long as Bob can.
    let next = repo.policy.successor(&repo.tree()).with(|policy| {
        policy.administrators.retain(|name| name == "alice");
    });
    repo.commit(&alice, "Policy", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1, "Alice wrote it");
    repo.craft(&[Step::Both(&block, &unblock)])?;
    repo.pull(as_it_is)?;
    repo.commit(&dave, "Go on", |tree| tree.put("docs/more.md", "More."))?;
    assert!(!repo.is_suspended("bob"));
    assert_eq!(serial(&repo), 1);
    Ok(())
}

/// 1.0.0 is current because 2.0.0 was stopped, and 1.5.0 is approved by two people.
struct Stopped {
    repo: Crafted,
    /// Alice's approvals of 1.5.0 and 2.0.0.
    lower: Record,
    newest: Record,
}

impl Stopped {
    /// By a block, with 1.5.0 approved after 2.0.0, or by a rollback, with 1.5.0 approved before.
    fn new(blocked: bool) -> Result<Self, Box<dyn std::error::Error>> {
        let mut repo = Crafted::new();
        let (bob, dave) = (repo.bob.clone(), repo.dave.clone());
        repo.lands("1.0.0")?;
        repo.branch("start")?;
        repo.switch("main")?;
        let approved_twice = |repo: &mut Crafted| {
            let lower = repo.lands("1.5.0")?;
            repo.decide(&bob, Approve, ALPHA, "1.5.0").map(|_| lower)
        };
        let (lower, newest, stop);
        if blocked {
            newest = repo.lands("2.0.0")?;
            stop = repo.draft(Block, &bob, ALPHA, "2.0.0")?;
            lower = approved_twice(&mut repo)?;
        } else {
            lower = approved_twice(&mut repo)?;
            newest = repo.lands("2.0.0")?;
            stop = repo.draft(Rollback, &bob, ALPHA, "2.0.0")?.to("1.0.0");
        }
        repo.commit(&dave, "Go back", |tree| {
            put(tree, "1.0.0");
            tree.put_record(&stop.record());
        })?;
        Ok(Self {
            repo,
            lower,
            newest,
        })
    }
}

#[test]
fn a_lower_version_whose_first_approval_another_line_took_does_not_become_current() -> TestResult {
    for blocked in [false, true] {
        let Stopped {
            mut repo, lower, ..
        } = Stopped::new(blocked)?;
        repo.check().passes();
        assert_eq!(repo.current(ALPHA), "1.0.0");
        let start = repo.tip("start")?;
        repo.craft_at(start, &[Step::Copy(&lost(&lower)), Step::Bytes("1.5.0")])?;
        let [gate, main] = repo.pull(|tree| put(tree, "1.5.0"))?;
        gate.assert("fail", &[]);
        assert_ne!(repo.current(ALPHA), "1.5.0", "{main}");
    }
    Ok(())
}

/// A commit by Mallory with a version's bytes that names Alice as a co-author.
fn claims_alice(repo: &mut Crafted, version: &str) -> TestResult {
    let message = "x\n\nCo-authored-by: Alice <alice@acme.example>\n";
    repo.commit(&mallory(), message, |tree| put(tree, version))?;
    Ok(())
}

#[test]
fn a_lower_version_does_not_become_current_when_the_approval_of_a_blocked_one_is_taken()
-> TestResult {
    let Stopped {
        mut repo, newest, ..
    } = Stopped::new(true)?;
    let start = repo.tip("start")?;
    repo.branch_at("crafted", start)?;
    claims_alice(&mut repo, "2.0.0")?;
    repo.land(&mallory(), &newest)?;
    repo.switch("main")?;
    let [gate, main] = repo.pull(|tree| put(tree, "1.5.0"))?;
    gate.assert("fail", &["line-conflict"]);
    assert_ne!(repo.current(ALPHA), "1.5.0", "{main}");
    Ok(())
}

#[test]
fn the_approval_of_a_blocked_version_is_not_taken_silently() -> TestResult {
    let mut repo = Crafted::new();
    let bob = repo.bob.clone();
    let vote = repo.lands("2.0.0")?;
    repo.decide(&bob, Block, ALPHA, "2.0.0")?;
    repo.craft(&[Step::Copy(&lost(&vote)), Step::Bytes("2.0.0")])?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error");
    Ok(())
}

#[test]
fn an_approval_without_an_end_is_not_replaced_silently_by_an_earlier_one_that_ends() -> TestResult {
    let mut repo = Crafted::new();
    let alice = repo.alice.clone();
    repo.proposes("1.0.0")?;
    let end = repo.now().plus(86_400).to_string();
    let limited = repo
        .draft(Approve, &alice, ALPHA, "1.0.0")?
        .with(|input| input.expires = Some(end))
        .record();
    repo.land(&alice, &limited)?;
    let vote = repo.decide(&alice, Approve, ALPHA, "1.0.0")?;
    repo.check().passes();
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
        Step::Copy(&limited),
    ])?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &[])
        .finding("line-conflict")
        .is("error");
    ends_when_approved(&mut repo, &["bob"], "skill/alpha@1.0.0")
}

/// The conflict ends when the owners `who` approve a version, in the words of `line-conflict`.
fn ends_when_approved(repo: &mut Crafted, who: &[&str], what: &str) -> TestResult {
    repo.checkout()?;
    for owner in who {
        repo.check().finding("line-conflict").is("error");
        sit(repo, owner);
        decide(repo, "approve", what, "Read it again");
    }
    repo.check().without("line-conflict");
    Ok(())
}

/// The crafted line arrives by a push, in a line that has main in it and one more commit.
fn goes_on(repo: &mut Crafted) -> TestResult {
    repo.branch("pull")?;
    repo.merge("crafted", Method::Ours, &mallory())?;
    repo.commit(&mallory(), "Go on", |tree| {
        tree.put("docs/more.md", "More.");
    })?;
    let tip = repo.head();
    repo.switch("main")?;
    repo.reset(tip)?;
    repo.check().assert("fail", &["line-conflict"]);
    Ok(())
}

#[test]
fn other_content_of_an_approved_version_is_still_reported_after_one_more_commit() -> TestResult {
    let mut repo = Crafted::new();
    let (bob, dave) = (repo.bob.clone(), repo.dave.clone());
    let vote = repo.lands("1.0.0")?;
    repo.commit(&dave, "Other", |tree| {
        tree.put_skill("alpha", "1.0.0", "Do something else.");
    })?;
    repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    repo.craft(&[Step::Copy(&lost(&vote)), Step::Bytes("1.0.0")])?;
    goes_on(&mut repo)
}

#[test]
fn a_version_that_is_not_current_is_still_reported_after_one_more_commit() -> TestResult {
    let mut repo = Crafted::new();
    let dave = repo.dave.clone();
    repo.lands("1.0.0")?;
    let start = repo.head();
    let vote = repo.lands("2.0.0")?;
    repo.commit(&dave, "Go back", |tree| put(tree, "1.0.0"))?;
    repo.craft_at(start, &[Step::Copy(&lost(&vote)), Step::Bytes("2.0.0")])?;
    goes_on(&mut repo)?;
    // Alice approved it before: now she says that the merged line is wrong.
    ends_when_approved(&mut repo, &["alice"], "skill/alpha@2.0.0")
}

#[test]
fn what_a_merged_line_took_away_is_not_over_when_bytes_land_that_were_approved_before() -> TestResult
{
    let mut repo = Crafted::new();
    let (alice, dave) = (repo.alice.clone(), repo.dave.clone());
    let vote = repo.lands("1.0.0")?;
    repo.branch("next")?;
    repo.proposes("2.0.0")?;
    let early = repo.draft(Approve, &alice, ALPHA, "2.0.0")?.record();
    repo.switch("main")?;
    repo.land(&alice, &early)?;
    repo.check().passes();
    repo.craft(&[Step::Copy(&lost(&vote)), Step::Bytes("1.0.0")])?;
    repo.pull(as_it_is)?;
    repo.commit(&dave, "2.0.0", |tree| put(tree, "2.0.0"))?;
    ends_when_approved(&mut repo, &["bob"], "skill/alpha@2.0.0")
}

#[test]
fn votes_that_do_not_suffice_on_a_merged_line_can_be_cast_again_by_the_same_people() -> TestResult {
    let mut repo = Crafted::with(two_approve);
    let bob = repo.bob.clone();
    repo.branch("stricter")?;
    let (policy, approval) = repo.changes_policy(|policy| {
        carol_is_an_owner(policy);
        policy.approvals = vec![rule("count: 3, from: [owners]")];
    })?;
    repo.switch("main")?;
    let first = repo.lands("1.0.0")?;
    let second = repo.decide(&bob, Approve, ALPHA, "1.0.0")?;
    repo.check().passes();
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Approved(&policy, &approval),
        Step::Copy(&first),
        Step::Copy(&second),
    ])?;
    let [gate, _] = repo.pull(as_it_is)?;
    gate.assert("fail", &["policy-fork", "line-conflict"]);
    ends_when_approved(&mut repo, &["alice"], "skill/alpha@1.0.0")?;
    let mut stricter = repo.tree();
    stricter.put_policy(&policy);
    let fork = format!("policy/countersign@{}", stricter.policy_digest());
    decide(&repo, "reject", &fork, "It never landed");
    repo.check().passes();
    Ok(())
}

#[test]
fn a_suspension_that_a_merged_line_put_back_is_over_when_it_is_decided_again() -> TestResult {
    for kind in ["block", "unblock"] {
        let mut repo = unblocked_by_someone_suspended()?;
        repo.pull(as_it_is)?;
        repo.checkout()?;
        repo.check().finding("line-conflict").is("error");
        sit(&repo, "carol");
        decide(&repo, kind, "principal/alice", "Decided again");
        repo.check().without("line-conflict");
        assert_eq!(repo.is_suspended("alice"), kind == "block");
    }
    Ok(())
}

#[test]
fn what_a_merged_line_took_away_is_over_when_an_owner_approves_again() -> TestResult {
    for owner in ["alice", "bob"] {
        let mut repo = Crafted::new();
        let vote = repo.lands("1.0.0")?;
        repo.craft(&[Step::Copy(&lost(&vote)), Step::Bytes("1.0.0")])?;
        let [gate, main] = repo.pull(as_it_is)?;
        for checked in [&gate, &main] {
            checked
                .assert("fail", &["decision-replayed"])
                .finding("line-conflict")
                .is("error");
        }
        is_draft(&repo, &main);
        repo.checkout()?;
        sit(&repo, owner);
        decide(&repo, "approve", "skill/alpha@1.0.0", "Read it again");
        repo.check().passes().without("line-conflict");
        assert_eq!(repo.state(ALPHA), "approved");
    }
    Ok(())
}
