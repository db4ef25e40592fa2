//! `--verbose` with a live forge: each request, and no secret.

use std::process::Command;

use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, Scene};
use countersign_testkit::runner::Runner;

use crate::reviews::server::Server;

const TOKEN: &str = "ghs_secret";

#[test]
fn each_question_to_the_forge_is_listed_without_its_token_or_query() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let server = Server::of(&scene);
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command
            .arg("-C")
            .arg(scene.repo.path())
            .args(["--now", &scene.repo.history.now().to_string()]);
        command
            .args(["check", "--base", "main", "--pull", "7", "--live"])
            .args(arguments);
        let runner = Runner::new("none", &serde_json::json!({}))
            .with("GITHUB_TOKEN", TOKEN)
            .with("GITHUB_API_URL", &server.address());
        // Every library's own log, in case one of them is listened to.
        runner.with("COUNTERSIGN_LOG", "trace").run(command)
    };
    let plain = ask(&["--quiet"]);
    assert_eq!((plain.code, plain.stderr.as_str()), (0, ""));
    for verbose in [ask(&[]), ask(&["-vvv"])] {
        assert_eq!(plain.stdout, verbose.stdout);
        let line = "info: request method=GET path=/repos/acme/agent-skills/pulls/7/reviews status=200 took=";
        assert!(verbose.stderr.contains(line), "{}", verbose.stderr);
        for secret in [TOKEN, "per_page", "uthorization", "earer"] {
            assert!(
                !verbose.stderr.contains(secret),
                "{secret}\n{}",
                verbose.stderr
            );
        }
    }
    Ok(())
}
