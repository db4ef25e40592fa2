//! What happens after an approval has expired: rejects hold again, and nothing old counts.

use countersign::demo::PolicyDraft;
use countersign::model::DecisionKind::{Approve, Reject};

use countersign_testkit::{Repo, TestResult};

const DAY: i64 = 86_400;

/// Approvals hold for two days.
fn two_days(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| {
        let rule = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], expire_after: 2d}";
        rule.clone_into(&mut policy.approvals[0]);
    })
}

/// `pdf` 1.0.0, whose grant ended ten days later.
fn expired() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(two_days, |_| ());
    repo.granted_skill("pdf", "1.0.0")?;
    repo.check().passes();
    repo.wait(10 * DAY);
    repo.check().assert("waiting", &["approval-expired"]);
    Ok(repo)
}

#[test]
fn a_reject_after_an_expired_grant_holds_the_version_no_matter_who_approves_again() -> TestResult {
    let mut repo = expired()?;
    let [_, bob, carol] = repo.people();
    let reject = repo.decide(&carol, Reject, "skill/pdf", "1.0.0")?;
    repo.check().assert("waiting", &["rejected-version"]);
    repo.approve(&bob, "pdf", "1.0.0")?;
    let checked = repo.check();
    checked
        .assert("waiting", &[])
        .finding("rejected-version")
        .has("subject", "skill/pdf");
    assert_eq!(checked.code(), 1);
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("draft".to_owned(), "null".to_owned())
    );
    let answer = repo
        .draft(Approve, &carol, "skill/pdf", "1.0.0")?
        .answers(&[&reject])
        .record();
    repo.land(&carol, &answer)?;
    repo.check().passes();
    Ok(())
}

#[test]
fn the_gate_does_not_pass_bytes_on_an_expired_grant_that_was_rejected() -> TestResult {
    let mut repo = expired()?;
    let [alice, bob, carol] = repo.people();
    let old = repo.tree();
    repo.commit(&alice, "Remove it", |tree| {
        assert!(tree.remove("skills/pdf"));
    })?;
    let record = repo
        .draft_for(
            Reject,
            &carol,
            "skill/pdf",
            "1.0.0",
            Some(old.digest("skills/pdf")),
        )
        .record();
    repo.land(&carol, &record)?;
    repo.branch("back")?;
    repo.commit(&alice, "Bring it back", |tree| {
        tree.put("skills/pdf/SKILL.md", old.text("skills/pdf/SKILL.md"));
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check_with(&["--base", "main"])
        .assert("waiting", &["rejected-version"]);
    Ok(())
}

#[test]
fn an_expired_approval_landed_again_under_a_new_path_or_commit_is_as_old_as_it_was() -> TestResult {
    let mut repo = expired()?;
    let [alice, ..] = repo.people();
    let records: Vec<Vec<u8>> = repo
        .tree()
        .files()
        .keys()
        .filter(|path| path.starts_with(b"approvals/"))
        .cloned()
        .collect();
    let before = repo.tree();
    repo.commit(&alice, "Take the records out", |tree| {
        for path in &records {
            assert!(tree.remove(path));
        }
    })?;
    repo.commit(&alice, "And in again", |tree| {
        for path in &records {
            tree.put(path, before.bytes(path).unwrap_or_default());
        }
    })?;
    repo.check().assert("waiting", &["approval-expired"]);
    Ok(())
}

#[test]
fn a_later_approval_of_one_person_that_ends_sooner_replaces_the_earlier_one() -> TestResult {
    // Bob approves without an end, and before Carol does, replaces that by an approval for a week.
    let mut repo = Repo::team_with(countersign_testkit::any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    let week = repo.now().plus(7 * DAY);
    let draft = repo
        .draft(Approve, &bob, "skill/pdf", "1.0.0")?
        .reason("For a week.");
    repo.land(
        &bob,
        &draft
            .with(|input| input.expires = Some(week.to_string()))
            .record(),
    )?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.subject("skill/pdf")["expires"], week.to_string());
    repo.wait(8 * DAY);
    repo.check().assert("waiting", &["approval-expired"]);
    // A new one without an end renews it.
    let draft = repo
        .draft(Approve, &bob, "skill/pdf", "1.0.0")?
        .reason("For good, after all.");
    repo.land(&bob, &draft.record())?;
    repo.check().passes();
    Ok(())
}
