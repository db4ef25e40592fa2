//! Approvals copied out of the context they were given in.

use countersign::demo::{PolicyDraft, Record};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// A Skill approved by Bob, and a second one by Alice with the very same bytes.
fn twins() -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&alice, "Add a twin", |tree| {
        tree.copy("skills/pdf", "skills/twin");
    })?;
    Ok((repo, record))
}

#[test]
fn an_approval_does_not_reach_another_skill_with_the_same_bytes() -> TestResult {
    let (repo, _) = twins()?;
    assert_eq!(
        repo.subject("skill/pdf")["digest"],
        repo.subject("skill/twin")["digest"]
    );
    repo.check()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/twin");
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/twin")),
        ("approved".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn an_approval_copied_to_another_skill_with_the_same_bytes_is_refused() -> TestResult {
    let (mut repo, record) = twins()?;
    let alice = repo.alice.clone();
    let copy = record.moved(&record.path.replace("/pdf/", "/twin/"));
    repo.land(&alice, &copy)?;
    let checked = repo.check();
    checked
        .assert("fail", &["unapproved-version"])
        .finding_at("record-misplaced", &copy.path)
        .is("error");
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/twin")),
        ("approved".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn an_approval_rewritten_for_another_skill_with_the_same_bytes_is_refused() -> TestResult {
    let (mut repo, record) = twins()?;
    let alice = repo.alice.clone();
    let mut copy = record.moved(&record.path.replace("/pdf/", "/twin/"));
    copy.bytes = String::from_utf8(copy.bytes)?
        .replace("skill/pdf", "skill/twin")
        .into_bytes();
    let landing = repo.land(&alice, &copy)?;
    let finding = repo
        .check()
        .assert("fail", &[])
        .finding_at("signature-invalid", &copy.path)
        .is("error");
    finding.has("commit", &landing.to_string()).by("bob");
    assert_eq!(repo.state("skill/twin"), "draft");
    Ok(())
}

#[test]
fn an_own_approval_of_the_twin_counts() -> TestResult {
    let (mut repo, _) = twins()?;
    let bob = repo.bob.clone();
    repo.approve(&bob, "twin", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/twin"), "approved");
    Ok(())
}

#[test]
fn an_approval_does_not_reach_another_kind_of_the_same_name_and_bytes() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    let copy = record.moved(&record.path.replace("/skill/", "/setup/"));
    repo.commit(&alice, "Make it a setup", |tree| {
        tree.copy("skills/pdf", "setups/pdf");
        tree.put_record(&copy);
    })?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-misplaced", &copy.path);
    assert_eq!(repo.state("setup/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_made_for_another_repository_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let record = draft
        .with(|input| input.repository = "github.com/acme/playground".to_owned())
        .record();
    let landing = repo.land(&bob, &record)?;
    let checked = repo.check();
    let finding = checked
        .assert("fail", &["unapproved-version"])
        .finding_at("wrong-repository", &record.path)
        .is("error");
    finding
        .has("commit", &landing.to_string())
        .says("github.com/acme/playground");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(
        repo.refusal("approve", "bob").as_deref(),
        Some("wrong-repository")
    );
    Ok(())
}

#[test]
fn the_name_of_the_repository_is_compared_byte_by_byte() -> TestResult {
    for name in [
        "github.com/ACME/agent-skills",
        "github.com/acme/agent-skills/",
        "https://github.com/acme/agent-skills",
        "acme/agent-skills",
    ] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
        let record = draft
            .with(|input| name.clone_into(&mut input.repository))
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{name}\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "draft", "{name}");
    }
    Ok(())
}

#[test]
fn a_fork_that_renames_itself_does_not_inherit_later_approvals_of_the_original() -> TestResult {
    let mut fork = Repo::team_with(
        |policy: PolicyDraft| {
            policy.with(|policy| policy.repository = "github.com/mallory/skills".to_owned())
        },
        |_| (),
    );
    fork.drafted_skill("pdf", "1.0.0")?;
    let bob = fork.bob.clone();
    // The builder's decisions name the original.
    let record = fork.approve(&bob, "pdf", "1.0.0")?;
    fork.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("wrong-repository", &record.path);
    Ok(())
}

#[test]
fn an_approval_copied_to_another_versions_folder_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    let copy = record.moved(&record.path.replace("/1.0.0/", "/1.1.0/"));
    repo.commit(&alice, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Read, and send.");
        tree.put_record(&copy);
    })?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-misplaced", &copy.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.version_state("skill/pdf", "1.0.0"), "approved");
    Ok(())
}

#[test]
fn an_approval_of_the_right_bytes_under_another_version_approves_nothing() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let digest = repo.tree().digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.1.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &record)?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding_at("stale-approval", &record.path);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_of_the_right_version_over_other_bytes_approves_nothing() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let digest = countersign::model::Digest::of(b"what Bob was shown");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &record)?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding_at("stale-approval", &record.path)
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_of_the_first_of_two_versions_that_differ_in_case_or_zeros_reaches_no_other()
-> TestResult {
    for (approved, landed) in [("1.0.0-RC.1", "1.0.0-rc.1"), ("1.0.0-rc.1", "1.0.0")] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", landed, "Read.");
        })?;
        let digest = repo.tree().digest("skills/pdf");
        let record = repo
            .draft_for(
                DecisionKind::Approve,
                &bob,
                "skill/pdf",
                approved,
                Some(digest),
            )
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{approved} {landed}\n{checked}");
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}

#[test]
fn an_approve_of_every_version_is_not_a_decision() -> TestResult {
    for kind in [
        DecisionKind::Approve,
        DecisionKind::Revoke,
        DecisionKind::Reject,
        DecisionKind::Deprecate,
        DecisionKind::Archive,
    ] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft_for(kind, &bob, "skill/pdf", "all", None)
            .record();
        repo.land(&bob, &record)?;
        repo.check()
            .assert("fail", &["unapproved-version"])
            .finding_at("record-invalid", &record.path)
            .is("error");
        assert_eq!(repo.state("skill/pdf"), "draft", "{kind}");
    }
    Ok(())
}
