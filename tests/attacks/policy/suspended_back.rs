//! Coming back from a suspension takes the policy's threshold, and an answer to every record that
//! suspended.

use countersign::demo::{Person, Record};
use countersign::model::DecisionKind;

use crate::policy::suspended::suspend;
use countersign_testkit::adoption::{adopt, remove_person};
use countersign_testkit::views::{Landed, serial};
use countersign_testkit::{Repo, TestResult};

/// An unblock of `whom` by `by` that answers these records.
fn back(repo: &Repo, by: &Person, whom: &str, answers: &[&Record]) -> Record {
    repo.draft_for(
        DecisionKind::Unblock,
        by,
        &format!("principal/{whom}"),
        "all",
        None,
    )
    .answers(answers)
    .record()
}

/// Whether Bob's approval counts: a version of a Skill by Alice that only he approves.
fn counts(repo: &mut Repo, version: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", version, "Do it well.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", version)?;
    Ok(repo.version_state("skill/pdf", version) == "approved")
}

#[test]
fn lifting_a_suspension_needs_the_policys_threshold() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let block = suspend(&mut repo, &carol, "bob")?;
    let first = back(&repo, &carol, "bob", &[&block]);
    repo.land(&carol, &first)?;
    assert!(!counts(&mut repo, "1.0.0")?, "one of two is not enough");
    let second = back(&repo, &alice, "bob", &[&block]);
    repo.land(&alice, &second)?;
    assert!(counts(&mut repo, "1.1.0")?);
    Ok(())
}

#[test]
fn what_was_refused_during_the_suspension_stays_refused() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let block = suspend(&mut repo, &carol, "bob")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let landing = repo.land(&bob, &record)?;
    for by in [&alice, &carol] {
        let unblock = back(&repo, by, "bob", &[&block]);
        repo.land(by, &unblock)?;
    }
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
fn an_unblock_without_answers_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    suspend(&mut repo, &carol, "bob")?;
    for by in [&alice, &carol] {
        let record = back(&repo, by, "bob", &[]);
        let landing = repo.land(by, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by,
            subject: "principal/bob",
            action: "unblock",
        };
        landed.is_without_effect(&repo, "unanswered");
    }
    assert!(!counts(&mut repo, "1.0.0")?);
    Ok(())
}

#[test]
fn an_unblock_answers_every_record_that_suspended() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let first = suspend(&mut repo, &carol, "bob")?;
    let second = suspend(&mut repo, &alice, "bob")?;
    for by in [&alice, &carol] {
        let record = back(&repo, by, "bob", &[&first]);
        let landing = repo.land(by, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by,
            subject: "principal/bob",
            action: "unblock",
        };
        landed.is_without_effect(&repo, "unanswered");
    }
    assert!(!counts(&mut repo, "1.0.0")?);
    for by in [&alice, &carol] {
        let record = back(&repo, by, "bob", &[&first, &second]);
        repo.land(by, &record)?;
    }
    assert!(counts(&mut repo, "1.1.0")?);
    Ok(())
}

#[test]
fn an_older_unblock_is_not_replayed_over_a_newer_suspension() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let first = suspend(&mut repo, &carol, "bob")?;
    let unblocks = [
        back(&repo, &alice, "bob", &[&first]),
        back(&repo, &carol, "bob", &[&first]),
    ];
    for record in &unblocks {
        repo.land(&alice, record)?;
    }
    assert!(counts(&mut repo, "1.0.0")?);
    suspend(&mut repo, &carol, "bob")?;
    repo.commit(&alice, "Copy the old records", |tree| {
        for (index, record) in unblocks.iter().enumerate() {
            tree.put_record(&record.moved(&format!(
                "approvals/principal/bob/all/2026010{}T000000Z-unblock-alice.yaml",
                index + 1
            )));
        }
    })?;
    assert!(!counts(&mut repo, "1.1.0")?);
    Ok(())
}

#[test]
fn an_unblock_kept_back_does_not_lift_a_suspension_that_came_later() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let first = suspend(&mut repo, &carol, "bob")?;
    let kept_back = [
        back(&repo, &alice, "bob", &[&first]),
        back(&repo, &carol, "bob", &[&first]),
    ];
    suspend(&mut repo, &alice, "bob")?;
    for record in &kept_back {
        repo.land(&alice, record)?;
    }
    assert!(!counts(&mut repo, "1.0.0")?);
    Ok(())
}

#[test]
fn a_suspension_in_the_landing_of_the_unblock_wins() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let block = repo
        .draft_for(DecisionKind::Block, &carol, "principal/bob", "all", None)
        .record();
    let unblocks = [
        back(&repo, &alice, "bob", &[&block]),
        back(&repo, &carol, "bob", &[&block]),
    ];
    repo.commit(&alice, "All at once", |tree| {
        tree.put_record(&block);
        for record in &unblocks {
            tree.put_record(record);
        }
    })?;
    assert!(!counts(&mut repo, "1.0.0")?);
    Ok(())
}

#[test]
fn no_one_can_lift_their_own_suspension() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.with(|draft| draft.policy_changes = 1),
        |_| (),
    );
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let block = suspend(&mut repo, &alice, "carol")?;
    let record = back(&repo, &carol, "carol", &[&block]);
    let landing = repo.land(&carol, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/carol",
        action: "unblock",
    };
    landed.is_refused(&repo, "principal-suspended");
    Ok(())
}

#[test]
fn someone_who_suspended_themselves_cannot_return_with_their_own_key() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.with(|draft| draft.policy_changes = 1),
        |_| (),
    );
    let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
    let block = suspend(&mut repo, &bob, "bob")?;
    let record = back(&repo, &bob, "bob", &[&block]);
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "principal/bob",
        action: "unblock",
    };
    landed.is_refused(&repo, "principal-suspended");
    assert!(!counts(&mut repo, "1.0.0")?);
    let record = back(&repo, &carol, "bob", &[&block]);
    repo.land(&carol, &record)?;
    assert!(counts(&mut repo, "1.1.0")?);
    Ok(())
}

#[test]
fn someone_who_administers_nothing_cannot_lift_a_suspension() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.person(&Person::new("dave")), |_| ());
    let (alice, carol, dave) = (repo.alice.clone(), repo.carol.clone(), Person::new("dave"));
    let block = suspend(&mut repo, &carol, "bob")?;
    let record = back(&repo, &dave, "bob", &[&block]);
    let landing = repo.land(&dave, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "principal/bob",
        action: "unblock",
    };
    landed.is_without_effect(&repo, "not-authorized");
    let record = back(&repo, &alice, "bob", &[&block]);
    repo.land(&alice, &record)?;
    assert!(!counts(&mut repo, "1.0.0")?, "Dave does not make it two");
    Ok(())
}

#[test]
fn an_unblock_by_a_signed_commit_has_no_effect() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy
                .line("merge_methods: [merge]")
                .with(|draft| draft.policy_changes = 1)
        },
        |_| (),
    );
    let carol = repo.carol.clone();
    let block = suspend(&mut repo, &carol, "bob")?;
    let record = repo
        .draft_for(DecisionKind::Unblock, &carol, "principal/bob", "all", None)
        .answers(&[&block])
        .unsigned()
        .record();
    let landing = repo.land(carol.signed(), &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/bob",
        action: "unblock",
    };
    landed.is_refused(&repo, "commit-evidence-refused");
    assert!(!counts(&mut repo, "1.0.0")?);
    Ok(())
}

#[test]
fn unblocking_someone_who_is_not_suspended_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    let record = back(&repo, &carol, "bob", &[]);
    let landing = repo.land(&carol, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: "principal/bob",
        action: "unblock",
    };
    landed.is_without_effect(&repo, "decision-without-effect");
    assert!(counts(&mut repo, "1.0.0")?);
    Ok(())
}

#[test]
fn a_suspension_outlives_a_change_of_the_policy() -> TestResult {
    let mut repo = Repo::team_with(|policy| policy.person(&Person::new("dave")), |_| ());
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    suspend(&mut repo, &carol, "bob")?;
    let next = repo
        .team_policy()
        .person(&Person::new("dave"))
        .successor(&repo.tree())
        .with(|draft| remove_person(draft, "dave"));
    adopt(&mut repo, &next, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 2);
    assert!(!counts(&mut repo, "1.0.0")?);
    Ok(())
}
