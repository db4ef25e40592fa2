//! A subject has one state, whichever command shows it.

use countersign::model::DecisionKind;
use countersign_testkit::{Repo, TestResult};

/// Every version of a Skill is blocked, and its folder then gets a link, so its bytes cannot be
/// identified any more.
#[test]
fn a_block_of_every_version_is_the_state_of_unidentifiable_bytes_everywhere() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.approved_skill("pdf", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    repo.commit(&alice, "Add a link", |tree| {
        tree.link("skills/pdf/link", "SKILL.md");
    })?;

    assert_eq!(repo.state("skill/pdf"), "blocked");
    let audit = repo.run(&["audit", "--format", "json"]).json();
    let inventory = audit["inventory"]
        .as_array()
        .ok_or("an audit has an inventory")?;
    let states: Vec<_> = inventory
        .iter()
        .map(|item| (item["subject"].as_str(), item["state"].as_str()))
        .collect();
    assert_eq!(states, [(Some("skill/pdf"), Some("blocked"))]);
    let summary = repo.run(&["check", "--format", "markdown"]).stdout;
    assert!(summary.contains("pdf</code> |  | blocked |"), "{summary}");
    let check = repo.check();
    check.finding("blocked-version").is("error").by("carol");
    check.without("unapproved-version");
    Ok(())
}

/// A Skill whose files are gone keeps the state of its last version, and the summary says that it
/// is gone.
#[test]
fn a_removed_subject_has_the_state_of_its_last_version_everywhere() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Remove it", |tree| {
        tree.remove("skills/pdf");
    })?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    let audit = repo.run(&["audit", "--format", "json"]).json();
    assert_eq!(audit["inventory"][0]["state"], "approved");
    let summary = repo.run(&["check", "--format", "markdown"]).stdout;
    assert!(
        summary.contains(" | approved, not in the tree |"),
        "{summary}"
    );
    Ok(())
}
