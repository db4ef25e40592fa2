//! Stolen keys: what they raised is void from the named landing on, what they lowered stays, and a
//! policy that took effect stays.

use countersign::demo::policy::ssh_key;
use countersign::demo::{Authorship, DemoError, Person, PolicyDraft};
use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::adoption::{adopt, adopt_by_both, set_keys};
use countersign_testkit::views::{events, serial};
use countersign_testkit::{Checked, Repo, TestResult};

/// The line that voids a key from a landing on.
fn stolen(person: &Person, since: ObjectId) -> String {
    format!(
        "compromised: [{{key: \"{}\", since: {since}}}]",
        person.fingerprint()
    )
}

/// The policy after `repo`'s first in which Bob has a new key and his old one is void since a
/// landing.
fn bobs_key_is_stolen(repo: &mut Repo, since: ObjectId) -> Result<Person, DemoError> {
    let renewed = repo.bob.clone().with_key_of("bob at home");
    let line = stolen(&repo.bob, since);
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "bob", &[ssh_key(&renewed)]))
        .line(&line);
    adopt_by_both(repo, &draft)?;
    Ok(renewed)
}

/// Asserts that the finding about a void record names it and the landing that brought it.
#[track_caller]
fn is_void(checked: &Checked, path: &str) {
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked
        .finding_at("key-compromised", path)
        .has("principal", "bob");
}

/// A Skill by Alice that waits for an approval, and the landing that brought it.
fn proposed() -> Result<(Repo, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let since = repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    Ok((repo, since))
}

#[test]
fn an_approval_at_the_landing_from_which_on_the_key_is_stolen_is_void() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let since = repo.head();
    repo.check().passes();
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(serial(&repo), 2);
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.current("skill/pdf"), "null");
    let checked = repo.check();
    is_void(&checked, &record.path);
    checked
        .finding("unapproved-version")
        .has("subject", "skill/pdf");
    Ok(())
}

#[test]
fn an_approval_after_that_landing_is_void_no_matter_its_date() -> TestResult {
    let (mut repo, since) = proposed()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    repo.land(Authorship::from(&bob).dated("1767600000 +0000"), &record)?;
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    is_void(&repo.check(), &record.path);
    Ok(())
}

#[test]
fn explain_says_that_a_void_approval_was_accepted_and_no_longer_counts_and_why() -> TestResult {
    let (mut repo, since) = proposed()?;
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let explained = |repo: &Repo| {
        let human = repo.run(&["explain", "skill/pdf"]).exits(0).stdout;
        let json = repo.run(&["explain", "skill/pdf", "--format", "json"]);
        (human, json.exits(0).json()["evidence"][0].clone())
    };
    let (human, json) = explained(&repo);
    assert!(
        human.contains("  accepted approve by bob: proved by"),
        "{human}"
    );
    assert_eq!(
        (&json["accepted"], &json["void_because"]),
        (&true.into(), &serde_json::Value::Null)
    );
    bobs_key_is_stolen(&mut repo, since)?;
    let (human, json) = explained(&repo);
    assert!(
        human.contains("  no longer counts approve by bob: key-compromised, ")
            && human.contains("(accepted when it landed, proved by"),
        "{human}"
    );
    assert_eq!(
        (&json["accepted"], &json["void_because"]),
        (&true.into(), &"key-compromised".into())
    );
    Ok(())
}

#[test]
fn an_approval_before_that_landing_remains_in_force() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let since = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    bobs_key_is_stolen(&mut repo, since)?;
    repo.check().passes().without("key-compromised");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn the_stolen_key_approves_nothing_more_though_it_is_still_listed() -> TestResult {
    let (mut repo, since) = proposed()?;
    let bob = repo.bob.clone();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line(&stolen(&bob, since));
    adopt_by_both(&mut repo, &draft)?;
    let record = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    is_void(&repo.check(), &record.path);
    Ok(())
}

#[test]
fn a_new_key_of_the_same_person_approves_again() -> TestResult {
    let (mut repo, since) = proposed()?;
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let renewed = bobs_key_is_stolen(&mut repo, since)?;
    repo.decide(&renewed, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    let checked = repo.check();
    checked.without("unapproved-version");
    Ok(())
}

#[test]
fn a_landing_that_is_not_on_the_line_voids_everything_that_key_raised() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.branch("aside")?;
    let aside = repo.commit(&alice, "Elsewhere", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.switch("main")?;
    bobs_key_is_stolen(&mut repo, aside)?;
    assert_eq!(
        repo.state("skill/pdf"),
        "draft",
        "what cannot be dated counts from the beginning"
    );
    Ok(())
}

#[test]
fn a_block_by_the_stolen_key_stays() -> TestResult {
    let mut repo = Repo::team();
    let since = repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let since_later = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    assert_ne!(since, since_later);
    let bob = repo.bob.clone();
    repo.decide(&bob, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    bobs_key_is_stolen(&mut repo, since_later)?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    repo.check().assert("fail", &["blocked-version"]);
    Ok(())
}

#[test]
fn a_revoke_by_the_stolen_key_stays() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    let since = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.decide(&bob, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(repo.state("skill/pdf"), "revoked");
    repo.check().assert("fail", &["revoked-content"]);
    Ok(())
}

#[test]
fn deprecations_and_archivings_by_the_stolen_key_stay() -> TestResult {
    for (kind, state) in [
        (DecisionKind::Deprecate, "deprecated"),
        (DecisionKind::Archive, "archived"),
    ] {
        let mut repo = Repo::team();
        repo.approved_skill("pdf", "1.0.0")?;
        let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
        let since = repo.commit(&alice, "Write a page", |tree| {
            tree.put("README.md", "Hello.\n");
        })?;
        repo.decide(&bob, kind, "skill/pdf", "1.0.0")?;
        bobs_key_is_stolen(&mut repo, since)?;
        assert_eq!(repo.state("skill/pdf"), state);
    }
    Ok(())
}

#[test]
fn a_reject_by_the_stolen_key_stays() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    let since = repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    bobs_key_is_stolen(&mut repo, since)?;
    repo.decide(&carol, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(
        repo.subject("skill/pdf")["rejected_by"],
        serde_json::json!(["bob"])
    );
    Ok(())
}

#[test]
fn an_unblock_by_the_stolen_key_is_void() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
    let block = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let since = repo.head();
    let unblock = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    let checked = repo.check();
    checked.assert("fail", &["blocked-version"]);
    is_void(&checked, &unblock.path);
    Ok(())
}

#[test]
fn an_unblock_before_the_theft_remains_in_force() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    let block = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let unblock = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    let since = repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_rollback_by_the_stolen_key_is_void() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    for version in ["1.0.0", "2.0.0"] {
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", version, "Do it well.");
        })?;
        repo.decide(&carol, DecisionKind::Approve, "skill/pdf", version)?;
    }
    let since = repo.head();
    let record = repo
        .draft(DecisionKind::Rollback, &bob, "skill/pdf", "2.0.0")?
        .to("1.0.0")
        .record();
    repo.commit(&bob, "Roll back", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put_record(&record);
    })?;
    repo.check().passes();
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    bobs_key_is_stolen(&mut repo, since)?;
    assert_eq!(repo.version_state("skill/pdf", "2.0.0"), "approved");
    assert_eq!(repo.current("skill/pdf"), "2.0.0");
    let checked = repo.check();
    checked.assert("fail", &["version-regressed"]);
    is_void(&checked, &record.path);
    Ok(())
}

/// Three policies: in the second Carol has two keys, in the third only the second of them.
fn carol_moves_to_a_second_key(
    repo: &mut Repo,
) -> Result<(Person, PolicyDraft, ObjectId), DemoError> {
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let renewed = carol.clone().with_key_of("carol at home");
    let both = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "carol", &[ssh_key(&carol), ssh_key(&renewed)]));
    let landing = adopt(repo, &both, &[&alice, &carol])?;
    Ok((renewed, both, landing))
}

#[test]
fn a_policy_that_took_effect_with_the_stolen_key_stays_in_force_and_is_found() -> TestResult {
    let mut repo = Repo::team();
    let (renewed, both, since) = carol_moves_to_a_second_key(&mut repo)?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    assert_eq!(serial(&repo), 2);
    let draft = both
        .successor(&repo.tree())
        .with(|draft| set_keys(draft, "carol", &[ssh_key(&renewed)]))
        .line(&stolen(&carol, since));
    adopt(&mut repo, &draft, &[&alice, &renewed])?;
    assert_eq!(
        serial(&repo),
        3,
        "neither the second policy nor what followed from it is undone"
    );
    let checked = repo.check();
    checked
        .finding("policy-compromised")
        .has("subject", "policy/countersign");
    let in_force = events(&repo)
        .into_iter()
        .filter(|event| event["action"] == "policy-in-force")
        .count();
    assert!(
        in_force >= 2,
        "the log still says which policies were in force"
    );
    Ok(())
}

#[test]
fn the_stolen_key_brings_no_further_policy_into_force_though_it_is_still_listed() -> TestResult {
    let mut repo = Repo::team();
    let (renewed, both, since) = carol_moves_to_a_second_key(&mut repo)?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let found = both.successor(&repo.tree()).line(&stolen(&carol, since));
    adopt(&mut repo, &found, &[&alice, &renewed])?;
    assert_eq!(serial(&repo), 3);
    let next = found.successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &next, &[&alice, &carol])?;
    assert_eq!(serial(&repo), 3, "a void approval is none");
    let checked = repo.check();
    checked.finding("policy-pending");
    assert_ne!(checked.verdict(), "pass");
    // The honest twin.
    let records =
        countersign_testkit::adoption::policy_approvals(&repo, &repo.tree(), 4, &[&renewed]);
    repo.land(&renewed, &records[0])?;
    assert_eq!(serial(&repo), 4);
    Ok(())
}
