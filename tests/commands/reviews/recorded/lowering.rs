//! Unsigned records in a pull request: anyone who opened it vouches for what lowers, and nothing
//! else.

use countersign::demo::{Method, Person};
use countersign::model::DecisionKind;

use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, Scene};

#[test]
fn a_block_from_a_phone_counts_for_the_opener_of_its_pull_request() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    scene.repo.approved_skill("csv", "1.0.0")?;
    let bob = scene.repo.bob.clone();
    let block = scene
        .repo
        .draft(DecisionKind::Block, &bob, "skill/csv", "1.0.0")?
        .unsigned()
        .record();
    scene.repo.branch("change")?;
    let stranger = Person::new("web-flow");
    scene.pull.request.head = scene.repo.land(&stranger, &block)?;
    // Opened by Alice it is Alice's word about what Bob decided.
    scene
        .check_pull()
        .assert("fail", &[])
        .finding_at("evidence-missing", &block.path);
    scene.pull.request.author = Some(countersign_testkit::pull::account(BOB));
    scene.check_pull().passes();
    scene.land(Method::Squash)?;
    scene
        .repo
        .check()
        .assert("fail", &[])
        .finding_at("evidence-missing", &block.path);
    let answers = scene.answers();
    let json = scene
        .repo
        .run(&[
            "status",
            "skill/csv",
            "--format",
            "json",
            "--answers",
            &answers,
        ])
        .exits(0)
        .json();
    assert_eq!(json["subjects"][0]["state"], "blocked", "{json:#}");
    scene
        .check_branch()
        .assert("fail", &["blocked-version"])
        .without("evidence-missing");
    Ok(())
}

#[test]
fn a_pull_request_that_does_more_than_lower_is_not_evidence_for_the_record() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    scene.repo.approved_skill("csv", "1.0.0")?;
    let bob = scene.repo.bob.clone();
    let block = scene
        .repo
        .draft(DecisionKind::Block, &bob, "skill/csv", "1.0.0")?
        .unsigned()
        .record();
    let approve = scene
        .repo
        .draft(DecisionKind::Approve, &bob, "skill/csv", "1.0.0")?
        .unsigned()
        .record();
    scene.pull.request.author = Some(countersign_testkit::pull::account(BOB));
    scene.repo.branch("change")?;
    scene.repo.land(&bob, &block)?;
    scene.pull.request.head = scene
        .repo
        .commit(&bob, "And more", |tree| tree.put("README.md", "More.\n"))?;
    scene
        .check_pull()
        .assert("fail", &[])
        .finding_at("evidence-missing", &block.path);
    scene.repo.switch("main")?;
    scene.repo.branch("change")?;
    scene.pull.request.head = scene.repo.land(&bob, &approve)?;
    scene
        .check_pull()
        .assert("fail", &[])
        .finding_at("evidence-missing", &approve.path);
    Ok(())
}
