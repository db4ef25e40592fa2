//! A token goes to one place only.

use countersign::forge::{Forge as _, ForgeError, ForgeWriter as _, Proposal};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, pull};

fn to(place: &str) -> ResponseTemplate {
    ResponseTemplate::new(301).insert_header("location", place)
}

fn redirected(place: impl Fn(&Scene) -> String) -> (Scene, Result<u64, ForgeError>) {
    let scene = Scene::new();
    scene.get(REVIEWS, json!([]));
    scene.get(TIMELINE, json!([]));
    scene.get("/repositories/5/pulls/7", pull());
    scene.respond("GET", PULL, to(&place(&scene)));
    let number = scene.github().pull(7).map(|pull| pull.request.number);
    (scene, number)
}

#[test]
fn a_renamed_repository_is_found_at_the_same_place() {
    assert_eq!(
        redirected(|scene| format!("{}/repositories/5/pulls/7", scene.address())).1,
        Ok(7)
    );
    assert_eq!(
        redirected(|_| "/repositories/5/pulls/7".to_owned()).1,
        Ok(7)
    );
}

#[test]
fn no_other_host_is_contacted() {
    let elsewhere = Scene::open();
    let other = elsewhere.address();
    let (_, number) = redirected(|_| format!("{other}{PULL}"));
    assert!(matches!(number, Err(ForgeError::Redirected { to, .. }) if to.starts_with(&other)));
    assert!(
        elsewhere.requests().is_empty(),
        "the token is known there now"
    );
    for place in [
        "//evil.example/x",
        "https://evil.example/x",
        "",
        "file:///etc/passwd",
        "javascript:x",
        "x",
        "\u{1}",
    ] {
        let (_, number) = redirected(|_| place.replace('\u{1}', "%00//evil"));
        assert!(
            matches!(number, Err(ForgeError::Redirected { .. })),
            "{place}: {number:?}"
        );
    }
}

#[test]
fn the_same_host_by_another_name_is_another_place() {
    let (_, number) = redirected(|scene| {
        format!(
            "{}/repositories/5/pulls/7",
            scene.address().replace("127.0.0.1", "localhost")
        )
    });
    assert!(matches!(number, Err(ForgeError::Redirected { .. })));
}

#[test]
fn a_circle_ends() {
    let (scene, number) = redirected(|_| PULL.to_owned());
    assert!(matches!(number, Err(ForgeError::Redirected { .. })));
    assert_eq!(scene.request_count(PULL), 4);
}

#[test]
fn nothing_is_written_where_it_was_not_meant() {
    let scene = Scene::new();
    scene.get("/repos/acme/tools/pulls", json!([]));
    scene.respond(
        "POST",
        "/repos/acme/tools/pulls",
        ResponseTemplate::new(307).insert_header("location", "/repos/other/tools/pulls"),
    );
    let text = || "x".to_owned();
    let refused = scene.writer().propose(&Proposal {
        head: text(),
        base: text(),
        title: text(),
        body: text(),
    });
    assert!(
        matches!(refused, Err(ForgeError::Redirected { .. })),
        "{refused:?}"
    );
    assert_eq!(scene.request_count("/repos/other/tools/pulls"), 0);
}
