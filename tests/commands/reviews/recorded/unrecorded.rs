//! Reviews that may exist on the forge only: every clone says so, once, and what counts them.

use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, Scene};
use serde_json::{Value, json};

use super::honest;

/// Bob has approved pull request 7, and its commit landed with this message. No one recorded that.
fn landed_as(message: &str) -> Result<Scene, Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.repo.switch("main")?;
    let alice = scene.repo.alice.clone();
    let landing = scene.repo.commit(&alice, message, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    scene.landed(&[landing]);
    Ok(scene)
}

fn add(scene: &mut Scene, name: &str, message: &str) -> TestResult {
    let alice = scene.repo.alice.clone();
    scene.repo.commit(&alice, message, |tree| {
        tree.put_skill(name, "1.0.0", "Do it well.");
    })?;
    Ok(())
}

/// The pull requests that `check` mentions, with these options.
fn mentioned(scene: &Scene, options: &[&str]) -> Value {
    let arguments = [&["check", "--format", "json"], options].concat();
    scene.repo.run(&arguments).json()["unrecorded_pull_requests"].clone()
}

#[test]
fn a_merged_review_without_a_record_is_mentioned_once_in_every_format() -> TestResult {
    for message in [
        "Add pdf (#7)",
        "Merge pull request #7 from acme/change\n\nAdd pdf",
    ] {
        let mut scene = landed_as(message)?;
        add(&mut scene, "csv", "Add csv (#8)")?;
        assert_eq!(mentioned(&scene, &[]), json!([7, 8]));
        let checked = scene.repo.run(&["check"]).exits(1);
        let note = "pull requests #7, #8 may have unrecorded approvals\n  with a token, `countersign check --live` counts them\n  on a recorder's machine, `countersign reviews record --pull 7` keeps them\n";
        assert_eq!(checked.stdout.matches(note).count(), 1, "{checked}");
        let status = scene.repo.run(&["status"]).exits(0);
        let note = note.replace("check --live", "status --live");
        assert_eq!(status.stdout.matches(&note).count(), 1, "{status}");
        let status = scene.repo.run(&["status", "--format", "json"]).exits(0);
        assert_eq!(status.json()["unrecorded_pull_requests"], json!([7, 8]));
        let page = scene.repo.run(&["check", "--format", "markdown"]).exits(1);
        assert_eq!(
            page.stdout.matches("may have unrecorded approvals").count(),
            1,
            "{page}"
        );
        // Someone who asks the forge is not told to ask it.
        let answers = scene.answers();
        assert_eq!(mentioned(&scene, &["--answers", &answers]), json!([]));
    }
    Ok(())
}

#[test]
fn what_a_recorder_has_passed_is_not_mentioned_again() -> TestResult {
    let mut scene = landed_as("Add pdf (#7)")?;
    add(&mut scene, "csv", "Add csv (#8)")?;
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record)?;
    scene
        .repo
        .check()
        .assert("waiting", &["unapproved-version"]);
    assert_eq!(mentioned(&scene, &[]), json!([]));
    add(&mut scene, "xml", "Add xml (#9)")?;
    assert_eq!(mentioned(&scene, &[]), json!([9]));
    Ok(())
}

#[test]
fn nothing_is_mentioned_where_no_review_could_count() -> TestResult {
    let plain = landed_as("Add pdf, see #7")?;
    assert_eq!(mentioned(&plain, &[]), json!([]));
    let mut scene = Scene::opened_with(
        |policy| {
            policy.with(|draft| {
                draft.approvals[0] = "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature]}".to_owned();
            })
        },
        |tree| tree.put_skill("pdf", "1.0.0", "Do it well."),
    )?;
    scene.repo.switch("main")?;
    add(&mut scene, "pdf", "Add pdf (#7)")?;
    scene
        .repo
        .check()
        .assert("waiting", &["unapproved-version"]);
    assert_eq!(mentioned(&scene, &[]), json!([]));
    Ok(())
}
