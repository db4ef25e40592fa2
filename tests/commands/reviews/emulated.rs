//! The life of a pull request, from opening to landing, with the real binary, a real repository and
//! an emulator of GitHub that others wrote.

use std::thread;
use std::time::Duration;

use countersign::demo::Method;
use serde_json::{Value, json};

use countersign_testkit::TestResult;
use countersign_testkit::emulator::Emulator;
use countersign_testkit::pull::Scene;
use countersign_testkit::runner::{Runner, Step};

const REPOSITORY: &str = "/repos/alice/agent-skills";
const SEED: &str = "\
tokens:
  token_alice: {login: alice, scopes: [repo, user]}
  token_bob: {login: bob, scopes: [repo, user]}
  token_carol: {login: carol, scopes: [repo, user]}
github:
  users: [{login: alice}, {login: bob}, {login: carol}]
  repos: [{owner: alice, name: agent-skills, auto_init: true}]
";

/// The emulator with its pull request 1.
struct PullOne(Emulator);

impl std::ops::Deref for PullOne {
    type Target = Emulator;
    fn deref(&self) -> &Emulator {
        &self.0
    }
}

/// Its commits represent those of a scene.
impl PullOne {
    fn id(&self, login: &str) -> u64 {
        self.ask("alice", "GET", &format!("/users/{login}"), &Value::Null)["id"]
            .as_u64()
            .expect("an id")
    }

    /// The branch `change` of the emulator gets its first commit, which represents the real one.
    fn commit(&self, real: &str, file: &str) {
        let body = json!({"message": "m", "content": "eA==", "branch": "change"});
        let put = self.ask(
            "alice",
            "PUT",
            &format!("{REPOSITORY}/contents/{file}"),
            &body,
        );
        self.front
            .stands_for(put["commit"]["sha"].as_str().expect("an id"), real);
    }

    /// The pull request of the emulator gets a new head, which represents the real one. Its one way
    /// to move a head is `update-branch`.
    fn push(&self, real: &str) {
        self.ask(
            "alice",
            "PUT",
            &format!("{REPOSITORY}/pulls/1/update-branch"),
            &json!({}),
        );
        let head = self.ask(
            "alice",
            "GET",
            &format!("{REPOSITORY}/pulls/1"),
            &Value::Null,
        );
        self.front
            .stands_for(head["head"]["sha"].as_str().expect("an id"), real);
    }

    /// A second later than the one before: of two in one second no one knows which came last.
    fn review(&self, who: &str, event: &str) -> u64 {
        thread::sleep(Duration::from_millis(1100));
        let body = json!({"event": event, "body": "::error::x"});
        self.ask(who, "POST", &format!("{REPOSITORY}/pulls/1/reviews"), &body)["id"]
            .as_u64()
            .expect("an id")
    }

    fn run(&self, scene: &Scene, runner: Runner) -> Step {
        let runner = runner
            .with("GITHUB_TOKEN", "token_carol")
            .with("GITHUB_API_URL", &self.front.address());
        runner
            .with("PATH", &std::env::var("PATH").unwrap_or_default())
            .act(&scene.repo, &scene.repo.path())
    }

    /// The gate of pull request 1 as it is now.
    fn gate(&self, scene: &Scene) -> Step {
        let (base, head) = (
            scene.repo.git(&["rev-parse", "main"]),
            scene.pull.request.head.to_string(),
        );
        scene
            .repo
            .git(&["update-ref", "refs/remotes/origin/main", "main"]);
        let tip = |name: &str, sha: &str| json!({"ref": name, "sha": sha.trim()});
        let pull = json!({"number": 1, "title": "::error::owned", "head": tip("change", &head), "base": tip("main", &base)});
        self.run(
            scene,
            Runner::new("pull_request", &json!({"pull_request": pull})),
        )
    }
}

#[test]
fn a_pull_request_is_opened_reviewed_changed_dismissed_approved_again_and_lands() -> TestResult {
    let Some(emulator) = Emulator::start(SEED).map(PullOne) else {
        return Ok(());
    };
    let ids = ["alice", "bob", "carol"].map(|login| (login, emulator.id(login)));
    let accounts = |mut policy: countersign::demo::PolicyDraft| {
        policy.repository = "github.com/alice/agent-skills".to_owned();
        policy.with(|draft| {
            for (login, id) in ids {
                let more = &mut draft.principal(login).more;
                more.retain(|line| !line.starts_with("accounts:"));
                more.push(format!(
                    "accounts: [{{forge: github.com, login: {login}, id: {id}}}]"
                ));
            }
        })
    };
    let mut scene = Scene::opened_with(accounts, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    emulator.branch("alice", REPOSITORY, "change");
    emulator.commit(&scene.pull.request.head.to_string(), "one");
    emulator.ask(
        "alice",
        "POST",
        &format!("{REPOSITORY}/pulls"),
        &json!({"title": "::error::t", "head": "change", "base": "main"}),
    );

    emulator.front.take_request_count();
    let step = emulator.gate(&scene);
    step.says("waiting", 1);
    assert_eq!(
        emulator.front.take_request_count(),
        4,
        "a usual pull request takes no more than six questions"
    );
    // The emulator lets authors approve themselves; that is not an approval here.
    emulator.review("alice", "APPROVE");
    emulator.gate(&scene).says("waiting", 1);
    let approval = emulator.review("bob", "APPROVE");
    emulator.gate(&scene).says("pass", 0);
    emulator.review("bob", "COMMENT");
    emulator.gate(&scene).says("pass", 0);

    let pushed = scene.push(|tree| tree.put("README.md", "Nothing governed.\n"))?;
    emulator.push(&pushed.to_string());
    emulator.gate(&scene).says("pass", 0);
    let pushed = scene.push(|tree| tree.put_skill("pdf", "1.0.0", "Do it better."))?;
    emulator.push(&pushed.to_string());
    let step = emulator.gate(&scene);
    step.says("waiting", 1);
    assert!(step.summary.contains("went stale"), "{}", step.summary);

    let again = emulator.review("bob", "APPROVE");
    emulator.gate(&scene).says("pass", 0);
    for review in [approval, again] {
        let dismissal = format!("{REPOSITORY}/pulls/1/reviews/{review}/dismissals");
        emulator.ask(
            "alice",
            "PUT",
            &dismissal,
            &json!({"message": "no", "event": "DISMISS"}),
        );
    }
    emulator.gate(&scene).says("waiting", 1);
    emulator.review("carol", "REQUEST_CHANGES");
    emulator.gate(&scene).says("waiting", 1);
    emulator.review("carol", "APPROVE");
    emulator.gate(&scene).says("pass", 0);

    let landing = *scene.land(Method::Squash)?.last().ok_or("a landing")?;
    let merged = emulator.ask(
        "alice",
        "PUT",
        &format!("{REPOSITORY}/pulls/1/merge"),
        &json!({"merge_method": "squash"}),
    );
    emulator
        .front
        .stands_for(merged["sha"].as_str().ok_or("an id")?, &landing.to_string());
    let before = scene.line()[0].to_string();
    let push = || Runner::new("push", &json!({"ref": "refs/heads/main", "before": before}));
    let step = emulator.run(&scene, push());
    step.says("pass", 0);
    assert!(
        !step.stdout.contains("::error::"),
        "nothing that people wrote is a command of the runner\n{}",
        step.stdout
    );
    Ok(())
}
