//! `log` and `check` say where governance starts.

mod support;

use support::{Repo, TestResult};

#[test]
fn the_anchor_is_where_the_first_policy_comes_into_force() -> TestResult {
    let mut repo = Repo::team();
    let anchor = repo.head().to_string();
    let checked = repo.check();
    let start = format!("governance starts here: this policy judges itself; verifiers pin it with `--anchor {anchor}`\n");
    assert!(checked.human().stdout.contains(&start), "{checked}");
    repo.approved_skill("pdf", "1.0.0")?;
    let first = &repo.events()[0];
    assert_eq!((first["action"].as_str(), first["position"].as_u64()), (Some("policy-in-force"), Some(0)), "{first:#}");
    assert_eq!((first["commit"].as_str(), first["subject"].as_str()), (Some(anchor.as_str()), Some("policy/countersign")), "{first:#}");
    let log = repo.run(&["log"]).exits(0);
    let line = log.stdout.lines().next().unwrap_or_default();
    for part in [&anchor[..10], "policy-in-force", "policy/countersign 1", "governance starts here"] {
        assert!(line.contains(part), "{part}\n{log}");
    }
    let head = repo.head().to_string();
    assert!(log.stdout.lines().next_back().is_some_and(|line| line.contains(&head[..10])), "{log}");
    assert_eq!(log.stdout.matches("governance starts here").count(), 1, "{log}");
    assert!(!repo.check().human().stdout.contains("governance starts here"), "only the anchor is the start");
    Ok(())
}
