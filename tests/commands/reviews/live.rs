//! The Action and the commands with a live forge: what they ask it, what they make of its answers,
//! and what they say when it gives none.

use countersign::forge::{HeadEventKind, ReviewState};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

mod recording;

use crate::reviews::server::{REPOSITORY, Server};
use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, CAROL, Scene};
use countersign_testkit::runner::{Runner, Step};

const TOKEN: &str = "ghs_secret";

fn live(runner: Runner, server: &Server) -> Runner {
    let path = std::env::var("PATH").unwrap_or_default();
    runner
        .with("GITHUB_TOKEN", TOKEN)
        .with("GITHUB_API_URL", &server.address())
        .with("PATH", &path)
}

/// The gate of the pull request as it is now.
fn gate(scene: &Scene, server: &Server) -> Step {
    let base = scene.repo.git(&["rev-parse", "main"]);
    scene
        .repo
        .git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    live(
        Runner::pull(&scene.pull.request.head.to_string(), &base),
        server,
    )
    .act(&scene.repo, &scene.repo.path())
}

/// Markdown as people read it.
fn plain(markdown: &str) -> String {
    let mut parts = markdown.split("&#");
    let first = parts.next().unwrap_or_default().to_owned();
    let read = |part: &str| {
        let (number, rest) = part.split_once(';')?;
        Some(format!("{}{rest}", char::from(number.parse::<u8>().ok()?)))
    };
    parts.fold(first, |text, part| {
        text + &read(part).unwrap_or_else(|| part.to_owned())
    })
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str())
        .collect()
}

#[test]
fn a_pull_request_waits_passes_and_waits_again_as_its_reviews_and_bytes_say() -> TestResult {
    let mut scene = Scene::opened()?;
    let server = Server::of(&scene);
    let step = gate(&scene, &server);
    step.says("waiting", 1);
    assert!(
        step.outputs["title"].contains("0 of 1: needs one of bob (@bob-gh), carol (@carol-gh)"),
        "{:?}",
        step.outputs
    );
    // The pull request, its reviews, its events; and once whether a ruleset requires the workflow.
    assert_eq!(
        server.requests().len(),
        4,
        "{:?}",
        server
            .requests()
            .iter()
            .map(|one| one.url.path().to_owned())
            .collect::<Vec<_>>()
    );

    scene.approve(BOB);
    let step = gate(&scene, &Server::of(&scene));
    step.says("pass", 0);
    assert!(step.summary.contains("bob by review"), "{}", step.summary);

    scene.push(|tree| tree.put("README.md", "Nothing governed.\n"))?;
    gate(&scene, &Server::of(&scene)).says("pass", 0);

    let pushed = scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it worse."))?;
    let step = gate(&scene, &Server::of(&scene));
    assert!(rules(&step.says("waiting", 1)).contains(&"review-stale"));
    for word in [
        "by bob in pull request 7 went stale",
        &format!("commit {} changed them", pushed.short()),
    ] {
        assert!(step.summary.contains(word), "{word}\n{}", step.summary);
    }

    scene.approve(BOB);
    scene.review(BOB, ReviewState::Commented);
    gate(&scene, &Server::of(&scene)).says("pass", 0);
    scene.pull.reviews[1].state = ReviewState::Dismissed;
    gate(&scene, &Server::of(&scene)).says("waiting", 1);
    Ok(())
}

#[test]
fn a_force_push_is_looked_up_and_voids_what_was_approved_of_other_bytes() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.push(|tree| tree.put_skill("pdf", "1.0.0", "What Bob really saw."))?;
    let seen = scene.pull.request.head;
    scene.approve(BOB);
    let now = scene.push(|tree| tree.put_skill("pdf", "1.0.0", "What lands."))?;
    // The forge points the review to what it did not see.
    scene.pull.reviews[0].commit = Some(now);
    scene.event(HeadEventKind::ForcePush {
        before: Some(seen),
        after: Some(now),
    });
    let server = Server::of(&scene);
    let step = gate(&scene, &server);
    assert!(rules(&step.says("waiting", 1)).contains(&"review-stale"));
    assert!(step.summary.contains("force-pushed"), "{}", step.summary);
    assert_eq!(
        server.requests().len(),
        5,
        "and one question more for what was there before"
    );
    Ok(())
}

#[test]
fn without_a_token_a_change_that_a_review_could_approve_is_not_evaluated() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let base = scene.repo.git(&["rev-parse", "main"]);
    scene
        .repo
        .git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    let runner = || Runner::pull(&scene.pull.request.head.to_string(), &base);
    let step = runner().act(&scene.repo, &scene.repo.path());
    step.says("not-evaluated", 3);
    assert!(
        plain(&step.summary).contains("token: ${{ github.token }}"),
        "{}",
        step.summary
    );
    // Where nothing waits for a review none is missed.
    let mut unchanged =
        Scene::opened_with(|policy| policy, |tree| tree.put("README.md", "Words.\n"))?;
    unchanged.approve(CAROL);
    let base = unchanged.repo.git(&["rev-parse", "main"]);
    unchanged
        .repo
        .git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    Runner::pull(&unchanged.pull.request.head.to_string(), &base)
        .act(&unchanged.repo, &unchanged.repo.path())
        .says("pass", 0);
    Ok(())
}

#[test]
fn a_forge_that_gives_no_answer_is_never_a_pass_and_the_question_is_named() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let cut = r#"[{"id": 1, "state": "APPR"#;
    let answers = [
        ("401", ResponseTemplate::new(401)),
        (
            "403",
            ResponseTemplate::new(403)
                .set_body_json(json!({"message": "Resource not accessible by integration"})),
        ),
        ("404", ResponseTemplate::new(404)),
        (
            "422",
            ResponseTemplate::new(422).set_body_json(json!({"message": "Validation Failed"})),
        ),
        (
            "429",
            ResponseTemplate::new(429).insert_header("retry-after", "100000"),
        ),
        ("503", ResponseTemplate::new(503)),
        (
            "incomplete",
            ResponseTemplate::new(200).set_body_raw(cut, "application/json"),
        ),
        (
            "read",
            ResponseTemplate::new(200).set_body_json(json!([{"id": "x"}])),
        ),
    ];
    for (word, answer) in answers {
        let server = Server::silent();
        server.respond("GET", &format!("{REPOSITORY}/pulls/7/reviews"), answer);
        server.pull(&scene.pull);
        let step = gate(&scene, &server);
        let report = step.says("not-evaluated", 3);
        let finding = report["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["rule"] == "forge-unanswered")
            .cloned()
            .unwrap_or_default();
        let told = format!(
            "{} {}",
            finding["message"].as_str().unwrap_or_default(),
            finding["help"].as_str().unwrap_or_default()
        );
        for expected in [
            word,
            "GET /repos/acme/agent-skills/pulls/7/reviews",
            "pull-requests: read",
        ] {
            assert!(
                told.contains(expected),
                "{expected} is said of {word}: {told}"
            );
            assert!(
                plain(&step.summary).contains(expected),
                "{expected} is in the summary\n{}",
                step.summary
            );
        }
    }
    Ok(())
}

#[test]
fn one_comment_is_kept_and_only_the_tokens_own_is_touched() -> TestResult {
    let scene = Scene::opened()?;
    let server = Server::of(&scene);
    let marker = "<!-- countersign: the gate -->";
    let theirs = json!({"id": 1, "user": {"id": 99, "login": "mallory", "type": "User"}, "body": format!("{marker}\npass")});
    let own = json!({"id": 2, "user": {"id": 5, "login": "gate", "type": "User"}, "body": format!("{marker}\nwaiting")});
    server.get("/user", &json!({"id": 5, "login": "gate", "type": "User"}));
    server.get(
        &format!("{REPOSITORY}/issues/7/comments"),
        &json!([theirs, own]),
    );
    server.respond(
        "PATCH",
        &format!("{REPOSITORY}/issues/comments/2"),
        ResponseTemplate::new(200).set_body_json(json!({"id": 2})),
    );
    let base = scene.repo.git(&["rev-parse", "main"]);
    scene
        .repo
        .git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    let runner = live(
        Runner::pull(&scene.pull.request.head.to_string(), &base),
        &server,
    )
    .with("COUNTERSIGN_COMMENT", "true");
    runner
        .act(&scene.repo, &scene.repo.path())
        .says("waiting", 1);
    let requests = server.requests();
    let written: Vec<_> = requests
        .iter()
        .filter(|one| one.method.as_str() != "GET")
        .collect();
    assert_eq!(written.len(), 1);
    assert_eq!(
        written[0].url.path(),
        format!("{REPOSITORY}/issues/comments/2")
    );
    let body = String::from_utf8_lossy(&written[0].body).into_owned();
    assert!(
        body.contains("needs one of") && !body.contains("owned"),
        "{body}"
    );
    // A token that may not write comments judges all the same.
    let step = gate(&scene, &Server::of(&scene));
    step.says("waiting", 1);
    Ok(())
}

#[test]
fn a_ruleset_that_requires_the_workflow_keeps_it_from_being_rewritten() -> TestResult {
    let scene = Scene::opened()?;
    let base = scene.repo.git(&["rev-parse", "main"]);
    scene
        .repo
        .git(&["update-ref", "refs/remotes/origin/main", base.trim()]);
    let told = |repository: u64| {
        let server = Server::silent();
        server.pull(&scene.pull);
        let workflow = json!({"repository_id": repository, "path": ".github/workflows/countersign.yml", "ref": "refs/heads/main"});
        let rule = json!([{"type": "workflows", "parameters": {"workflows": [workflow]}}]);
        server.get(&format!("{REPOSITORY}/rules/branches/main"), &rule);
        let runner = live(
            Runner::pull(&scene.pull.request.head.to_string(), &base),
            &server,
        )
        .with("GITHUB_REPOSITORY_ID", "77");
        runner.act(&scene.repo, &scene.repo.path()).summary
    };
    assert!(!told(77).contains("gate-not-protected"));
    assert!(
        told(78).contains("gate-not-protected"),
        "another repository's workflow of that name is another workflow"
    );
    Ok(())
}
