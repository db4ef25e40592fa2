//! Decisions of one person that contradict each other.

use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult, any_two_members};

#[test]
fn a_later_reject_of_the_same_person_wins_over_their_approval() -> TestResult {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    let checked = repo.check();
    assert!(
        ["fail", "waiting"].contains(&checked.verdict()),
        "{checked}"
    );
    checked
        .finding("rejected-version")
        .has("subject", "skill/pdf")
        .says("bob");
    assert_eq!(
        repo.subject("skill/pdf")["rejected_by"],
        serde_json::json!(["bob"])
    );
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("draft".to_owned(), vec!["carol".to_owned()])
    );
    Ok(())
}

#[test]
fn a_reject_holds_a_version_that_has_all_other_approvals() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().finding("rejected-version").says("bob");
    assert_ne!(repo.check().verdict(), "pass");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_later_approval_of_the_same_person_that_answers_their_reject_wins_over_it() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let reject = repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&reject])
        .record();
    repo.land(&bob, &record)?;
    repo.check().passes().without("rejected-version");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_later_approval_of_the_same_person_that_does_not_answer_their_reject_has_no_effect()
-> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    let record = repo.approve(&bob, "pdf", "1.0.0")?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass");
    checked
        .finding_at("unanswered", &record.path)
        .is("warning")
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(
        repo.refusal("approve", "bob").as_deref(),
        Some("unanswered")
    );
    Ok(())
}

#[test]
fn a_reject_and_an_approval_of_one_person_in_one_landing_are_a_reject() -> TestResult {
    for reject_later in [false, true] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let later = |time: &mut String| *time = time.replace(":00Z", ":30Z");
        let approve = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .with(|input| {
                if !reject_later {
                    later(&mut input.time);
                }
            });
        let reject = repo
            .draft(DecisionKind::Reject, &bob, "skill/pdf", "1.0.0")?
            .with(|input| {
                if reject_later {
                    later(&mut input.time);
                }
            });
        repo.commit(&bob, "Yes and no", |tree| {
            tree.put_record(&approve.record());
            tree.put_record(&reject.record());
        })?;
        assert_ne!(repo.check().verdict(), "pass");
        repo.check().finding("rejected-version").says("bob");
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}

#[test]
fn an_approval_cannot_answer_a_reject_of_its_own_landing() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let reject = repo
        .draft(DecisionKind::Reject, &bob, "skill/pdf", "1.0.0")?
        .record();
    let approve = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&reject])
        .record();
    repo.commit(&bob, "No, then yes, at once", |tree| {
        tree.put_record(&reject);
        tree.put_record(&approve);
    })?;
    assert_ne!(repo.check().verdict(), "pass");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_block_and_an_approval_in_one_landing_are_a_block() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let approve = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let block = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.commit(&bob, "Both", |tree| {
        tree.put_record(&approve);
        tree.put_record(&block);
    })?;
    repo.check()
        .assert("fail", &[])
        .finding("blocked-version")
        .is("error")
        .by("carol");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_block_and_the_unblock_that_answers_it_in_one_landing_are_a_block() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let block = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
        .record();
    let unblock = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.commit(&bob, "Both", |tree| {
        tree.put_record(&block);
        tree.put_record(&unblock);
    })?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_revocation_and_an_approval_in_one_landing_are_a_revocation() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let approve = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let revoke = repo
        .draft(DecisionKind::Revoke, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.commit(&bob, "Both", |tree| {
        tree.put_record(&approve);
        tree.put_record(&revoke);
    })?;
    repo.check().assert("fail", &["revoked-content"]);
    assert_eq!(repo.state("skill/pdf"), "revoked");
    Ok(())
}

#[test]
fn an_approval_and_a_deprecation_in_one_landing_are_a_deprecation() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let approve = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let deprecate = repo
        .draft(DecisionKind::Deprecate, &carol, "skill/pdf", "1.0.0")?
        .record();
    repo.commit(&bob, "Both", |tree| {
        tree.put_record(&approve);
        tree.put_record(&deprecate);
    })?;
    repo.check().assert("pass", &["deprecated-version"]);
    assert_eq!(repo.state("skill/pdf"), "deprecated");
    Ok(())
}

#[test]
fn a_reject_after_the_grant_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let record = repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    repo.check()
        .assert("pass", &[])
        .finding_at("decision-without-effect", &record.path)
        .is("warning")
        .by("carol");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_approval_of_what_is_revoked_or_blocked_has_no_effect() -> TestResult {
    for (kind, state) in [
        (DecisionKind::Revoke, "revoked"),
        (DecisionKind::Block, "blocked"),
    ] {
        let mut repo = Repo::team();
        let [_, bob, carol] = repo.people();
        repo.drafted_skill("pdf", "1.0.0")?;
        repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
        let record = repo.approve(&bob, "pdf", "1.0.0")?;
        repo.check()
            .assert("fail", &[])
            .finding_at("decision-without-effect", &record.path)
            .is("warning")
            .by("bob");
        assert_eq!(repo.state("skill/pdf"), state);
    }
    Ok(())
}

#[test]
fn an_approval_at_a_later_position_clears_a_deprecation_and_an_archiving() -> TestResult {
    for (kind, state) in [
        (DecisionKind::Deprecate, "deprecated"),
        (DecisionKind::Archive, "archived"),
    ] {
        let mut repo = Repo::team();
        let [_, bob, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), state);
        repo.approve(&bob, "pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), "approved");
        repo.check().passes();
    }
    Ok(())
}
