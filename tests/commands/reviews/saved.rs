//! `--save-answers`: what a live forge said, in a file that says it again.

use std::path::Path;
use std::process::Command;

use countersign::demo::Method;
use countersign::forge::ReviewState;

use crate::reviews::server::Server;
use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, Scene};
use countersign_testkit::runner::{Runner, Step};

const TOKEN: &str = "ghs_secret";

/// A command with a live forge.
fn live(scene: &Scene, server: &Server, arguments: &[&str]) -> Step {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command
        .arg("-C")
        .arg(scene.repo.path())
        .args(["--now", &scene.repo.history.now().to_string()])
        .args(arguments);
    Runner::new("none", &serde_json::json!({}))
        .with("GITHUB_TOKEN", TOKEN)
        .with("GITHUB_API_URL", &server.address())
        .run(command)
}

fn beside(scene: &Scene, name: &str) -> String {
    scene.repo.beside().join(name).display().to_string()
}

/// Asks live, then the file that was written meanwhile: both say the same. Gives exit code and
/// report.
#[track_caller]
fn said_twice(scene: &Scene, question: &[&str], name: &str) -> (i32, serde_json::Value) {
    let file = beside(scene, name);
    let asked = live(
        scene,
        &Server::of(scene),
        &[
            question,
            &["--format", "json", "--live", "--save-answers", &file],
        ]
        .concat(),
    );
    let saved = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{error}\n{}{}", asked.stdout, asked.stderr));
    assert!(
        !saved.contains(TOKEN) && !asked.stdout.contains(TOKEN),
        "{saved}"
    );
    let again = scene
        .repo
        .run(&[question, &["--format", "json", "--answers", &file]].concat());
    assert_eq!(
        (asked.code, asked.stdout),
        (again.code, again.stdout.clone()),
        "{saved}"
    );
    (again.code, again.json())
}

#[test]
fn a_pull_request_is_judged_from_the_file_as_it_was_live() -> TestResult {
    let mut scene = Scene::opened()?;
    let question = ["check", "--base", "main", "--pull", "7"];
    let (code, report) = said_twice(&scene, &question, "waiting.json");
    assert_eq!((code, &report["verdict"]), (1, &"waiting".into()));
    scene.approve(BOB);
    let (code, report) = said_twice(&scene, &question, "pass.json");
    assert_eq!((code, &report["verdict"]), (0, &"pass".into()));
    said_twice(&scene, &question, "again.json");
    assert_eq!(
        std::fs::read(beside(&scene, "pass.json"))?,
        std::fs::read(beside(&scene, "again.json"))?,
        "the same answers, the same bytes"
    );
    scene.review(BOB, ReviewState::ChangesRequested);
    assert_eq!(said_twice(&scene, &question, "changes.json").0, 1);
    Ok(())
}

#[test]
fn a_branch_is_judged_from_the_file_as_it_was_live_also_when_there_was_nothing_to_ask() -> TestResult
{
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    for command in [&["check"][..], &["status"], &["explain", "skill/pdf"]] {
        let (code, _) = said_twice(&scene, command, &format!("{}.json", command[0]));
        assert_eq!(code, 0, "{command:?}");
    }
    scene
        .repo
        .approve(&scene.repo.bob.clone(), "pdf", "1.0.0")?;
    assert_eq!(said_twice(&scene, &["check"], "nothing.json").0, 0);
    Ok(())
}

#[test]
fn asking_is_meant_where_answers_are_to_be_saved() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let file = beside(&scene, "answers.json");
    let step = live(
        &scene,
        &Server::of(&scene),
        &[
            "check",
            "--base",
            "main",
            "--pull",
            "7",
            "--save-answers",
            &file,
        ],
    );
    assert_eq!(step.code, 0, "{}{}", step.stdout, step.stderr);
    assert!(Path::new(&file).is_file());
    Ok(())
}

#[test]
fn a_file_that_exists_is_kept_and_no_request_is_sent() -> TestResult {
    let scene = Scene::opened()?;
    let (server, file) = (Server::of(&scene), scene.write("answers.json", "mine"));
    let step = live(
        &scene,
        &server,
        &[
            "check",
            "--base",
            "main",
            "--pull",
            "7",
            "--save-answers",
            &file,
        ],
    );
    assert_eq!(step.code, 2, "{}{}", step.stdout, step.stderr);
    assert!(step.stderr.contains("already there"), "{}", step.stderr);
    assert_eq!(
        (
            std::fs::read_to_string(&file)?.as_str(),
            server.requests().len()
        ),
        ("mine", 0)
    );
    Ok(())
}

#[test]
fn a_forge_that_refuses_leaves_no_file() -> TestResult {
    let scene = Scene::opened()?;
    let file = beside(&scene, "answers.json");
    let step = live(
        &scene,
        &Server::silent(),
        &[
            "check",
            "--base",
            "main",
            "--pull",
            "7",
            "--save-answers",
            &file,
        ],
    );
    assert_eq!(step.code, 3, "{}{}", step.stdout, step.stderr);
    assert!(
        !Path::new(&file).exists(),
        "half of the answers would be none"
    );
    Ok(())
}

#[test]
fn no_request_is_sent_when_none_is_needed() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let (answers, file) = (scene.answers(), beside(&scene, "copy.json"));
    for arguments in [
        ["--answers", &answers, "--save-answers", &file],
        ["--answers", &answers, "--base=main", "--live"],
        ["--worktree", "--pull=7", "--save-answers", &file],
    ] {
        let output = scene
            .repo
            .run(&[&["check"][..], &arguments].concat())
            .exits(2);
        assert!(output.stderr.contains("cannot be used with"), "{output}");
    }
    assert!(!Path::new(&file).exists());
    Ok(())
}

#[test]
fn recorded_reviews_are_verified_from_the_file_as_they_were_live() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    said_twice(&scene, &["reviews", "verify"], "verified.json");
    Ok(())
}
