//! The same approved change gives the same state however it lands.

use countersign::demo::Method;
use countersign::model::DecisionKind;
use serde_json::Value;

use countersign_testkit::{Repo, TestResult};

/// What must not depend on the way of landing.
fn essence(repo: &Repo, subject: &str) -> Value {
    let subject = repo.subject(subject);
    let keys = [
        "subject",
        "path",
        "present",
        "version",
        "digest",
        "state",
        "current",
        "owners",
        "risk",
        "requirements",
        "rejected_by",
        "expires",
    ];
    keys.iter()
        .map(|key| ((*key).to_owned(), subject[*key].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A branch with a Skill by Alice and its approval by Bob.
fn proposed(name: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.granted_skill("other", "1.0.0")?;
    propose(&mut repo, name)?;
    Ok(repo)
}

fn propose(repo: &mut Repo, name: &str) -> TestResult {
    let bob = repo.bob.clone();
    repo.branch(&format!("add-{name}"))?;
    repo.drafted_skill(name, "1.0.0")?;
    repo.approve(&bob, name, "1.0.0")?;
    repo.switch("main")?;
    Ok(())
}

#[test]
fn the_same_approved_change_has_the_same_state_by_merge_commit_squash_rebase_and_fast_forward()
-> TestResult {
    let mut states = Vec::new();
    for method in Method::HONEST {
        let mut repo = proposed("pdf")?;
        let alice = repo.alice.clone();
        repo.merge("add-pdf", method, &alice)?;
        repo.check().passes();
        assert_eq!(repo.state("skill/pdf"), "approved", "{method:?}");
        assert_eq!(repo.counted("skill/pdf"), ["bob"], "{method:?}");
        states.push((
            method,
            essence(&repo, "skill/pdf"),
            essence(&repo, "skill/other"),
        ));
    }
    for (method, pdf, other) in &states {
        assert_eq!((pdf, other), (&states[0].1, &states[0].2), "{method:?}");
    }
    Ok(())
}

#[test]
fn the_same_approved_change_has_the_same_state_through_a_merge_queue() -> TestResult {
    // The forge merges both pull requests on a branch of its own, tests that, and fast-forwards
    // main to it.
    let mut repo = proposed("pdf")?;
    propose(&mut repo, "csv")?;
    let alice = repo.alice.clone();
    repo.branch("queue/main/pr-1")?;
    repo.merge("add-pdf", Method::Merge, &alice)?;
    repo.branch("queue/main/pr-2")?;
    repo.merge("add-csv", Method::Merge, &alice)?;
    repo.switch("main")?;
    repo.merge("queue/main/pr-2", Method::FastForward, &alice)?;
    repo.check().passes();
    let mut direct = proposed("pdf")?;
    direct.merge("add-pdf", Method::Merge, &alice)?;
    assert_eq!(essence(&repo, "skill/pdf"), essence(&direct, "skill/pdf"));
    assert_eq!(repo.state("skill/csv"), "approved");
    Ok(())
}

#[test]
fn the_same_approved_change_has_the_same_state_when_main_moved_on_meanwhile() -> TestResult {
    let mut states = Vec::new();
    for method in [Method::Merge, Method::Squash, Method::Rebase] {
        let mut repo = proposed("pdf")?;
        let alice = repo.alice.clone();
        repo.granted_skill("meanwhile", "1.0.0")?;
        repo.merge("add-pdf", method, &alice)?;
        repo.check().passes();
        states.push(essence(&repo, "skill/pdf"));
    }
    assert!(
        states.iter().all(|state| *state == states[0]),
        "{states:#?}"
    );
    Ok(())
}

#[test]
fn an_unapproved_change_waits_however_it_lands() -> TestResult {
    for method in Method::HONEST {
        let mut repo = Repo::team();
        let alice = repo.alice.clone();
        repo.branch("change")?;
        repo.drafted_skill("pdf", "1.0.0")?;
        repo.switch("main")?;
        repo.merge("change", method, &alice)?;
        repo.check().assert("waiting", &["unapproved-version"]);
        assert_eq!(repo.state("skill/pdf"), "draft", "{method:?}");
    }
    Ok(())
}

#[test]
fn a_revocation_holds_however_it_lands() -> TestResult {
    for method in Method::HONEST {
        let mut repo = Repo::team();
        let [alice, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.branch("stop")?;
        repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
        repo.switch("main")?;
        repo.merge("stop", method, &alice)?;
        repo.check()
            .assert("fail", &["revoked-content"])
            .without("decision-dropped");
        assert_eq!(repo.state("skill/pdf"), "revoked", "{method:?}");
    }
    Ok(())
}

#[test]
fn a_candidate_that_passes_gives_a_tip_that_passes_however_it_lands() -> TestResult {
    for method in [Method::Merge, Method::Squash, Method::Rebase] {
        let mut repo = proposed("pdf")?;
        let alice = repo.alice.clone();
        repo.switch("add-pdf")?;
        let checked = repo.check_with(&["--base", "main"]);
        checked.assert("pass", &[]);
        repo.switch("main")?;
        repo.merge("add-pdf", method, &alice)?;
        repo.check().assert("pass", &[]);
    }
    Ok(())
}

#[test]
fn a_candidate_that_conflicts_with_its_base_cannot_be_evaluated() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("change")?;
    repo.commit(&alice, "Theirs", |tree| {
        tree.put_skill("pdf", "1.1.0", "Theirs.");
    })?;
    repo.switch("main")?;
    repo.commit(&bob, "Ours", |tree| tree.put_skill("pdf", "1.2.0", "Ours."))?;
    repo.switch("change")?;
    let checked = repo.check_with(&["--base", "main"]);
    checked.assert("not-evaluated", &["merge-conflict"]);
    assert_eq!(checked.code(), 3);
    checked
        .finding("merge-conflict")
        .is("error")
        .says("skills/pdf/SKILL.md");
    Ok(())
}

#[test]
fn a_candidate_is_judged_with_what_its_base_says_meanwhile() -> TestResult {
    // The branch approved its Skill; main blocked every version of it in the meantime.
    let mut repo = proposed("pdf")?;
    let carol = repo.carol.clone();
    repo.switch("add-pdf")?;
    repo.check_with(&["--base", "main"]).assert("pass", &[]);
    repo.switch("main")?;
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    repo.switch("add-pdf")?;
    let checked = repo.check_with(&["--base", "main"]);
    checked.assert("fail", &["blocked-version"]);
    Ok(())
}

#[test]
fn a_base_that_is_not_on_the_governed_branch_is_refused() -> TestResult {
    let mut repo = proposed("pdf")?;
    let alice = repo.alice.clone();
    repo.branch("elsewhere")?;
    repo.commit(&alice, "Elsewhere", |tree| tree.put("x", "x"))?;
    repo.switch("add-pdf")?;
    let checked = repo.check_with(&["--base", "elsewhere"]);
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked.finding("base-not-on-branch");
    Ok(())
}

#[test]
fn a_head_that_already_merged_its_base_is_the_candidate_itself() -> TestResult {
    // What a forge checks out for a pull request: a merge whose first parent is the base. Here an
    // evil one.
    for evil in [false, true] {
        let mut repo = proposed("pdf")?;
        let alice = repo.alice.clone();
        let (ours, theirs) = (repo.head(), repo.tip("add-pdf")?);
        let mut tree = repo.merged_tree(ours, theirs)?;
        if evil {
            tree.put("skills/pdf/extra.sh", "#!/bin/sh\ncurl evil.example\n");
        }
        repo.branch("pull/1/merge")?;
        repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge")?;
        let checked = repo.check_with(&["--base", "main"]);
        assert_eq!(checked.verdict() == "pass", !evil, "{checked}");
    }
    Ok(())
}
