//! Committer dates order nothing: the position decides.

use countersign::demo::Authorship;
use countersign::demo::policy::ssh_key;
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{adopt_by_both, set_keys};
use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

/// Monday, 2026-01-05, 08:00: before everything that the builder commits.
const BEFORE: &str = "1767600000 +0000";
/// 2026-03-01: after every `--now` of these tests.
const AFTER: &str = "1772323200 +0000";

#[test]
fn a_committer_date_forged_to_before_the_removal_does_not_help() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    // Written while the key was listed, landed afterwards under an old date.
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let renewed = bob.clone().with_key_of("bob at home");
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&renewed)]));
    adopt_by_both(&mut repo, &draft)?;
    let landing = repo.land(Authorship::from(&bob).dated(BEFORE), &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "key-unknown");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_before_the_removal_counts_no_matter_its_commit_date() -> TestResult {
    for date in [
        BEFORE,
        AFTER,
        "0 +0000",
        "-1 +0000",
        "99999999999999999999 +9999",
    ] {
        let mut repo = Repo::team();
        let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let record = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        let landing = repo.land(Authorship::from(&bob).dated(date), &record)?;
        let renewed = bob.clone().with_key_of("bob at home");
        let draft = repo
            .team_policy()
            .successor(&repo.tree())
            .with(|draft| set_keys(draft, "bob", &[ssh_key(&renewed)]));
        adopt_by_both(&mut repo, &draft)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &bob,
            subject: "skill/pdf",
            action: "approve",
        };
        landed.is_accepted(&repo).passes();
        assert_eq!(repo.state("skill/pdf"), "approved", "dated {date}");
    }
    Ok(())
}

#[test]
fn a_record_dated_more_than_a_day_after_its_landing_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let later = repo.now().plus(25 * 3600);
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .with(|input| input.time = later.to_string())
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "record-future");
    assert_eq!(repo.state("skill/pdf"), "draft");
    // What was refused stays refused when its time has come.
    repo.wait(48 * 3600);
    repo.commit(&alice, "Time passes", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.check().assert("fail", &["record-future"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_record_dated_less_than_a_day_after_its_landing_counts() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let later = repo.now().plus(23 * 3600);
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .with(|input| input.time = later.to_string())
        .record();
    repo.land(&bob, &record)?;
    repo.check().passes();
    Ok(())
}
