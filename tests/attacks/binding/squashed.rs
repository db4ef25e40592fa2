//! A squash names everyone who committed on the branch, also those who only added their approval.

use countersign::demo::{Method, PolicyDraft, Record};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult, any_two_members};

/// A branch with Skill `name` by Alice and Bob's approval, committed by him, squashed by Alice.
fn squashed(
    policy: impl FnOnce(PolicyDraft) -> PolicyDraft,
    name: &str,
) -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(policy, |_| ());
    let [alice, bob, _] = repo.people();
    repo.branch("change")?;
    repo.drafted_skill(name, "1.0.0")?;
    let record = repo.approve(&bob, name, "1.0.0")?;
    repo.switch("main")?;
    repo.merge("change", Method::Squash, &alice)?;
    assert!(
        repo.git(&["log", "-1", "--format=%B"])
            .contains("Co-authored-by: Bob")
    );
    Ok((repo, record))
}

#[test]
fn a_squash_whose_trailers_name_the_approver_only_because_of_the_record_is_a_warning() -> TestResult
{
    let (repo, _) = squashed(|policy| policy, "pdf")?;
    let checked = repo.check();
    checked
        .assert("pass", &[])
        .finding("self-approval-exempt")
        .is("warning")
        .has("subject", "skill/pdf")
        .by("bob");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("approved".to_owned(), vec!["bob".to_owned()])
    );
    Ok(())
}

#[test]
fn such_a_squash_is_a_self_approval_where_the_policy_says_strict() -> TestResult {
    let (repo, _) = squashed(|policy| policy.line("co_authors: strict"), "pdf")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .is("warning")
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn such_a_squash_is_a_self_approval_for_high_risk() -> TestResult {
    let (mut repo, _) = squashed(|policy| policy, "payments-x")?;
    let carol = repo.carol.clone();
    repo.approve(&carol, "payments-x", "1.0.0")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .by("bob");
    // Once for the rule of everything, once for security; no one for the owners.
    assert_eq!(repo.counted("skill/payments-x"), ["carol", "carol"]);
    Ok(())
}

#[test]
fn such_a_squash_is_a_self_approval_where_two_must_approve() -> TestResult {
    let (mut repo, _) = squashed(any_two_members, "pdf")?;
    let carol = repo.carol.clone();
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .by("bob");
    assert_eq!(repo.counted("skill/pdf"), ["carol"]);
    Ok(())
}

#[test]
fn a_trailer_is_excused_only_in_the_landing_with_the_record() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let message = "Add pdf\n\nCo-authored-by: Bob <bob@acme.example>\n";
    repo.commit(&alice, message, |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .by("bob");
    Ok(())
}

#[test]
fn a_trailer_is_excused_only_by_a_record_of_the_person_it_names() -> TestResult {
    // Carol's record lands in the squash; Bob is named and approves later.
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.approvals = vec![countersign_testkit::rule("count: 1, from: [bob]")];
            })
        },
        |_| (),
    );
    let [alice, bob, carol] = repo.people();
    let message = "Add pdf\n\nCo-authored-by: Bob <bob@acme.example>\nCo-authored-by: Carol <carol@acme.example>\n";
    let digest = countersign_testkit::skill_tree("pdf", "1.0.0", "Read.").digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &carol,
            "skill/pdf",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.commit(&alice, message, |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
        tree.put_record(&record);
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.check()
        .assert("waiting", &[])
        .finding("self-approval")
        .by("bob");
    Ok(())
}

#[test]
fn a_trailer_is_not_excused_by_a_record_about_something_else() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("other", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/other", "1.0.0")?
        .record();
    let message = "Add pdf\n\nCo-authored-by: Bob <bob@acme.example>\n";
    repo.commit(&alice, message, |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
        tree.put_record(&record);
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    let checked = repo.check();
    checked
        .assert("waiting", &[])
        .finding("self-approval")
        .has("subject", "skill/pdf")
        .by("bob");
    assert_eq!(repo.state("skill/other"), "approved");
    Ok(())
}

#[test]
fn a_trailer_is_not_excused_by_a_record_that_lacks_a_detached_signature() -> TestResult {
    let mut repo = Repo::team_with(countersign_testkit::commits_count, |_| ());
    let [alice, bob, _] = repo.people();
    let message = "Add pdf\n\nCo-authored-by: Bob <bob@acme.example>\n";
    let digest = countersign_testkit::skill_tree("pdf", "1.0.0", "Read.").digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
            Some(digest),
        )
        .unsigned()
        .record();
    repo.commit(alice.signed(), message, |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
        tree.put_record(&record);
    })?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn the_author_of_a_squash_is_never_excused() -> TestResult {
    // Bob presses the button on his own branch, and his record is in it.
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.branch("change")?;
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("change", Method::Squash, &bob)?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .by("bob");
    Ok(())
}

#[test]
fn a_candidate_knows_the_commits_of_the_branch_and_excuses_no_one() -> TestResult {
    for really in [false, true] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.branch("change")?;
        repo.drafted_skill("pdf", "1.0.0")?;
        if really {
            let trailer = "Improve it\n\nCo-authored-by: Bob <bob@acme.example>\n";
            repo.commit(&alice, trailer, |tree| {
                tree.edit("skills/pdf/SKILL.md", |text| text + "More.\n");
            })?;
        }
        repo.approve(&bob, "pdf", "1.0.0")?;
        let checked = repo.check_with(&["--base", "main"]);
        if really {
            checked.assert("waiting", &["self-approval"]);
        } else {
            checked
                .assert("pass", &[])
                .without("self-approval-exempt")
                .without("self-approval");
        }
    }
    Ok(())
}

#[test]
fn a_squash_on_the_branch_does_not_hide_its_trailers() -> TestResult {
    // Alice squashes by hand on her branch, naming Bob; his record is in the same commit. The
    // branch's own commits are known.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let digest = countersign_testkit::skill_tree("pdf", "1.0.0", "Read.").digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.branch("change")?;
    repo.commit(
        &alice,
        "Add pdf\n\nCo-authored-by: Bob <bob@acme.example>\n",
        |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
            tree.put_record(&record);
        },
    )?;
    repo.check_with(&["--base", "main"])
        .assert("waiting", &["self-approval"]);
    Ok(())
}
