//! The few things that are written, each once and only to what is our own.

use countersign::forge::{ForgeError, ForgeWriter as _, Proposal};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::scene::{Scene, user};

const COMMENTS: &str = "/repos/acme/tools/issues/7/comments";
const PULLS: &str = "/repos/acme/tools/pulls";
const MARKER: &str = "<!-- countersign -->";

fn comment(id: u64, by: Value, body: &str) -> Value {
    json!({"id": id, "user": by, "body": body})
}

fn scene_of(holder: ResponseTemplate, comments: Value) -> Scene {
    let scene = Scene::new();
    scene.respond("GET", "/user", holder);
    scene.get(COMMENTS, comments);
    scene.respond(
        "POST",
        COMMENTS,
        ResponseTemplate::new(201).set_body_json(json!({"id": 100})),
    );
    for id in 1..=4 {
        let updated = ResponseTemplate::new(200).set_body_json(json!({"id": id}));
        scene.respond(
            "PATCH",
            &format!("/repos/acme/tools/issues/comments/{id}"),
            updated,
        );
    }
    scene
}

fn as_user() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(user(9, "recorder", "User"))
}

fn as_app() -> ResponseTemplate {
    ResponseTemplate::new(403)
        .set_body_json(json!({"message": "Resource not accessible by integration"}))
}

fn proposal() -> Proposal {
    Proposal {
        head: "countersign/record".to_owned(),
        base: "main".to_owned(),
        title: "Record".to_owned(),
        body: "text".to_owned(),
    }
}

#[test]
fn the_first_comment_is_made_and_later_ones_change_it() {
    let scene = scene_of(as_user(), json!([]));
    assert_eq!(scene.writer().comment(7, MARKER, "pass"), Ok(100));
    let made: Value = scene
        .requests()
        .last()
        .expect("a request")
        .body_json()
        .expect("JSON");
    assert_eq!(made, json!({"body": format!("{MARKER}\npass")}));

    let own = user(9, "recorder", "User");
    let scene = scene_of(
        as_user(),
        json!([
            comment(1, own.clone(), "hello"),
            comment(2, own.clone(), &format!("{MARKER}\nold")),
            comment(3, own, MARKER)
        ]),
    );
    assert_eq!(scene.writer().comment(7, MARKER, "pass"), Ok(2));
}

#[test]
fn another_accounts_comment_is_never_changed() {
    let marked = |id: u64, by: Value| comment(id, by, &format!("{MARKER}\npass"));
    let others = json!([
        marked(1, user(66, "mallory", "User")),
        marked(2, user(67, "other[bot]", "Bot")),
        marked(3, Value::Null)
    ]);
    assert_eq!(
        scene_of(as_user(), others.clone())
            .writer()
            .comment(7, MARKER, "fail"),
        Ok(100)
    );
    let called = |login: &str, comments: Value| {
        let scene = scene_of(as_app(), comments);
        let viewer = json!({"data": {"viewer": {"login": login}}});
        scene.respond(
            "POST",
            "/graphql",
            ResponseTemplate::new(200).set_body_json(viewer),
        );
        scene.writer().comment(7, MARKER, "fail")
    };
    assert_eq!(
        called("gate[bot]", others.clone()),
        Ok(100),
        "another app's is another's"
    );
    assert_eq!(
        called("other", others.clone()),
        Ok(2),
        "its own, with or without the ending"
    );
    let person = json!([marked(4, user(66, "gate", "User"))]);
    assert_eq!(
        called("gate[bot]", person),
        Ok(100),
        "a person of that name is no app"
    );
    // An app without a configured name writes nothing.
    assert!(
        scene_of(as_app(), others)
            .writer()
            .comment(7, MARKER, "fail")
            .is_err()
    );
    let quoted = json!([comment(
        1,
        user(9, "recorder", "User"),
        &format!("> {MARKER}\npass")
    )]);
    assert_eq!(
        scene_of(as_user(), quoted)
            .writer()
            .comment(7, MARKER, "fail"),
        Ok(100)
    );
}

#[test]
fn a_proposal_is_opened_once() {
    let scene = Scene::new();
    scene.get(PULLS, json!([]));
    scene.respond(
        "POST",
        PULLS,
        ResponseTemplate::new(201).set_body_json(json!({"number": 12})),
    );
    assert_eq!(scene.writer().propose(&proposal()), Ok(12));
    let query = scene.requests()[0].url.query().map(str::to_owned);
    assert_eq!(
        query.as_deref(),
        Some("state=open&head=acme%3Acountersign%2Frecord&base=main&per_page=100")
    );

    let scene = Scene::new();
    scene.get(PULLS, json!([{"number": 11}]));
    assert_eq!(scene.writer().propose(&proposal()), Ok(11));
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn what_may_have_been_written_is_not_written_again() {
    let scene = Scene::new();
    scene.get(PULLS, json!([]));
    scene.respond("POST", PULLS, ResponseTemplate::new(502));
    let failed = scene.writer().propose(&proposal());
    assert!(
        matches!(failed, Err(ForgeError::Server { tries: 1, .. })),
        "{failed:?}"
    );
    assert_eq!(scene.requests().len(), 2);
}

#[test]
fn a_refused_proposal_says_why_and_what_is_needed() {
    let scene = Scene::new();
    scene.get(PULLS, json!([]));
    let message = json!({"message": "Validation Failed", "errors": [{"message": "No commits between main and countersign/record"}]});
    scene.respond(
        "POST",
        PULLS,
        ResponseTemplate::new(422).set_body_json(message),
    );
    let refused = scene.writer().propose(&proposal()).expect_err("a refusal");
    assert!(
        refused.to_string().contains("POST /repos/acme/tools/pulls"),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("No commits between"),
        "{refused}"
    );

    let scene = Scene::new();
    scene.respond("GET", "/user", as_user());
    scene.get(COMMENTS, json!([]));
    scene.respond("POST", COMMENTS, ResponseTemplate::new(403));
    let refused = scene
        .writer()
        .comment(7, MARKER, "x")
        .expect_err("a refusal");
    assert!(
        refused.help().contains("pull-requests: write"),
        "{}",
        refused.help()
    );
}
