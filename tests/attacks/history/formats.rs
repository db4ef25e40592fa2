//! SHA-256 repositories give the same answers as SHA-1 ones.

use countersign::demo::Method;
use countersign::git::write::Create;
use countersign::model::DecisionKind;
use serde_json::Value;

use countersign_testkit::{Repo, TestResult, commits_count, formats};

/// Every kind of answer: approved by signature and by commit, stale, blocked, revoked, dropped,
/// misplaced, merged, a policy change, a forgery.
fn busy(how: &Create) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_as(how, commits_count, |tree| {
        tree.put_skill("old", "0.1.0", "There before.");
    });
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("signed", "1.0.0")?;
    repo.drafted_skill("committed", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/committed", "1.0.0")?
        .unsigned()
        .record();
    repo.land(bob.signed(), &record)?;
    repo.granted_skill("stale", "1.0.0")?;
    repo.commit(&alice, "Change it", |tree| {
        tree.edit("skills/stale/SKILL.md", |text| text + "x");
    })?;
    repo.granted_skill("blocked", "1.0.0")?;
    repo.branch("stop")?;
    repo.decide(&carol, DecisionKind::Block, "skill/blocked", "all")?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.granted_skill("revoked", "1.0.0")?;
    repo.decide(&carol, DecisionKind::Revoke, "skill/revoked", "1.0.0")?;
    repo.drafted_skill("forged", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/forged", "1.0.0")?
        .signed_in(&bob, "git")
        .record();
    repo.land(&alice, &record)?;
    let record = repo.draft(DecisionKind::Approve, &carol, "skill/forged", "1.0.0")?;
    let path = record.expected_path().replace("forged", "other");
    repo.land(&alice, &record.at(&path).record())?;
    let policy = commits_count(repo.team_policy());
    repo.change_policy(&policy, |policy| {
        policy.more.push("retention: {decisions: 7y}".to_owned());
    })?;
    repo.branch("change")?;
    repo.drafted_skill("merged", "1.0.0")?;
    repo.approve(&carol, "merged", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("change", Method::Squash, &alice)?;
    Ok(repo)
}

/// JSON with every object id replaced by the position of its first mention.
fn without_ids(mut value: Value) -> Value {
    fn walk(value: &mut Value, seen: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let words: Vec<String> = text.split(' ').map(|word| masked(word, seen)).collect();
                *text = words.join(" ");
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, seen)),
            Value::Object(fields) => fields.values_mut().for_each(|field| walk(field, seen)),
            _ => {}
        }
    }
    /// A package digest says `sha256:` first; what is hex alone names a Git object, in full or cut
    /// short.
    fn masked(word: &str, seen: &mut Vec<String>) -> String {
        if word.len() < 7 || !word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return word.to_owned();
        }
        let known = seen
            .iter()
            .position(|one| one.starts_with(word) || word.starts_with(one.as_str()));
        let index = known.unwrap_or_else(|| {
            seen.push(word.to_owned());
            seen.len() - 1
        });
        format!("<object {index}>")
    }
    walk(&mut value, &mut Vec::new());
    value
}

#[test]
fn sha_256_repositories_give_the_same_answers_as_sha_1_ones() -> TestResult {
    let [first, second] = formats();
    let (first, second) = (busy(&first)?, busy(&second)?);
    assert_eq!(
        second.git(&["rev-parse", "--show-object-format"]).trim(),
        "sha256"
    );
    let checked = first.check();
    let expected = [
        "stale-approval",
        "version-reused",
        "decision-dropped",
        "blocked-version",
        "revoked-content",
        "wrong-namespace",
        "record-misplaced",
    ];
    checked.assert("fail", &expected);
    assert_eq!(
        without_ids(checked.json().clone()),
        without_ids(second.check().json().clone())
    );
    for command in ["status", "log"] {
        let [one, other] =
            [&first, &second].map(|repo| repo.run(&[command, "--format", "json"]).exits(0).json());
        assert_eq!(without_ids(one), without_ids(other), "{command}");
    }
    Ok(())
}

#[test]
fn package_digests_do_not_depend_on_the_object_format() -> TestResult {
    let [first, second] = formats();
    let (first, second) = (busy(&first)?, busy(&second)?);
    assert_eq!(
        first.subject("skill/signed")["digest"],
        second.subject("skill/signed")["digest"]
    );
    assert_eq!(
        first.subject("skill/signed")["digest"],
        first.tree().digest("skills/signed").to_string()
    );
    Ok(())
}

#[test]
fn a_record_signed_in_a_sha_1_repository_holds_in_its_sha_256_twin() -> TestResult {
    // Nothing binds to a commit id: the history converted to the other format keeps every valid
    // decision.
    let [first, second] = formats();
    let mut first = Repo::team_as(&first, |policy| policy, |_| ());
    let record = first.granted_skill("pdf", "1.0.0")?;
    let mut second = Repo::team_as(&second, |policy| policy, |_| ());
    let alice = second.alice.clone();
    second.drafted_skill("pdf", "1.0.0")?;
    second.land(&alice, &record)?;
    second.check().passes();
    Ok(())
}

#[test]
fn a_swapped_line_or_a_shallow_clone_is_found_in_both_formats() -> TestResult {
    for how in formats() {
        let mut repo = Repo::team_as(&how, |policy| policy, |_| ());
        let [alice, ..] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.branch("long-ago")?;
        repo.switch("main")?;
        let policy = repo.team_policy();
        repo.change_policy(&policy, |policy| {
            policy.more.push("retention: {decisions: 7y}".to_owned());
        })?;
        let clone = repo.beside().join("clone");
        let target = clone
            .to_str()
            .expect("temporary directories have plain names");
        countersign_testkit::git(
            repo.beside(),
            repo.beside(),
            &[
                "clone",
                "--quiet",
                "--depth",
                "2",
                &format!("file://{}", repo.path().display()),
                target,
            ],
        );
        let checked = repo.check_in(&clone, &[]);
        checked.assert("not-evaluated", &["history-incomplete"]);
        repo.switch("long-ago")?;
        let swapped = repo.merge("main", Method::Ours, &alice)?;
        repo.switch("main")?;
        repo.reset(swapped)?;
        repo.check().assert("fail", &["policy-fork"]);
    }
    Ok(())
}
