//! The log only grows: no landing, no passing of time and no later voiding changes a leaf; anyone
//! who rewrites history is found out.

use countersign::model::DecisionKind;
use serde_json::Value;

use super::{Demo, list, text};
use countersign_testkit::{Repo, TestResult};

/// Every leaf's text, by index, as packets and events tell it through proofs.
fn leaves(report: &Value) -> Vec<(u64, String)> {
    let proofs = list(&report["changes"])
        .iter()
        .flat_map(|packet| list(&packet["proofs"]));
    let mut found: Vec<(u64, String)> = proofs
        .map(|proof| {
            (
                proof["index"].as_u64().unwrap_or_default(),
                proof["leaf"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_beginning_of_history_is_a_beginning_of_the_log() {
    let demo = Demo::build();
    let whole = leaves(&demo.audit(&[]));
    for (position, commit) in demo.line().iter().enumerate() {
        let clone = demo.home.path().join(format!("clone-{position}"));
        demo.git(&["clone", "-q", ".", text(&clone)]);
        super::git(&clone, demo.home.path(), &["reset", "-q", "--hard", commit]);
        let early = demo
            .run_in(&clone, &["audit", "--format", "json"], true)
            .exits(0);
        for leaf in leaves(&early.json()) {
            assert!(whole.contains(&leaf), "at position {position}: {leaf:?}");
        }
        let file = demo.write("early.json", &early.stdout);
        let grown = demo
            .run(&["audit", "--format", "json", "--extends", text(&file)])
            .exits(0)
            .json();
        assert_eq!(
            grown["log"]["extends"]["root"],
            early.json()["log"]["root"],
            "position {position}"
        );
        let checkpoint = demo.write(
            "checkpoint",
            early.json()["log"]["checkpoint"]
                .as_str()
                .unwrap_or_default(),
        );
        demo.run(&["audit", "--extends", text(&checkpoint)])
            .exits(0);
        std::fs::remove_dir_all(&clone).expect("the clone can go");
    }
}

#[test]
fn time_that_passes_changes_no_leaf() {
    let demo = Demo::build();
    let logs: Vec<Value> = [
        "2000-01-01T00:00:00Z",
        "2026-01-20T00:00:00Z",
        "2026-06-01T00:00:00Z",
        "2040-01-01T00:00:00Z",
    ]
    .iter()
    .map(|now| {
        demo.run(&["audit", "--format", "json", "--now", now])
            .exits(0)
            .json()["log"]
            .clone()
    })
    .collect();
    assert!(logs.windows(2).all(|pair| pair[0] == pair[1]), "{logs:#?}");
}

#[test]
fn a_policy_that_records_bring_into_force_later_leaves_earlier_leaves_alone() -> TestResult {
    let mut repo = Repo::team();
    let (alice, first) = (repo.alice.clone(), repo.team_policy());
    let skill = |name: &str| countersign::demo::documents::skill_text(name, "1.0.0", "Do it.");
    repo.commit(&alice, "Add an ungoverned tool", |tree| {
        tree.put("tools/early/SKILL.md", skill("early"));
    })?;
    repo.change_policy(&first, |policy| {
        policy
            .entries
            .push("{kind: skill, path: \"tools/*\", owners: [data-platform]}".to_owned());
    })?;
    let mut earlier = repo.run(&["audit", "--format", "json"]).exits(0);
    for step in 0..3 {
        repo.commit(&alice, "Add a tool", |tree| {
            tree.put(
                format!("tools/late{step}/SKILL.md"),
                skill(&format!("late{step}")),
            );
        })?;
        let file = repo.beside().join("earlier.json");
        std::fs::write(&file, &earlier.stdout)?;
        earlier = repo
            .run(&["audit", "--format", "json", "--extends", text(&file)])
            .exits(0);
    }
    Ok(())
}

#[test]
fn what_a_stolen_key_decided_is_voided_by_a_new_leaf() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let since = repo.head();
    let before = repo.run(&["audit", "--format", "json"]).exits(0);
    let (bob, first) = (repo.bob.clone(), repo.team_policy());
    repo.change_policy(&first, |policy| {
        policy.more.push(format!(
            "compromised: [{{key: \"{}\", since: {since}}}]",
            bob.fingerprint()
        ));
    })?;
    assert_eq!(repo.state("skill/pdf"), "draft", "the approval is void");
    let file = repo.beside().join("before.json");
    std::fs::write(&file, &before.stdout)?;
    let after = repo
        .run(&["audit", "--format", "json", "--extends", text(&file)])
        .exits(0)
        .json();
    let voided: Vec<&Value> = list(&after["events"])
        .iter()
        .filter(|event| event["action"] == "voided")
        .collect();
    assert_eq!(voided.len(), 1, "{voided:#?}");
    assert_eq!(
        (
            voided[0]["subject"].as_str(),
            voided[0]["by"]["principal"].as_str()
        ),
        (Some("skill/pdf"), Some("bob"))
    );
    Ok(())
}

#[test]
fn a_rewritten_history_is_found_out() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let fork = repo.head();
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.decide(&bob, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let report = repo.run(&["audit", "--format", "json"]).exits(0);
    let (file, checkpoint) = (
        repo.beside().join("old.json"),
        repo.beside().join("old.checkpoint"),
    );
    std::fs::write(&file, &report.stdout)?;
    std::fs::write(
        &checkpoint,
        report.json()["log"]["checkpoint"]
            .as_str()
            .unwrap_or_default(),
    )?;
    // The block is taken away by force, and as many landings put in its place.
    repo.reset(fork)?;
    repo.commit(&alice, "Nothing happened", |tree| {
        tree.put("README.md", "Nothing.\n");
    })?;
    repo.decide(&bob, DecisionKind::Deprecate, "skill/pdf", "1.0.0")?;
    for earlier in [&file, &checkpoint] {
        let output = repo
            .run(&["audit", "--format", "json", "--extends", text(earlier)])
            .exits(1);
        assert!(output.stderr.contains("history-rewritten"), "{output}");
        let found = output.json();
        let rules: Vec<&Value> = list(&found["exceptions"])
            .iter()
            .map(|one| &one["rule"])
            .collect();
        assert!(
            rules.contains(&&Value::from("history-rewritten")),
            "{rules:?}"
        );
        assert!(found["log"]["extends"].is_null());
    }
    let verified = repo.run(&["verify", text(&file)]);
    assert_eq!(
        verified.code, 1,
        "the old head may still lie in the clone, but its line does not stand\n{verified}"
    );
    Ok(())
}

#[test]
fn a_landing_without_any_event_that_is_rewritten_is_found_out_by_the_report() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, fork) = (repo.alice.clone(), repo.head());
    repo.commit(&alice, "A note", |tree| tree.put("README.md", "One.\n"))?;
    let file = repo.beside().join("old.json");
    std::fs::write(
        &file,
        repo.run(&["audit", "--format", "json"]).exits(0).stdout,
    )?;
    repo.reset(fork)?;
    repo.commit(&alice, "Another note", |tree| {
        tree.put("README.md", "Two.\n");
    })?;
    let output = repo.run(&["audit", "--extends", text(&file)]).exits(1);
    assert!(
        output.stderr.contains("no longer on the first-parent line"),
        "{output}"
    );
    Ok(())
}

#[test]
fn a_date_in_the_future_changes_no_leaf_when_it_comes() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    let now = repo.now().to_string();
    repo.wait(400 * 86_400);
    repo.commit(&alice, "From the future", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it better.");
    })?;
    let later = repo.now().to_string();
    let [early, late] = [&now, &later].map(|now| {
        repo.run(&["audit", "--format", "json", "--now", now])
            .exits(0)
            .json()
    });
    assert_eq!(early["log"], late["log"]);
    let said = list(&early["scope"]["not_evaluated"])
        .iter()
        .any(|one| one.as_str().is_some_and(|one| one.contains("dated after")));
    assert!(said, "{:#}", early["scope"]);
    Ok(())
}
