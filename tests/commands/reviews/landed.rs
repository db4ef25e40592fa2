//! Every way in which a pull request lands, each with its right answer: what was approved is what
//! must be there now.

use countersign::demo::Method;
use countersign::forge::ReviewState;

use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, CAROL, Scene};

/// The pull request, approved by Bob, lands in this way; the branch moved on meanwhile.
fn landed(method: Method) -> Result<Scene, Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.land(method)?;
    Ok(scene)
}

#[test]
fn squash_rebase_and_merge_commits_keep_the_approval() -> TestResult {
    for method in [Method::Merge, Method::Squash, Method::Rebase] {
        let scene = landed(method)?;
        scene
            .repo
            .check()
            .assert("waiting", &["unapproved-version"]);
        let checked = scene.check_branch();
        assert_eq!(checked.verdict(), "pass", "{method:?}\n{checked}");
        assert_eq!(
            scene.counted(&[]),
            [("bob".to_owned(), "review".to_owned())],
            "{method:?}"
        );
    }
    Ok(())
}

#[test]
fn a_fast_forward_that_the_forge_calls_a_merge_keeps_it_too() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let alice = scene.repo.alice.clone();
    scene.repo.switch("main")?;
    let landing = scene.repo.merge("change", Method::FastForward, &alice)?;
    scene.landed(&[landing]);
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn each_commit_of_a_rebase_is_judged_by_itself() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.push(|tree| tree.put_skill("csv", "1.0.0", "Do it well."))?;
    scene.approve(BOB);
    let landings = scene.land(Method::Rebase)?;
    assert_eq!(landings.len(), 2);
    scene.check_branch().passes();
    // What was there between the two landings was never approved.
    let mut scene = Scene::opened()?;
    scene.push(|tree| tree.put_skill("pdf", "1.1.0", "Do it better."))?;
    scene.approve(BOB);
    scene.land(Method::Rebase)?;
    scene.check_branch().passes();
    let answers = scene.answers();
    let versions = scene
        .repo
        .run(&[
            "status",
            "skill/pdf",
            "--format",
            "json",
            "--answers",
            &answers,
        ])
        .exits(0)
        .json();
    let states: Vec<_> = versions["subjects"][0]["versions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, ["draft", "approved"], "{versions:#}");
    Ok(())
}

#[test]
fn a_merge_queue_lands_each_pull_request_with_its_own_approvals() -> TestResult {
    // The queue squashed another pull request before this one; the forge names the queue's commit.
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let (alice, carol) = (scene.repo.alice.clone(), scene.repo.carol.clone());
    scene.repo.switch("main")?;
    scene.repo.branch("other")?;
    scene.repo.commit(&carol, "Add csv", |tree| {
        tree.put_skill("csv", "1.0.0", "Do it well.");
    })?;
    scene.repo.switch("main")?;
    scene.repo.branch("gh-readonly-queue/main/pr-7")?;
    scene.repo.merge("other", Method::Squash, &carol)?;
    let queued = scene.repo.merge("change", Method::Squash, &alice)?;
    // The gate of the queue asks about this pull request on top of the other: the other still waits
    // for its own.
    let checked = scene.check_pull();
    checked
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/csv");
    checked.without("review-stale");
    scene.repo.switch("main")?;
    scene.repo.reset(queued)?;
    scene.landed(&[queued]);
    let checked = scene.check_branch();
    checked
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/csv");
    assert_eq!(
        scene.counted(&[]),
        [("bob".to_owned(), "review".to_owned())]
    );
    Ok(())
}

#[test]
fn updating_the_branch_keeps_the_approval_when_the_base_left_the_package_alone() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.move_base(|tree| tree.put("README.md", "Elsewhere.\n"))?;
    scene.update_branch()?;
    scene.check_pull().passes();
    scene.land(Method::Squash)?;
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn updating_the_branch_voids_it_when_the_base_changed_another_file_of_the_package() -> TestResult {
    let mut scene = Scene::on_an_approved_skill(|tree| tree.put("skills/pdf/a.md", "Ours.\n"))?;
    scene.approve(BOB);
    scene.check_pull().passes();
    scene.move_base(|tree| tree.put("skills/pdf/b.md", "Theirs.\n"))?;
    // Not updated yet: what the merge would land was seen by no one.
    scene.check_pull().assert("waiting", &["review-stale"]);
    let merge = scene.update_branch()?;
    let checked = scene.check_pull();
    checked
        .assert("waiting", &[])
        .finding("review-stale")
        .by("bob")
        .says(&merge.to_string()[..10]);
    scene.approve(BOB);
    scene.check_pull().passes();
    scene.land(Method::Merge)?;
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn a_merge_that_mixes_two_changes_of_one_package_is_not_approved() -> TestResult {
    let mut scene = Scene::on_an_approved_skill(|tree| tree.put("skills/pdf/a.md", "Ours.\n"))?;
    scene.approve(BOB);
    scene.move_base(|tree| tree.put("skills/pdf/b.md", "Theirs.\n"))?;
    scene.land(Method::Merge)?;
    let checked = scene.check_branch();
    checked
        .assert("waiting", &["unapproved-version"])
        .finding("review-stale")
        .by("bob");
    Ok(())
}

#[test]
fn resolving_a_conflict_in_the_web_editor_voids_it() -> TestResult {
    let mut scene = Scene::on_an_approved_skill(|tree| tree.put("skills/pdf/a.md", "Ours.\n"))?;
    scene.approve(BOB);
    let theirs = scene.move_base(|tree| tree.put("skills/pdf/a.md", "Theirs.\n"))?;
    // The editor makes a merge commit on the branch, with whatever was typed.
    let ours = scene.pull.request.head;
    let mut tree = scene.repo.tree_of(ours);
    tree.put("skills/pdf/a.md", "Both.\n");
    let alice = scene.repo.alice.clone();
    scene.repo.switch("change")?;
    let resolved = scene.repo.commit_tree(
        vec![ours, theirs],
        tree,
        &alice,
        "Merge branch 'main' into change",
    )?;
    scene.pull.request.head = resolved;
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-stale")
        .by("bob")
        .says(&resolved.to_string()[..10]);
    // Carol wrote the other side of it.
    scene.approve(CAROL);
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-not-counted")
        .by("carol")
        .says("contributed");
    scene.approve(BOB);
    scene.check_pull().passes();
    scene.land(Method::Squash)?;
    scene.check_branch().passes();
    assert_eq!(
        scene.counted(&[]),
        [("bob".to_owned(), "review".to_owned())]
    );
    Ok(())
}

#[test]
fn a_push_that_raced_with_the_merge_is_not_approved() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it badly."))?;
    scene.land(Method::Squash)?;
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version", "review-stale"]);
    Ok(())
}

#[test]
fn only_the_pull_request_that_landed_the_bytes_speaks_for_them() -> TestResult {
    let mut scene = landed(Method::Squash)?;
    scene.check_branch().passes();
    // Closed without merging, or merged as another commit.
    scene.pull.request.merged = false;
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    scene.pull.request.merged = true;
    scene.pull.request.merge_commit = Some(scene.pull.request.head);
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    scene.pull.request.merge_commit = None;
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn an_approval_after_the_merge_counts_from_now_on() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.land(Method::Squash)?;
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    scene.approve(BOB);
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn someone_suspended_since_then_cannot_approve_on_an_old_pull_request() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.land(Method::Squash)?;
    let alice = scene.repo.alice.clone();
    let block = scene
        .repo
        .draft(
            countersign::model::DecisionKind::Block,
            &alice,
            "principal/bob",
            "all",
        )?
        .record();
    scene.repo.land(&alice, &block)?;
    scene.review(BOB, ReviewState::Approved);
    let checked = scene.check_branch();
    checked
        .assert("waiting", &["unapproved-version"])
        .finding("review-not-counted")
        .by("bob")
        .says("suspended");
    scene.approve(CAROL);
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn one_who_rejected_in_writing_is_not_overridden_by_a_button() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.land(Method::Squash)?;
    let bob = scene.repo.bob.clone();
    scene.repo.decide(
        &bob,
        countersign::model::DecisionKind::Reject,
        "skill/pdf",
        "1.0.0",
    )?;
    scene.approve(BOB);
    let checked = scene.check_branch();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    checked.finding("rejected-version");
    Ok(())
}

#[test]
fn what_the_reviews_say_leaves_no_trace_in_later_runs() -> TestResult {
    let scene = landed(Method::Squash)?;
    scene.repo.run(&["status"]).exits(0);
    assert_eq!(scene.counted(&[]).len(), 1);
    assert_eq!(
        scene.repo.state("skill/pdf"),
        "draft",
        "nothing of it was kept"
    );
    Ok(())
}

#[test]
fn log_and_explain_name_the_review() -> TestResult {
    let scene = landed(Method::Squash)?;
    let answers = scene.answers();
    let json = scene
        .repo
        .run(&[
            "explain",
            "skill/pdf",
            "--format",
            "json",
            "--answers",
            &answers,
        ])
        .exits(0)
        .json();
    let events = json["events"].as_array().cloned().unwrap_or_default();
    let approved = events
        .iter()
        .find(|event| event["action"] == "approve")
        .unwrap_or_else(|| panic!("an approval\n{json:#}"));
    assert_eq!(
        (
            &approved["evidence"],
            &approved["review"]["pull"],
            &approved["principal"]
        ),
        (&"review".into(), &7.into(), &"bob".into())
    );
    let review = &json["reviews"][0];
    assert_eq!(
        (
            &review["review_id"],
            &review["counts"],
            &review["principal"]
        ),
        (&100.into(), &true.into(), &"bob".into()),
        "{json:#}"
    );
    let human = scene
        .repo
        .run(&["explain", "skill/pdf", "--answers", &answers])
        .exits(0);
    assert!(human.stdout.contains("pull request 7"), "{human}");
    Ok(())
}
