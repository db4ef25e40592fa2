//! Answers that no forge gives: never a panic, never an answer.

use countersign::forge::{Forge as _, ForgeError};
use proptest::prelude::*;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, pull, review, user};

fn with_reviews(response: ResponseTemplate) -> Result<usize, ForgeError> {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    scene.respond("GET", REVIEWS, response);
    scene.github().pull(7).map(|pull| pull.reviews.len())
}

fn text(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

fn a_review() -> Value {
    review(1, user(2, "bob", "User"), "APPROVED")
}

#[test]
fn an_answer_without_measure_is_not_read_to_its_end() {
    let huge = format!("[{}]", " ".repeat(33 << 20));
    assert!(matches!(
        with_reviews(text(huge)),
        Err(ForgeError::TooLarge { .. })
    ));
}

#[test]
fn depth_is_bounded_where_it_is_read_and_passed_over_where_not() {
    let deep = "[".repeat(200_000);
    assert!(matches!(
        with_reviews(text(deep.clone())),
        Err(ForgeError::Malformed { .. } | ForgeError::Cut { .. })
    ));
    let beside = a_review().to_string().replacen(
        '{',
        &format!("{{\"x\": {deep}{}, ", "]".repeat(200_000)),
        1,
    );
    assert!(!matches!(
        with_reviews(text(format!("[{beside}]"))),
        Err(ForgeError::Unreachable { .. })
    ));
}

#[test]
fn what_is_not_a_list_of_reviews_is_refused() {
    for body in [
        "",
        "[",
        "[{",
        "null",
        "{}",
        "\"x\"",
        "<html>",
        "[null]",
        "[[]]",
        "[{}]",
        "[] []",
        "\u{feff}[]",
        "[,]",
    ] {
        let refused = with_reviews(text(body));
        assert!(
            matches!(
                refused,
                Err(ForgeError::Malformed { .. } | ForgeError::Cut { .. })
            ),
            "{body}: {refused:?}"
        );
    }
    assert!(matches!(
        with_reviews(ResponseTemplate::new(200).set_body_bytes([b'"', 0xff, b'"'])),
        Err(ForgeError::Malformed { .. })
    ));
}

#[test]
fn a_review_with_a_wrong_field_refuses_the_list() {
    let wrong = [
        ("/id", json!(-1)),
        ("/id", json!(1.5)),
        ("/id", json!("1")),
        ("/id", json!(1e30)),
        ("/state", Value::Null),
        ("/state", json!(1)),
        ("/user", json!("bob")),
        ("/user", json!({"login": "bob", "type": "User"})),
        ("/user", json!({"id": 2, "type": "User"})),
        ("/user", json!({"id": 2, "login": "bob"})),
        ("/user", json!({"id": null, "login": "bob", "type": "User"})),
        ("/user/login", json!("")),
        ("/user/login", json!("x".repeat(101))),
        ("/commit_id", json!("")),
        ("/commit_id", json!("HEAD")),
        ("/commit_id", json!("a".repeat(39))),
        ("/commit_id", json!("A".repeat(40))),
        ("/commit_id", json!(format!("{}\n", "a".repeat(40)))),
        ("/commit_id", json!(1)),
        ("/submitted_at", json!("yesterday")),
        ("/submitted_at", json!("")),
        ("/submitted_at", json!(1_772_000_000)),
        ("/submitted_at", json!("99999-01-01T00:00:00Z")),
    ];
    for (field, value) in wrong {
        let mut bad = a_review();
        *bad.pointer_mut(field).expect("a field") = value.clone();
        let refused = with_reviews(text(json!([a_review(), bad]).to_string()));
        assert!(
            matches!(refused, Err(ForgeError::Malformed { .. })),
            "{field} {value}: {refused:?}"
        );
    }
    let twice = a_review()
        .to_string()
        .replacen('{', "{\"state\": \"COMMENTED\", ", 1);
    assert!(matches!(
        with_reviews(text(format!("[{twice}]"))),
        Err(ForgeError::Malformed { .. })
    ));
}

#[test]
fn a_pull_request_with_a_wrong_field_is_refused() {
    for (field, value) in [
        ("/head", Value::Null),
        ("/head/sha", json!("main")),
        ("/base/repo", Value::Null),
        ("/base/repo/full_name", json!("tools")),
        ("/base/repo/full_name", json!("acme/tools/x")),
        ("/base/repo/full_name", json!("../..")),
        ("/base/ref", json!("")),
        ("/base/ref", json!("x".repeat(2000))),
        ("/number", json!("7")),
        ("/merged_at", json!(true)),
    ] {
        let mut bad = pull();
        *bad.pointer_mut(field).expect("a field") = value.clone();
        let scene = Scene::new();
        scene.get(PULL, bad);
        scene.get(REVIEWS, json!([]));
        scene.get(TIMELINE, json!([]));
        let refused = scene.github().pull(7);
        assert!(
            matches!(refused, Err(ForgeError::Malformed { .. })),
            "{field} {value}: {refused:?}"
        );
    }
}

#[test]
fn an_event_that_matters_and_cannot_be_read_refuses_the_pull_request() {
    for bad in [
        json!({"event": "head_ref_force_pushed"}),
        json!({"event": "head_ref_force_pushed", "created_at": "x"}),
        json!({"event": "head_ref_force_pushed", "created_at": "2026-11-03T10:12:00Z", "commit_id": "x"}),
        json!({"event": "base_ref_changed", "created_at": null}),
        json!({"event": ["head_ref_force_pushed"], "created_at": "2026-11-03T10:12:00Z"}),
        json!("head_ref_force_pushed"),
    ] {
        let scene = Scene::new();
        scene.get(PULL, pull());
        scene.get(REVIEWS, json!([]));
        scene.get(TIMELINE, json!([{"event": "labeled"}, bad]));
        assert!(
            matches!(scene.github().pull(7), Err(ForgeError::Malformed { .. })),
            "{bad}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_in_an_answer_make_the_client_panic(at in 0_usize..1000, bytes in prop::collection::vec(any::<u8>(), 0..6)) {
        let mut body = json!([a_review()]).to_string().into_bytes();
        let at = at % body.len();
        body.splice(at..(at + 3).min(body.len()), bytes);
        let _ = with_reviews(ResponseTemplate::new(200).set_body_bytes(body));
    }
}
