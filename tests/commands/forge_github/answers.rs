//! What good answers mean.

use countersign::forge::{AccountKind, Forge as _, ForgeError, Holder, ReviewState};
use countersign::model::Timestamp;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, TOKEN, pull, review, sha, user};

#[test]
fn a_pull_request_takes_three_requests_and_its_events_come_last() {
    let scene = Scene::open();
    let pull = scene.github().pull(7).expect("an answer");
    assert_eq!(pull.request.repository, "github.com/acme/tools");
    assert_eq!(
        (pull.request.base.as_str(), pull.request.head.to_string()),
        ("main", sha('a'))
    );
    assert_eq!(pull.request.author.map(|author| author.id), Some(1));
    let paths: Vec<String> = scene
        .requests()
        .iter()
        .map(|request| request.url.path().to_owned())
        .collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    assert!(
        paths[..2].contains(&PULL.to_owned()) && paths[..2].contains(&REVIEWS.to_owned()),
        "{paths:?}"
    );
    assert_eq!(paths[2], TIMELINE);
}

#[test]
fn the_token_goes_in_its_header_and_in_no_address() {
    let scene = Scene::open();
    scene.github().pull(7).expect("an answer");
    for request in scene.requests() {
        assert_eq!(
            request.headers["authorization"],
            format!("Bearer {TOKEN}").as_str()
        );
        assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
        assert!(!request.url.as_str().contains(TOKEN));
    }
    let scene = Scene::open();
    scene.anonymous().pull(7).expect("an answer");
    assert!(
        scene
            .requests()
            .iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );
}

#[test]
fn a_token_that_cannot_be_in_a_header_is_refused() {
    let scene = Scene::new();
    for token in ["", " ", "a\nb", "a b", "é", "a\0"] {
        let refused = countersign::forge::github::GitHub::new(
            scene.connection(Some(token), &scene.address()),
        )
        .err();
        assert_eq!(refused, Some(ForgeError::Token), "{token:?}");
    }
}

#[test]
fn reviews_say_who_what_where_and_when() {
    use ReviewState::{Approved, ChangesRequested, Commented, Dismissed, Pending, Unknown};
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    let mut late = review(2, user(2, "bob", "User"), "CHANGES_REQUESTED");
    late["submitted_at"] = json!("2026-11-03T10:12:00.999Z");
    let pending =
        json!({"id": 5, "user": user(2, "bob", "User"), "state": "PENDING", "commit_id": null});
    scene.get(
        REVIEWS,
        json!([
            review(1, user(2, "bob", "User"), "APPROVED"),
            late,
            review(3, user(2, "bob", "User"), "COMMENTED"),
            review(4, user(2, "bob", "User"), "DISMISSED"),
            pending,
            review(6, user(2, "bob", "User"), "approved"),
        ]),
    );
    let reviews = scene.github().pull(7).expect("an answer").reviews;
    let states: Vec<_> = reviews.iter().map(|review| review.state).collect();
    assert_eq!(
        states,
        [
            Approved,
            ChangesRequested,
            Commented,
            Dismissed,
            Pending,
            Unknown
        ]
    );
    let at: Timestamp = "2026-11-03T10:12:00Z".parse().expect("a time");
    assert_eq!(
        (
            reviews[0].submitted,
            reviews[1].submitted,
            reviews[4].submitted
        ),
        (Some(at), Some(at), None)
    );
    assert_eq!(
        (
            reviews[0].commit.map(|commit| commit.to_string()),
            reviews[4].commit
        ),
        (Some(sha('a')), None)
    );
}

#[test]
fn only_a_person_is_a_person() {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    let cases: [(Value, Option<AccountKind>); 8] = [
        (user(2, "bob", "User"), Some(AccountKind::User)),
        (Value::Null, None),
        (user(3, "renovate[bot]", "Bot"), Some(AccountKind::Bot)),
        (user(4, "acme-bot", "Bot"), Some(AccountKind::Bot)),
        (user(5, "sneaky[bot]", "User"), Some(AccountKind::Bot)),
        (user(6, "acme", "Organization"), Some(AccountKind::Other)),
        (user(10_137, "ghost", "User"), Some(AccountKind::Other)),
        (user(7, "imported", "Mannequin"), Some(AccountKind::Other)),
    ];
    let reviews: Vec<Value> = cases
        .iter()
        .zip(1..)
        .map(|((by, _), id)| review(id, by.clone(), "APPROVED"))
        .collect();
    scene.get(REVIEWS, json!(reviews));
    let reviews = scene.github().pull(7).expect("an answer").reviews;
    let kinds: Vec<_> = reviews
        .iter()
        .map(|review| review.account.as_ref().map(|account| account.kind))
        .collect();
    assert_eq!(
        kinds,
        cases.iter().map(|(_, kind)| *kind).collect::<Vec<_>>()
    );
}

#[test]
fn a_trial_merge_is_not_a_merge_commit() {
    let scene = Scene::open();
    let open = scene.github().pull(7).expect("an answer").request;
    assert_eq!((open.merged, open.merge_commit), (false, None));

    let mut merged = pull();
    merged["merged_at"] = json!("2026-11-04T00:00:00Z");
    let scene = Scene::new();
    scene.get(
        &format!("/repos/acme/tools/commits/{}/pulls", sha('f')),
        json!([merged]),
    );
    let found = scene
        .github()
        .pulls_of_commit(sha('f').parse().expect("an id"))
        .expect("an answer");
    assert_eq!(
        (
            found[0].merged,
            found[0].merge_commit.map(|commit| commit.to_string())
        ),
        (true, Some(sha('f')))
    );
}

#[test]
fn a_pull_request_names_the_repository_it_is_made_to() {
    for (written, read) in [
        ("Acme/Tools", "github.com/acme/tools"),
        ("fork/tools", "github.com/fork/tools"),
    ] {
        let scene = Scene::new();
        let mut other = pull();
        other["base"]["repo"]["full_name"] = json!(written);
        scene.get(
            &format!("/repos/acme/tools/commits/{}/pulls", sha('f')),
            json!([other]),
        );
        let found = scene
            .github()
            .pulls_of_commit(sha('f').parse().expect("an id"))
            .expect("an answer");
        assert_eq!(found[0].repository, read);
    }
}

#[test]
fn commits_are_listed_completely_or_not_at_all() {
    let at = "/repos/acme/tools/pulls/7/commits";
    let commits = |count: usize| json!(vec![json!({"sha": sha('a')}); count]);
    let scene = Scene::new();
    scene.get(at, commits(249));
    assert_eq!(
        scene.github().commits(7).map(|commits| commits.len()),
        Ok(249)
    );
    let scene = Scene::new();
    scene.get(at, commits(250));
    assert!(matches!(
        scene.github().commits(7),
        Err(ForgeError::Cut { .. })
    ));
}

#[test]
fn the_holder_is_an_account_an_app_or_no_one() {
    let scene = Scene::new();
    assert_eq!(scene.anonymous().holder(), Ok(Holder::Anonymous));
    assert!(scene.requests().is_empty());
    scene.get("/user", user(1, "ann", "User"));
    assert!(matches!(scene.github().holder(), Ok(Holder::Account(account)) if account.id == 1));

    let scene = Scene::new();
    let app = json!({"message": "Resource not accessible by integration"});
    scene.respond(
        "GET",
        "/user",
        ResponseTemplate::new(403).set_body_json(app),
    );
    assert_eq!(scene.github().holder(), Ok(Holder::App));

    let scene = Scene::new();
    scene.respond(
        "GET",
        "/user",
        ResponseTemplate::new(403).set_body_json(json!({"message": "Forbidden"})),
    );
    assert!(matches!(
        scene.github().holder(),
        Err(ForgeError::Forbidden { .. })
    ));
}

#[test]
fn an_account_has_its_keys() {
    let scene = Scene::new();
    scene.get("/users/ann", user(1, "Ann", "User"));
    scene.get(
        "/users/ann/ssh_signing_keys",
        json!([{"id": 1, "key": "ssh-ed25519 AAAA", "title": "x"}]),
    );
    scene.get(
        "/users/ann/gpg_keys",
        json!([{"id": 1, "raw_key": "-----BEGIN"}, {"id": 2, "raw_key": null}]),
    );
    assert_eq!(
        scene.github().account("ann").map(|account| account.id),
        Ok(1)
    );
    let keys = scene.github().signing_keys("ann").expect("an answer");
    assert_eq!(
        (keys.ssh, keys.openpgp),
        (
            vec!["ssh-ed25519 AAAA".to_owned()],
            vec!["-----BEGIN".to_owned()]
        )
    );
}

#[test]
fn a_key_of_two_lines_is_refused() {
    let scene = Scene::new();
    scene.get(
        "/users/ann/ssh_signing_keys",
        json!([{"key": "ssh-ed25519 AAAA\nssh-ed25519 BBBB"}]),
    );
    scene.get("/users/ann/gpg_keys", json!([]));
    assert!(matches!(
        scene.github().signing_keys("ann"),
        Err(ForgeError::Malformed { .. })
    ));
}

#[test]
fn an_answer_about_someone_else_is_refused() {
    let scene = Scene::open();
    scene.get("/users/ann", user(2, "bob", "User"));
    assert!(matches!(
        scene.github().account("ann"),
        Err(ForgeError::Malformed { .. })
    ));
    let mut other = pull();
    other["number"] = json!(8);
    let scene = Scene::new();
    scene.get(PULL, other);
    scene.get(REVIEWS, json!([]));
    scene.get(TIMELINE, json!([]));
    assert!(matches!(
        scene.github().pull(7),
        Err(ForgeError::Malformed { .. })
    ));
}

#[test]
fn a_name_cannot_lead_to_another_endpoint() {
    let scene = Scene::new();
    for name in ["", "..", "a/b", "a?b", "a#b", "a b", "a%2Fb", "é", "[bot]"] {
        assert!(
            matches!(scene.github().account(name), Err(ForgeError::Name(_))),
            "{name}"
        );
        assert!(
            matches!(scene.github().team("acme", name), Err(ForgeError::Name(_))),
            "{name}"
        );
        assert!(
            matches!(scene.github().signing_keys(name), Err(ForgeError::Name(_))),
            "{name}"
        );
    }
    assert!(scene.requests().is_empty());
}

#[test]
fn teams_have_members_and_branches_have_required_workflows() {
    let scene = Scene::new();
    scene.get(
        "/orgs/acme/teams/agents/members",
        json!([user(1, "ann", "User"), user(2, "bob", "User")]),
    );
    assert_eq!(
        scene
            .github()
            .team("acme", "agents")
            .map(|members| members.len()),
        Ok(2)
    );
    let workflow =
        json!({"path": ".github/workflows/gate.yml", "repository_id": 5, "ref": "refs/heads/main"});
    let rules = json!([{"type": "deletion"}, {"type": "workflows", "parameters": {"workflows": [workflow]}}]);
    scene.get("/repos/acme/tools/rules/branches/release%2F1", rules);
    let required = scene
        .github()
        .required_workflows("release/1")
        .expect("an answer");
    assert_eq!(
        (required[0].repository, required[0].path.as_str()),
        (5, ".github/workflows/gate.yml")
    );
}
