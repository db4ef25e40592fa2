//! A new beginning after the administrators are lost: only for a verifier who pins that very
//! landing.

use countersign::demo::{DemoError, PolicyDraft};
use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::adoption::adopt_by_both;
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// The last landing of the old line, and the landing that restarts under Alice alone.
fn restarted() -> Result<(Repo, ObjectId, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let old = repo.approved_skill("pdf", "1.0.0")?;
    let restart = restart(&mut repo, old)?;
    Ok((repo, old, restart))
}

fn restart(repo: &mut Repo, previous: ObjectId) -> Result<ObjectId, DemoError> {
    let alice = repo.alice.clone();
    let line =
        format!("restart: {{previous: {previous}, reason: Carol left and no one has her key.}}");
    let draft = PolicyDraft::solo(&alice)
        .with(|draft| draft.serial = 2)
        .line(&line);
    repo.commit(&alice, "Start over", |tree| tree.put_policy(&draft))
}

#[test]
fn an_unpinned_restart_is_an_error_and_the_old_policy_stays_in_force() -> TestResult {
    let (repo, _, restart) = restarted()?;
    let checked = repo.check();
    checked.assert("fail", &["policy-restart"]);
    assert_eq!(checked.code(), 1);
    checked.finding("policy-restart").is("error");
    assert_ne!(checked.json()["anchor"], restart.to_string());
    assert_eq!(serial(&repo), 1);
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_restart_counts_for_who_pins_that_very_landing_and_nothing_before_it_does() -> TestResult {
    let (repo, _, restart) = restarted()?;
    let checked = repo.check_with(&["--anchor", &restart.to_string()]);
    assert_eq!(checked.json()["anchor"], restart.to_string(), "{checked}");
    assert_eq!(checked.json()["anchor_pinned"], true);
    assert_eq!(checked.json()["policy_serial"], 2);
    checked.without("policy-restart");
    let subject = checked.json()["subjects"].as_array().and_then(|all| {
        all.iter()
            .find(|one| one["subject"] == "skill/pdf")
            .cloned()
    });
    let subject = subject.unwrap_or_else(|| panic!("the Skill is there\n{checked}"));
    assert_eq!(
        subject["state"], "draft",
        "the old approval does not count\n{checked}"
    );
    assert_ne!(checked.verdict(), "pass");
    Ok(())
}

#[test]
fn after_a_restart_new_decisions_count() -> TestResult {
    let (mut repo, _, restart) = restarted()?;
    let alice = repo.alice.clone();
    repo.decide(&alice, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let checked = repo.check_with(&["--anchor", &restart.to_string()]);
    let subject = checked.json()["subjects"].as_array().and_then(|all| {
        all.iter()
            .find(|one| one["subject"] == "skill/pdf")
            .cloned()
    });
    assert_eq!(
        subject.map(|subject| subject["state"].clone()),
        Some("approved".into()),
        "{checked}"
    );
    Ok(())
}

#[test]
fn who_pins_the_old_anchor_does_not_accept_the_restart() -> TestResult {
    let (repo, old, _) = restarted()?;
    let anchor = repo
        .git(&["rev-list", "--max-parents=0", "HEAD"])
        .trim()
        .to_owned();
    let checked = repo.check_with(&["--anchor", &anchor]);
    checked.assert("fail", &["policy-restart"]);
    assert_eq!(checked.json()["anchor"], anchor);
    // Nor who pins another commit.
    let checked = repo.check_with(&["--anchor", &old.to_string()]);
    checked.assert("not-evaluated", &[]);
    assert_eq!(checked.code(), 3);
    Ok(())
}

#[test]
fn approvals_of_the_old_administrators_do_not_make_a_restart_a_change() -> TestResult {
    let mut repo = Repo::team();
    let (head, before) = (repo.head(), policy_digest(&repo));
    let line = format!("restart: {{previous: {head}, reason: For convenience.}}");
    let draft = repo.team_policy().successor(&repo.tree()).line(&line);
    adopt_by_both(&mut repo, &draft)?;
    repo.check().assert("fail", &["policy-restart"]);
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn a_later_policy_without_a_restart_is_not_an_anchor() -> TestResult {
    let mut repo = Repo::team();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    let later = adopt_by_both(&mut repo, &draft)?;
    repo.check().passes();
    let checked = repo.check_with(&["--anchor", &later.to_string()]);
    checked.assert("not-evaluated", &[]);
    assert_eq!(
        checked.code(),
        3,
        "another commit is an error, not a later start\n{checked}"
    );
    Ok(())
}

#[test]
fn revocations_before_a_restart_do_not_count_after_it_and_are_reported() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let carol = repo.carol.clone();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    let old = repo.head();
    let restart = restart(&mut repo, old)?;
    // Without the pin the revocation applies.
    repo.check()
        .assert("fail", &["revoked-content", "policy-restart"]);
    let checked = repo.check_with(&["--anchor", &restart.to_string()]);
    checked.without("revoked-content");
    assert_ne!(checked.verdict(), "pass", "what lay there is unapproved");
    Ok(())
}

#[test]
fn a_restart_on_a_side_branch_is_an_error() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let old = repo.head();
    repo.branch("restart")?;
    let line = format!("restart: {{previous: {old}, reason: Mine now.}}");
    let draft = PolicyDraft::solo(&alice)
        .with(|draft| draft.serial = 2)
        .line(&line);
    repo.commit(&alice, "Start over", |tree| tree.put_policy(&draft))?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &["policy-restart"]);
    Ok(())
}

#[test]
fn nothing_counts_under_a_first_policy_that_calls_itself_a_new_beginning_unless_it_is_pinned()
-> TestResult {
    let mut repo = Repo::empty();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let before = repo.commit(&alice, "Something", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let line = format!("restart: {{previous: {before}, reason: There was nothing here.}}");
    let draft = PolicyDraft::solo(&carol).line(&line);
    let first = repo.commit(&alice, "Govern", |tree| tree.put_policy(&draft))?;
    repo.decide(&carol, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let checked = repo.check();
    checked.assert("not-evaluated", &["policy-restart"]);
    assert_eq!(checked.code(), 3, "{checked}");
    assert_eq!(repo.run(&["status"]).code, 3);
    let pinned = repo.check_with(&["--anchor", &first.to_string()]);
    pinned.without("policy-restart");
    assert_ne!(pinned.verdict(), "not-evaluated", "{pinned}");
    // Nor does a pull request begin so.
    repo.git(&["branch", "-f", "begin", &first.to_string()]);
    repo.reset(before)?;
    repo.git(&["checkout", "-q", "begin"]);
    let candidate = repo.check_with(&["--base", "main"]);
    candidate.assert("not-evaluated", &["policy-restart"]);
    Ok(())
}
