//! A cache that an earlier run left never changes an answer.

use std::fs;
use std::path::PathBuf;

use countersign::demo::Method;
use countersign::model::DecisionKind;
use serde_json::Value;

use countersign_testkit::{Repo, TestResult};

fn cache(repo: &Repo) -> PathBuf {
    let git_dir = repo.path().join(".git");
    let found = fs::read_dir(&git_dir)
        .expect("it is there")
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    found
        .into_iter()
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().contains("countersign"))
        })
        .unwrap_or(git_dir.join("countersign"))
}

fn answers(repo: &Repo) -> (Value, String, String) {
    let json = |command: &str| repo.run(&[command, "--format", "json"]).stdout;
    (repo.check().json().clone(), json("status"), json("log"))
}

/// The answers with whatever the last run left, and from nothing.
#[track_caller]
fn is_the_same_warm_and_cold(repo: &Repo, what: &str) {
    let warm = answers(repo);
    let cache = cache(repo);
    if cache.exists() {
        fs::remove_dir_all(&cache)
            .or_else(|_| fs::remove_file(&cache))
            .expect("the cache can be deleted");
    }
    let cold = answers(repo);
    assert_eq!(warm, cold, "{what}");
}

#[test]
fn each_landing_of_an_eventful_history_is_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    let first = repo.team_policy();
    is_the_same_warm_and_cold(&repo, "the anchor");
    repo.granted_skill("pdf", "1.0.0")?;
    is_the_same_warm_and_cold(&repo, "granted");
    let old = repo.tree();
    let second = repo.bob.clone().with_key_of("bob's second");
    repo.change_policy(&first, |policy| {
        policy.principal("bob").keys = vec![countersign::demo::policy::ssh_key(&second)];
    })?;
    is_the_same_warm_and_cold(&repo, "a policy");
    repo.granted_skill("csv", "1.0.0")?;
    is_the_same_warm_and_cold(&repo, "refused under the new policy");
    repo.commit(&alice, "pdf 1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Better.");
    })?;
    repo.approve(&second, "pdf", "1.1.0")?;
    is_the_same_warm_and_cold(&repo, "a new key");
    repo.branch("stop")?;
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    is_the_same_warm_and_cold(&repo, "dropped");
    repo.commit(&bob, "Back", |tree| {
        tree.put("skills/pdf/SKILL.md", old.text("skills/pdf/SKILL.md"));
    })?;
    is_the_same_warm_and_cold(&repo, "regressed");
    repo.commit(&bob, "Forget", |tree| {
        assert!(tree.remove("approvals/skill"));
    })?;
    is_the_same_warm_and_cold(&repo, "altered");
    Ok(())
}

#[test]
fn several_landings_since_the_last_run_are_the_same_warm_and_cold() -> TestResult {
    // The policy changes and changes back to other bytes with the same rules in one go, between two
    // runs.
    let mut repo = Repo::team();
    let [alice, ..] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.check().passes();
    let first = repo.team_policy();
    let (bytes, bobless) = (repo.tree().text("countersign.yaml"), first.clone());
    let next = repo.change_policy(&bobless, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    repo.granted_skill("csv", "1.0.0")?;
    is_the_same_warm_and_cold(&repo, "Bob left");
    repo.commit(&alice, "The old policy", |tree| {
        tree.put("countersign.yaml", &bytes);
    })?;
    is_the_same_warm_and_cold(&repo, "the old policy's bytes");
    assert_eq!(repo.check().json()["policy_serial"], next.serial);
    Ok(())
}

#[test]
fn the_old_policys_bytes_back_between_two_runs_are_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team();
    let [alice, ..] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.check().passes();
    let first = repo.team_policy();
    let bytes = repo.tree().text("countersign.yaml");
    repo.change_policy(&first, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    repo.commit(&alice, "The old policy", |tree| {
        tree.put("countersign.yaml", &bytes);
    })?;
    repo.granted_skill("csv", "1.0.0")?;
    is_the_same_warm_and_cold(&repo, "both ends have the same policy in the tree");
    assert_eq!(repo.state("skill/csv"), "draft");
    assert_eq!(repo.check().json()["policy_serial"], 2);
    Ok(())
}

#[test]
fn a_branch_forced_elsewhere_is_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let fork = repo.head();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.check().assert("fail", &["revoked-content"]);
    repo.reset(fork)?;
    is_the_same_warm_and_cold(&repo, "back");
    repo.check().passes();
    repo.commit(&alice, "Another way", |tree| tree.put("docs/a.md", "a"))?;
    is_the_same_warm_and_cold(&repo, "another way");
    Ok(())
}

#[test]
fn another_now_or_a_pinned_anchor_is_the_same_warm_and_cold() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.approvals =
                    vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], expire_after: 30d}".to_owned()];
            })
        },
        |_| (),
    );
    let anchor = repo.head().to_string();
    repo.granted_skill("pdf", "1.0.0")?;
    let times = [
        "2026-01-05T20:00:00Z",
        "2027-01-01T00:00:00Z",
        "2026-01-05T11:30:00Z",
        "2026-01-05T09:30:00Z",
        "1970-01-01T00:00:00Z",
    ];
    let mut options: Vec<Vec<&str>> = times.iter().map(|time| vec!["--now", time]).collect();
    options.push(vec!["--anchor", &anchor]);
    let cold: Vec<Value> = options
        .iter()
        .map(|options| {
            let _ = fs::remove_dir_all(cache(&repo));
            repo.check_with(options).json().clone()
        })
        .collect();
    for order in [[0, 1, 2, 3, 4, 5], [1, 0, 5, 4, 2, 3], [4, 1, 3, 5, 0, 2]] {
        for index in order {
            assert_eq!(
                repo.check_with(&options[index]).json(),
                &cold[index],
                "{:?}",
                options[index]
            );
        }
    }
    Ok(())
}

#[test]
fn a_damaged_cache_is_the_same_as_none() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let expected = answers(&repo);
    let dir = cache(&repo);
    if !dir.is_dir() {
        return Ok(());
    }
    let file = fs::read_dir(&dir)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .next()
        .expect("a file in the cache");
    let bytes = fs::read(&file)?;
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for damage in [
        Vec::new(),
        bytes[..bytes.len() / 2].to_vec(),
        flipped,
        vec![0xff; 4_096],
    ] {
        fs::write(&file, damage)?;
        assert_eq!(answers(&repo), expected);
    }
    Ok(())
}

#[test]
fn the_cache_of_another_repository_is_not_believed() -> TestResult {
    // The same commits but for the last: in the other repository, Bob approved.
    let mut approved = Repo::team();
    approved.granted_skill("pdf", "1.0.0")?;
    approved.check().passes();
    let mut draft = Repo::team();
    let alice = draft.alice.clone();
    draft.drafted_skill("pdf", "1.0.0")?;
    draft.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    let cold = answers(&draft);
    let (from, to) = (cache(&approved), cache(&draft));
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(&to)?;
    for file in fs::read_dir(&from)?.filter_map(Result::ok) {
        fs::copy(file.path(), to.join(file.file_name()))?;
    }
    assert_eq!(answers(&draft), cold);
    assert_eq!(draft.state("skill/pdf"), "draft");
    Ok(())
}
