//! Changes of the policy: which come into force, from which landing on, and which never do.

use countersign::demo::{Method, Person, PolicyDraft};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::adoption::{
    POLICY, POLICY_PATH, adopt, adopt_by_both, adopt_with, approve_signed, join_platform,
    policy_approvals, waiting_for_bob,
};
use countersign_testkit::gpg::{Gpg, at};
use countersign_testkit::views::{Landed, events, policy_digest, serial};
use countersign_testkit::{Checked, Repo, TestResult};

/// Asserts that the policy in the tree is not the one in force, can never be, and that its place is
/// named.
#[track_caller]
pub fn misfits(repo: &Repo, rules: &[&str]) -> Checked {
    let checked = repo.check();
    checked.assert("fail", &[]);
    assert_eq!(checked.code(), 1, "{checked}");
    let found = checked
        .findings()
        .into_iter()
        .find(|finding| rules.contains(&finding.rule()));
    let finding = found.unwrap_or_else(|| panic!("something is one of {rules:?}\n{checked}"));
    let finding = finding.is("error");
    assert!(
        finding.text("path") == Some(POLICY_PATH) || finding.text("subject") == Some(POLICY),
        "the finding names the policy: {finding:?}"
    );
    checked
}

/// The team's next policy, with another rule that is easy to see.
fn next(repo: &Repo) -> PolicyDraft {
    repo.team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}")
}

#[test]
fn a_policy_with_every_approval_comes_into_force() -> TestResult {
    let mut repo = Repo::team();
    let draft = next(&repo);
    adopt_by_both(&mut repo, &draft)?;
    repo.check().passes().without("policy-pending");
    assert_eq!(serial(&repo), 2);
    assert_eq!(
        policy_digest(&repo),
        repo.tree().policy_digest().to_string()
    );
    let actions: Vec<_> = events(&repo)
        .into_iter()
        .filter(|event| event["subject"] == POLICY)
        .map(|event| event["action"].clone())
        .collect();
    assert!(
        actions.contains(&"policy-proposed".into()) && actions.contains(&"policy-in-force".into()),
        "{actions:?}"
    );
    Ok(())
}

#[test]
fn a_policy_without_approvals_waits_and_the_old_one_stays_in_force() -> TestResult {
    let mut repo = Repo::team();
    let before = policy_digest(&repo);
    let (alice, draft) = (repo.alice.clone(), next(&repo));
    repo.commit(&alice, "Propose a policy", |tree| tree.put_policy(&draft))?;
    let checked = repo.check();
    checked.assert("waiting", &["policy-pending"]);
    assert_eq!(checked.code(), 1);
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    let status = repo.run(&["status", "--format", "json"]).exits(0).json();
    assert_ne!(
        status["policy"]["pending"],
        serde_json::Value::Null,
        "{status:#}"
    );
    Ok(())
}

#[test]
fn a_policy_that_is_taken_back_is_no_longer_pending() -> TestResult {
    let mut repo = Repo::team();
    let (alice, draft) = (repo.alice.clone(), next(&repo));
    let first = repo.team_policy();
    repo.commit(&alice, "Propose a policy", |tree| tree.put_policy(&draft))?;
    repo.commit(&alice, "Take it back", |tree| tree.put_policy(&first))?;
    repo.check().passes().without("policy-pending");
    assert_eq!(serial(&repo), 1);
    Ok(())
}

#[test]
fn a_policy_may_be_approved_before_its_bytes_land() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol, draft) = (repo.alice.clone(), repo.carol.clone(), next(&repo));
    let mut tree = repo.tree();
    tree.put_policy(&draft);
    for record in policy_approvals(&repo, &tree, 2, &[&alice, &carol]) {
        repo.land(&alice, &record)?;
    }
    assert_eq!(serial(&repo), 1, "approvals alone change nothing");
    repo.commit(&alice, "Change the policy", |tree| tree.put_policy(&draft))?;
    assert_eq!(serial(&repo), 2);
    repo.check().passes();
    Ok(())
}

#[test]
fn the_pull_request_that_changes_the_policy_is_judged_before_it_lands() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol, draft) = (repo.alice.clone(), repo.carol.clone(), next(&repo));
    repo.branch("policy")?;
    repo.commit(&alice, "Propose a policy", |tree| tree.put_policy(&draft))?;
    let checked = repo.check_with(&["--base", "main"]);
    checked.assert("waiting", &["policy-pending"]);
    for by in [&alice, &carol] {
        repo.decide(by, DecisionKind::Approve, POLICY, "2")?;
    }
    repo.check_with(&["--base", "main"]).passes();
    Ok(())
}

/// The team's policy with Dave, who may do nothing yet, and `skill/pdf` 1.0.0 waiting.
fn with_dave() -> Result<(Repo, PolicyDraft, Person), Box<dyn std::error::Error>> {
    let dave = Person::new("dave");
    let mut repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
    let draft = repo.team_policy().person(&dave);
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    Ok((repo, draft, dave))
}

#[test]
fn a_policy_widened_in_the_change_that_needs_it_does_not_help_that_change() -> TestResult {
    let (mut repo, draft, dave) = with_dave()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let record = repo
        .draft(DecisionKind::Approve, &dave, "skill/pdf", "1.0.0")?
        .record();
    let wider = draft
        .successor(&repo.tree())
        .with(|draft| draft.teams[0].1.push("dave".to_owned()));
    let landing = adopt_with(&mut repo, &wider, &[&alice, &carol], |tree| {
        tree.put_record(&record);
    })?;
    assert_eq!(serial(&repo), 2);
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "skill/pdf",
        action: "approve",
    };
    assert_eq!(repo.state("skill/pdf"), "draft");
    let checked = landed.is_without_effect(&repo, "not-authorized");
    assert_ne!(checked.verdict(), "pass");
    Ok(())
}

#[test]
fn what_had_no_effect_at_its_landing_gets_none_from_a_policy_that_comes_later() -> TestResult {
    let (mut repo, draft, dave) = with_dave()?;
    let alice = repo.alice.clone();
    repo.decide(&dave, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    let wider = draft
        .successor(&repo.tree())
        .with(|draft| draft.teams[0].1.push("dave".to_owned()));
    adopt_by_both(&mut repo, &wider)?;
    repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    // The honest twin: decided again.
    repo.decide(&dave, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_requirement_lowered_in_the_change_that_needs_it_does_not_help_that_change() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add it", |tree| {
        tree.put_skill("payments-run", "1.0.0", "Pay.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/payments-run", "1.0.0")?
        .record();
    let wider = repo.team_policy().successor(&repo.tree()).with(|draft| {
        draft.approvals.pop();
    });
    adopt_with(&mut repo, &wider, &[&alice, &carol], |tree| {
        tree.put_record(&record);
    })?;
    assert_eq!(serial(&repo), 2);
    assert_eq!(repo.state("skill/payments-run"), "draft");
    let checked = repo.check();
    checked
        .finding("unapproved-version")
        .has("subject", "skill/payments-run");
    assert_ne!(checked.verdict(), "pass");
    Ok(())
}

#[test]
fn refuses_a_serial_that_goes_down_or_is_used_again() -> TestResult {
    for serial_after in [4, 5] {
        let mut repo = Repo::team_with(|policy| policy.with(|draft| draft.serial = 5), |_| ());
        let draft = next(&repo).with(|draft| draft.serial = serial_after);
        adopt_by_both(&mut repo, &draft)?;
        misfits(&repo, &["policy-serial"]);
        assert_eq!(serial(&repo), 5);
    }
    Ok(())
}

#[test]
fn a_serial_may_skip_numbers() -> TestResult {
    let mut repo = Repo::team();
    let draft = next(&repo).with(|draft| draft.serial = 40);
    adopt_by_both(&mut repo, &draft)?;
    repo.check().passes();
    assert_eq!(serial(&repo), 40);
    Ok(())
}

#[test]
fn refuses_an_older_valid_policy_brought_back() -> TestResult {
    let mut repo = Repo::team();
    let (first, draft) = (repo.team_policy(), next(&repo));
    adopt_by_both(&mut repo, &draft)?;
    let in_force = policy_digest(&repo);
    adopt_by_both(&mut repo, &first)?;
    misfits(&repo, &["policy-previous", "policy-serial"]);
    assert_eq!((serial(&repo), policy_digest(&repo)), (2, in_force));
    Ok(())
}

#[test]
fn refuses_a_fully_signed_but_abandoned_policy_that_lands_later() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    // Signed while the first policy was in force, then left in a drawer.
    let abandoned = next(&repo)
        .with(|draft| draft.serial = 9)
        .line("unapproved: allow");
    let mut drawer = repo.tree();
    drawer.put_policy(&abandoned);
    let approvals = policy_approvals(&repo, &drawer, 9, &[&alice, &carol]);
    let draft = next(&repo);
    adopt_by_both(&mut repo, &draft)?;
    repo.commit(&alice, "Open the drawer", |tree| {
        tree.put_policy(&abandoned);
        for record in &approvals {
            tree.put_record(record);
        }
    })?;
    misfits(&repo, &["policy-previous"]);
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn refuses_a_previous_that_is_missing_or_another() -> TestResult {
    for previous in [None, Some(Digest::of(b"another"))] {
        let mut repo = Repo::team();
        let draft = next(&repo).with(|draft| draft.previous = previous);
        adopt_by_both(&mut repo, &draft)?;
        misfits(&repo, &["policy-previous"]);
        assert_eq!(serial(&repo), 1);
    }
    Ok(())
}

#[test]
fn a_policy_landed_unapproved_used_by_the_next_landing_and_restored_by_a_third_was_never_in_force()
-> TestResult {
    let mut repo = Repo::team();
    let (alice, dave) = (repo.alice.clone(), Person::new("dave"));
    let (first, before) = (repo.team_policy(), policy_digest(&repo));
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let draft = next(&repo).with(|draft| join_platform(draft, &dave));
    repo.commit(&alice, "Let Dave decide", |tree| tree.put_policy(&draft))?;
    let record = repo
        .draft(DecisionKind::Approve, &dave, "skill/pdf", "1.0.0")?
        .record();
    let landing = repo.land(&dave, &record)?;
    repo.commit(&alice, "Restore the policy", |tree| tree.put_policy(&first))?;
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "skill/pdf",
        action: "approve",
    };
    landed
        .is_refused(&repo, "principal-unknown")
        .without("policy-pending");
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    let in_force = events(&repo)
        .into_iter()
        .filter(|event| event["action"] == "policy-in-force")
        .count();
    assert!(in_force <= 1, "only the anchor's policy was ever in force");
    Ok(())
}

#[test]
fn a_key_file_changed_without_the_policy_changes_no_key() -> TestResult {
    let (honest, thief) = (Gpg::new(), Gpg::new());
    let user = "bob@acme.example";
    honest.signing_key(user);
    thief.signing_key(user);
    let mut repo = waiting_for_bob(&["{openpgp: keys/bob.asc}".to_owned()], |tree| {
        tree.put("keys/bob.asc", honest.export_minimal(user));
    })?;
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Renew a key", |tree| {
        tree.put("keys/bob.asc", thief.export_minimal(user));
    })?;
    misfits(&repo, &["policy-previous", "policy-serial"]);
    assert_eq!(policy_digest(&repo), before);
    let (record, landing) = approve_signed(&mut repo, "asc", |repo, message| {
        thief.sign(user, &at(repo.now()), &[], message)
    })?;
    let landed = Landed {
        record: &record,
        landing,
        by: &repo.bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "key-unknown");
    assert_eq!(repo.state("skill/pdf"), "draft");
    // Bob's own key still counts.
    let mut twin = waiting_for_bob(&["{openpgp: keys/bob.asc}".to_owned()], |tree| {
        tree.put("keys/bob.asc", honest.export_minimal(user));
    })?;
    twin.commit(&alice, "Renew a key", |tree| {
        tree.put("keys/bob.asc", thief.export_minimal(user));
    })?;
    approve_signed(&mut twin, "asc", |repo, message| {
        honest.sign(user, &at(repo.now()), &[], message)
    })?;
    assert_eq!(twin.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_key_file_deleted_without_the_policy_changes_no_key() -> TestResult {
    let gpg = Gpg::new();
    let user = "bob@acme.example";
    gpg.signing_key(user);
    let mut repo = waiting_for_bob(&["{openpgp: keys/bob.asc}".to_owned()], |tree| {
        tree.put("keys/bob.asc", gpg.export_minimal(user));
    })?;
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Remove a key", |tree| {
        tree.remove("keys/bob.asc");
    })?;
    let checked = repo.check();
    checked.assert("fail", &[]);
    assert!(
        checked
            .findings()
            .iter()
            .any(|finding| finding.rule().starts_with("policy-") && finding.severity() == "error"),
        "{checked}"
    );
    assert_eq!(policy_digest(&repo), before);
    approve_signed(&mut repo, "asc", |repo, message| {
        gpg.sign(user, &at(repo.now()), &[], message)
    })?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

const WORKFLOW: &str = ".github/workflows/countersign.yml";

#[test]
fn a_protected_file_changes_only_with_the_policy() -> TestResult {
    let protect = format!("protect: [{WORKFLOW}]");
    let mut repo = Repo::team_with(
        |policy| policy.line(&protect),
        |tree| tree.put(WORKFLOW, "on: pull_request\n"),
    );
    repo.check().passes();
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Skip the check", |tree| {
        tree.put(WORKFLOW, "on: never\n");
    })?;
    misfits(&repo, &["policy-previous", "policy-serial"]);
    assert_eq!(policy_digest(&repo), before);
    // The honest twin: together with the policy and its approvals.
    let draft = repo.team_policy().line(&protect);
    let mut old = repo.tree();
    old.put(WORKFLOW, "on: pull_request\n");
    let draft = draft.successor(&old);
    adopt(&mut repo, &draft, &[&alice, &Person::new("carol")])?;
    repo.check().passes();
    assert_eq!(serial(&repo), 2);
    assert_ne!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn a_mode_changed_on_the_policy_is_a_change_of_the_policy() -> TestResult {
    let mut repo = Repo::team();
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    repo.commit(&alice, "Make it executable", |tree| {
        tree.chmod(POLICY_PATH, countersign::demo::tree::EXECUTABLE);
    })?;
    misfits(
        &repo,
        &["policy-previous", "policy-serial", "policy-irregular"],
    );
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn a_policy_that_comes_into_force_by_its_last_approval_governs_from_the_next_landing_on()
-> TestResult {
    // Text, approvals and later landings are read in one go; what the old policy ignored is
    // governed all the same.
    for later in [0, 1, 2, 5, 100] {
        let ignoring = |policy: PolicyDraft| policy.line("ignore: [\"prompts/**\"]");
        let mut repo = Repo::team_with(ignoring, |_| ());
        let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
        repo.commit(&alice, "Add a prompt", |tree| {
            tree.put("prompts/hello.md", "---\nversion: 1.0.0\n---\n\nHello.\n");
        })?;
        repo.check().passes();
        let next = ignoring(repo.team_policy())
            .successor(&repo.tree())
            .with(|policy| policy.more.clear());
        repo.commit(&alice, "Govern prompts", |tree| tree.put_policy(&next))?;
        for by in [&alice, &carol] {
            repo.decide(by, DecisionKind::Approve, "policy/countersign", "2")?;
        }
        for count in 0..later {
            repo.commit(&alice, "Docs", |tree| {
                tree.put("docs/a.md", format!("{count}"));
            })?;
        }
        repo.check()
            .assert("waiting", &[])
            .finding("unapproved-version")
            .has("subject", "prompt/hello");
        assert_eq!(repo.state("prompt/hello"), "draft", "{later}");
    }
    Ok(())
}

#[test]
fn a_reject_that_its_branch_removes_before_the_merge_still_holds_the_policy() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.with(|draft| draft.policy_changes = 1),
        |_| (),
    );
    let [alice, bob, carol] = repo.people();
    let mallory = Person::new("mallory");
    let draft = repo
        .team_policy()
        .with(|draft| draft.policy_changes = 1)
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&bob, "Propose", |tree| tree.put_policy(&draft))?;
    repo.branch("no")?;
    let reject = repo.decide(&carol, DecisionKind::Reject, POLICY, "2")?;
    repo.commit(&mallory, "Tidy up", |tree| {
        for (path, _) in &reject.signatures {
            tree.remove(path);
        }
        tree.remove(&reject.path);
        tree.put("docs/note.md", "Tidy.\n");
    })?;
    repo.switch("main")?;
    repo.merge("no", Method::Merge, &mallory)?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    repo.check()
        .finding("decision-dropped")
        .is("error")
        .by("carol");
    // Carol may still change their mind.
    let approve = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .answers(&[&reject])
        .record();
    repo.land(&carol, &approve)?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}
