//! The gate of a merge queue: its pull requests are those that the forge puts into it, whatever a
//! commit's message says.

use countersign::forge::{Pull, PullState};
use countersign::model::ObjectId;
use serde_json::{Value, json};

use crate::reviews::server::{REPOSITORY, Server};
use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, Scene, account};
use countersign_testkit::runner::{Runner, Step};

/// The scene's approved pull request 7, and a queue on the governed branch, checked out.
struct Queue {
    scene: Scene,
    server: Server,
    base: String,
}

impl Queue {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let mut scene = Scene::opened()?;
        scene.approve(BOB);
        let base = scene.repo.git(&["rev-parse", "main"]).trim().to_owned();
        scene
            .repo
            .git(&["update-ref", "refs/remotes/origin/main", "main"]);
        scene.repo.git(&["checkout", "-q", "--detach", "main"]);
        let server = Server::silent();
        server.get(&format!("{REPOSITORY}/rules/branches/main"), &json!([]));
        Ok(Self {
            scene,
            server,
            base,
        })
    }

    /// Runs Git as Alice.
    fn git(&self, arguments: &[&str]) {
        self.scene.repo.git(
            &[
                &[
                    "-c",
                    "user.name=Alice",
                    "-c",
                    "user.email=alice@acme.example",
                ],
                arguments,
            ]
            .concat(),
        );
    }

    /// Everything that pull request 7 changes, as one commit with this message.
    fn squash(&self, message: &str) {
        self.scene.repo.git(&["merge", "-q", "--squash", "change"]);
        self.git(&["commit", "-qm", message]);
    }

    /// A commit of another pull request.
    fn other(&self, message: &str) -> TestResult {
        std::fs::write(
            self.scene.repo.path().join("OTHER.md"),
            format!("{message}\n"),
        )?;
        self.git(&["add", "OTHER.md"]);
        self.git(&["commit", "-qm", message]);
        Ok(())
    }

    fn head(&self) -> String {
        self.scene
            .repo
            .git(&["rev-parse", "HEAD"])
            .trim()
            .to_owned()
    }

    /// A pull request that no one has reviewed.
    fn pull(&self, number: u64, head: &str) -> Pull {
        let mut pull = self.scene.pull.clone();
        pull.request.number = number;
        pull.request.head = head.parse::<ObjectId>().expect("a commit");
        pull.reviews.clear();
        pull
    }

    /// The gate, where the queue's branch names the pull request `named`.
    fn judge(&self, named: u64) -> Step {
        let (base, head) = (&self.base, self.head());
        let branch = format!("refs/heads/gh-readonly-queue/main/pr-{named}-{base}");
        let event = json!({"merge_group": {"base_ref": "refs/heads/main", "base_sha": base, "head_sha": head, "head_ref": branch}});
        let path = std::env::var("PATH").unwrap_or_default();
        let runner = Runner::new("merge_group", &event)
            .with("GITHUB_TOKEN", "ghs_secret")
            .with("PATH", &path);
        runner
            .with("GITHUB_API_URL", &self.server.address())
            .act(&self.scene.repo, &self.scene.repo.path())
    }
}

#[test]
fn a_merge_queue_counts_the_reviews_of_each_pull_request_in_it() -> TestResult {
    let queue = Queue::new()?;
    queue.squash("Add pdf (#7)");
    // Another one is queued behind it; its message names an issue, too.
    queue.other("Other, as in (#12)")?;
    queue.server.pull(&queue.scene.pull);
    queue.server.pull(&queue.pull(8, &queue.head()));
    queue.judge(8).says("pass", 0);
    Ok(())
}

#[test]
fn a_merge_commit_of_a_queue_names_its_pull_request_by_its_second_parent() -> TestResult {
    let queue = Queue::new()?;
    queue.git(&["merge", "-q", "--no-ff", "-m", "Merge", "change"]);
    queue.other("Other")?;
    queue.server.pull(&queue.scene.pull);
    queue.server.pull(&queue.pull(8, &queue.head()));
    let head = queue.scene.pull.request.head;
    queue.server.get(
        &format!("{REPOSITORY}/commits/{head}/pulls"),
        &json!([crate::reviews::server::request(&queue.scene.pull.request)]),
    );
    queue.judge(8).says("pass", 0);
    Ok(())
}

#[test]
fn a_rebased_commit_of_a_queue_counts_where_the_forge_knows_its_pull_request() -> TestResult {
    for (state, verdict, code) in [
        (PullState::Open, "pass", 0),
        (PullState::Closed, "waiting", 1),
    ] {
        let mut queue = Queue::new()?;
        queue.squash("Add pdf");
        let rebased = queue.head();
        queue.other("Other")?;
        queue.scene.pull.request.state = Some(state);
        queue.server.pull(&queue.scene.pull);
        queue.server.pull(&queue.pull(8, &queue.head()));
        let known: Value = json!([crate::reviews::server::request(&queue.scene.pull.request)]);
        queue
            .server
            .get(&format!("{REPOSITORY}/commits/{rebased}/pulls"), &known);
        queue.judge(8).says(verdict, code);
    }
    Ok(())
}

#[test]
fn a_message_in_a_queue_borrows_no_approval_from_a_closed_pull_request() -> TestResult {
    let mut queue = Queue::new()?;
    queue.squash("Tidy up (#7)");
    queue.scene.pull.request.state = Some(PullState::Closed);
    queue.server.pull(&queue.scene.pull);
    queue.server.pull(&queue.pull(8, &queue.head()));
    queue.judge(8).says("waiting", 1);
    Ok(())
}

#[test]
fn a_message_in_a_queue_borrows_no_approval_from_an_open_pull_request_that_it_does_not_land()
-> TestResult {
    let queue = Queue::new()?;
    // The same bytes of the Skill, and something else of Mallory's beside it.
    queue.scene.repo.git(&["merge", "-q", "--squash", "change"]);
    queue.other("Tidy up (#7)")?;
    queue.server.pull(&queue.scene.pull);
    let mut mallory = queue.pull(8, &queue.head());
    mallory.request.author = Some(account(66));
    queue.server.pull(&mallory);
    queue.judge(8).says("waiting", 1);
    Ok(())
}

#[test]
fn a_pull_request_that_a_queues_branch_names_is_open_and_made_to_the_governed_branch() -> TestResult
{
    let spoil: [fn(&mut Pull); 4] = [
        |pull| pull.request.state = Some(PullState::Closed),
        |pull| pull.request.merged = true,
        |pull| pull.request.base = "release".to_owned(),
        |pull| pull.request.repository = "github.com/mallory/agent-skills".to_owned(),
    ];
    let queue = Queue::new()?;
    queue.squash("Add pdf");
    queue.server.pull(&queue.scene.pull);
    queue.judge(7).says("pass", 0);
    for spoil in spoil {
        let mut queue = Queue::new()?;
        queue.squash("Add pdf");
        spoil(&mut queue.scene.pull);
        queue.server.pull(&queue.scene.pull);
        queue.judge(7).says("waiting", 1);
    }
    Ok(())
}
