//! The commands that record what counted and compare it with the forge later.

use countersign::demo::Method;
use countersign::forge::{HeadEventKind, ReviewState};

use super::landed;
use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, CAROL, Scene};

#[test]
fn recording_writes_what_counted_once_and_verifying_reports_what_differs_since() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.review(CAROL, ReviewState::Commented);
    scene.event(HeadEventKind::ForcePush {
        before: Some(scene.pull.request.head),
        after: Some(scene.pull.request.head),
    });
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    scene.repo.checkout()?;
    let answers = scene.answers();
    let key = scene.write("scribe.key", &scene.scribe.private_pem());
    private(&key)?;
    scene.write("scribe.key.pub", &scene.scribe.public_line());
    let arguments = [
        "reviews",
        "record",
        "--pull",
        "7",
        "--key",
        &key,
        "--answers",
        &answers,
    ];
    let output = scene.repo.run(&arguments).exits(0);
    assert!(
        output.stdout.contains("wrote approvals/skill/pdf/1.0.0/")
            && output.stdout.contains("-approve-bob.yaml"),
        "{output}"
    );
    assert_eq!(output.stdout.matches("wrote ").count(), 1, "{output}");
    let again = scene.repo.run(&arguments).exits(0);
    assert!(
        again.stdout.contains("already recorded") && !again.stdout.contains("wrote"),
        "{again}"
    );
    let (path, home) = (scene.repo.path(), scene.repo.beside().to_owned());
    countersign_testkit::git(&path, &home, &["add", "--", "approvals"]);
    countersign_testkit::git(
        &path,
        &home,
        &[
            "-c",
            "user.name=S",
            "-c",
            "user.email=scribe@acme.example",
            "commit",
            "-qm",
            "Record reviews",
        ],
    );
    let checked = scene.repo.check();
    checked.passes();
    let commit = scene.landings[0].to_string();
    let landed = scene.repo.run(&[
        "reviews",
        "record",
        "--commit",
        &commit,
        "--key",
        &key,
        "--answers",
        &answers,
        "--format",
        "json",
    ]);
    let landed = landed.exits(0).json();
    assert_eq!(
        (
            landed["written"].as_array().map(Vec::len),
            landed["existing"].as_array().map(Vec::len)
        ),
        (Some(0), Some(1)),
        "{landed:#}"
    );

    let verify = ["reviews", "verify", "--answers", &answers];
    assert!(
        scene
            .repo
            .run(&verify)
            .exits(0)
            .stdout
            .contains("1 recorded review, 1 as recorded, 0 not")
    );
    scene.pull.reviews[1].state = ReviewState::Dismissed;
    scene.pull.reviews[1].commit = Some(scene.landings[0]);
    scene.event(HeadEventKind::BaseChanged);
    // The branch has a commit that the scene did not make: its answers stay as they are, but for
    // the pull request.
    let mut saved = countersign::forge::SavedForge::read(&std::fs::read(&answers)?)?;
    saved.add(scene.pull.clone());
    std::fs::write(&answers, saved.file()?)?;
    let output = scene.repo.run(&verify).exits(1);
    for word in [
        "it is DISMISSED now".to_lowercase(),
        "it is for commit".to_owned(),
        "base-changed".to_owned(),
    ] {
        assert!(output.stdout.contains(&word), "{word}\n{output}");
    }
    let json = scene
        .repo
        .run(&[verify.as_slice(), &["--format", "json"]].concat())
        .exits(1)
        .json();
    let what: Vec<_> = json["reviews"][0]["differences"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["what"].clone())
        .collect();
    assert_eq!(what, ["state", "re-pointed", "new-event"], "{json:#}");
    // Another branch's pull request, and another repository's, says nothing about what landed here.
    scene.pull.request.base = "release".to_owned();
    scene.pull.request.repository = "github.com/acme/fork".to_owned();
    saved.add(scene.pull.clone());
    std::fs::write(&answers, saved.file()?)?;
    let output = scene.repo.run(&verify).exits(1);
    for word in [
        "the pull request belongs to github.com/acme/fork",
        "the pull request targets the branch release",
    ] {
        assert!(output.stdout.contains(word), "{word}\n{output}");
    }
    // What counted at its landing still does.
    scene.repo.check().passes();
    Ok(())
}

#[test]
fn only_a_recorder_can_run_the_recording() -> TestResult {
    let scene = landed()?;
    let answers = scene.answers();
    let alice = scene.repo.alice.clone();
    let key = scene.write("alice.key", &alice.private_pem());
    scene.write("alice.key.pub", &alice.public_line());
    let output = scene
        .repo
        .run(&[
            "reviews",
            "record",
            "--pull",
            "7",
            "--key",
            &key,
            "--answers",
            &answers,
        ])
        .exits(2);
    assert!(output.stderr.contains("recorder of the policy"), "{output}");
    Ok(())
}

#[cfg(unix)]
fn private(key: &str) -> std::io::Result<()> {
    std::fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_key: &str) -> std::io::Result<()> {
    Ok(())
}
