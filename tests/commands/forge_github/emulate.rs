//! The client against an emulator of GitHub that others wrote.

use countersign::forge::github::{GitHub, GitHubOptions, GitHubWriter, Network};
use countersign::forge::saved::{Recording, SavedForge};
use countersign::forge::{
    AccountKind, Forge, ForgeError, ForgeWriter as _, HeadEventKind, Holder, Proposal, ReviewState,
};
use serde_json::{Value, json};

use super::scene::short;
use countersign_testkit::emulator::Emulator;

const REPOSITORY: &str = "/repos/ann/tools";
const SEED: &str = "\
tokens:
  token_ann: {login: ann, scopes: [repo, user, 'admin:org']}
  token_bob: {login: bob, scopes: [repo, user]}
  token_carol: {login: carol, scopes: [repo, user]}
github:
  users: [{login: ann}, {login: bob}, {login: carol}]
  orgs: [{login: acme}]
  repos: [{owner: ann, name: tools, auto_init: true}]
";

/// The emulator with its pull request 1.
struct PullOne(Emulator);

impl std::ops::Deref for PullOne {
    type Target = Emulator;
    fn deref(&self) -> &Emulator {
        &self.0
    }
}

/// What happens to it.
impl PullOne {
    fn commit(&self) {
        let body = json!({"message": "m", "content": "b25l", "branch": "topic"});
        self.ask(
            "ann",
            "PUT",
            &format!("{REPOSITORY}/contents/skill.md"),
            &body,
        );
    }

    fn review(&self, who: &str, event: &str) -> u64 {
        let body = json!({"event": event, "body": "x"});
        self.ask(who, "POST", &format!("{REPOSITORY}/pulls/1/reviews"), &body)["id"]
            .as_u64()
            .expect("an id")
    }

    fn connection<'a>(api: &'a str, token: &'a str) -> GitHubOptions<'a> {
        let repository = "github.com/ann/tools".parse().expect("a name");
        GitHubOptions {
            repository,
            api: Some(api),
            token: Some(token),
            network: Network::default(),
            patience: short(),
            progress: Box::new(|_| ()),
        }
    }
}

#[test]
fn the_life_of_a_pull_request_is_read_from_the_emulator() {
    let Some(emulator) = Emulator::start(SEED).map(PullOne) else {
        return;
    };
    let api = emulator.front.address();
    let forge = Recording::new(Box::new(
        GitHub::new(PullOne::connection(&api, "token_bob")).expect("a client"),
    ));

    emulator.branch("ann", REPOSITORY, "topic");
    emulator.commit();
    emulator.ask(
        "ann",
        "POST",
        &format!("{REPOSITORY}/pulls"),
        &json!({"title": "t", "head": "topic", "base": "main"}),
    );

    emulator.front.take_request_count();
    let opened = forge.pull(1).expect("an answer");
    assert_eq!(emulator.front.take_request_count(), 3);
    assert_eq!(
        (
            opened.request.base.as_str(),
            opened.request.repository.as_str()
        ),
        ("main", "github.com/ann/tools")
    );
    assert_eq!(opened.request.author, forge.account("ann").ok());
    assert_eq!(
        (
            opened.request.merged,
            opened.reviews.len(),
            opened.events.len()
        ),
        (false, 0, 0)
    );

    let approval = emulator.review("bob", "APPROVE");
    emulator.review("carol", "REQUEST_CHANGES");
    let reviewed = forge.pull(1).expect("an answer");
    let states: Vec<_> = reviewed.reviews.iter().map(|review| review.state).collect();
    assert_eq!(
        states,
        [ReviewState::Approved, ReviewState::ChangesRequested]
    );
    assert_eq!(reviewed.reviews[0].account, forge.account("bob").ok());
    assert_eq!(
        reviewed.reviews[0]
            .account
            .as_ref()
            .map(|account| account.kind),
        Some(AccountKind::User)
    );
    assert_eq!(reviewed.reviews[0].commit, Some(opened.request.head));
    assert!(reviewed.reviews[0].submitted.is_some());

    // Its one way to move the head of a pull request.
    emulator.ask(
        "ann",
        "PUT",
        &format!("{REPOSITORY}/pulls/1/update-branch"),
        &json!({}),
    );
    emulator
        .front
        .happened(json!({"event": "base_ref_changed", "created_at": "2026-11-03T10:12:00Z"}));
    let pushed = forge.pull(1).expect("an answer");
    assert_ne!(pushed.request.head, opened.request.head);
    assert_eq!(
        pushed.reviews[0].commit,
        Some(opened.request.head),
        "the review stays with what was reviewed"
    );
    assert_eq!(
        pushed
            .events
            .iter()
            .map(|event| &event.kind)
            .collect::<Vec<_>>(),
        [&HeadEventKind::BaseChanged]
    );
    assert_eq!(
        forge.commits(1).map(|commits| commits.last().copied()),
        Ok(Some(pushed.request.head))
    );

    let dismissal = format!("{REPOSITORY}/pulls/1/reviews/{approval}/dismissals");
    emulator.ask(
        "ann",
        "PUT",
        &dismissal,
        &json!({"message": "stale", "event": "DISMISS"}),
    );
    for _ in 0..101 {
        emulator.review("bob", "COMMENT");
    }
    emulator.front.take_request_count();
    let long = forge.pull(1).expect("an answer");
    assert_eq!(
        (long.reviews.len(), long.reviews[0].state),
        (103, ReviewState::Dismissed)
    );
    assert_eq!(
        emulator.front.take_request_count(),
        4,
        "one request more for the second page"
    );

    emulator.ask(
        "ann",
        "PUT",
        &format!("{REPOSITORY}/pulls/1/merge"),
        &json!({"merge_method": "squash"}),
    );
    let merged = forge.pull(1).expect("an answer");
    assert!(
        merged.request.merged && merged.request.merge_commit.is_some(),
        "{:?}",
        merged.request
    );

    let saved = SavedForge::read(&forge.file().expect("a file")).expect("the file is good");
    assert_eq!(saved.pull(1), Ok(merged));
    assert_eq!(saved.account("ann"), forge.account("ann"));
}

#[test]
fn refusals_people_and_writing_are_as_the_emulator_does_them() {
    let Some(emulator) = Emulator::start(SEED).map(PullOne) else {
        return;
    };
    let api = emulator.front.address();
    let forge = GitHub::new(PullOne::connection(&api, "token_ann")).expect("a client");
    assert!(matches!(forge.pull(99), Err(ForgeError::NotFound { .. })));

    assert!(matches!(forge.holder(), Ok(Holder::Account(account)) if account.login == "ann"));
    emulator.ask(
        "ann",
        "POST",
        "/orgs/acme/teams",
        &json!({"name": "agents"}),
    );
    emulator.ask(
        "ann",
        "PUT",
        "/orgs/acme/teams/agents/memberships/bob",
        &json!({}),
    );
    let members = forge.team("acme", "agents").expect("an answer");
    assert!(
        members.contains(&forge.account("bob").expect("an answer")),
        "{members:?}"
    );

    emulator.branch("ann", REPOSITORY, "topic");
    emulator.commit();
    let writer = GitHubWriter::new(PullOne::connection(&api, "token_ann")).expect("a client");
    let text = str::to_owned;
    let proposal = Proposal {
        head: text("topic"),
        base: text("main"),
        title: text("Record"),
        body: text("x"),
    };
    let number = writer.propose(&proposal).expect("it is opened");
    assert_eq!(writer.propose(&proposal), Ok(number), "it is open already");
    let comment = writer
        .comment(number, "<!-- m -->", "waiting")
        .expect("it is written");
    assert_eq!(writer.comment(number, "<!-- m -->", "pass"), Ok(comment));
    let all = emulator.ask(
        "ann",
        "GET",
        &format!("{REPOSITORY}/issues/{number}/comments"),
        &Value::Null,
    );
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["body"], "<!-- m -->\npass");
}
