//! Principals suspended: one administrator or the principal's own key suffices, and from there none
//! of their records count.

use countersign::demo::{DemoError, Method, Person, Record};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{POLICY, adopt, adopt_by_both};
use countersign_testkit::views::{Landed, serial};
use countersign_testkit::{Repo, TestResult, any_two_members};

/// Suspends `whom` by a record of `by`.
pub fn suspend(repo: &mut Repo, by: &Person, whom: &str) -> Result<Record, DemoError> {
    repo.decide(by, DecisionKind::Block, &format!("principal/{whom}"), "all")
}

/// The team's repository with `skill/pdf` 1.0.0 waiting, and Bob suspended by Carol.
fn bob_is_suspended() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
        .record();
    let landing = repo.land(&carol, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/bob",
        action: "block",
    };
    landed.is_accepted(&repo);
    Ok(repo)
}

#[test]
fn the_approvals_of_a_suspended_principal_do_not_count() -> TestResult {
    let mut repo = bob_is_suspended()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "principal-suspended");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn the_lowering_records_of_a_suspended_principal_do_not_count_either() -> TestResult {
    for (kind, action) in [
        (DecisionKind::Block, "block"),
        (DecisionKind::Revoke, "revoke"),
        (DecisionKind::Deprecate, "deprecate"),
        (DecisionKind::Archive, "archive"),
    ] {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
        suspend(&mut repo, &carol, "bob")?;
        let record = repo.draft(kind, &bob, "skill/pdf", "1.0.0")?.record();
        let landing = repo.land(&bob, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &bob,
            subject: "skill/pdf",
            action,
        };
        landed.is_refused(&repo, "principal-suspended");
        assert_eq!(repo.state("skill/pdf"), "approved");
    }
    Ok(())
}

#[test]
fn in_the_landing_that_suspends_someone_their_records_do_not_count() -> TestResult {
    for method in [Method::Merge, Method::Squash] {
        let mut repo = Repo::team();
        let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        repo.branch("both")?;
        repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
        suspend(&mut repo, &carol, "bob")?;
        repo.switch("main")?;
        repo.merge("both", method, &carol)?;
        assert_eq!(
            repo.state("skill/pdf"),
            "draft",
            "within one landing the lowering record wins"
        );
        assert_ne!(repo.check().verdict(), "pass");
    }
    Ok(())
}

#[test]
fn what_was_granted_before_the_suspension_stays() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let carol = repo.carol.clone();
    suspend(&mut repo, &carol, "bob")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    assert_ne!(repo.check().verdict(), "fail");
    Ok(())
}

#[test]
fn an_approval_that_waits_for_others_does_not_count_while_its_author_is_suspended() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add it", |tree| {
        tree.put_skill("payments-run", "1.0.0", "Pay.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/payments-run", "1.0.0")?;
    suspend(&mut repo, &carol, "bob")?;
    repo.decide(&carol, DecisionKind::Approve, "skill/payments-run", "1.0.0")?;
    assert_eq!(repo.state("skill/payments-run"), "draft");
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn one_administrator_alone_can_suspend() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    suspend(&mut repo, &alice, "bob")?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    repo.check().assert("fail", &["principal-suspended"]);
    Ok(())
}

#[test]
fn a_persons_own_key_is_enough_to_suspend_them() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft_for(DecisionKind::Block, &bob, "principal/bob", "all", None)
        .record();
    let landing = repo.land(&bob, &record)?;
    Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "principal/bob",
        action: "block",
    }
    .is_accepted(&repo);
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn no_one_else_can_suspend_anyone() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft_for(DecisionKind::Block, &bob, "principal/alice", "all", None)
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "principal/alice",
        action: "block",
    };
    landed.is_without_effect(&repo, "not-authorized");
    repo.decide(&alice, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_unsigned_suspension_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
        .signed_by(&bob)
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/bob",
        action: "block",
    };
    landed.is_refused(&repo, "key-mismatch");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_suspended_administrator_approves_no_policy() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    suspend(&mut repo, &alice, "carol")?;
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt(&mut repo, &draft, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 1);
    repo.check()
        .assert("fail", &["principal-suspended", "policy-pending"]);
    Ok(())
}

#[test]
fn an_approval_of_the_policy_given_before_its_author_was_suspended_does_not_count_after()
-> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt(&mut repo, &draft, &[&carol])?;
    suspend(&mut repo, &alice, "carol")?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn a_suspended_administrator_cannot_suspend_anyone() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    suspend(&mut repo, &alice, "carol")?;
    let record = repo
        .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
        .record();
    let landing = repo.land(&carol, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/bob",
        action: "block",
    };
    landed.is_refused(&repo, "principal-suspended");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn two_who_suspend_each_other_in_one_landing_are_both_suspended() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let first = repo
        .draft_for(DecisionKind::Block, &alice, "principal/carol", "all", None)
        .record();
    let second = repo
        .draft_for(DecisionKind::Block, &carol, "principal/alice", "all", None)
        .record();
    repo.commit(&alice, "Quarrel", |tree| {
        tree.put_record(&first);
        tree.put_record(&second);
    })?;
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 1);
    for (by, subject) in [(&alice, "alice"), (&carol, "carol")] {
        let refused = repo.check().findings();
        let found = refused.iter().any(|finding| {
            finding.rule() == "principal-suspended" && finding.text("principal") == Some(subject)
        });
        assert!(found, "{} is suspended: {refused:?}", by.name);
    }
    Ok(())
}

#[test]
fn a_suspension_that_a_merge_dropped_holds() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.branch("stop-bob")?;
    let record = suspend(&mut repo, &carol, "bob")?;
    repo.switch("main")?;
    repo.merge("stop-bob", Method::Ours, &bob)?;
    repo.check()
        .assert("fail", &["decision-dropped"])
        .finding_at("decision-dropped", &record.path)
        .has("principal", "carol");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_suspension_in_a_skills_folder_is_misplaced_and_still_applies() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let path = "approvals/skill/pdf/all/20260105T110000Z-block-carol.yaml";
    let record = repo
        .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
        .at(path)
        .record();
    repo.land(&carol, &record)?;
    repo.check()
        .finding_at("record-misplaced", path)
        .is("warning")
        .has("principal", "carol");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn suspending_someone_not_in_the_policy_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    let record = suspend(&mut repo, &carol, "zoe")?;
    let checked = repo.check();
    checked
        .finding_at("decision-without-effect", &record.path)
        .is("warning")
        .has("principal", "carol");
    Ok(())
}

/// Bob and Carol have to approve, Bob has, and a branch does nothing but suspend him.
fn a_voter_is_suspended_on_a_branch() -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [alice, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.branch("stop")?;
    let block = suspend(&mut repo, &carol, "bob")?;
    let gate = repo.check_with(&["--base", "main"]);
    assert_ne!(gate.verdict(), "fail", "{gate}");
    gate.finding("principal-suspended").is("warning");
    repo.switch("main")?;
    repo.merge("stop", Method::Merge, &alice)?;
    Ok((repo, block))
}

#[test]
fn a_branch_that_only_suspends_someone_passes_also_where_a_vote_of_theirs_waits() -> TestResult {
    let (mut repo, _) = a_voter_is_suspended_on_a_branch()?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("principal-suspended")
        .is("warning");
    // The vote counts for nothing: one more approval is not enough.
    let carol = repo.carol.clone();
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().assert("waiting", &["unapproved-version"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_vote_counts_again_when_a_suspension_that_came_with_a_branch_is_lifted() -> TestResult {
    let (mut repo, block) = a_voter_is_suspended_on_a_branch()?;
    let [alice, _, carol] = repo.people();
    for by in [&carol, &alice] {
        let unblock = repo
            .draft(DecisionKind::Unblock, by, "principal/bob", "all")?
            .answers(&[&block])
            .record();
        repo.land(by, &unblock)?;
    }
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}
