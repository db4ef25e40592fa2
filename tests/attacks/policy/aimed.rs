//! Records aimed at the policy: only approve and reject exist for it, and only administrators make
//! them.

use countersign::demo::{Person, PolicyDraft};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::adoption::{POLICY, adopt_by_both};
use countersign_testkit::views::{Landed, policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// The second policy in force.
fn second_in_force() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 2);
    Ok(repo)
}

/// Asserts that a record of `kind` at the policy, by an administrator, is an error and changes
/// nothing.
#[track_caller]
fn has_no_effect(
    kind: DecisionKind,
    version: &str,
    change: impl FnOnce(&mut countersign::model::decision_input::DecisionInput),
) -> TestResult {
    let mut repo = second_in_force()?;
    let (carol, before) = (repo.carol.clone(), policy_digest(&repo));
    let digest = (version != "all").then(|| repo.tree().policy_digest());
    let record = repo
        .draft_for(kind, &carol, POLICY, version, digest)
        .with(change)
        .record();
    let landing = repo.land(&carol, &record)?;
    let checked = repo.check();
    checked.assert("fail", &["record-invalid"]);
    checked
        .finding_at("record-invalid", &record.path)
        .is("error")
        .has("commit", &landing.to_string());
    assert_eq!((serial(&repo), policy_digest(&repo)), (2, before));
    Ok(())
}

#[test]
fn a_rollback_aimed_at_the_policy_has_no_effect() -> TestResult {
    has_no_effect(DecisionKind::Rollback, "2", |input| {
        input.to = Some("1".to_owned());
    })
}

#[test]
fn a_block_aimed_at_the_policy_has_no_effect() -> TestResult {
    has_no_effect(DecisionKind::Block, "2", |_| ())?;
    has_no_effect(DecisionKind::Block, "all", |_| ())
}

#[test]
fn revoke_deprecate_archive_and_unblock_aimed_at_the_policy_have_no_effect() -> TestResult {
    for kind in [
        DecisionKind::Revoke,
        DecisionKind::Deprecate,
        DecisionKind::Archive,
        DecisionKind::Unblock,
    ] {
        has_no_effect(kind, "2", |_| ())?;
    }
    Ok(())
}

#[test]
fn a_batch_that_blocks_the_policy_and_a_skill_has_no_effect_on_the_policy() -> TestResult {
    let mut repo = second_in_force()?;
    repo.approved_skill("pdf", "1.0.0")?;
    let (carol, before) = (repo.carol.clone(), policy_digest(&repo));
    let digest = repo.tree().policy_digest();
    let draft = repo.draft_for(DecisionKind::Block, &carol, POLICY, "2", Some(digest));
    let record = draft
        .batch(&[(POLICY, "2", Some(digest)), ("skill/pdf", "all", None)])
        .record();
    repo.land(&carol, &record)?;
    repo.check()
        .assert("fail", &["record-invalid"])
        .finding_at("record-invalid", &record.path)
        .is("error");
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn a_reject_of_the_policy_in_force_has_no_effect() -> TestResult {
    let mut repo = second_in_force()?;
    let carol = repo.carol.clone();
    let record = repo
        .draft(DecisionKind::Reject, &carol, POLICY, "2")?
        .record();
    let landing = repo.land(&carol, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &carol,
        subject: POLICY,
        action: "reject",
    };
    landed.is_without_effect(&repo, "decision-without-effect");
    assert_eq!(serial(&repo), 2);
    Ok(())
}

/// A change that is approved by no one yet.
fn proposed(
    change: impl Fn(PolicyDraft) -> PolicyDraft,
) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(&change, |_| ());
    let draft = change(repo.team_policy())
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let alice = repo.alice.clone();
    repo.commit(&alice, "Propose a policy", |tree| tree.put_policy(&draft))?;
    Ok(repo)
}

#[test]
fn an_owners_records_aimed_at_the_policy_have_no_effect() -> TestResult {
    for (kind, action) in [
        (DecisionKind::Approve, "approve"),
        (DecisionKind::Reject, "reject"),
    ] {
        let mut repo = proposed(|policy| policy)?;
        let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
        let record = repo.draft(kind, &bob, POLICY, "2")?.record();
        let landing = repo.land(&bob, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &bob,
            subject: POLICY,
            action,
        };
        landed.is_without_effect(&repo, "not-authorized");
        assert_eq!(serial(&repo), 1);
        // Neither helps nor hinders the administrators.
        for by in [&alice, &carol] {
            repo.decide(by, DecisionKind::Approve, POLICY, "2")?;
        }
        assert_eq!(serial(&repo), 2);
    }
    Ok(())
}

#[test]
fn an_operators_records_aimed_at_the_policy_have_no_effect() -> TestResult {
    let olga = Person::new("olga");
    let operators = |policy: PolicyDraft| {
        policy.person(&Person::new("olga")).with(|draft| {
            draft
                .roles
                .push("operators: [{members: [olga], subjects: [\"**\"]}]".to_owned());
        })
    };
    for (kind, action) in [
        (DecisionKind::Approve, "approve"),
        (DecisionKind::Reject, "reject"),
    ] {
        let mut repo = proposed(operators)?;
        let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
        let record = repo.draft(kind, &olga, POLICY, "2")?.record();
        let landing = repo.land(&olga, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &olga,
            subject: POLICY,
            action,
        };
        landed.is_without_effect(&repo, "not-authorized");
        for by in [&alice, &carol] {
            repo.decide(by, DecisionKind::Approve, POLICY, "2")?;
        }
        assert_eq!(serial(&repo), 2);
    }
    Ok(())
}

#[test]
fn a_policy_cannot_be_governed_as_a_package_of_its_own_repository() {
    // An entry that matches the policy would let owners decide about it.
    let repo = Repo::team_with(
        |policy| {
            policy.with(|draft| {
                draft
                    .entries
                    .push("{kind: setup, path: \"countersign.yaml\", owners: [bob]}".to_owned());
            })
        },
        |_| (),
    );
    assert_ne!(repo.check().verdict(), "pass");
}

#[test]
fn a_record_about_another_policy_than_countersign_is_an_error() -> TestResult {
    let mut repo = second_in_force()?;
    let carol = repo.carol.clone();
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &carol,
            "policy/another",
            "3",
            Some(Digest::of(b"")),
        )
        .record();
    repo.land(&carol, &record)?;
    let checked = repo.check();
    assert!(
        checked
            .findings()
            .iter()
            .any(|finding| finding.text("path") == Some(&record.path)),
        "{checked}"
    );
    assert_eq!(serial(&repo), 2);
    Ok(())
}
