//! Who could do what, under which policy, and from when.

use countersign::model::DecisionKind;
use serde_json::{Value, json};

use super::list;
use countersign_testkit::{Repo, TestResult};

/// The permission that came or went with a policy.
fn changed(era: &Value, principal: &str, change: &str) -> Vec<String> {
    let found = list(&era["changes"])
        .iter()
        .filter(|one| one["principal"] == principal && one["change"] == change);
    found
        .filter_map(|one| one["permission"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn each_policy_applies_from_the_landing_that_brought_it_into_force() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let first = repo.team_policy();
    let second = repo.change_policy(&first, |policy| {
        policy.principal("bob").printed = "Robert Okafor".to_owned();
    })?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.decide(&bob, DecisionKind::Deprecate, "skill/pdf", "1.0.0")?;
    repo.change_policy(&second, |policy| {
        policy
            .entries
            .push("{kind: skill, path: \"tools/*\", owners: [data-platform]}".to_owned());
    })?;
    repo.commit(&alice, "A note", |tree| tree.put("README.md", "One.\n"))?;
    let report = repo.run(&["audit", "--format", "json"]).exits(0).json();
    let line = repo.git(&["rev-list", "--first-parent", "--reverse", "HEAD"]);
    let line: Vec<&str> = line.lines().collect();
    // By Git alone: a landing takes over where the bytes of its policy are in the tree and its
    // approvals are next to it.
    let eras = list(&report["access"]);
    let serials: Vec<&Value> = eras.iter().map(|era| &era["policy"]["serial"]).collect();
    assert_eq!(serials, [&json!(1), &json!(2), &json!(3)]);
    assert_eq!(eras[0]["policy"]["since"]["position"], 0);
    for pair in eras.windows(2) {
        assert_eq!(
            pair[0]["until"], pair[1]["policy"]["since"],
            "one begins where the other ends"
        );
        let position = pair[1]["policy"]["since"]["position"]
            .as_u64()
            .unwrap_or_default() as usize;
        assert!(position > 0, "{:#}", pair[1]["policy"]);
        assert_eq!(pair[1]["policy"]["since"]["commit"], line[position]);
        let serial = pair[1]["policy"]["serial"].as_u64().unwrap_or_default();
        let approvals = repo.git(&[
            "ls-tree",
            "-r",
            "--name-only",
            line[position],
            "--",
            &format!("approvals/policy/countersign/{serial}"),
        ]);
        let before = repo.git(&[
            "ls-tree",
            "-r",
            "--name-only",
            line[position - 1],
            "--",
            &format!("approvals/policy/countersign/{serial}"),
        ]);
        assert!(
            approvals.lines().count() > before.lines().count(),
            "its last approval lands there"
        );
        assert_eq!(
            list(&pair[1]["approved_by"]).len(),
            2,
            "{:#}",
            pair[1]["approved_by"]
        );
    }
    assert_eq!(eras[2]["until"], Value::Null);
    assert_eq!(report["summary"]["policy_changes"], 2);
    assert_eq!(changed(&eras[2], "alice", "gained"), ["own tools/*"]);
    assert_eq!(changed(&eras[2], "carol", "gained"), Vec::<String>::new());
    // The name as it was printed when he decided, and the policy under which his key was believed.
    let decisions: Vec<&Value> = list(&report["changes"])
        .iter()
        .flat_map(|packet| list(&packet["decisions"]))
        .collect();
    let of = |decision: &str| {
        decisions
            .iter()
            .find(|made| made["decision"] == decision && made["subject"] == "skill/pdf")
            .expect("it was made")
    };
    let (approved, deprecated) = (of("approve"), of("deprecate"));
    assert!(
        approved["basis"]
            .as_str()
            .is_some_and(|why| why.contains("policy 1 ")),
        "{approved:#}"
    );
    assert!(
        deprecated["basis"]
            .as_str()
            .is_some_and(|why| why.contains("policy 2 ")),
        "{deprecated:#}"
    );
    assert_eq!(deprecated["by"]["name"], "Robert Okafor");
    Ok(())
}

#[test]
fn a_block_of_every_version_is_in_the_packet_of_each() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.decide(&alice, DecisionKind::Block, "skill/pdf", "all")?;
    let report = repo.run(&["audit", "--format", "json"]).exits(0).json();
    let decisions = list(&report["changes"][0]["decisions"]);
    assert!(
        decisions
            .iter()
            .any(|made| made["decision"] == "block" && made["version"] == "all"),
        "{decisions:#?}"
    );
    assert_eq!(report["incidents"][0]["in_force"], true);
    let file = repo.beside().join("report.json");
    std::fs::write(&file, report.to_string())?;
    repo.run(&["verify", super::text(&file)]).exits(0);
    Ok(())
}
