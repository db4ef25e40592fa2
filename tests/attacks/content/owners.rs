//! A document that names another owner than the policy.

use countersign::demo::documents::{agent_text, contract_text};
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// An agent that uses nothing.
fn agent(owner: &str) -> String {
    agent_text("1.0.0", owner, &[]).replace("uses:\n", "")
}

#[test]
fn refuses_an_agent_that_names_another_owner() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add an agent", |tree| {
        tree.put("agents/triage.yaml", agent("security"));
    })?;
    repo.decide(&bob, DecisionKind::Approve, "agent/triage", "1.0.0")?;
    let checked = repo.check();
    checked
        .assert("fail", &["document-owner"])
        .finding_at("document-owner", "agents/triage.yaml")
        .is("error")
        .line(3);
    assert_eq!(checked.code(), 1);
    Ok(())
}

#[test]
fn refuses_an_agent_that_names_a_person_of_the_policy_who_is_not_its_owner_in_any_spelling()
-> TestResult {
    for owner in [
        "carol",
        "CAROL",
        "\"@security\"",
        "\"@acme/security\"",
        "carol@acme.example",
        "administrators",
    ] {
        let mut repo = Repo::team();
        let alice = repo.alice.clone();
        repo.commit(&alice, "Add an agent", |tree| {
            tree.put("agents/triage.yaml", agent(owner));
        })?;
        repo.check()
            .assert("fail", &["document-owner"])
            .finding_at("document-owner", "agents/triage.yaml")
            .is("error");
    }
    Ok(())
}

#[test]
fn an_owner_that_is_not_a_name_of_the_policy_is_another_vocabulary_and_gives_no_one_a_vote()
-> TestResult {
    let mut repo = Repo::team();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.commit(&alice, "Add an agent", |tree| {
        tree.put("agents/triage.yaml", agent("Customer Support"));
    })?;
    let checked = repo.check();
    checked
        .assert("waiting", &["unapproved-version"])
        .finding_at("document-owner", "agents/triage.yaml")
        .is("warning")
        .line(3);
    repo.decide(&bob, DecisionKind::Approve, "agent/triage", "1.0.0")?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_document_that_names_another_owner_gives_that_owner_no_vote() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.approvals =
                    vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners]}]}".to_owned()];
            })
        },
        |_| (),
    );
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.commit(&alice, "Add an agent", |tree| {
        tree.put("agents/triage.yaml", agent("security"));
    })?;
    repo.decide(&carol, DecisionKind::Approve, "agent/triage", "1.0.0")?;
    repo.check()
        .assert("fail", &["document-owner", "unapproved-version"]);
    assert_eq!(repo.state("agent/triage"), "draft");
    Ok(())
}

#[test]
fn refuses_a_contract_whose_people_the_policy_does_not_know() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a contract", |tree| {
        tree.put(
            "contracts/refund.yaml",
            contract_text("1.0.0", "refund", "data-platform", "mallory"),
        );
    })?;
    repo.check()
        .assert("fail", &["contract-role"])
        .finding_at("contract-role", "contracts/refund.yaml")
        .is("error");
    Ok(())
}

#[test]
fn documents_that_agree_with_the_policy_pass() -> TestResult {
    let mut repo = Repo::team();
    let (alice, bob, carol) = (repo.alice.clone(), repo.bob.clone(), repo.carol.clone());
    repo.commit(&alice, "Add both", |tree| {
        tree.put("agents/triage.yaml", agent("data-platform"));
        tree.put(
            "contracts/refund.yaml",
            contract_text("1.0.0", "refund", "data-platform", "security"),
        );
    })?;
    repo.decide(&bob, DecisionKind::Approve, "agent/triage", "1.0.0")?;
    repo.decide(&bob, DecisionKind::Approve, "contract/refund", "1.0.0")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("unapproved-version")
        .has("subject", "contract/refund");
    repo.decide(&carol, DecisionKind::Approve, "contract/refund", "1.0.0")?;
    repo.check().passes();
    Ok(())
}
