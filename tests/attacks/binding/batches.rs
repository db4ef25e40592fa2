//! One decision over many items, each judged alone.

use countersign::model::{DecisionKind, Digest};

use countersign_testkit::{Repo, TestResult};

fn two_drafts() -> Result<(Repo, Digest, Digest), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.drafted_skill("one", "1.0.0")?;
    repo.drafted_skill("two", "1.0.0")?;
    let (one, two) = (
        repo.tree().digest("skills/one"),
        repo.tree().digest("skills/two"),
    );
    Ok((repo, one, two))
}

#[test]
fn each_item_of_a_batch_is_approved() -> TestResult {
    let (mut repo, one, two) = two_drafts()?;
    let bob = repo.bob.clone();
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/one", "1.0.0")?;
    repo.land(
        &bob,
        &draft
            .batch(&[
                ("skill/one", "1.0.0", Some(one)),
                ("skill/two", "1.0.0", Some(two)),
            ])
            .record(),
    )?;
    repo.check().passes();
    assert_eq!(
        (repo.state("skill/one"), repo.state("skill/two")),
        ("approved".to_owned(), "approved".to_owned())
    );
    Ok(())
}

#[test]
fn an_item_whose_bytes_changed_is_stale_and_the_others_count() -> TestResult {
    let (mut repo, one, two) = two_drafts()?;
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Change two", |tree| {
        tree.edit("skills/two/SKILL.md", |text| text + "x");
    })?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/one", "1.0.0")?;
    let record = draft
        .batch(&[
            ("skill/one", "1.0.0", Some(one)),
            ("skill/two", "1.0.0", Some(two)),
        ])
        .record();
    repo.land(&bob, &record)?;
    let checked = repo.check();
    // Bob's approval is for the bytes that were there before, so the name of that version is
    // taken.
    checked
        .assert("fail", &["version-reused"])
        .finding("unapproved-version")
        .has("subject", "skill/two");
    checked
        .finding_at("stale-approval", &record.path)
        .has("subject", "skill/two")
        .by("bob");
    assert_eq!(
        (repo.state("skill/one"), repo.state("skill/two")),
        ("approved".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn an_item_added_to_a_batch_after_signing_voids_the_whole_batch() -> TestResult {
    let (mut repo, one, two) = two_drafts()?;
    let bob = repo.bob.clone();
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/one", "1.0.0")?;
    let mut record = draft
        .clone()
        .batch(&[("skill/one", "1.0.0", Some(one))])
        .record();
    record.bytes = draft
        .batch(&[
            ("skill/one", "1.0.0", Some(one)),
            ("skill/two", "1.0.0", Some(two)),
        ])
        .record()
        .bytes;
    repo.land(&bob, &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("signature-invalid", &record.path)
        .is("error");
    assert_eq!(
        (repo.state("skill/one"), repo.state("skill/two")),
        ("draft".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn a_batch_does_not_let_its_author_approve_their_own_work() -> TestResult {
    let (mut repo, one, _) = two_drafts()?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "Rewrite two", |tree| {
        tree.put_skill("two", "1.0.0", "Bob's own.");
    })?;
    let two = repo.tree().digest("skills/two");
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/one", "1.0.0")?;
    repo.land(
        &bob,
        &draft
            .batch(&[
                ("skill/one", "1.0.0", Some(one)),
                ("skill/two", "1.0.0", Some(two)),
            ])
            .record(),
    )?;
    repo.check()
        .assert("waiting", &[])
        .finding("self-approval")
        .has("subject", "skill/two")
        .by("bob");
    assert_eq!(
        (repo.state("skill/one"), repo.state("skill/two")),
        ("approved".to_owned(), "draft".to_owned())
    );
    Ok(())
}

#[test]
fn a_batch_that_mixes_in_the_policy_approves_it_only_for_an_administrator() -> TestResult {
    let (mut repo, one, _) = two_drafts()?;
    let [alice, bob, carol] = repo.people();
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|policy| policy.policy_changes = 1);
    repo.commit(&alice, "Policy 2", |tree| tree.put_policy(&next))?;
    let policy = repo.tree().policy_digest();
    for by in [&bob, &carol] {
        let draft = repo.draft(DecisionKind::Approve, by, "skill/one", "1.0.0")?;
        let record = draft
            .batch(&[
                ("skill/one", "1.0.0", Some(one)),
                ("policy/countersign", "2", Some(policy)),
            ])
            .record();
        repo.land(by, &record)?;
    }
    // Carol is one of two; Bob is not an administrator.
    repo.check().finding("policy-pending");
    assert_eq!(repo.check().json()["policy_serial"], 1);
    Ok(())
}

#[test]
fn an_empty_batch_is_not_a_decision() -> TestResult {
    let (mut repo, ..) = two_drafts()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/one", "1.0.0")?
        .batch(&[])
        .record();
    repo.land(&bob, &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-invalid", &record.path)
        .is("error");
    Ok(())
}

#[test]
fn a_batch_with_a_principal_and_a_skill_takes_effect_on_both() -> TestResult {
    let (mut repo, one, _) = two_drafts()?;
    let [alice, bob, carol] = repo.people();
    repo.approve(&bob, "one", "1.0.0")?;
    assert_eq!(repo.state("skill/one"), "approved");
    let draft = repo.draft(DecisionKind::Block, &alice, "skill/one", "1.0.0")?;
    let record = draft
        .batch(&[
            ("principal/carol", "all", None),
            ("skill/one", "1.0.0", Some(one)),
        ])
        .record();
    repo.land(&alice, &record)?;
    repo.check()
        .assert("fail", &[])
        .finding("blocked-version")
        .has("subject", "skill/one");
    assert_eq!(repo.state("skill/one"), "blocked");
    repo.approve(&carol, "two", "1.0.0")?;
    repo.check().finding("principal-suspended").by("carol");
    assert_eq!(repo.state("skill/two"), "draft");
    Ok(())
}

#[test]
fn a_batch_with_the_policy_and_a_skill_takes_effect_on_both() -> TestResult {
    let (mut repo, one, _) = two_drafts()?;
    let [alice, bob, carol] = repo.people();
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Policy 2", |tree| tree.put_policy(&next))?;
    let policy = repo.tree().policy_digest();
    let draft = repo.draft(DecisionKind::Reject, &carol, "skill/one", "1.0.0")?;
    let record = draft
        .batch(&[
            ("policy/countersign", "2", Some(policy)),
            ("skill/one", "1.0.0", Some(one)),
        ])
        .record();
    repo.land(&carol, &record)?;
    repo.approve(&bob, "one", "1.0.0")?;
    repo.check()
        .assert("waiting", &["policy-pending"])
        .finding("rejected-version")
        .has("subject", "skill/one");
    repo.decide(&alice, DecisionKind::Approve, "policy/countersign", "2")?;
    assert_eq!(repo.check().json()["policy_serial"], 1);
    assert_eq!(repo.state("skill/one"), "draft");
    Ok(())
}

#[test]
fn a_batch_that_suspends_its_own_author_has_no_other_effect() -> TestResult {
    // From the landing that suspends her none of her records count, whatever else they say.
    let (mut repo, one, _) = two_drafts()?;
    let bob = repo.bob.clone();
    let draft = repo.draft(DecisionKind::Block, &bob, "skill/one", "1.0.0")?;
    let record = draft
        .batch(&[
            ("principal/bob", "all", None),
            ("skill/one", "1.0.0", Some(one)),
        ])
        .record();
    repo.land(&bob, &record)?;
    let checked = repo.check();
    assert_eq!(checked.code(), 1, "{checked}");
    repo.approve(&bob, "two", "1.0.0")?;
    repo.check().finding("principal-suspended").by("bob");
    assert_eq!(repo.state("skill/two"), "draft");
    Ok(())
}

#[test]
fn bytes_that_a_batch_blocks_for_two_subjects_stay_blocked_when_one_is_unblocked() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.drafted_skill("one", "1.0.0")?;
    repo.commit(&alice, "Copy", |tree| {
        tree.copy("skills/one", "skills/two");
    })?;
    let digest = Some(repo.tree().digest("skills/one"));
    let draft = repo.draft(DecisionKind::Block, &carol, "skill/one", "1.0.0")?;
    let items = ["skill/one", "skill/two"].map(|subject| (subject, "1.0.0", digest));
    let block = draft.batch(&items).record();
    repo.land(&carol, &block)?;
    let draft = repo.draft(DecisionKind::Unblock, &bob, "skill/one", "1.0.0")?;
    let unblock = draft.answers(&[&block]).record();
    repo.land(&bob, &unblock)?;
    for subject in ["skill/one", "skill/two"] {
        assert_eq!(repo.state(subject), "blocked", "{subject}");
    }
    repo.check().assert("fail", &["blocked-version"]);
    Ok(())
}
