//! What moved a pull request, and from where.

use countersign::forge::{Forge as _, HeadEvent, HeadEventKind};
use countersign::model::ObjectId;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, ResponseTemplate};

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, pull, sha};

const AT: &str = "2026-11-03T10:12:00Z";
const LATER: &str = "2026-11-03T11:00:00Z";

fn id(digit: char) -> ObjectId {
    sha(digit).parse().expect("an id")
}

fn pushed(at: &str, after: char) -> Value {
    json!({"event": "head_ref_force_pushed", "created_at": at, "commit_id": sha(after), "actor": null})
}

fn node(at: &str, before: Option<char>, after: char) -> Value {
    json!({"createdAt": at, "beforeCommit": before.map(|digit| json!({"oid": sha(digit)})), "afterCommit": {"oid": sha(after)}})
}

fn items(nodes: &[Value], next: Option<&str>) -> Value {
    let page = json!({"hasNextPage": next.is_some(), "endCursor": next});
    json!({"data": {"repository": {"pullRequest": {"timelineItems": {"pageInfo": page, "nodes": nodes}}}}})
}

fn timeline(events: &[Value]) -> Scene {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(REVIEWS, json!([]));
    scene.get(TIMELINE, json!(events));
    scene
}

fn events(scene: &Scene) -> Vec<HeadEvent> {
    scene.github().pull(7).expect("an answer").events
}

fn befores(scene: &Scene) -> Vec<Option<ObjectId>> {
    let before = |event: HeadEvent| match event.kind {
        HeadEventKind::ForcePush { before, .. } => before,
        other => panic!("{other:?}"),
    };
    events(scene).into_iter().map(before).collect()
}

#[test]
fn events_that_change_the_base_are_reported_and_others_are_not() {
    let event = |name: &str, at: &str| json!({"event": name, "created_at": at, "commit_id": null});
    let scene = timeline(&[
        json!({"event": "committed", "sha": sha('a'), "author": {"date": AT}}),
        json!({"event": "commented", "body": "head_ref_force_pushed"}),
        event("base_ref_force_pushed", LATER),
        event("base_ref_changed", AT),
        event("automatic_base_change_succeeded", LATER),
        event("labeled", AT),
        json!({}),
    ]);
    let kinds: Vec<_> = events(&scene).into_iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            HeadEventKind::BaseChanged,
            HeadEventKind::BaseForcePush,
            HeadEventKind::BaseChanged
        ]
    );
    assert_eq!(
        scene.request_count("/graphql"),
        0,
        "there is nothing to ask"
    );
}

#[test]
fn a_force_push_is_reported_with_the_commit_before_it() {
    let scene = timeline(&[pushed(AT, 'b'), pushed(LATER, 'c')]);
    scene.respond(
        "POST",
        "/graphql",
        ResponseTemplate::new(200).set_body_json(items(
            &[node(LATER, Some('b'), 'c'), node(AT, Some('a'), 'b')],
            None,
        )),
    );
    assert_eq!(befores(&scene), [Some(id('a')), Some(id('b'))]);
    assert_eq!(scene.requests().len(), 4);
    let asked: Value = scene.requests()[3].body_json().expect("JSON");
    assert_eq!(
        asked["variables"],
        json!({"owner": "acme", "name": "tools", "number": 7, "after": null})
    );
}

#[test]
fn two_pushes_in_one_second_each_keep_their_own() {
    let scene = timeline(&[pushed(AT, 'b'), pushed(AT, 'c')]);
    scene.respond(
        "POST",
        "/graphql",
        ResponseTemplate::new(200).set_body_json(items(
            &[node(AT, Some('b'), 'c'), node(AT, Some('a'), 'b')],
            None,
        )),
    );
    assert_eq!(befores(&scene), [Some(id('a')), Some(id('b'))]);
}

#[test]
fn every_page_of_pushes_is_requested() {
    let scene = timeline(&[pushed(AT, 'b'), pushed(LATER, 'c')]);
    let second = Mock::given(method("POST"))
        .and(path("/graphql"))
        .and(body_partial_json(json!({"variables": {"after": "one"}})));
    scene.mount(second.respond_with(
        ResponseTemplate::new(200).set_body_json(items(&[node(LATER, Some('b'), 'c')], None)),
    ));
    scene.respond(
        "POST",
        "/graphql",
        ResponseTemplate::new(200).set_body_json(items(&[node(AT, Some('a'), 'b')], Some("one"))),
    );
    assert_eq!(befores(&scene), [Some(id('a')), Some(id('b'))]);
}

#[test]
fn where_it_was_pushed_from_is_unknown_when_the_forge_cannot_answer() {
    let ok = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let mut with_errors = items(&[node(AT, Some('a'), 'b')], None);
    with_errors["errors"] = json!([{"type": "FORBIDDEN"}]);
    let mut wrong = items(&[node(AT, Some('a'), 'b')], None);
    wrong["data"]["repository"]["pullRequest"]["timelineItems"]["nodes"][0]["beforeCommit"]["oid"] =
        json!("main");
    for response in [
        ResponseTemplate::new(403),
        ResponseTemplate::new(404),
        ResponseTemplate::new(500),
        ResponseTemplate::new(200),
        ok(json!({"errors": [{"type": "FORBIDDEN"}]})),
        ok(json!({"data": {"repository": null}})),
        ok(with_errors),
        ok(wrong),
        ok(items(&[node(AT, None, 'b')], None)),
        ok(items(
            &[node(LATER, Some('a'), 'b')],
            Some("the same forever"),
        )),
        ok(items(&[], None)),
    ] {
        let scene = timeline(&[pushed(AT, 'b')]);
        scene.respond("POST", "/graphql", response);
        assert_eq!(befores(&scene), [None]);
    }
}

#[test]
fn a_push_that_only_one_source_reports_still_counts() {
    let scene = timeline(&[pushed(AT, 'b')]);
    scene.respond(
        "POST",
        "/graphql",
        ResponseTemplate::new(200).set_body_json(items(&[node(LATER, Some('b'), 'c')], None)),
    );
    assert_eq!(befores(&scene), [None, Some(id('b'))]);
    let scene = timeline(&[pushed(AT, 'b')]);
    scene.respond(
        "POST",
        "/graphql",
        ResponseTemplate::new(200)
            .set_body_json(items(&[node(AT, Some('a'), 'd'), Value::Null], None)),
    );
    assert_eq!(
        befores(&scene),
        [None, Some(id('a'))],
        "another push in the same second"
    );
}
