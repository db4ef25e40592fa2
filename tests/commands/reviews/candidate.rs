//! A pull request before it lands: waiting until its reviews are there, and again when they no
//! longer are of what lands.

use countersign::demo::Method;
use countersign::forge::{AccountKind, HeadEventKind, PullState, ReviewState};
use countersign::model::Timestamp;

use countersign_testkit::pull::{ALICE, BOB, CAROL, STRANGER, Scene};
use countersign_testkit::{TestResult, any_two_members};

#[test]
fn a_pull_request_waits_until_a_required_person_approves_it() -> TestResult {
    let mut scene = Scene::opened()?;
    scene
        .check_pull()
        .assert("waiting", &["unapproved-version"])
        .finding("unapproved-version")
        .says("0 of 1: needs one of bob (@bob-gh), carol (@carol-gh)");
    scene.approve(BOB);
    scene.check_pull().passes();
    assert_eq!(
        scene.counted(&["--pull", "7"]),
        [("bob".to_owned(), "review".to_owned())]
    );
    Ok(())
}

#[test]
fn reviews_of_the_forge_do_not_count_unless_requested() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene
        .repo
        .check_with(&["--base", "main"])
        .assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn two_are_required_and_one_has_approved() -> TestResult {
    let mut scene = Scene::opened_with(any_two_members, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    scene.approve(BOB);
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .says("1 of 2: needs carol");
    scene.approve(CAROL);
    scene.check_pull().passes();
    Ok(())
}

#[test]
fn a_push_that_changes_the_bytes_makes_it_wait_again_and_says_whose_approval_went_stale()
-> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let reviewed = scene.pull.request.head;
    let pushed = scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it badly."))?;
    let checked = scene.check_pull();
    checked.assert("waiting", &["unapproved-version"]);
    let stale = checked
        .finding("review-stale")
        .is("warning")
        .by("bob")
        .has("subject", "skill/pdf");
    stale
        .says(&reviewed.to_string()[..10])
        .says(&pushed.to_string()[..10]);
    scene.approve(BOB);
    scene.check_pull().passes();
    Ok(())
}

#[test]
fn a_stale_review_links_to_what_changed_since_it() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let reviewed = scene.pull.request.head;
    let pushed = scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it badly."))?;
    let link = format!("https://github.com/acme/agent-skills/compare/{reviewed}..{pushed}");
    scene
        .check_pull()
        .finding("review-stale")
        .has("compare", &link);
    let answers = scene.answers();
    let check = [
        "check",
        "--base",
        "main",
        "--pull",
        "7",
        "--answers",
        &answers,
    ];
    let shown = scene.repo.run(&check).exits(1).stdout;
    assert!(shown.contains(&format!("  compare: {link}\n")), "{shown}");
    let page = scene
        .repo
        .run(&[&check[..], &["--format", "markdown"]].concat())
        .exits(1)
        .stdout;
    assert!(page.contains(&format!("[`compare`]({link})")), "{page}");
    // What landed is compared with what was reviewed, too.
    let landing = scene.land(Method::Squash)?[0];
    scene.check_branch().finding("review-stale").has(
        "compare",
        &format!("https://github.com/acme/agent-skills/compare/{reviewed}..{landing}"),
    );
    Ok(())
}

#[test]
fn a_push_that_leaves_the_governed_bytes_alone_keeps_the_approval() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.push(|tree| tree.put("README.md", "Other things.\n"))?;
    scene.check_pull().passes().without("review-stale");
    Ok(())
}

#[test]
fn bytes_that_were_pushed_and_taken_back_are_the_approved_ones() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it badly."))?;
    scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    scene.check_pull().passes();
    Ok(())
}

#[test]
fn one_subject_goes_stale_and_the_other_stays_approved() -> TestResult {
    let mut scene = Scene::opened_with(
        |policy| policy,
        |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
            tree.put_skill("csv", "1.0.0", "Do it well.");
        },
    )?;
    scene.approve(BOB);
    scene.push(|tree| tree.put_skill("csv", "1.0.0", "Do it badly."))?;
    let checked = scene.check_pull();
    checked.assert("waiting", &[]);
    checked
        .finding("unapproved-version")
        .has("subject", "skill/csv");
    checked.finding("review-stale").has("subject", "skill/csv");
    assert_eq!(
        checked
            .findings()
            .iter()
            .filter(|finding| finding.rule() == "unapproved-version")
            .count(),
        1,
        "{checked}"
    );
    Ok(())
}

#[test]
fn the_latest_opinion_counts_and_a_comment_is_not_one() -> TestResult {
    use ReviewState::{Approved, ChangesRequested, Commented, Dismissed, Pending, Unknown};
    let cases: [(&[ReviewState], &str); 11] = [
        (&[Approved, Commented], "pass"),
        (&[Commented], "waiting"),
        (&[ChangesRequested, Approved], "pass"),
        (&[Approved, ChangesRequested], "waiting"),
        (&[Approved, ChangesRequested, Commented], "waiting"),
        (&[Approved, Dismissed], "waiting"),
        (&[Dismissed, Approved], "pass"),
        (&[Approved, Unknown], "waiting"),
        (&[Unknown, Approved], "pass"),
        (&[Approved, Pending], "pass"),
        (&[Pending], "waiting"),
    ];
    for (states, verdict) in cases {
        let mut scene = Scene::opened()?;
        for state in states {
            scene.review(BOB, *state);
        }
        let checked = scene.check_pull();
        assert_eq!(checked.verdict(), verdict, "{states:?}\n{checked}");
    }
    Ok(())
}

#[test]
fn within_one_second_anything_but_an_approval_wins() -> TestResult {
    for states in [
        [ReviewState::Approved, ReviewState::ChangesRequested],
        [ReviewState::ChangesRequested, ReviewState::Approved],
    ] {
        let mut scene = Scene::opened()?;
        for state in states {
            scene.review(BOB, state).submitted = Some(Timestamp::from_unix(1_767_610_000));
        }
        scene
            .check_pull()
            .assert("waiting", &[])
            .finding("review-not-counted")
            .by("bob")
            .says("requests changes");
    }
    Ok(())
}

#[test]
fn an_approval_without_a_time_proves_nothing_and_hides_the_one_before() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.review(BOB, ReviewState::Approved).submitted = None;
    scene
        .check_pull()
        .assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn dismissing_removes_the_approval_and_says_so() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.review(BOB, ReviewState::Dismissed);
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-not-counted")
        .by("bob")
        .says("dismissed");
    Ok(())
}

#[test]
fn strangers_bots_and_people_under_other_numbers_approve_nothing() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(STRANGER);
    scene
        .review(BOB, ReviewState::Approved)
        .account
        .as_mut()
        .expect("an account")
        .kind = AccountKind::Bot;
    scene
        .review(CAROL, ReviewState::Approved)
        .account
        .as_mut()
        .expect("an account")
        .kind = AccountKind::Other;
    scene
        .review(STRANGER + 1, ReviewState::Approved)
        .account
        .as_mut()
        .expect("an account")
        .login = "bob-gh".to_owned();
    scene.review(BOB, ReviewState::Approved).account = None;
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .says("0 of 1");
    Ok(())
}

#[test]
fn the_opener_of_a_pull_request_cannot_approve_it() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(ALICE);
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-not-counted")
        .by("alice")
        .says("contributed");
    // Bob pushes to his own pull request under Alice's name in every commit.
    let mut scene = Scene::opened()?;
    scene.pull.request.author = Some(countersign_testkit::pull::account(BOB));
    scene.approve(BOB);
    let checked = scene.check_pull();
    checked
        .assert("waiting", &[])
        .finding("review-not-counted")
        .by("bob")
        .says("author of the pull request");
    checked.finding("unapproved-version").says("needs carol");
    Ok(())
}

#[test]
fn another_base_another_repository_and_another_forge_are_other_pull_requests() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.check_pull().passes();
    scene.pull.request.base = "release".to_owned();
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-not-counted")
        .says("release");
    scene.pull.request.base = "main".to_owned();
    scene.pull.request.repository = "github.com/mallory/agent-skills".to_owned();
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-not-counted")
        .says("mallory");
    scene.pull.request.repository = "git.example/acme/agent-skills".to_owned();
    scene
        .check_pull()
        .assert("waiting", &["unapproved-version"]);
    scene.pull.request.repository = "GitHub.com/ACME/agent-skills".to_owned();
    scene.check_pull().passes();
    Ok(())
}

#[test]
fn high_risk_is_never_approved_by_a_review() -> TestResult {
    let mut scene = Scene::opened_with(
        |policy| policy,
        |tree| tree.put_skill("payments-refund", "1.0.0", "Do it well."),
    )?;
    scene.approve(BOB);
    scene.approve(CAROL);
    let checked = scene.check_pull();
    checked
        .assert("waiting", &["unapproved-version"])
        .finding("review-not-counted")
        .says("not evidence that counts here");
    Ok(())
}

#[test]
fn where_only_signatures_are_accepted_a_review_waits_for_one() -> TestResult {
    let signatures = |policy: countersign::demo::PolicyDraft| {
        policy.with(|draft| {
            draft.approvals[0] =
                "{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: [signature]}".to_owned();
        })
    };
    let mut scene = Scene::opened_with(signatures, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    scene.approve(BOB);
    scene
        .check_pull()
        .assert("waiting", &["unapproved-version", "review-not-counted"]);
    Ok(())
}

#[test]
fn a_force_push_after_the_approval_needs_the_same_bytes_before_it() -> TestResult {
    let mut scene = Scene::opened()?;
    let first = scene.pull.request.head;
    scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it badly."))?;
    let bad = scene.pull.request.head;
    // The forge pointed Bob's approval of the bad bytes to the commit that came afterwards.
    scene.review_of(BOB, ReviewState::Approved, first);
    scene.repo.reset(first)?;
    scene.pull.request.head = first;
    scene.event(HeadEventKind::ForcePush {
        before: Some(bad),
        after: Some(first),
    });
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-stale")
        .by("bob")
        .says("force-pushed")
        .says(&bad.to_string()[..10]);
    // The same bytes before it: a rebase that changed nothing.
    scene.pull.events[0].kind = HeadEventKind::ForcePush {
        before: Some(first),
        after: Some(first),
    };
    scene.check_pull().passes();
    // No one knows what was there before.
    scene.pull.events[0].kind = HeadEventKind::ForcePush {
        before: None,
        after: Some(first),
    };
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-stale")
        .says("does not say");
    // Not in this clone.
    let missing = "1".repeat(40).parse()?;
    scene.pull.events[0].kind = HeadEventKind::ForcePush {
        before: Some(missing),
        after: Some(first),
    };
    scene
        .check_pull()
        .assert("waiting", &[])
        .finding("review-stale")
        .says(&format!("git fetch origin {missing}"));
    // In the same second it may have come after; a second earlier it did not.
    let submitted = scene.pull.reviews[0].submitted.expect("a time");
    scene.pull.events[0].kind = HeadEventKind::ForcePush {
        before: Some(bad),
        after: Some(first),
    };
    scene.pull.events[0].at = submitted;
    scene.check_pull().assert("waiting", &["review-stale"]);
    scene.pull.events[0].at = submitted.plus(-1);
    scene.check_pull().passes();
    Ok(())
}

#[test]
fn a_change_of_the_base_after_the_approval_voids_it() -> TestResult {
    for (kind, word) in [
        (HeadEventKind::BaseChanged, "changed"),
        (HeadEventKind::BaseForcePush, "force-pushed"),
    ] {
        let mut scene = Scene::opened()?;
        scene.event(kind.clone());
        scene.approve(BOB);
        scene.check_pull().passes();
        scene.event(kind);
        scene
            .check_pull()
            .assert("waiting", &[])
            .finding("review-stale")
            .by("bob")
            .says(&format!("base branch was {word}"));
        scene.approve(BOB);
        scene.check_pull().passes();
    }
    Ok(())
}

#[test]
fn without_the_pull_requests_head_nothing_is_said_but_how_to_fetch_it() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.pull.request.head = "2".repeat(40).parse()?;
    let checked = scene.check_pull();
    assert_eq!(
        (checked.verdict(), checked.code()),
        ("not-evaluated", 3),
        "{checked}"
    );
    assert!(
        checked
            .human()
            .stdout
            .contains("git fetch origin refs/pull/7/head"),
        "{checked}"
    );
    Ok(())
}

#[test]
fn a_forge_that_gives_no_answer_does_not_pass() -> TestResult {
    let scene = Scene::opened()?;
    scene.answers();
    let file = scene.write("broken.json", "{\"schema\":");
    let checked = scene
        .repo
        .check_with(&["--base", "main", "--pull", "7", "--answers", &file]);
    assert_eq!(
        (checked.verdict(), checked.code()),
        ("not-evaluated", 3),
        "{checked}"
    );
    checked.finding("forge-unanswered");
    let checked = scene.repo.check_with(&[
        "--base",
        "main",
        "--pull",
        "8",
        "--answers",
        &scene.answers(),
    ]);
    assert_eq!(
        (checked.verdict(), checked.code()),
        ("not-evaluated", 3),
        "{checked}"
    );
    checked.finding("forge-unanswered").says("pull request 8");
    Ok(())
}

#[test]
fn what_the_pull_request_does_not_change_is_not_approved_by_its_reviews() -> TestResult {
    // The draft came in by a direct push; the pull request only changes a file beside it.
    let mut scene = Scene::opened_with(|policy| policy, |tree| tree.put("README.md", "New.\n"))?;
    let alice = scene.repo.alice.clone();
    scene.repo.switch("main")?;
    scene.repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let landing = scene
        .repo
        .merge("change", countersign::demo::Method::Merge, &alice)?;
    scene.approve(BOB);
    scene.landed(&[landing]);
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    // Nor when the forge says that the direct push came with it.
    let push = scene.line()[1];
    scene.landings.push(push);
    scene
        .check_branch()
        .assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_closed_pull_request_counts_for_no_candidate_and_the_report_says_so() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.check_pull().passes();
    for state in [Some(PullState::Closed), None] {
        scene.pull.request.state = state;
        let checked = scene.check_pull();
        checked
            .assert("waiting", &["review-not-counted"])
            .finding("review-not-counted")
            .says("the pull request is closed");
    }
    Ok(())
}
