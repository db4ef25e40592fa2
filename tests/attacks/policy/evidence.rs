//! What an approval of the policy must be: a detached signature, over this policy, for this
//! repository.

use countersign::demo::{PolicyDraft, Record};
use countersign::model::decision_input::ReviewInput;
use countersign::model::{DecisionKind, Digest, ObjectId};

use countersign_testkit::adoption::{POLICY, policy_approvals};
use countersign_testkit::views::{Landed, serial};
use countersign_testkit::{Checked, Repo, TestResult};

/// A change that Alice wrote and approved, so that only Carol's approval is missing.
fn waiting_for_carol() -> Result<Repo, Box<dyn std::error::Error>> {
    waiting_under(|policy| policy)
}

fn waiting_under(
    change: impl Fn(PolicyDraft) -> PolicyDraft,
) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(&change, |_| ());
    let draft = change(repo.team_policy())
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let alice = repo.alice.clone();
    repo.commit(&alice, "Propose a policy", |tree| tree.put_policy(&draft))?;
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    repo.check().assert("waiting", &["policy-pending"]);
    Ok(repo)
}

#[track_caller]
fn is_refused(repo: &Repo, record: &Record, landing: ObjectId, rule: &str) -> Checked {
    assert_eq!(serial(repo), 1);
    Landed {
        record,
        landing,
        by: &repo.carol,
        subject: POLICY,
        action: "approve",
    }
    .is_refused(repo, rule)
}

#[test]
fn a_detached_signature_completes_the_requirement() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let carol = repo.carol.clone();
    repo.decide(&carol, DecisionKind::Approve, POLICY, "2")?;
    repo.check().passes();
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_signed_commit_is_not_evidence_for_the_policy() -> TestResult {
    let mut repo = waiting_under(|policy| {
        policy.line("merge_methods: [merge]").with(|draft| {
            for rule in &mut draft.approvals {
                *rule = rule.replace("accept: [signature]", "accept: [signature, commit]");
            }
            draft.approvals[0] =
                "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature, commit]}".to_owned();
        })
    })?;
    let carol = repo.carol.clone();
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .unsigned()
        .record();
    let landing = repo.land(carol.signed(), &record)?;
    is_refused(&repo, &record, landing, "commit-evidence-refused");
    Ok(())
}

#[test]
fn a_review_is_not_evidence_for_the_policy() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let carol = repo.carol.clone();
    let head = repo.head();
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .with(|input| {
            input.recorded_by = Some("alice".to_owned());
            input.review = Some(ReviewInput {
                forge: "github.com".to_owned(),
                repository: "acme/agent-skills".to_owned(),
                pull: 1,
                review_id: 1,
                user_id: 1,
                state: "APPROVED".to_owned(),
                head: head.to_string(),
                head_digest: Digest::of(b"").to_string(),
                submitted: input.time.clone(),
                head_events: Vec::new(),
            });
        })
        .record();
    repo.land(&carol, &record)?;
    let checked = repo.check();
    checked.assert("fail", &[]);
    let found: Vec<_> = checked
        .findings()
        .into_iter()
        .filter(|finding| finding.text("path") == Some(&record.path))
        .collect();
    assert!(
        found.iter().any(|finding| finding.severity() == "error"),
        "{checked}"
    );
    assert_eq!(serial(&repo), 1);
    Ok(())
}

#[test]
fn an_unsigned_approval_does_not_count() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let carol = repo.carol.clone();
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .unsigned()
        .record();
    let landing = repo.land(&carol, &record)?;
    is_refused(&repo, &record, landing, "evidence-missing");
    Ok(())
}

#[test]
fn an_approval_signed_by_the_other_administrator_does_not_count() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .signed_by(&alice)
        .record();
    let landing = repo.land(&alice, &record)?;
    is_refused(&repo, &record, landing, "key-mismatch");
    Ok(())
}

#[test]
fn an_approval_for_another_repository_does_not_count() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let carol = repo.carol.clone();
    let elsewhere = |input: &mut countersign::model::decision_input::DecisionInput| {
        input.repository = "github.com/acme/other".to_owned();
    };
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .with(elsewhere)
        .record();
    let landing = repo.land(&carol, &record)?;
    is_refused(&repo, &record, landing, "wrong-repository");
    Ok(())
}

#[test]
fn an_approval_that_names_another_serial_does_not_count() -> TestResult {
    for serial_written in ["1", "3"] {
        let mut repo = waiting_for_carol()?;
        let carol = repo.carol.clone();
        let digest = repo.tree().policy_digest();
        let record = repo
            .draft_for(
                DecisionKind::Approve,
                &carol,
                POLICY,
                serial_written,
                Some(digest),
            )
            .record();
        repo.land(&carol, &record)?;
        assert_eq!(
            serial(&repo),
            1,
            "the approval is of serial {serial_written}"
        );
        assert_ne!(repo.check().verdict(), "pass");
    }
    Ok(())
}

#[test]
fn an_approval_of_other_bytes_does_not_count() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.decide(&carol, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 2);
    // The same, but one byte changes before Carol's approval lands.
    let mut repo = waiting_for_carol()?;
    let record = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .record();
    repo.commit(&alice, "One more byte", |tree| {
        tree.edit("countersign.yaml", |text| text + "#\n");
    })?;
    repo.land(&carol, &record)?;
    assert_eq!(serial(&repo), 1);
    repo.check().assert("waiting", &["policy-pending"]);
    Ok(())
}

#[test]
fn two_records_of_one_administrator_count_once() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let alice = repo.alice.clone();
    repo.decide(&alice, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    repo.check().assert("waiting", &["policy-pending"]);
    Ok(())
}

#[test]
fn two_keys_of_one_administrator_count_once() -> TestResult {
    let second = |repo: &Repo| repo.alice.clone().with_key_of("alice at home");
    let mut repo = waiting_under(|policy| {
        let alice = countersign::demo::Person::new("alice");
        let keys = [&alice, &alice.clone().with_key_of("alice at home")]
            .map(countersign::demo::policy::ssh_key);
        policy.with(|draft| draft.principal("alice").keys = keys.to_vec())
    })?;
    let second = second(&repo);
    repo.decide(&second, DecisionKind::Approve, POLICY, "2")?;
    assert_eq!(serial(&repo), 1);
    repo.check().assert("waiting", &["policy-pending"]);
    Ok(())
}

#[test]
fn a_person_who_administers_nothing_cannot_approve_a_policy() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let bob = repo.bob.clone();
    let record = repo
        .draft(DecisionKind::Approve, &bob, POLICY, "2")?
        .record();
    let landing = repo.land(&bob, &record)?;
    Landed {
        record: &record,
        landing,
        by: &bob,
        subject: POLICY,
        action: "approve",
    }
    .is_without_effect(&repo, "not-authorized");
    assert_eq!(serial(&repo), 1);
    Ok(())
}

#[test]
fn a_machine_approves_no_policy() -> TestResult {
    use countersign::demo::policy::PrincipalDraft;
    let robot = countersign::demo::Person::new("robot");
    let with_robot = |policy: PolicyDraft| {
        policy.with(|draft| {
            let mut principal = PrincipalDraft::of(&countersign::demo::Person::new("robot"));
            principal.more.push("kind: machine".to_owned());
            draft.principals.push(principal);
        })
    };
    let mut repo = waiting_under(with_robot)?;
    let record = repo
        .draft(DecisionKind::Approve, &robot, POLICY, "2")?
        .record();
    let landing = repo.land(&robot, &record)?;
    Landed {
        record: &record,
        landing,
        by: &robot,
        subject: POLICY,
        action: "approve",
    }
    .is_refused(&repo, "machine-principal");
    assert_eq!(serial(&repo), 1);
    Ok(())
}

#[test]
fn a_reject_by_one_administrator_holds_the_policy_until_they_answer_it() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
    let reject = repo.decide(&carol, DecisionKind::Reject, POLICY, "2")?;
    let digest = repo.tree().policy_digest();
    let silent = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .record();
    let landing = repo.land(&carol, &silent)?;
    Landed {
        record: &silent,
        landing,
        by: &carol,
        subject: POLICY,
        action: "approve",
    }
    .is_without_effect(&repo, "unanswered");
    assert_eq!(serial(&repo), 1);
    // No one else answers for her.
    let others = repo
        .draft_for(DecisionKind::Approve, &bob, POLICY, "2", Some(digest))
        .answers(&[&reject])
        .record();
    repo.land(&bob, &others)?;
    assert_eq!(serial(&repo), 1);
    let answer = repo
        .draft_for(DecisionKind::Approve, &carol, POLICY, "2", Some(digest))
        .answers(&[&reject])
        .record();
    repo.land(&carol, &answer)?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_reject_in_the_same_landing_wins() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let carol = repo.carol.clone();
    let approve = repo
        .draft(DecisionKind::Approve, &carol, POLICY, "2")?
        .record();
    let reject = repo
        .draft(DecisionKind::Reject, &carol, POLICY, "2")?
        .record();
    repo.commit(&carol, "Yes and no", |tree| {
        tree.put_record(&approve);
        tree.put_record(&reject);
    })?;
    assert_eq!(serial(&repo), 1);
    assert_ne!(repo.check().verdict(), "pass");
    Ok(())
}

#[test]
fn an_approval_of_a_policy_does_not_approve_its_successor() -> TestResult {
    let mut repo = waiting_for_carol()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.decide(&carol, DecisionKind::Approve, POLICY, "2")?;
    let third = repo
        .team_policy()
        .with(|draft| draft.serial = 2)
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Propose another", |tree| tree.put_policy(&third))?;
    assert_eq!(serial(&repo), 2);
    repo.check().assert("waiting", &["policy-pending"]);
    for record in policy_approvals(&repo, &repo.tree(), 3, &[&alice, &carol]) {
        repo.land(&alice, &record)?;
    }
    assert_eq!(serial(&repo), 3);
    Ok(())
}
