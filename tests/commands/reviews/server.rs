//! GitHub, as far as a test needs it: one pull request in the forge defines them, from a server on
//! this machine that counts its requests.

use countersign::forge::{
    Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, Review, ReviewState,
};
use countersign::model::ObjectId;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use countersign_testkit::pull::Scene;

pub const REPOSITORY: &str = "/repos/acme/agent-skills";

/// The server. It answers every other request with 404. It must outlive anyone who asks
/// it: another test gets its port then.
pub struct Server {
    // Dropped before the runtime that drives it.
    server: MockServer,
    runtime: Runtime,
}

impl Server {
    /// Answers nothing.
    pub fn silent() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        Self { server, runtime }
    }

    /// Answers everything that is so at this moment of the scene.
    pub fn of(scene: &Scene) -> Self {
        let server = Self::silent();
        server.pull(&scene.pull);
        for landing in scene.line() {
            let pulls: Vec<Value> = if scene.landings.contains(&landing) {
                vec![request(&scene.pull.request)]
            } else {
                Vec::new()
            };
            server.get(
                &format!("{REPOSITORY}/commits/{landing}/pulls"),
                &json!(pulls),
            );
        }
        server.get(&format!("{REPOSITORY}/rules/branches/main"), &json!([]));
        server
    }

    /// Answers about one more pull request.
    pub fn pull(&self, pull: &Pull) {
        let number = pull.request.number;
        self.get(
            &format!("{REPOSITORY}/pulls/{number}"),
            &request(&pull.request),
        );
        self.get(
            &format!("{REPOSITORY}/pulls/{number}/reviews"),
            &pull.reviews.iter().map(review).collect(),
        );
        self.get(
            &format!("{REPOSITORY}/issues/{number}/timeline"),
            &pull.events.iter().map(event).collect(),
        );
        let pushes: Vec<Value> = pull.events.iter().filter_map(force_push).collect();
        let page = json!({"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": pushes});
        let body = json!({"data": {"repository": {"pullRequest": {"timelineItems": page}}}});
        self.respond(
            "POST",
            "/graphql",
            ResponseTemplate::new(200).set_body_json(body),
        );
    }

    pub fn get(&self, at: &str, body: &Value) {
        self.respond("GET", at, ResponseTemplate::new(200).set_body_json(body));
    }

    pub fn respond(&self, verb: &str, at: &str, response: ResponseTemplate) {
        let mock = Mock::given(method(verb))
            .and(path(at))
            .respond_with(response);
        self.runtime.block_on(mock.mount(&self.server));
    }

    pub fn address(&self) -> String {
        self.server.uri()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.runtime
            .block_on(self.server.received_requests())
            .expect("requests are kept")
    }
}

fn user(account: &Account) -> Value {
    let kind = match account.kind {
        AccountKind::User => "User",
        AccountKind::Bot => "Bot",
        AccountKind::Other => "Organization",
    };
    json!({"id": account.id, "login": account.login, "type": kind})
}

fn sha(commit: Option<ObjectId>) -> Option<String> {
    commit.map(|commit| commit.to_string())
}

pub fn request(of: &PullRequest) -> Value {
    let full_name = of.repository.split_once('/').map(|(_, name)| name);
    json!({
        "number": of.number, "title": "::error::<b>owned</b>", "user": of.author.as_ref().map(user),
        "merged_at": of.merged.then_some("2026-11-03T10:12:00Z"), "merge_commit_sha": sha(of.merge_commit),
        "state": if of.is_open() { "open" } else { "closed" },
        "head": {"sha": of.head.to_string(), "ref": "change"}, "base": {"ref": of.base, "repo": {"full_name": full_name}},
    })
}

fn review(of: &Review) -> Value {
    let state = match of.state {
        ReviewState::Approved => "APPROVED",
        ReviewState::ChangesRequested => "CHANGES_REQUESTED",
        ReviewState::Commented => "COMMENTED",
        ReviewState::Dismissed => "DISMISSED",
        ReviewState::Pending => "PENDING",
        ReviewState::Unknown => "ENDORSED",
    };
    let submitted = of.submitted.map(|at| at.to_string());
    json!({"id": of.id, "user": of.account.as_ref().map(user), "state": state, "commit_id": sha(of.commit), "submitted_at": submitted, "body": "<b>x</b>"})
}

fn event(of: &HeadEvent) -> Value {
    let (word, commit) = match of.kind {
        HeadEventKind::ForcePush { after, .. } => ("head_ref_force_pushed", after),
        HeadEventKind::BaseChanged => ("base_ref_changed", None),
        HeadEventKind::BaseForcePush => ("base_ref_force_pushed", None),
    };
    json!({"event": word, "created_at": of.at.to_string(), "commit_id": sha(commit)})
}

fn force_push(of: &HeadEvent) -> Option<Value> {
    let HeadEventKind::ForcePush { before, after } = of.kind else {
        return None;
    };
    let oid = |commit: Option<ObjectId>| sha(commit).map(|oid| json!({"oid": oid}));
    Some(
        json!({"createdAt": of.at.to_string(), "beforeCommit": oid(before), "afterCommit": oid(after)}),
    )
}
