//! `log` and `check` say where governance starts.

use countersign::demo::documents::skill_text;
use countersign_testkit::{Repo, TestResult};

#[test]
fn the_anchor_is_where_the_first_policy_comes_into_force() -> TestResult {
    let mut repo = Repo::team();
    let anchor = repo.head().to_string();
    let checked = repo.check();
    let start = format!(
        "governance starts here: this policy judges itself; verifiers pin it with `--anchor {anchor}`\n"
    );
    assert!(checked.human().stdout.contains(&start), "{checked}");
    repo.approved_skill("pdf", "1.0.0")?;
    let first = &repo.events()[0];
    assert_eq!(
        (first["action"].as_str(), first["position"].as_u64()),
        (Some("policy-in-force"), Some(0)),
        "{first:#}"
    );
    assert_eq!(
        (first["commit"].as_str(), first["subject"].as_str()),
        (Some(anchor.as_str()), Some("policy/countersign")),
        "{first:#}"
    );
    let log = repo.run(&["log"]).exits(0);
    let line = log.stdout.lines().nth(1).unwrap_or_default();
    for part in [
        &anchor[..10],
        "policy-in-force",
        "policy/countersign 1",
        "governance starts here",
    ] {
        assert!(line.contains(part), "{part}\n{log}");
    }
    let head = repo.head().to_string();
    assert!(
        log.stdout
            .lines()
            .next_back()
            .is_some_and(|line| line.contains(&head[..10])),
        "{log}"
    );
    assert_eq!(
        log.stdout.matches("governance starts here").count(),
        1,
        "{log}"
    );
    assert!(
        !repo
            .check()
            .human()
            .stdout
            .contains("governance starts here"),
        "only the anchor is the start"
    );
    Ok(())
}

/// The same events as the stream and as one document.
fn agrees(repo: &Repo) -> usize {
    let whole = repo.run(&["log", "--format", "json"]).exits(0).json();
    let events = whole["events"].as_array().cloned().unwrap_or_default();
    let streamed = repo.run(&["log", "--format", "ndjson"]).exits(0).stdout;
    let lines: Vec<serde_json::Value> = streamed
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(lines.len(), events.len(), "{streamed}");
    for (at, (line, event)) in lines.iter().zip(&events).enumerate() {
        assert_eq!(line["sequence"], at);
        assert!(
            event
                .as_object()
                .is_some_and(|event| event.iter().all(|(name, value)| line[name] == *value)),
            "{line:#}\n{event:#}"
        );
    }
    events.len()
}

#[test]
fn the_stream_has_every_event_across_policies_and_of_a_candidate() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.approved_skill("pdf", "1.0.0")?;
    let policy = repo.team_policy();
    // What was ungoverned lands with the policy that governs it.
    repo.commit(&alice, "Add an idea", |tree| {
        tree.put("ideas/one/SKILL.md", skill_text("one", "0.1.0", "An idea."));
    })?;
    repo.change_policy(&policy, |policy| {
        policy
            .entries
            .push("{kind: skill, path: \"ideas/*\", owners: [data-platform]}".to_owned());
    })?;
    repo.approved_skill("csv", "1.0.0")?;
    let landed = agrees(&repo);
    repo.branch("feature")?;
    repo.commit(&alice, "Change a Skill", |tree| {
        tree.put_skill("pdf", "1.1.0", "Reads more.");
    })?;
    assert_eq!(
        agrees(&repo),
        landed + 1,
        "the candidate's own event stands at the end"
    );
    Ok(())
}

#[test]
fn a_stream_that_cannot_be_finished_prints_nothing() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let last = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let lost = last.trim();
    std::fs::remove_file(
        repo.path()
            .join(".git/objects")
            .join(&lost[..2])
            .join(&lost[2..]),
    )?;
    let output = repo.run(&["log", "--format", "ndjson"]);
    assert_eq!((output.code, output.stdout.as_str()), (3, ""), "{output}");
    Ok(())
}
