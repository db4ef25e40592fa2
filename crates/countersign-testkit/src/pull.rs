//! A team on a forge: people with accounts, a machine that records, and a pull request that is told
//! as the forge would tell it.

use std::path::PathBuf;

use countersign::demo::policy::PrincipalDraft;
use countersign::demo::{DemoError, Method, Person, PolicyDraft, Tree};
use countersign::forge::{
    Account, AccountKind, HeadEvent, HeadEventKind, Pull, PullRequest, PullState, Review,
    ReviewState, SavedForge,
};
use countersign::model::{ObjectId, Timestamp};

use crate::{Checked, Repo};

/// Account ids of the team.
pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;
/// Someone who is not in the policy.
pub const STRANGER: u64 = 99;

/// The pull request that the scenes are about.
pub const NUMBER: u64 = 7;

/// A repository with what its forge would say.
pub struct Scene {
    pub repo: Repo,
    pub scribe: Person,
    pub pull: Pull,
    /// Landings that came with the pull request.
    pub landings: Vec<ObjectId>,
    next_review: u64,
}

/// The account of someone.
pub fn account(id: u64) -> Account {
    Account {
        id,
        login: format!("login-{id}"),
        kind: AccountKind::User,
    }
}

/// People have accounts, and the machine `scribe` may record reviews of Skills.
pub fn on_a_forge(policy: PolicyDraft, scribe: &Person) -> PolicyDraft {
    policy.with(|draft| {
        for (name, id) in [("alice", ALICE), ("bob", BOB), ("carol", CAROL)] {
            draft.principal(name).more.push(format!(
                "accounts: [{{forge: github.com, login: {name}-gh, id: {id}}}]"
            ));
        }
        let mut machine = PrincipalDraft::of(scribe);
        machine.more.push("kind: machine".to_owned());
        draft.principals.push(machine);
        draft
            .roles
            .push("recorders: [{principal: scribe, subjects: [\"skill/*\"]}]".to_owned());
    })
}

impl Scene {
    /// Alice has opened a pull request from the branch `change` that adds Skill `pdf` 1.0.0; HEAD
    /// is that branch.
    pub fn opened() -> Result<Self, DemoError> {
        Self::opened_with(
            |policy| policy,
            |tree| tree.put_skill("pdf", "1.0.0", "Do it well."),
        )
    }

    /// The same with another policy and another change.
    pub fn opened_with(
        policy: impl FnOnce(PolicyDraft) -> PolicyDraft,
        change: impl FnOnce(&mut Tree),
    ) -> Result<Self, DemoError> {
        let scribe = Person::new("scribe");
        let mut repo = Repo::team_with(|draft| policy(on_a_forge(draft, &scribe)), |_| ());
        repo.branch("change")?;
        let alice = repo.alice.clone();
        repo.commit(&alice, "Change something", change)?;
        let request = PullRequest {
            number: NUMBER,
            repository: "github.com/acme/agent-skills".to_owned(),
            base: "main".to_owned(),
            head: repo.head(),
            author: Some(account(ALICE)),
            merged: false,
            merge_commit: None,
            state: Some(PullState::Open),
        };
        let pull = Pull {
            request,
            reviews: Vec::new(),
            events: Vec::new(),
        };
        Ok(Self {
            repo,
            scribe,
            pull,
            landings: Vec::new(),
            next_review: 100,
        })
    }

    /// A commit is pushed to the pull request.
    pub fn push(&mut self, change: impl FnOnce(&mut Tree)) -> Result<ObjectId, DemoError> {
        let alice = self.repo.alice.clone();
        let commit = self.repo.commit(&alice, "Push", change)?;
        self.pull.request.head = commit;
        Ok(commit)
    }

    /// A review of what is the head now.
    pub fn review(&mut self, by: u64, state: ReviewState) -> &mut Review {
        let commit = self.pull.request.head;
        self.review_of(by, state, commit)
    }

    /// A review of a commit, submitted now.
    pub fn review_of(&mut self, by: u64, state: ReviewState, commit: ObjectId) -> &mut Review {
        self.repo.wait(60);
        let submitted = Some(self.repo.now());
        let id = self.next_review;
        self.next_review += 1;
        self.pull.reviews.push(Review {
            id,
            account: Some(account(by)),
            state,
            commit: Some(commit),
            submitted,
        });
        self.pull.reviews.last_mut().expect("it was just added")
    }

    /// The person approves what is the head now.
    pub fn approve(&mut self, by: u64) {
        self.review(by, ReviewState::Approved);
    }

    /// Something happens to the pull request now.
    pub fn event(&mut self, kind: HeadEventKind) {
        self.repo.wait(60);
        let at = self.repo.now();
        self.event_at(at, kind);
    }

    /// Something happened to the pull request.
    pub fn event_at(&mut self, at: Timestamp, kind: HeadEventKind) {
        self.pull.events.push(HeadEvent { at, kind });
    }

    /// The same on a Skill `pdf` 0.9.0 that Bob has approved; the change is of version 1.0.0.
    pub fn on_an_approved_skill(change: impl FnOnce(&mut Tree)) -> Result<Self, DemoError> {
        let mut scene = Self::opened()?;
        scene.repo.switch("main")?;
        scene.repo.approved_skill("pdf", "0.9.0")?;
        scene.repo.branch("change")?;
        let alice = scene.repo.alice.clone();
        let head = scene.repo.commit(&alice, "Change pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
            change(tree);
        })?;
        scene.pull.request.head = head;
        Ok(scene)
    }

    /// The governed branch moves on; HEAD stays on the pull request's branch.
    pub fn move_base(&mut self, change: impl FnOnce(&mut Tree)) -> Result<ObjectId, DemoError> {
        let carol = self.repo.carol.clone();
        self.repo.switch("main")?;
        let moved = self.repo.commit(&carol, "Move on", change)?;
        self.repo.switch("change")?;
        Ok(moved)
    }

    /// The button "Update branch": the base is merged into the pull request.
    pub fn update_branch(&mut self) -> Result<ObjectId, DemoError> {
        let alice = self.repo.alice.clone();
        self.repo.switch("change")?;
        let merge = self.repo.merge("main", Method::Merge, &alice)?;
        self.pull.request.head = merge;
        Ok(merge)
    }

    /// The pull request lands; before that someone else's commit does. HEAD is the governed branch
    /// then.
    pub fn land(&mut self, method: Method) -> Result<Vec<ObjectId>, DemoError> {
        let (alice, carol) = (self.repo.alice.clone(), self.repo.carol.clone());
        self.repo.switch("main")?;
        self.repo.commit(&carol, "Meanwhile", |tree| {
            tree.put("NOTES.md", "Elsewhere.\n");
        })?;
        let before = self.line().len();
        self.repo.merge("change", method, &alice)?;
        let landings = self.line().split_off(before);
        self.landed(&landings);
        Ok(landings)
    }

    /// HEAD is the governed branch, which the pull request has become part of with `landings`, the
    /// last of which the forge names.
    pub fn landed(&mut self, landings: &[ObjectId]) {
        self.pull.request.merged = true;
        self.pull.request.merge_commit = landings.last().copied();
        self.landings = landings.to_vec();
    }

    /// What the forge would say, in a file.
    pub fn answers(&self) -> String {
        let mut answers = SavedForge::new(
            "github.com/acme/agent-skills"
                .parse()
                .expect("a repository"),
        );
        answers.add(self.pull.clone());
        for landing in self.line() {
            let came_with = self
                .landings
                .contains(&landing)
                .then(|| self.pull.request.clone());
            answers.came_with(landing, came_with.into_iter().collect());
        }
        let file = answers.file().expect("answers are plain data");
        self.write(
            "answers.json",
            &String::from_utf8(file).expect("JSON is text"),
        )
    }

    /// The landings up to HEAD, oldest first.
    pub fn line(&self) -> Vec<ObjectId> {
        let repository = countersign::git::Repository::open(&self.repo.path())
            .expect("the repository was just built");
        let line = repository
            .line(self.repo.head(), None)
            .expect("its line can be read");
        line.into_iter().map(|node| node.id).collect()
    }

    /// Writes a file beside the repository and gives its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let file: PathBuf = self.repo.beside().join(name);
        std::fs::write(&file, text).expect("the test's directory is writable");
        file.to_str()
            .expect("temporary directories have plain names")
            .to_owned()
    }

    /// `check` of the pull request.
    pub fn check_pull(&self) -> Checked {
        self.repo.check_with(&[
            "--base",
            "main",
            "--pull",
            "7",
            "--answers",
            &self.answers(),
        ])
    }

    /// `check` of the governed branch with what the forge says.
    pub fn check_branch(&self) -> Checked {
        self.repo.check_with(&["--answers", &self.answers()])
    }

    /// Who counts for the Skill `pdf`, and by what, as `status` says with the forge's answers.
    pub fn counted(&self, options: &[&str]) -> Vec<(String, String)> {
        let answers = self.answers();
        let output = self
            .repo
            .run(
                &[
                    &[
                        "status",
                        "skill/pdf",
                        "--format",
                        "json",
                        "--answers",
                        &answers,
                    ],
                    options,
                ]
                .concat(),
            )
            .exits(0);
        let json = output.json();
        let requirements = json["subjects"][0]["requirements"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let have = requirements
            .iter()
            .flat_map(|one| one["approvals"].as_array().cloned().unwrap_or_default());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        have.map(|one| (text(&one["principal"]), text(&one["evidence"])))
            .collect()
    }
}
