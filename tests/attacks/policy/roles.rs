//! Who may: raising those whom `from` names; lowering owners, operators in their scope,
//! administrators. Everyone else's records do nothing.

use countersign::demo::policy::PrincipalDraft;
use countersign::demo::{Person, PolicyDraft};
use countersign::model::DecisionKind;

use countersign_testkit::views::Landed;
use countersign_testkit::{Repo, TestResult};

const LOWERING: [(DecisionKind, &str, &str); 4] = [
    (DecisionKind::Block, "block", "blocked"),
    (DecisionKind::Revoke, "revoke", "revoked"),
    (DecisionKind::Deprecate, "deprecate", "deprecated"),
    (DecisionKind::Archive, "archive", "archived"),
];

/// Olga operates the Skills `pdf*`, Dave is a person of no role, Vera views, and Rob is a machine
/// that records.
fn staffed(policy: PolicyDraft) -> PolicyDraft {
    let people = ["olga", "dave", "vera"].map(Person::new);
    let policy = people.iter().fold(policy, PolicyDraft::person);
    policy.with(|draft| {
        let mut rob = PrincipalDraft::of(&Person::new("rob"));
        rob.more.push("kind: machine".to_owned());
        draft.principals.push(rob);
        draft
            .roles
            .push("operators: [{members: [olga], subjects: [\"skill/pdf*\"]}]".to_owned());
        draft
            .roles
            .push("recorders: [{principal: rob, subjects: [\"*/*\"]}]".to_owned());
        draft.roles.push("viewers: [vera]".to_owned());
        "{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}"
            .clone_into(&mut draft.approvals[0]);
    })
}

/// `skill/<name>` 1.0.0, approved by Bob.
fn approved(name: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(staffed, |_| ());
    repo.approved_skill(name, "1.0.0")?;
    assert_eq!(repo.state(&format!("skill/{name}")), "approved");
    Ok(repo)
}

#[test]
fn owners_operators_and_administrators_lower() -> TestResult {
    for by in ["bob", "olga", "carol"].map(Person::new) {
        for (kind, action, state) in LOWERING {
            let mut repo = approved("pdf")?;
            let record = repo.draft(kind, &by, "skill/pdf", "1.0.0")?.record();
            let landing = repo.land(&by, &record)?;
            Landed {
                record: &record,
                landing,
                by: &by,
                subject: "skill/pdf",
                action,
            }
            .is_accepted(&repo);
            assert_eq!(repo.state("skill/pdf"), state, "by {}", by.name);
        }
    }
    Ok(())
}

#[test]
fn an_operator_lowers_nothing_outside_their_scope() -> TestResult {
    let olga = Person::new("olga");
    for (kind, action, _) in LOWERING {
        let mut repo = approved("docx")?;
        let record = repo.draft(kind, &olga, "skill/docx", "1.0.0")?.record();
        let landing = repo.land(&olga, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &olga,
            subject: "skill/docx",
            action,
        };
        landed.is_without_effect(&repo, "not-authorized");
        assert_eq!(repo.state("skill/docx"), "approved");
    }
    Ok(())
}

#[test]
fn people_of_no_role_and_viewers_lower_nothing() -> TestResult {
    for by in ["dave", "vera"].map(Person::new) {
        for (kind, action, _) in LOWERING {
            let mut repo = approved("pdf")?;
            let record = repo.draft(kind, &by, "skill/pdf", "1.0.0")?.record();
            let landing = repo.land(&by, &record)?;
            let landed = Landed {
                record: &record,
                landing,
                by: &by,
                subject: "skill/pdf",
                action,
            };
            landed.is_without_effect(&repo, "not-authorized");
            assert_eq!(repo.state("skill/pdf"), "approved", "by {}", by.name);
        }
    }
    Ok(())
}

#[test]
fn people_of_no_role_reject_nothing() -> TestResult {
    let mut repo = Repo::team_with(staffed, |_| ());
    let (alice, bob, dave) = (repo.alice.clone(), repo.bob.clone(), Person::new("dave"));
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Reject, &dave, "skill/pdf", "1.0.0")?
        .record();
    let landing = repo.land(&dave, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "skill/pdf",
        action: "reject",
    };
    landed.is_without_effect(&repo, "not-authorized");
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn people_without_a_role_cannot_roll_back() -> TestResult {
    let mut repo = approved("pdf")?;
    let (alice, bob, dave) = (repo.alice.clone(), repo.bob.clone(), Person::new("dave"));
    repo.commit(&alice, "Add pdf 2.0.0", |tree| {
        tree.put_skill("pdf", "2.0.0", "Do it better.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "2.0.0")?;
    let record = repo
        .draft(DecisionKind::Rollback, &dave, "skill/pdf", "2.0.0")?
        .to("1.0.0")
        .record();
    let landing = repo.land(&dave, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &dave,
        subject: "skill/pdf",
        action: "rollback",
    };
    landed.is_without_effect(&repo, "not-authorized");
    assert_eq!(repo.current("skill/pdf"), "2.0.0");
    // Olga, whose scope covers it, does.
    let olga = Person::new("olga");
    let record = repo
        .draft(DecisionKind::Rollback, &olga, "skill/pdf", "2.0.0")?
        .to("1.0.0")
        .record();
    repo.land(&olga, &record)?;
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    Ok(())
}

#[test]
fn only_people_named_in_from_can_approve() -> TestResult {
    // Carol administrates and Olga operates, but the rule asks for owners.
    for by in ["carol", "olga", "dave", "vera"].map(Person::new) {
        let mut repo = Repo::team_with(staffed, |_| ());
        let alice = repo.alice.clone();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let record = repo
            .draft(DecisionKind::Approve, &by, "skill/pdf", "1.0.0")?
            .record();
        let landing = repo.land(&by, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &by,
            subject: "skill/pdf",
            action: "approve",
        };
        landed.is_without_effect(&repo, "not-authorized");
        assert_eq!(repo.state("skill/pdf"), "draft", "by {}", by.name);
    }
    Ok(())
}

#[test]
fn only_people_named_in_from_can_unblock() -> TestResult {
    for by in ["carol", "olga", "dave"].map(Person::new) {
        let mut repo = approved("pdf")?;
        let (bob, carol) = (repo.bob.clone(), repo.carol.clone());
        let block = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
        let record = repo
            .draft(DecisionKind::Unblock, &by, "skill/pdf", "1.0.0")?
            .answers(&[&block])
            .record();
        let landing = repo.land(&by, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &by,
            subject: "skill/pdf",
            action: "unblock",
        };
        landed.is_without_effect(&repo, "not-authorized");
        assert_eq!(repo.state("skill/pdf"), "blocked", "by {}", by.name);
        let honest = repo
            .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
            .answers(&[&block])
            .record();
        repo.land(&bob, &honest)?;
        assert_eq!(repo.state("skill/pdf"), "approved");
    }
    Ok(())
}

#[test]
fn a_machine_neither_approves_nor_blocks() -> TestResult {
    let rob = Person::new("rob");
    for (kind, action, before) in [
        (DecisionKind::Approve, "approve", "draft"),
        (DecisionKind::Block, "block", "draft"),
    ] {
        let mut repo = Repo::team_with(staffed, |_| ());
        let alice = repo.alice.clone();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let record = repo.draft(kind, &rob, "skill/pdf", "1.0.0")?.record();
        let landing = repo.land(&rob, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &rob,
            subject: "skill/pdf",
            action,
        };
        landed.is_refused(&repo, "machine-principal");
        assert_eq!(repo.state("skill/pdf"), before);
    }
    Ok(())
}

#[test]
fn a_stranger_decides_nothing() -> TestResult {
    let mallory = Person::new("mallory");
    for (kind, action) in [
        (DecisionKind::Approve, "approve"),
        (DecisionKind::Block, "block"),
    ] {
        let mut repo = Repo::team_with(staffed, |_| ());
        let alice = repo.alice.clone();
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let record = repo.draft(kind, &mallory, "skill/pdf", "1.0.0")?.record();
        let landing = repo.land(&mallory, &record)?;
        let landed = Landed {
            record: &record,
            landing,
            by: &mallory,
            subject: "skill/pdf",
            action,
        };
        landed.is_refused(&repo, "principal-unknown");
        assert_eq!(repo.state("skill/pdf"), "draft");
    }
    Ok(())
}

#[test]
fn a_recorders_review_of_an_unknown_account_is_not_verified() -> TestResult {
    use countersign::model::Digest;
    use countersign::model::decision_input::ReviewInput;
    let mut repo = Repo::team_with(staffed, |_| ());
    let (alice, bob, rob) = (repo.alice.clone(), repo.bob.clone(), Person::new("rob"));
    let head = repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .with(|input| {
            input.recorded_by = Some("rob".to_owned());
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
        .signed_by(&rob)
        .record();
    let landing = repo.land(&rob, &record)?;
    let landed = Landed {
        record: &record,
        landing,
        by: &bob,
        subject: "skill/pdf",
        action: "approve",
    };
    landed.is_refused(&repo, "review-unverified");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}
