//! Decisions in someone else's name, and keys that the policy did not list in time.

use countersign::demo::policy::{PrincipalDraft, ssh_key};
use countersign::demo::{DecisionDraft, Person, PolicyDraft, Record};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// Lands Bob's approval of `pdf` with its draft changed; Alice commits it.
fn landed(
    repo: &mut Repo,
    change: impl FnOnce(DecisionDraft) -> DecisionDraft,
) -> Result<Record, Box<dyn std::error::Error>> {
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = change(repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?).record();
    repo.land(&alice, &record)?;
    Ok(record)
}

#[track_caller]
fn is_refused(repo: &Repo, record: &Record, rule: &str, who: &str) {
    let checked = repo.check();
    checked.assert("fail", &["unapproved-version"]);
    checked
        .finding_at(rule, &record.path)
        .is("error")
        .has("commit", &repo.head().to_string())
        .by(who);
    assert_eq!(repo.state("skill/pdf"), "draft");
    assert_eq!(repo.refusal("approve", who).as_deref(), Some(rule));
}

#[test]
fn an_approval_in_bobs_name_signed_by_carol_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    let record = landed(&mut repo, |draft| draft.signed_by(&carol))?;
    is_refused(&repo, &record, "key-mismatch", "bob");
    Ok(())
}

#[test]
fn an_approval_in_bobs_name_signed_by_a_stranger_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let record = landed(&mut repo, |draft| draft.signed_by(&Person::new("mallory")))?;
    is_refused(&repo, &record, "key-unknown", "bob");
    Ok(())
}

#[test]
fn an_unsigned_approval_in_bobs_name_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let record = landed(&mut repo, DecisionDraft::unsigned)?;
    is_refused(&repo, &record, "evidence-missing", "bob");
    Ok(())
}

#[test]
fn an_approval_committed_in_bobs_name_and_unsigned_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    repo.land(&bob, &record)?;
    is_refused(&repo, &record, "evidence-missing", "bob");
    Ok(())
}

#[test]
fn an_approval_by_someone_not_in_the_policy_is_refused() -> TestResult {
    let mut repo = Repo::team();
    let mallory = Person::new("mallory");
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo.approve(&mallory, "pdf", "1.0.0")?;
    is_refused(&repo, &record, "principal-unknown", "mallory");
    Ok(())
}

#[test]
fn an_approval_by_a_team_or_a_reserved_word_is_refused() -> TestResult {
    for name in ["data-platform", "owners", "administrators"] {
        let mut repo = Repo::team();
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .with(|input| name.clone_into(&mut input.principal))
            .record();
        repo.land(&bob, &record)?;
        let checked = repo.check();
        checked.assert("fail", &["unapproved-version"]);
        assert!(
            checked
                .findings()
                .iter()
                .any(|one| one.severity() == "error" && one.text("path") == Some(&record.path)),
            "{checked}"
        );
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}

#[test]
fn an_approval_by_a_machine_is_refused() -> TestResult {
    let machine = Person::new("ci-recorder");
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                let mut principal = PrincipalDraft::of(&machine);
                principal.more.push("kind: machine".to_owned());
                policy.principals.push(principal);
                policy.administrators.push("ci-recorder".to_owned());
            })
        },
        |_| (),
    );
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo.approve(&machine, "pdf", "1.0.0")?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked
        .finding_at("machine-principal", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_by_someone_the_rule_does_not_name_has_no_effect() -> TestResult {
    let dave = Person::new("dave");
    let mut repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo.approve(&dave, "pdf", "1.0.0")?;
    let checked = repo.check();
    checked
        .assert("waiting", &["unapproved-version"])
        .finding_at("not-authorized", &record.path)
        .is("warning")
        .by("dave");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("draft".to_owned(), Vec::new())
    );
    Ok(())
}

#[test]
fn a_block_or_revocation_by_someone_without_a_role_has_no_effect() -> TestResult {
    for kind in [
        DecisionKind::Block,
        DecisionKind::Revoke,
        DecisionKind::Deprecate,
        DecisionKind::Archive,
    ] {
        let dave = Person::new("dave");
        let mut repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
        repo.granted_skill("pdf", "1.0.0")?;
        let record = repo.decide(&dave, kind, "skill/pdf", "1.0.0")?;
        repo.check()
            .assert("pass", &[])
            .finding_at("not-authorized", &record.path)
            .is("warning")
            .by("dave");
        assert_eq!(repo.state("skill/pdf"), "approved", "{kind}");
        assert_eq!(
            repo.refusal(kind.as_str(), "dave").as_deref(),
            Some("not-authorized")
        );
    }
    Ok(())
}

/// Bob's approval with his second key, which the policy in force does not list, and the policy that
/// will.
fn second_key() -> Result<(Repo, PolicyDraft, Person, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let policy = repo.team_policy();
    let second = repo.bob.clone().with_key_of("bob's second");
    let record = landed(&mut repo, |draft| draft.signed_by(&second))?;
    is_refused(&repo, &record, "key-unknown", "bob");
    Ok((repo, policy, second, record))
}

#[test]
fn a_record_signed_by_a_key_that_only_a_later_policy_lists_stays_refused() -> TestResult {
    let (mut repo, policy, second, record) = second_key()?;
    repo.change_policy(&policy, |policy| {
        policy.principal("bob").keys.push(ssh_key(&second));
    })?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("key-unknown", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_record_refused_once_stays_refused_when_it_is_removed_and_landed_again_under_the_later_policy()
-> TestResult {
    let (mut repo, policy, second, record) = second_key()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Take it away", |tree| {
        tree.remove(&record.path);
        tree.remove(&record.signatures[0].0);
    })?;
    repo.change_policy(&policy, |policy| {
        policy.principal("bob").keys.push(ssh_key(&second));
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .without("key-unknown");
    repo.land(&alice, &record)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("key-unknown", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_refused_record_cannot_be_rescued_by_a_better_signature_later() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let record = landed(&mut repo, DecisionDraft::unsigned)?;
    let mut signed = record.clone();
    signed.signatures.push((
        format!("{}.sig", record.path),
        bob.sign("countersign", &record.bytes).into_bytes(),
    ));
    repo.land(&alice, &signed)?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("evidence-missing", &record.path)
        .is("error");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_new_record_with_the_key_of_the_later_policy_counts() -> TestResult {
    let (mut repo, policy, second, record) = second_key()?;
    repo.change_policy(&policy, |policy| {
        policy.principal("bob").keys.push(ssh_key(&second));
    })?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Take the refused one away", |tree| {
        tree.remove(&record.path);
        tree.remove(&record.signatures[0].0);
    })?;
    repo.approve(&second, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_key_in_the_policy_that_is_pending_counts_for_nothing() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let second = repo.bob.clone().with_key_of("bob's second");
    let mut next = repo.team_policy().successor(&repo.tree());
    next.principal("bob").keys.push(ssh_key(&second));
    repo.commit(&alice, "Propose a key", |tree| tree.put_policy(&next))?;
    let record = landed(&mut repo, |draft| draft.signed_by(&second))?;
    repo.check()
        .assert("fail", &["policy-pending", "unapproved-version"])
        .finding_at("key-unknown", &record.path);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}
