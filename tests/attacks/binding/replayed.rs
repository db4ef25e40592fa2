//! Signed records kept back, or copied, and landed again over a newer decision.

use countersign::demo::Record;
use countersign::model::DecisionKind::{Approve, Block, Reject, Unblock};

use countersign_testkit::{Repo, TestResult};

/// `pdf`, approved and blocked by Carol.
fn blocked() -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let block = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok((repo, block))
}

#[test]
fn an_unblock_that_answers_the_block_lifts_it() -> TestResult {
    let (mut repo, block) = blocked()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&bob, &record)?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_unblock_without_answers_has_no_effect() -> TestResult {
    let (mut repo, _) = blocked()?;
    let bob = repo.bob.clone();
    let record = repo.decide(&bob, Unblock, "skill/pdf", "1.0.0")?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("unanswered", &record.path)
        .is("warning")
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    assert_eq!(
        repo.refusal("unblock", "bob").as_deref(),
        Some("unanswered")
    );
    Ok(())
}

#[test]
fn an_unblock_by_a_contributor_or_a_stranger_to_the_rule_does_not_lift_the_block() -> TestResult {
    let (mut repo, block) = blocked()?;
    let alice = repo.alice.clone();
    let record = repo
        .draft(Unblock, &alice, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&alice, &record)?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_signed_unblock_kept_back_and_landed_after_a_newer_block_has_no_effect() -> TestResult {
    let (mut repo, first) = blocked()?;
    let [_, bob, carol] = repo.people();
    let kept_back = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&first])
        .record();
    let other = repo
        .draft(Unblock, &carol, "skill/pdf", "1.0.0")?
        .answers(&[&first])
        .record();
    repo.land(&carol, &other)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.land(&bob, &kept_back)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("unanswered", &kept_back.path)
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_signed_unblock_copied_and_landed_after_a_newer_block_has_no_effect() -> TestResult {
    let (mut repo, first) = blocked()?;
    let [alice, bob, carol] = repo.people();
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&first])
        .record();
    repo.land(&bob, &unblock)?;
    repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    // Removed and added again.
    repo.commit(&alice, "Remove", |tree| {
        tree.remove(&unblock.path);
        tree.remove(&unblock.signatures[0].0);
    })?;
    repo.land(&alice, &unblock)?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    // The same bytes under a fresh name.
    let copy = unblock.moved("approvals/skill/pdf/1.0.0/20270101T000000Z-unblock-bob.yaml");
    repo.land(&alice, &copy)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("record-misplaced", &copy.path);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_unblock_must_answer_every_block_in_force() -> TestResult {
    let (mut repo, first) = blocked()?;
    let [alice, bob, _] = repo.people();
    let second = repo.decide(&alice, Block, "skill/pdf", "1.0.0")?;
    let half = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&first])
        .record();
    repo.land(&bob, &half)?;
    repo.check()
        .assert("fail", &["blocked-version", "unanswered"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    let whole = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&first, &second])
        .record();
    repo.land(&bob, &whole)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_unblock_of_one_version_does_not_lift_a_block_of_every_version() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let all = repo.decide(&carol, Block, "skill/pdf", "all")?;
    let one = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&all])
        .record();
    repo.land(&bob, &one)?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    let every = repo
        .draft(Unblock, &bob, "skill/pdf", "all")?
        .answers(&[&all])
        .record();
    repo.land(&bob, &every)?;
    repo.check().assert("pass", &[]);
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_unblock_of_every_version_does_not_lift_a_block_of_one() -> TestResult {
    let (mut repo, one) = blocked()?;
    let bob = repo.bob.clone();
    let every = repo
        .draft(Unblock, &bob, "skill/pdf", "all")?
        .answers(&[&one])
        .record();
    repo.land(&bob, &every)?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_unblock_that_lands_first_lifts_the_block_that_it_names_and_no_other() -> TestResult {
    // Bob saw the block on a branch and decided about it. Which of the two lands first is up to the
    // person who merges, who could else lay a lifted block again (decision 0076).
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let block = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?.record();
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    repo.check().finding("decision-without-effect");
    repo.land(&carol, &block)?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_unblock_of_high_risk_needs_the_approvals_that_approving_needs() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("payments-x", "1.0.0")?;
    repo.approve(&bob, "payments-x", "1.0.0")?;
    repo.approve(&carol, "payments-x", "1.0.0")?;
    repo.check().passes();
    let block = repo.decide(&carol, Block, "skill/payments-x", "1.0.0")?;
    for (by, state) in [(&bob, "blocked"), (&carol, "approved")] {
        let record = repo
            .draft(Unblock, by, "skill/payments-x", "1.0.0")?
            .answers(&[&block])
            .record();
        repo.land(by, &record)?;
        assert_eq!(repo.state("skill/payments-x"), state);
    }
    Ok(())
}

#[test]
fn a_signed_approval_kept_back_and_landed_after_its_authors_reject_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let kept_back = repo.draft(Approve, &bob, "skill/pdf", "1.0.0")?.record();
    repo.decide(&bob, Reject, "skill/pdf", "1.0.0")?;
    repo.land(&alice, &kept_back)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass");
    checked
        .assert(checked.verdict(), &["rejected-version"])
        .finding_at("unanswered", &kept_back.path)
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_signed_approval_kept_back_and_landed_after_a_block_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let kept_back = repo.draft(Approve, &bob, "skill/pdf", "1.0.0")?.record();
    let block = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.land(&alice, &kept_back)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("decision-without-effect", &kept_back.path);
    // Nor does it wake up when the block is lifted.
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    assert_eq!(repo.check().verdict(), "waiting");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_signed_approval_kept_back_until_its_author_lost_the_key_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let policy = repo.team_policy();
    repo.drafted_skill("pdf", "1.0.0")?;
    let kept_back = repo.draft(Approve, &bob, "skill/pdf", "1.0.0")?.record();
    let fresh = bob.with_key_of("bob's second");
    repo.change_policy(&policy, |policy| {
        policy.principal("bob").keys = vec![countersign::demo::policy::ssh_key(&fresh)];
    })?;
    repo.land(&alice, &kept_back)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("key-unknown", &kept_back.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_record_dated_more_than_a_day_after_its_landing_is_refused() -> TestResult {
    for (seconds, rule) in [
        (23 * 3_600, None),
        (25 * 3_600, Some("record-future")),
        (400 * 86_400, Some("record-future")),
    ] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let time = repo.now().plus(seconds).to_string();
        let record = repo
            .draft(Approve, &bob, "skill/pdf", "1.0.0")?
            .with(|input| input.time = time)
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        match rule {
            None => drop(checked.passes()),
            Some(rule) => drop(
                checked
                    .assert("fail", &["unapproved-version"])
                    .finding_at(rule, &record.path)
                    .is("error"),
            ),
        }
        assert_eq!(
            repo.state("skill/pdf"),
            if rule.is_none() { "approved" } else { "draft" }
        );
    }
    Ok(())
}
