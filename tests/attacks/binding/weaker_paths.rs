//! A subject of high risk moved to where less is required, to have a block lifted there and to come
//! back.

use countersign::demo::documents::skill_text;
use countersign::demo::{PolicyDraft, Record};
use countersign::model::DecisionKind::{Approve, Block, Unblock};

use countersign_testkit::{Repo, TestResult};

/// `skills/*` takes both administrators, `zlab/*` one owner, who is Bob.
fn two_places(policy: PolicyDraft) -> PolicyDraft {
    policy.with(|policy| {
        policy.entries = vec![
            "{kind: skill, path: \"skills/*\", owners: [alice, bob, carol], risk: high}".to_owned(),
            "{kind: skill, path: \"zlab/*\", owners: [bob], risk: low}".to_owned(),
        ];
        policy.approvals = vec![
            "{risk: [low, medium], require: [{count: 1, from: [owners]}]}".to_owned(),
            "{risk: [high, critical], require: [{count: 2, from: [administrators]}]}".to_owned(),
        ];
    })
}

/// `skills/pdf` 1.0.0 by Bob's colleague Dave, approved by both administrators and then blocked by
/// Alice.
fn blocked(version: &str) -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let dave = countersign::demo::Person::new("dave");
    let mut repo = Repo::team_with(|policy| two_places(policy.person(&dave)), |_| ());
    let [alice, _, carol] = repo.people();
    repo.commit(&dave, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Pay.");
    })?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    let block = repo.decide(&alice, Block, "skill/pdf", version)?;
    repo.check().assert("fail", &["blocked-version"]);
    Ok((repo, block))
}

#[track_caller]
fn stays_blocked(repo: &Repo) {
    let checked = repo.check();
    checked
        .assert("fail", &["blocked-version"])
        .finding("blocked-version")
        .has("subject", "skill/pdf");
    assert_eq!(checked.code(), 1);
    assert_eq!(repo.state("skill/pdf"), "blocked");
}

#[test]
fn a_block_of_one_version_is_not_lifted_under_a_weaker_path() -> TestResult {
    let (mut repo, block) = blocked("1.0.0")?;
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Move it", |tree| {
        tree.rename("skills/pdf", "zlab/pdf");
    })?;
    let digest = repo.tree().digest("zlab/pdf");
    let unblock = repo
        .draft_for(Unblock, &bob, "skill/pdf", "1.0.0", Some(digest))
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    stays_blocked(&repo);
    repo.commit(&alice, "Move it back", |tree| {
        tree.rename("zlab/pdf", "skills/pdf");
    })?;
    stays_blocked(&repo);
    repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    stays_blocked(&repo);
    Ok(())
}

#[test]
fn a_block_of_every_version_is_not_lifted_under_a_weaker_path_by_a_decoy() -> TestResult {
    let (mut repo, block) = blocked("all")?;
    let [alice, bob, _] = repo.people();
    let real = repo.tree();
    repo.commit(&alice, "A decoy", |tree| {
        assert!(tree.remove("skills/pdf"));
        tree.put("zlab/pdf/SKILL.md", skill_text("pdf", "0.0.1", "Nothing."));
    })?;
    let unblock = repo
        .draft_for(Unblock, &bob, "skill/pdf", "all", None)
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    stays_blocked(&repo);
    repo.commit(&alice, "The real one", |tree| {
        assert!(tree.remove("zlab"));
        tree.put("skills/pdf/SKILL.md", real.text("skills/pdf/SKILL.md"));
    })?;
    stays_blocked(&repo);
    Ok(())
}

#[test]
fn a_block_laid_on_an_absent_subject_is_not_lifted_under_a_weaker_path() -> TestResult {
    // It is not in the tree when it is blocked: its last place counts.
    for version in ["1.0.0", "all"] {
        let (mut repo, first) = blocked(version)?;
        let [alice, bob, carol] = repo.people();
        let real = repo.tree();
        let digest = real.digest("skills/pdf");
        let of = |version: &str| (version != "all").then_some(digest);
        for by in [&alice, &carol] {
            let unblock = repo
                .draft_for(Unblock, by, "skill/pdf", version, of(version))
                .answers(&[&first])
                .record();
            repo.land(by, &unblock)?;
        }
        assert_eq!(repo.state("skill/pdf"), "approved");
        repo.commit(&alice, "Remove it", |tree| {
            assert!(tree.remove("skills/pdf"));
        })?;
        let block = repo
            .draft_for(Block, &alice, "skill/pdf", version, of(version))
            .reason("Again.")
            .record();
        repo.land(&alice, &block)?;
        repo.commit(&alice, "In the lab", |tree| {
            tree.put("zlab/pdf/SKILL.md", real.text("skills/pdf/SKILL.md"));
        })?;
        let unblock = repo
            .draft_for(Unblock, &bob, "skill/pdf", version, of(version))
            .answers(&[&block])
            .record();
        repo.land(&bob, &unblock)?;
        stays_blocked(&repo);
    }
    Ok(())
}

/// `pdf` 1.0.0 by Alice, granted in the lab by Bob alone.
fn granted_in_the_lab() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(two_places, |_| ());
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put("zlab/pdf/SKILL.md", skill_text("pdf", "1.0.0", "Pay."));
    })?;
    let digest = repo.tree().digest("zlab/pdf");
    let approve = repo
        .draft_for(Approve, &bob, "skill/pdf", "1.0.0", Some(digest))
        .record();
    repo.land(&bob, &approve)?;
    repo.check().passes();
    Ok(repo)
}

#[test]
fn an_approval_of_one_owner_in_the_lab_does_not_carry_over_to_where_two_administrators_must_approve()
-> TestResult {
    let mut repo = granted_in_the_lab()?;
    let alice = repo.alice.clone();
    for copy in [false, true] {
        repo.branch(if copy { "copy" } else { "move" })?;
        repo.commit(&alice, "Release", |tree| {
            if copy {
                tree.copy("zlab/pdf", "skills/pdf");
            } else {
                tree.rename("zlab/pdf", "skills/pdf");
            }
        })?;
        repo.check_with(&["--base", "main"])
            .assert("waiting", &["unapproved-version"]);
        repo.switch("main")?;
    }
    Ok(())
}

/// `pdf` 1.0.0, granted by both administrators at `skills/pdf`, then moved to the lab, where one
/// owner suffices, of whom Alice is one.
fn granted_and_moved() -> Result<Repo, Box<dyn std::error::Error>> {
    let dave = countersign::demo::Person::new("dave");
    let shared = |policy: PolicyDraft| {
        two_places(policy.person(&dave)).with(|policy| {
            "{kind: skill, path: \"zlab/*\", owners: [alice, bob], risk: low}"
                .clone_into(&mut policy.entries[1]);
        })
    };
    let mut repo = Repo::team_with(shared, |_| ());
    let [alice, _, carol] = repo.people();
    repo.commit(&dave, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Pay.");
    })?;
    repo.approve(&alice, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.commit(&dave, "Move it", |tree| {
        tree.rename("skills/pdf", "zlab/pdf");
    })?;
    repo.check().passes();
    Ok(repo)
}

#[test]
fn a_block_laid_at_a_weaker_path_is_not_lifted_there_for_the_path_where_the_grant_was_given()
-> TestResult {
    for version in ["1.0.0", "all"] {
        let mut repo = granted_and_moved()?;
        let [alice, bob, carol] = repo.people();
        let digest = (version != "all").then(|| repo.tree().digest("zlab/pdf"));
        let block = repo
            .draft_for(Block, &alice, "skill/pdf", version, digest)
            .record();
        repo.land(&alice, &block)?;
        let unblock = repo
            .draft_for(Unblock, &bob, "skill/pdf", version, digest)
            .answers(&[&block])
            .record();
        repo.land(&bob, &unblock)?;
        repo.commit(&bob, "Move it back", |tree| {
            tree.rename("zlab/pdf", "skills/pdf");
        })?;
        stays_blocked(&repo);
        // The people whom both places require can lift it.
        for by in [&alice, &carol] {
            let unblock = repo
                .draft_for(Unblock, by, "skill/pdf", version, digest)
                .answers(&[&block])
                .record();
            repo.land(by, &unblock)?;
        }
        repo.check().passes();
    }
    Ok(())
}

#[test]
fn a_block_of_every_version_is_not_lifted_in_the_lab_for_an_older_version_granted_elsewhere()
-> TestResult {
    let mut repo = granted_and_moved()?;
    let [alice, bob, _] = repo.people();
    let real = repo.tree();
    repo.commit(&alice, "A decoy", |tree| {
        tree.put("zlab/pdf/SKILL.md", skill_text("pdf", "2.0.0", "Nothing."));
    })?;
    let block = repo
        .draft_for(Block, &alice, "skill/pdf", "all", None)
        .record();
    repo.land(&alice, &block)?;
    let unblock = repo
        .draft_for(Unblock, &bob, "skill/pdf", "all", None)
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    repo.commit(&alice, "The real one", |tree| {
        assert!(tree.remove("zlab"));
        tree.put("skills/pdf/SKILL.md", real.text("zlab/pdf/SKILL.md"));
    })?;
    stays_blocked(&repo);
    Ok(())
}

#[test]
fn a_block_put_back_after_a_stolen_key_lifted_it_is_not_lifted_under_a_weaker_path() -> TestResult {
    for version in ["1.0.0", "all"] {
        let (mut repo, block) = blocked(version)?;
        let dave = countersign::demo::Person::new("dave");
        let [alice, bob, carol] = repo.people();
        let digest = (version != "all").then(|| repo.tree().digest("skills/pdf"));
        let since = repo.head();
        for by in [&alice, &carol] {
            let unblock = repo
                .draft_for(Unblock, by, "skill/pdf", version, digest)
                .answers(&[&block])
                .record();
            repo.land(by, &unblock)?;
        }
        assert_eq!(repo.state("skill/pdf"), "approved");
        let draft = two_places(repo.team_policy().person(&dave));
        let key = carol.fingerprint();
        repo.change_policy(&draft, |policy| {
            policy
                .more
                .push(format!("compromised: [{{key: \"{key}\", since: {since}}}]"));
        })?;
        assert_eq!(
            repo.state("skill/pdf"),
            "blocked",
            "the stolen key lifted it"
        );
        repo.commit(&dave, "Move it", |tree| {
            tree.rename("skills/pdf", "zlab/pdf");
        })?;
        let unblock = repo
            .draft_for(Unblock, &bob, "skill/pdf", version, digest)
            .answers(&[&block])
            .reason("In the lab.")
            .record();
        repo.land(&bob, &unblock)?;
        stays_blocked(&repo);
    }
    Ok(())
}

#[test]
fn a_grant_of_the_lab_does_not_carry_over_because_a_later_policy_made_the_lab_stricter()
-> TestResult {
    let mut repo = granted_in_the_lab()?;
    let alice = repo.alice.clone();
    let draft = two_places(repo.team_policy());
    repo.change_policy(&draft, |policy| {
        policy.entries[1] =
            "{kind: skill, path: \"zlab/*\", owners: [alice, bob, carol], risk: high}".to_owned();
    })?;
    repo.check().passes().finding("approved-under-earlier-rule");
    repo.commit(&alice, "Release", |tree| {
        tree.rename("zlab/pdf", "skills/pdf");
    })?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_policy_that_begins_to_govern_a_second_path_asks_for_more_in_its_own_landing() -> TestResult {
    let dave = countersign::demo::Person::new("dave");
    let ignoring = |policy: PolicyDraft| {
        two_places(policy.person(&dave))
            .line("ignore: [\"skills/**\"]")
            .with(|policy| {
                policy.entries.remove(0);
            })
    };
    let mut repo = Repo::team_with(ignoring, |_| ());
    let bob = repo.bob.clone();
    repo.commit(&dave, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Pay.");
        tree.copy("skills/pdf", "zlab/pdf");
    })?;
    let digest = repo.tree().digest("zlab/pdf");
    let approve = repo
        .draft_for(Approve, &bob, "skill/pdf", "1.0.0", Some(digest))
        .record();
    repo.land(&bob, &approve)?;
    repo.check().passes();
    let draft = ignoring(repo.team_policy());
    repo.change_policy(&draft, |policy| {
        policy.more.clear();
        policy.entries = two_places(policy.clone()).entries;
    })?;
    let now = repo.check();
    now.assert("waiting", &["unapproved-version"]);
    repo.commit(&dave, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    repo.check().assert("waiting", &["unapproved-version"]);
    Ok(())
}
