//! A line that Mallory crafted becomes main by a push, with main merged into it: what came to less
//! on main is worth no more there.

use countersign::demo::PolicyDraft;
use countersign::git::write::Create;
use countersign::model::DecisionKind::{Approve, Block, Reject, Unblock};

use super::crafted::{ALPHA, Crafted, POLICY, Step, carol_is_an_owner, is_draft, two_approve};
use countersign_testkit::views::serial;
use countersign_testkit::{TestResult, formats, skill_tree};

/// A change that concerns no one.
fn retention(policy: &mut PolicyDraft) {
    policy.more.push("retention: {decisions: 7y}".to_owned());
}

#[test]
fn a_vote_of_someone_who_was_not_asked_does_not_count_on_a_line_made_later() -> TestResult {
    let mut repo = Crafted::new();
    let carol = repo.carol.clone();
    repo.proposes("1.0.0")?;
    let vote = repo.decide(&carol, Approve, ALPHA, "1.0.0")?;
    let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft(&[
        Step::Approved(&policy, &approval),
        Step::Main,
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
    ])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    main.finding_at("decision-replayed", &vote.path).is("error");
    Ok(())
}

#[test]
fn one_approval_is_not_enough_on_a_line_that_has_the_policy_that_asks_for_two_later() -> TestResult
{
    let mut repo = Crafted::new();
    let (policy, approval) = repo.changes_policy(two_approve)?;
    let vote = repo.lands("1.0.0")?;
    assert_eq!(repo.state(ALPHA), "draft", "one of two");
    repo.craft(&[
        Step::Main,
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
        Step::Approved(&policy, &approval),
        Step::Other,
    ])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn a_block_stays_on_a_line_where_the_person_who_lifts_it_is_an_owner_earlier() -> TestResult {
    for how in formats() {
        block_stays(&how)?;
    }
    Ok(())
}

fn block_stays(how: &Create) -> TestResult {
    let mut repo = Crafted::create(how, |_| ());
    let [alice, _, carol] = repo.people();
    let vote = repo.lands("1.0.0")?;
    let block = repo.decide(&alice, Block, ALPHA, "1.0.0")?;
    let unblock = repo.answer(&carol, Unblock, "1.0.0", &block)?;
    let (policy, approval) = repo.changes_policy(carol_is_an_owner)?;
    repo.craft(&[
        Step::Approved(&policy, &approval),
        Step::Main,
        Step::Bytes("1.0.0"),
        Step::Copy(&block),
        Step::Copy(&unblock),
        Step::Copy(&vote),
    ])?;
    repo.push()?
        .assert("fail", &["blocked-version"])
        .finding_at("decision-replayed", &unblock.path);
    assert_eq!(repo.state(ALPHA), "blocked");
    Ok(())
}

#[test]
fn a_suspension_stays_on_a_line_where_the_person_who_lifts_it_administrates_earlier() -> TestResult
{
    let mut repo = Crafted::new();
    let [alice, _, carol] = repo.people();
    let block = repo.suspension(&alice, Block, "bob", &[])?;
    let unblock = repo.suspension(&carol, Unblock, "bob", &[&block])?;
    let (policy, approval) = repo.changes_policy(|policy| {
        policy.administrators.push("carol".to_owned());
    })?;
    assert!(repo.is_suspended("bob"), "Carol did not administrate");
    repo.craft(&[
        Step::Approved(&policy, &approval),
        Step::Main,
        Step::Copy(&block),
        Step::Copy(&unblock),
        Step::Other,
    ])?;
    repo.push()?
        .assert("fail", &[])
        .finding_at("decision-replayed", &unblock.path);
    assert!(repo.is_suspended("bob"));
    Ok(())
}

#[test]
fn a_policy_approved_by_someone_before_they_administrated_stays_pending() -> TestResult {
    let mut repo = Crafted::new();
    let [alice, _, carol] = repo.people();
    let mut tree = repo.tree();
    let second = repo.policy.successor(&tree).with(|policy| {
        policy.administrators.push("carol".to_owned());
    });
    tree.put_policy(&second);
    let third = second.successor(&tree).line("separation_of_duties: false");
    tree.put_policy(&third);
    let early = repo
        .draft_for(Approve, &carol, POLICY, "3", Some(tree.policy_digest()))
        .record();
    repo.land(&carol, &early)?;
    let dave = repo.dave.clone();
    repo.commit(&dave, "Policy 2", |tree| tree.put_policy(&second))?;
    let approval = repo.decide(&alice, Approve, POLICY, "2")?;
    repo.commit(&dave, "Policy 3", |tree| tree.put_policy(&third))?;
    assert_eq!(serial(&repo), 2, "Carol did not administrate");
    repo.craft(&[
        Step::Approved(&second, &approval),
        Step::Main,
        Step::Proposed(&third),
        Step::Copy(&early),
        Step::Other,
    ])?;
    let main = repo.push()?;
    main.assert("fail", &[]);
    assert_eq!(serial(&repo), 2, "{main}");
    Ok(())
}

#[test]
fn a_policy_that_an_administrator_rejected_first_does_not_come_into_force() -> TestResult {
    let mut repo = Crafted::with(|policy| policy.administrators.push("bob".to_owned()));
    let [alice, bob, _] = repo.people();
    let policy = repo.proposes_policy(retention)?;
    let reject = repo.decide(&bob, Reject, POLICY, "2")?;
    let approval = repo.decide(&alice, Approve, POLICY, "2")?;
    repo.craft(&[
        Step::Main,
        Step::Proposed(&policy),
        Step::Copy(&approval),
        Step::Copy(&reject),
    ])?;
    let main = repo.push()?;
    main.assert("fail", &["policy-fork"]);
    assert_eq!(serial(&repo), 1, "{main}");
    Ok(())
}

#[test]
fn a_reject_holds_on_a_line_where_the_approval_counts_under_a_policy_that_has_not_landed()
-> TestResult {
    let mut repo = Crafted::new();
    let [alice, bob, _] = repo.people();
    repo.proposes("1.0.0")?;
    let reject = repo.decide(&bob, Reject, ALPHA, "1.0.0")?;
    let vote = repo.decide(&alice, Approve, ALPHA, "1.0.0")?;
    let mut tree = repo.tree();
    let policy = repo.policy.successor(&tree).with(retention);
    tree.put_policy(&policy);
    let approval = repo
        .draft_for(Approve, &alice, POLICY, "2", Some(tree.policy_digest()))
        .record();
    repo.land(&alice, &approval)?;
    repo.craft(&[
        Step::Approved(&policy, &approval),
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
        Step::Copy(&reject),
        Step::Main,
    ])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    main.finding("rejected-version").is("error");
    Ok(())
}

#[test]
fn a_reject_that_landed_before_the_bytes_holds_on_a_line_that_has_the_bytes() -> TestResult {
    let mut repo = Crafted::new();
    let [alice, bob, _] = repo.people();
    let bytes = "Do it well, as of 1.0.0.";
    let digest = skill_tree("alpha", "1.0.0", bytes).digest("skills/alpha");
    let [reject, vote] = [(Reject, bob), (Approve, alice)].map(|(kind, by)| {
        let draft = repo.draft_for(kind, &by, ALPHA, "1.0.0", Some(digest));
        let record = draft.record();
        repo.land(&by, &record).expect("the builder takes a record");
        record
    });
    repo.craft(&[
        Step::Bytes("1.0.0"),
        Step::Copy(&vote),
        Step::Copy(&reject),
        Step::Main,
    ])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    main.finding("rejected-version").is("error");
    Ok(())
}

#[test]
fn an_approval_that_a_later_one_limits_in_time_does_not_outlive_it_on_another_line() -> TestResult {
    let mut repo = Crafted::new();
    let alice = repo.alice.clone();
    let bytes = "Do it well, as of 1.0.0.";
    let digest = skill_tree("alpha", "1.0.0", bytes).digest("skills/alpha");
    let vote = repo
        .draft_for(Approve, &alice, ALPHA, "1.0.0", Some(digest))
        .record();
    repo.land(&alice, &vote)?;
    let end = repo.now().plus(5_400).to_string();
    let limited = repo
        .draft_for(Approve, &alice, ALPHA, "1.0.0", Some(digest))
        .with(|input| input.expires = Some(end))
        .record();
    repo.land(&alice, &limited)?;
    repo.proposes("1.0.0")?;
    repo.check().finding("approval-expired").is("error");
    repo.craft(&[Step::Main, Step::Bytes("1.0.0"), Step::Copy(&vote)])?;
    let main = repo.push()?;
    is_draft(&repo, &main);
    Ok(())
}

#[test]
fn the_newest_version_left_behind_is_missed_though_another_approved_one_arrives() -> TestResult {
    let mut repo = Crafted::new();
    repo.branch("feature")?;
    let older = repo.lands("0.9.0")?;
    repo.switch("main")?;
    let first = repo.lands("1.0.0")?;
    let newest = repo.lands("2.0.0")?;
    repo.craft(&[
        Step::Bytes("0.9.0"),
        Step::Copy(&older),
        Step::Bytes("1.0.0"),
        Step::Copy(&first),
        Step::Main,
    ])?;
    repo.push()?
        .assert("fail", &[])
        .finding_at("decision-dropped", &newest.path)
        .is("error");
    Ok(())
}
