//! Every way in which a forge refuses has an error of its own, which names the endpoint and what to
//! do. None is an answer.

use std::time::Duration;

use countersign::forge::github::{GitHub, Patience};
use countersign::forge::{Forge as _, ForgeError};
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::scene::{PULL, REVIEWS, Scene, TIMELINE, pull, raw, short};

fn refused_with(response: ResponseTemplate) -> (Scene, ForgeError) {
    let scene = Scene::new();
    scene.get(PULL, pull());
    scene.get(TIMELINE, json!([]));
    scene.respond("GET", REVIEWS, response);
    let error = scene.github().pull(7).expect_err("a refusal");
    (scene, error)
}

fn refused(status: u16) -> (Scene, ForgeError) {
    refused_with(ResponseTemplate::new(status).set_body_json(
        json!({"message": "No \u{1b}[31mway", "errors": ["because", {"message": "so"}]}),
    ))
}

/// The first `times` questions for the reviews are answered with `response`, later ones with a
/// list.
fn at_first(times: u64, response: ResponseTemplate) -> Scene {
    let scene = Scene::new();
    scene.mount(
        Mock::given(method("GET"))
            .and(path(REVIEWS))
            .respond_with(response)
            .up_to_n_times(times),
    );
    scene.get(PULL, pull());
    scene.get(REVIEWS, json!([]));
    scene.get(TIMELINE, json!([]));
    scene
}

#[test]
fn each_refusal_names_the_endpoint_and_the_permission() {
    type Is = fn(&ForgeError) -> bool;
    let cases: [(u16, Is, &str); 6] = [
        (
            401,
            |error| matches!(error, ForgeError::Unauthorized(_)),
            "pull-requests: read",
        ),
        (
            403,
            |error| matches!(error, ForgeError::Forbidden { .. }),
            "pull-requests: read",
        ),
        (
            404,
            |error| matches!(error, ForgeError::NotFound { status: 404, .. }),
            "pull-requests: read",
        ),
        (
            410,
            |error| matches!(error, ForgeError::NotFound { status: 410, .. }),
            "pull-requests: read",
        ),
        (
            422,
            |error| matches!(error, ForgeError::Refused { .. }),
            "Correct",
        ),
        (
            418,
            |error| matches!(error, ForgeError::Status { status: 418, .. }),
            "a malformed answer is never used",
        ),
    ];
    for (status, is, help) in cases {
        let (scene, error) = refused(status);
        assert!(is(&error), "{status}: {error:?}");
        assert!(
            error.to_string().contains(&format!("GET {REVIEWS}")),
            "{error}"
        );
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert!(error.help().contains(help), "{}", error.help());
        assert_eq!(scene.request_count(REVIEWS), 1, "{status} is asked once");
    }
}

#[test]
fn what_the_forge_says_is_repeated_within_bounds() {
    assert!(
        refused(422)
            .1
            .to_string()
            .contains("No \u{1b}[31mway; because; so")
    );
    let (_, error) = refused_with(
        ResponseTemplate::new(422).set_body_json(json!({"message": "é".repeat(100_000)})),
    );
    assert!(error.to_string().len() < 1000);
    let (_, error) = refused_with(ResponseTemplate::new(403).set_body_string("<html>no</html>"));
    assert!(matches!(error, ForgeError::Forbidden { message, .. } if message.is_empty()));
}

#[test]
fn a_success_status_without_an_answer_is_not_an_answer() {
    for status in [204, 202, 205] {
        let (_, error) = refused_with(ResponseTemplate::new(status));
        assert!(
            matches!(error, ForgeError::Cut { .. }),
            "{status}: {error:?}"
        );
    }
}

#[test]
fn a_request_that_fails_on_the_forges_side_is_repeated_a_few_times() {
    for status in [500, 502, 503, 504] {
        let (scene, error) = refused(status);
        assert!(
            matches!(error, ForgeError::Server { tries: 3, .. }),
            "{error:?}"
        );
        assert_eq!((scene.request_count(REVIEWS), scene.waits().len()), (3, 2));
    }
    let scene = at_first(2, ResponseTemplate::new(502));
    assert!(scene.github().pull(7).is_ok());
}

#[test]
fn a_rate_limit_is_waited_for() {
    for limit in [
        ResponseTemplate::new(429).insert_header("retry-after", "1"),
        ResponseTemplate::new(403).insert_header("retry-after", "1"),
        ResponseTemplate::new(403)
            .insert_header("x-ratelimit-remaining", "0")
            .insert_header("x-ratelimit-reset", "1772000000")
            .insert_header("date", "Wed, 25 Feb 2026 06:13:20 GMT"),
    ] {
        let scene = at_first(1, limit);
        assert!(scene.github().pull(7).is_ok());
        let waits = scene.waits();
        assert_eq!(
            waits
                .iter()
                .map(|waiting| waiting.seconds)
                .collect::<Vec<_>>(),
            [1]
        );
        assert_eq!(waits[0].endpoint, format!("GET {REVIEWS}"));
    }
}

#[test]
fn a_rate_limit_that_lasts_too_long_is_not_waited_for() {
    let secondary = json!({"message": "You have exceeded a secondary rate limit. Please wait."});
    for (limit, status) in [
        (
            ResponseTemplate::new(429).insert_header("retry-after", "3600"),
            429,
        ),
        (
            ResponseTemplate::new(429).insert_header("retry-after", u64::MAX.to_string().as_str()),
            429,
        ),
        (ResponseTemplate::new(403).set_body_json(secondary), 403),
        (ResponseTemplate::new(429), 429),
    ] {
        let (scene, error) = refused_with(limit);
        assert!(
            matches!(&error, ForgeError::RateLimited { status: of, .. } if *of == status),
            "{error:?}"
        );
        assert!(error.help().contains("Try again in"), "{}", error.help());
        assert!(scene.waits().is_empty());
    }
}

#[test]
fn a_rate_limit_that_never_ends_does() {
    let (scene, error) = refused_with(ResponseTemplate::new(429).insert_header("retry-after", "1"));
    assert!(matches!(error, ForgeError::RateLimited { .. }));
    assert_eq!(
        scene.request_count(REVIEWS),
        4,
        "three seconds are put up with"
    );
}

#[test]
fn an_answer_that_breaks_off_is_cut() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"id\": 1",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[",
    ] {
        let address = raw(bytes.as_bytes().to_vec());
        let error = GitHub::new(Scene::new().connection(None, &address))
            .expect("a client")
            .team("acme", "x")
            .expect_err("no answer");
        assert!(matches!(error, ForgeError::Cut { .. }), "{error:?}");
    }
}

#[test]
fn no_answer_is_said_so() {
    for bytes in ["", "HTTP/1.1 2", "x\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n"] {
        let address = raw(bytes.as_bytes().to_vec());
        let error = GitHub::new(Scene::new().connection(None, &address))
            .expect("a client")
            .team("acme", "x")
            .expect_err("no answer");
        assert!(matches!(error, ForgeError::Unreachable { .. }), "{error:?}");
    }
    let error = GitHub::new(Scene::new().connection(None, "http://127.0.0.1:1"))
        .expect("a client")
        .team("acme", "x")
        .expect_err("no answer");
    assert!(
        matches!(&error, ForgeError::Unreachable { reason, .. } if reason.contains("refused")),
        "{error:?}"
    );
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for() {
    let scene = Scene::new();
    let late = ResponseTemplate::new(200)
        .set_body_json(json!([]))
        .set_delay(Duration::from_secs(60));
    scene.respond("GET", "/orgs/acme/teams/x/members", late);
    let address = scene.address();
    let mut connection = scene.connection(None, &address);
    connection.patience = Patience {
        answer: Duration::from_millis(100),
        tries: 2,
        ..short()
    };
    let error = GitHub::new(connection)
        .expect("a client")
        .team("acme", "x")
        .expect_err("no answer");
    assert!(matches!(error, ForgeError::Unreachable { .. }), "{error:?}");
}
