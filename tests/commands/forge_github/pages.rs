//! Lists are read to their end.

use countersign::forge::{Forge as _, ForgeError};
use serde_json::json;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, pull, review, user};

fn page(scene: &Scene, number: &str, response: ResponseTemplate) {
    let of_page = Mock::given(method("GET"))
        .and(path(REVIEWS))
        .and(query_param("page", number));
    scene.mount(of_page.respond_with(response));
}

fn link(to: &str) -> String {
    format!("<{to}>; rel=\"next\", <{to}>; rel=\"last\"")
}

fn with_reviews(ids: &[u64]) -> ResponseTemplate {
    let reviews: Vec<_> = ids
        .iter()
        .map(|id| review(*id, user(2, "bob", "User"), "COMMENTED"))
        .collect();
    ResponseTemplate::new(200).set_body_json(json!(reviews))
}

/// A scene whose reviews begin with `first`.
fn scene_with(
    pages: &[(&str, ResponseTemplate)],
    first: impl FnOnce(&Scene) -> ResponseTemplate,
) -> Scene {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    for (number, response) in pages {
        page(&scene, number, response.clone());
    }
    let first = first(&scene);
    scene.respond("GET", REVIEWS, first);
    scene
}

#[test]
fn every_page_is_read_in_order() {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    let at = |number: u32| format!("{}{REVIEWS}?per_page=100&page={number}", scene.address());
    page(&scene, "3", with_reviews(&[4]));
    page(
        &scene,
        "2",
        with_reviews(&[3]).insert_header("link", link(&at(3)).as_str()),
    );
    scene.respond(
        "GET",
        REVIEWS,
        with_reviews(&[1, 2]).insert_header("link", link(&at(2)).as_str()),
    );
    let ids: Vec<u64> = scene
        .github()
        .pull(7)
        .expect("an answer")
        .reviews
        .iter()
        .map(|review| review.id)
        .collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    assert_eq!(scene.request_count(REVIEWS), 3);
    assert!(
        scene
            .requests()
            .iter()
            .any(|request| request.url.query() == Some("per_page=100"))
    );
}

#[test]
fn a_list_with_a_failed_page_is_refused() {
    let scene = scene_with(&[("2", ResponseTemplate::new(404))], |scene| {
        with_reviews(&[1]).insert_header(
            "link",
            link(&format!("{}{REVIEWS}?page=2", scene.address())).as_str(),
        )
    });
    assert!(matches!(
        scene.github().pull(7),
        Err(ForgeError::NotFound { .. })
    ));
}

#[test]
fn a_list_without_end_is_refused() {
    let scene = scene_with(&[], |scene| {
        with_reviews(&[1]).insert_header(
            "link",
            link(&format!("{}{REVIEWS}?page=1", scene.address())).as_str(),
        )
    });
    assert!(matches!(
        scene.github().pull(7),
        Err(ForgeError::TooManyPages { limit: 50, .. })
    ));
    assert_eq!(scene.request_count(REVIEWS), 50);
}

#[test]
fn a_next_page_on_another_host_is_not_requested() {
    let elsewhere = Scene::open();
    let scene = scene_with(&[], |_| {
        with_reviews(&[1]).insert_header(
            "link",
            link(&format!("{}{REVIEWS}", elsewhere.address())).as_str(),
        )
    });
    assert!(matches!(
        scene.github().pull(7),
        Err(ForgeError::Malformed { .. })
    ));
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_next_page_without_a_url_is_refused() {
    for bad in [
        "rel=\"next\"",
        "; rel=\"next\"",
        "<>; rel=\"next\"",
        "/x; rel=next",
    ] {
        let scene = scene_with(&[], |_| with_reviews(&[1]).insert_header("link", bad));
        let answer = scene.github().pull(7);
        assert!(
            bad == "rel=\"next\"" || matches!(answer, Err(ForgeError::Malformed { .. })),
            "{bad}: {answer:?}"
        );
    }
}
