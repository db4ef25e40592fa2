//! Keys that leave the policy, and keys that come in the change that uses them.

use countersign::demo::policy::ssh_key;
use countersign::demo::{Method, Person};
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{
    adopt_by_both, join_platform, policy_approvals, remove_person, set_keys,
};
use countersign_testkit::views::{Landed, serial};
use countersign_testkit::{Repo, TestResult};

/// The team's repository with `skill/pdf` 1.0.0, approved by Bob, and the policy after which Bob
/// has another key.
fn bob_changes_keys() -> Result<(Repo, Person), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let renewed = repo.bob.clone().with_key_of("bob at home");
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&renewed)]));
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 2);
    Ok((repo, renewed))
}

#[test]
fn a_key_removed_after_the_approval_leaves_the_earlier_decision_standing() -> TestResult {
    let (repo, _) = bob_changes_keys()?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    Ok(())
}

/// Bob approves a Skill, and leaves the policy.
fn bob_leaves() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| remove_person(draft, "bob"));
    adopt_by_both(&mut repo, &draft)?;
    Ok(repo)
}

#[test]
fn a_person_removed_after_the_approval_leaves_the_earlier_decision_standing() -> TestResult {
    let repo = bob_leaves()?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn explain_names_what_a_grant_rests_on_though_todays_policy_counts_no_one() -> TestResult {
    let repo = bob_leaves()?;
    let human = repo.run(&["explain", "skill/pdf"]).exits(0).stdout;
    assert!(
        human.contains("a grant is permanent\n    it rests on bob, by signature\n"),
        "{human}"
    );
    let explained = repo.run(&["explain", "skill/pdf", "--format", "json"]);
    let json = explained.exits(0).json();
    assert_eq!(json["requirements"][0]["approvals"], serde_json::json!([]));
    assert_eq!(json["basis"][0]["principal"], "bob");
    assert_eq!(json["basis"][0]["evidence"], "signature");
    assert_eq!(json["basis"][0]["record"], json["evidence"][0]["record"]);
    Ok(())
}

/// A commit with a key that the policy listed for Bob before tells whose it was; the key still
/// maps to no one.
#[test]
fn the_holder_of_an_earlier_key_is_named_where_it_signed_a_contribution() -> TestResult {
    let (mut repo, _) = bob_changes_keys()?;
    let bob = repo.bob.clone();
    let elsewhere = bob.clone().email("bob@home.example");
    repo.commit(elsewhere.signed(), "Add csv", |tree| {
        tree.put_skill("csv", "1.0.0", "Do it.");
    })?;
    let key = bob.fingerprint();
    let told = |rule: &str| {
        let checked = repo.check();
        let found = checked
            .findings()
            .into_iter()
            .filter(|one| one.rule() == rule);
        found
            .map(|one| one.text("message").unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let messages = told("contributor-unknown");
    assert!(
        messages.contains(&format!(
            "an unknown contributor ({key}, an earlier key of bob) worked on skill/csv 1.0.0"
        )),
        "{messages:#?}"
    );
    let explained = repo.run(&["explain", "skill/csv"]).exits(0).stdout;
    assert!(
        explained.contains(&format!("{key} (an earlier key of bob)")),
        "{explained}"
    );
    // An address that only looks like the key names no one.
    let (mut repo, _) = bob_changes_keys()?;
    let alike = countersign::demo::Person::new("mallory").email(&key);
    repo.commit(&alike, "Add txt", |tree| {
        tree.put_skill("txt", "1.0.0", "Do it.");
    })?;
    let checked = repo.check();
    let txt = checked
        .findings()
        .into_iter()
        .filter(|one| one.text("subject") == Some("skill/txt"));
    for finding in txt {
        assert!(
            !finding
                .text("message")
                .unwrap_or_default()
                .contains("earlier key"),
            "{checked}"
        );
    }
    Ok(())
}

#[test]
fn a_key_removed_from_the_policy_refuses_later_approvals() -> TestResult {
    let (mut repo, renewed) = bob_changes_keys()?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it better.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.1.0")?
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed
        .is_refused(&repo, "key-unknown")
        .assert("fail", &["unapproved-version"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    // The honest twin: the same decision with the key that is listed now, once the refused file is
    // gone.
    repo.commit(&bob, "Remove what was refused", |tree| {
        tree.remove(&record.path);
        tree.remove(format!("{}.sig", record.path));
    })?;
    repo.decide(&renewed, DecisionKind::Approve, "skill/pdf", "1.1.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_key_removed_from_the_policy_refuses_later_blocks() -> TestResult {
    let (mut repo, _) = bob_changes_keys()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "block",
    };
    landed.is_refused(&repo, "key-unknown");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_person_removed_from_the_policy_decides_nothing_more() -> TestResult {
    let mut repo = bob_leaves()?;
    let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
    repo.commit(&carol, "Add pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it better.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.1.0")?
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "principal-unknown");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn in_the_landing_that_removes_a_key_its_approval_does_not_count() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| remove_person(draft, "bob"));
    let landing =
        countersign_testkit::adoption::adopt_with(&mut repo, &draft, &[&alice, &carol], |tree| {
            tree.put_record(&record);
        })?;
    assert_eq!(serial(&repo), 2);
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "principal-unknown");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn in_the_landing_that_removes_a_key_its_block_still_counts() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    let record = repo
        .draft(DecisionKind::Block, &bob, "skill/pdf", "1.0.0")?
        .record();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| remove_person(draft, "bob"));
    let landing =
        countersign_testkit::adoption::adopt_with(&mut repo, &draft, &[&alice, &carol], |tree| {
            tree.put_record(&record);
        })?;
    assert_eq!(serial(&repo), 2);
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "block",
    };
    landed
        .is_accepted(&repo)
        .assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

/// A branch that adds Dave to the policy, with the approvals this needs, and uses his key on
/// `skill/pdf` 1.0.0 at once.
fn a_person_may_be_added_by_the_change_that_uses_them(
    kind: DecisionKind,
) -> Result<(Repo, Person, countersign::demo::Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let (alice, carol, dave) = (repo.alice.clone(), repo.carol.clone(), Person::new("dave"));
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| join_platform(draft, &dave));
    repo.branch("dave")?;
    repo.commit(&alice, "Let Dave decide", |tree| tree.put_policy(&draft))?;
    for record in policy_approvals(&repo, &repo.tree(), 2, &[&alice, &carol]) {
        repo.land(&alice, &record)?;
    }
    let record = repo.decide(&dave, kind, "skill/pdf", "1.0.0")?;
    Ok((repo, dave, record))
}

#[test]
fn a_key_added_in_the_pull_request_that_uses_it_is_not_counted_in_that_landing() -> TestResult {
    for method in [Method::Merge, Method::Squash] {
        let (mut repo, dave, record) =
            a_person_may_be_added_by_the_change_that_uses_them(DecisionKind::Approve)?;
        let candidate = repo.check_with(&["--base", "main"]);
        candidate
            .assert("fail", &["principal-unknown"])
            .finding_at("principal-unknown", &record.path)
            .is("error")
            .has("principal", "dave");
        repo.switch("main")?;
        let carol = repo.carol.clone();
        let landing = repo.merge("dave", method, &carol)?;
        assert_eq!(serial(&repo), 2, "the policy itself was approved");
        let landed = Landed {
            record: &record,
            landing,
            by: &dave,
            subject: "skill/pdf",
            action: "approve",
        };
        landed.is_refused(&repo, "principal-unknown");
        assert_eq!(repo.state("skill/pdf"), "draft");
        // What was refused stays refused, also under another path; a new record counts.
        repo.commit(&dave, "Try the same bytes again", |tree| {
            for path in [record.path.clone(), format!("{}.sig", record.path)] {
                tree.remove(path);
            }
        })?;
        repo.land(&dave, &record)?;
        repo.check().assert("fail", &["principal-unknown"]);
        assert_eq!(repo.state("skill/pdf"), "draft");
        repo.commit(&dave, "Remove it", |tree| {
            for path in [record.path.clone(), format!("{}.sig", record.path)] {
                tree.remove(path);
            }
        })?;
        repo.decide(&dave, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
        repo.check().passes();
        assert_eq!(repo.state("skill/pdf"), "approved");
    }
    Ok(())
}

#[test]
fn a_second_key_added_in_the_landing_that_uses_it_is_not_counted_there() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    let second = bob.clone().with_key_of("bob at home");
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &second, "skill/pdf", "1.0.0")?
        .record();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&bob), ssh_key(&second)]));
    let landing =
        countersign_testkit::adoption::adopt_with(&mut repo, &draft, &[&alice, &carol], |tree| {
            tree.put_record(&record);
        })?;
    assert_eq!(serial(&repo), 2);
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
fn in_the_landing_that_adds_a_key_its_block_already_counts() -> TestResult {
    let (mut repo, dave, record) =
        a_person_may_be_added_by_the_change_that_uses_them(DecisionKind::Block)?;
    repo.switch("main")?;
    let carol = repo.carol.clone();
    let landing = repo.merge("dave", Method::Squash, &carol)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "skill/pdf",
        action: "block",
    };
    landed
        .is_accepted(&repo)
        .assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_record_signed_with_another_persons_key_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .signed_by(&alice)
        .record();
    let landing = repo.land(&alice, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "key-mismatch");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_record_without_any_signature_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    let landing = repo.land(&bob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "evidence-missing");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}
