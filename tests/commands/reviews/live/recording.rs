//! After a landing: the push that finds nothing recorded yet, and the job that records.

use countersign::demo::Method;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::live;
use crate::reviews::server::{REPOSITORY, Server};
use countersign_testkit::pull::{BOB, Scene};
use countersign_testkit::runner::Runner;
use countersign_testkit::{TestResult, git};

/// The scene's governed branch after the pull request has landed, and a bare repository that is its
/// `origin`.
fn landed() -> Result<(Scene, String), Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    let origin = scene.repo.beside().join("origin.git");
    let path = origin.to_str().ok_or("a plain path")?.to_owned();
    git(
        scene.repo.beside(),
        scene.repo.beside(),
        &[
            "clone",
            "-q",
            "--bare",
            "--single-branch",
            "--branch",
            "main",
            scene.repo.path().to_str().ok_or("a path")?,
            &path,
        ],
    );
    let head = scene.pull.request.head.to_string();
    scene
        .repo
        .git(&["push", "-q", &path, &format!("{head}:refs/pull/7/head")]);
    Ok((scene, path))
}

/// A clone as the runner makes it: the governed branch, without the pull request's own commits.
fn clone(scene: &Scene, origin: &str, name: &str) -> std::path::PathBuf {
    let clone = scene.repo.beside().join(name);
    let url = format!("file://{origin}");
    git(
        scene.repo.beside(),
        scene.repo.beside(),
        &[
            "clone",
            "-q",
            "--single-branch",
            &url,
            clone.to_str().expect("a plain path"),
        ],
    );
    clone
}

fn push_event(scene: &Scene) -> Runner {
    let before = scene.line()[0].to_string();
    Runner::new("push", &json!({"ref": "refs/heads/main", "before": before}))
}

#[test]
fn between_landing_and_recording_a_push_counts_the_live_reviews_of_what_landed() -> TestResult {
    let (scene, origin) = landed()?;
    let clone = clone(&scene, &origin, "clone");
    let server = Server::of(&scene);
    let step = live(push_event(&scene), &server).act(&scene.repo, &clone);
    step.says("pass", 0);
    // The landing's pull requests; the pull request, its reviews, its events; and the ruleset.
    assert_eq!(server.requests().len(), 5);
    assert!(
        git(
            &clone,
            scene.repo.beside(),
            &["cat-file", "-t", &scene.pull.request.head.to_string()]
        )
        .starts_with("commit"),
        "it was fetched"
    );
    Ok(())
}

#[test]
fn the_recorder_writes_signs_and_pushes_once_and_then_no_forge_is_needed() -> TestResult {
    let (scene, origin) = landed()?;
    let work = clone(&scene, &origin, "clone");
    let server = Server::of(&scene);
    let record = |dir: &std::path::Path, key: &str| {
        let runner = live(push_event(&scene), &server)
            .with("COUNTERSIGN_COMMAND", "record")
            .with("COUNTERSIGN_SIGNING_KEY", key);
        let runner = runner
            .with("GIT_COMMITTER_DATE", "1767700000 +0000")
            .with("GIT_AUTHOR_DATE", "1767700000 +0000");
        runner.act(&scene.repo, dir)
    };
    let step = record(&work, &scene.scribe.private_pem());
    assert_eq!(step.code, 0, "{}\n{}", step.stdout, step.stderr);
    assert!(
        step.summary.contains("1 review recorded"),
        "{}",
        step.summary
    );
    let fresh = clone(&scene, &origin, "fresh");
    scene
        .repo
        .run_in(&fresh, &["check", "--now", "2027-01-01T00:00:00Z"])
        .exits(0);
    let step = record(&fresh, &scene.scribe.private_pem());
    assert!(
        step.summary.contains("nothing to record"),
        "{}\n{}",
        step.summary,
        step.stderr
    );
    assert!(
        !format!("{}{}{}", step.stdout, step.stderr, step.summary).contains("PRIVATE"),
        "the key is shown nowhere"
    );
    Ok(())
}

#[test]
fn records_can_come_as_a_pull_request_of_their_own() -> TestResult {
    let (scene, origin) = landed()?;
    let work = clone(&scene, &origin, "clone");
    let server = Server::of(&scene);
    server.get(&format!("{REPOSITORY}/pulls"), &json!([]));
    server.respond(
        "POST",
        &format!("{REPOSITORY}/pulls"),
        ResponseTemplate::new(201).set_body_json(json!({"number": 9})),
    );
    let runner = live(push_event(&scene), &server)
        .with("COUNTERSIGN_COMMAND", "record")
        .with("COUNTERSIGN_RECORD_TO", "pull-request");
    let step = runner
        .with("COUNTERSIGN_SIGNING_KEY", &scene.scribe.private_pem())
        .act(&scene.repo, &work);
    assert_eq!(step.code, 0, "{}\n{}", step.stdout, step.stderr);
    assert!(step.summary.contains("pull request 9"), "{}", step.summary);
    let names = git(
        std::path::Path::new(&origin),
        scene.repo.beside(),
        &["diff", "--name-only", "main", "countersign/record-reviews"],
    );
    assert!(
        names.lines().count() == 2
            && names
                .lines()
                .all(|name| name.starts_with("approvals/skill/pdf/1.0.0/")),
        "{names}"
    );
    Ok(())
}

#[test]
fn only_a_recorder_records_and_nothing_is_pushed() -> TestResult {
    let (scene, origin) = landed()?;
    let work = clone(&scene, &origin, "clone");
    let before = git(
        std::path::Path::new(&origin),
        scene.repo.beside(),
        &["rev-parse", "main"],
    );
    let server = Server::of(&scene);
    let runner = live(push_event(&scene), &server).with("COUNTERSIGN_COMMAND", "record");
    let step = runner
        .with("COUNTERSIGN_SIGNING_KEY", &scene.repo.bob.private_pem())
        .act(&scene.repo, &work);
    assert_eq!(step.code, 2, "{}", step.stderr);
    assert_eq!(
        git(
            std::path::Path::new(&origin),
            scene.repo.beside(),
            &["rev-parse", "main"]
        ),
        before
    );
    Ok(())
}

#[test]
fn what_has_not_landed_lands_through_no_recorder() -> TestResult {
    let (scene, origin) = landed()?;
    let (work, home) = (clone(&scene, &origin, "clone"), scene.repo.beside());
    let tip = || git(std::path::Path::new(&origin), home, &["rev-parse", "main"]);
    let before = tip();
    // A job for someone's change: what it has checked out is a child of the governed branch's tip.
    git(&work, home, &["checkout", "-q", "--detach"]);
    std::fs::write(work.join("README.md"), "Anything.\n")?;
    git(&work, home, &["add", "-A"]);
    git(
        &work,
        home,
        &[
            "-c",
            "user.name=m",
            "-c",
            "user.email=m@x.example",
            "commit",
            "-qm",
            "Change",
        ],
    );
    let head = git(&work, home, &["rev-parse", "HEAD"]);
    for to in ["push", "pull-request"] {
        for runner in [
            Runner::pull(&head, &before),
            push_event(&scene),
            Runner::new("schedule", &json!({})),
        ] {
            let server = Server::of(&scene);
            server.get(
                &format!("{REPOSITORY}/commits/{}/pulls", head.trim()),
                &json!([]),
            );
            let runner = live(runner, &server)
                .with("COUNTERSIGN_COMMAND", "record")
                .with("COUNTERSIGN_RECORD_TO", to);
            let step = runner
                .with("COUNTERSIGN_SIGNING_KEY", &scene.scribe.private_pem())
                .act(&scene.repo, &work);
            assert_eq!(tip(), before, "{}\n{}", step.stdout, step.stderr);
            assert_eq!(step.code, 3, "{}\n{}", step.stdout, step.stderr);
        }
    }
    Ok(())
}
