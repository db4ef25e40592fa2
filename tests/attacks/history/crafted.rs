//! What the stories of crafted lines share: a repository, and a branch that copies its records in
//! an order of the attacker's choice.
//!
//! Mallory has no authority. The branch begins at the anchor, and everything on it that counts was
//! signed by others for the honest line.

use std::error::Error;
use std::ops::{Deref, DerefMut};

use countersign::demo::{DemoError, Method, Person, PolicyDraft, Record, Tree};
use countersign::git::write::Create;
use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::{Checked, Repo, TestResult, rule};

/// The subject of every story.
pub const ALPHA: &str = "skill/alpha";
/// Its folder.
const FOLDER: &str = "skills/alpha";
/// The subject of decisions about the policy.
pub const POLICY: &str = "policy/countersign";

/// Alice administrates; one of Alice and Bob, the owners, approves; they and Carol may lower; Dave
/// writes.
pub struct Crafted {
    repo: Repo,
    /// Writes what the others approve.
    pub dave: Person,
    /// The first policy.
    pub policy: PolicyDraft,
    /// Where governance starts, and the crafted line.
    pub anchor: ObjectId,
    /// Who approved what a branch holds of its own, before it was updated.
    pub decide_early: Vec<&'static str>,
}

impl Deref for Crafted {
    type Target = Repo;
    fn deref(&self) -> &Repo {
        &self.repo
    }
}

impl DerefMut for Crafted {
    fn deref_mut(&mut self) -> &mut Repo {
        &mut self.repo
    }
}

/// One landing on the crafted line.
#[derive(Clone, Copy)]
pub enum Step<'a> {
    /// The bytes of this version.
    Bytes(&'a str),
    /// A copied record.
    Copy(&'a Record),
    /// Two copied records in one landing.
    Both(&'a Record, &'a Record),
    /// A copied policy alone.
    Proposed(&'a PolicyDraft),
    /// A copied policy and the record that approves it.
    Approved(&'a PolicyDraft, &'a Record),
    /// A merge of main, of which nothing is kept.
    Main,
    /// Something else.
    Other,
}

pub fn mallory() -> Person {
    Person::new("mallory")
}

/// Puts a version's bytes, which follow from its name.
pub fn put(tree: &mut Tree, version: &str) {
    tree.put_skill("alpha", version, &format!("Do it well, as of {version}."));
}

impl Crafted {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// Under a policy that differs.
    pub fn with(change: impl FnOnce(&mut PolicyDraft)) -> Self {
        Self::create(&Create::default(), change)
    }

    /// In a repository created with these options.
    pub fn create(how: &Create, change: impl FnOnce(&mut PolicyDraft)) -> Self {
        let dave = Person::new("dave");
        let mut first = None;
        let policy = |team: PolicyDraft| {
            let policy = team.person(&dave).with(|policy| {
                policy.administrators = vec!["alice".to_owned()];
                policy.policy_changes = 1;
                policy.approvals = vec![rule("count: 1, from: [owners]")];
                policy.roles = vec![
                    "operators: [{members: [data-platform, security], subjects: [\"*/*\"]}]"
                        .to_owned(),
                ];
                change(policy);
            });
            first.insert(policy).clone()
        };
        let repo = Repo::team_as(how, policy, |_| ());
        Self {
            anchor: repo.head(),
            policy: first.expect("the repository was governed with it"),
            dave,
            decide_early: Vec::new(),
            repo,
        }
    }

    /// A version by Dave.
    pub fn proposes(&mut self, version: &str) -> Result<(), DemoError> {
        let dave = self.dave.clone();
        self.commit(&dave, version, |tree| put(tree, version))?;
        Ok(())
    }

    /// A version by Dave that Alice approves.
    pub fn lands(&mut self, version: &str) -> Result<Record, DemoError> {
        self.proposes(version)?;
        let alice = self.alice.clone();
        self.decide(&alice, DecisionKind::Approve, ALPHA, version)
    }

    /// A decision about the version in the tree that answers another one.
    pub fn answer(
        &mut self,
        by: &Person,
        kind: DecisionKind,
        version: &str,
        answered: &Record,
    ) -> Result<Record, DemoError> {
        let draft = self.draft(kind, by, ALPHA, version)?;
        let record = draft.answers(&[answered]).record();
        self.land(by, &record)?;
        Ok(record)
    }

    /// Carol's rollback of the version in the tree, to be landed by the caller.
    pub fn rollback(&self, from: &str, to: &str) -> Result<Record, DemoError> {
        let draft = self.draft(DecisionKind::Rollback, &self.carol, ALPHA, from)?;
        Ok(draft.to(to).record())
    }

    /// Blocks a person, or unblocks them with an answer.
    pub fn suspension(
        &mut self,
        by: &Person,
        kind: DecisionKind,
        whom: &str,
        answered: &[&Record],
    ) -> Result<Record, DemoError> {
        let draft = self.draft_for(kind, by, &format!("principal/{whom}"), "all", None);
        let record = draft.answers(answered).record();
        self.land(by, &record)?;
        Ok(record)
    }

    /// Whether `explain` calls a person suspended.
    pub fn is_suspended(&self, whom: &str) -> bool {
        let explained = self
            .run(&["explain", &format!("principal/{whom}")])
            .exits(0);
        let first = explained.stdout.lines().next().unwrap_or_default();
        first.contains("suspended")
    }

    /// A policy by Dave that is not approved yet.
    pub fn proposes_policy(
        &mut self,
        change: impl FnOnce(&mut PolicyDraft),
    ) -> Result<PolicyDraft, DemoError> {
        let (dave, next) = (
            self.dave.clone(),
            self.policy.successor(&self.tree()).with(change),
        );
        self.commit(&dave, "Policy", |tree| tree.put_policy(&next))?;
        Ok(next)
    }

    /// A policy by Dave that Alice approves.
    pub fn changes_policy(
        &mut self,
        change: impl FnOnce(&mut PolicyDraft),
    ) -> Result<(PolicyDraft, Record), DemoError> {
        let next = self.proposes_policy(change)?;
        let (alice, serial) = (self.alice.clone(), next.serial.to_string());
        let approval = self.decide(&alice, DecisionKind::Approve, POLICY, &serial)?;
        Ok((next, approval))
    }

    /// Mallory's branch from the anchor. Main stays checked out.
    pub fn craft(&mut self, steps: &[Step<'_>]) -> TestResult {
        self.craft_at(self.anchor, steps)
    }

    /// The same from another commit.
    pub fn craft_at(&mut self, start: ObjectId, steps: &[Step<'_>]) -> TestResult {
        self.branch_at("crafted", start)?;
        for step in steps {
            self.step(*step)?;
        }
        self.switch("main")?;
        Ok(())
    }

    fn step(&mut self, step: Step<'_>) -> TestResult {
        if let Step::Main = step {
            self.merge("main", Method::Ours, &mallory())?;
            return Ok(());
        }
        let number = self.git(&["rev-list", "--count", "HEAD"]);
        self.commit(&mallory(), "Copy", |tree| match step {
            Step::Bytes(version) => put(tree, version),
            Step::Copy(record) => tree.put_record(record),
            Step::Both(first, second) => {
                tree.put_record(first);
                tree.put_record(second);
            }
            Step::Proposed(policy) => tree.put_policy(policy),
            Step::Approved(policy, approval) => {
                tree.put_policy(policy);
                tree.put_record(approval);
            }
            Step::Main | Step::Other => tree.put("docs/notes.md", number),
        })?;
        Ok(())
    }

    /// The crafted line becomes main by a push. The anchor is pinned.
    pub fn push(&mut self) -> Result<Checked, Box<dyn Error>> {
        let crafted = self.tip("crafted")?;
        self.reset(crafted)?;
        Ok(self.check_with(&["--anchor", &self.anchor.to_string()]))
    }

    /// The crafted line arrives by a pull request whose last commit does what `tidy` says: the
    /// answer of its gate, and that of main after the merge. The anchor is pinned.
    pub fn pull(&mut self, tidy: impl FnOnce(&mut Tree)) -> Result<[Checked; 2], Box<dyn Error>> {
        let (dave, anchor) = (self.dave.clone(), self.anchor.to_string());
        self.branch("pull")?;
        self.merge("crafted", Method::Ours, &dave)?;
        self.commit(&dave, "Tidy up", tidy)?;
        let gate = self.check_with(&["--base", "main", "--anchor", &anchor]);
        self.switch("main")?;
        self.merge("pull", Method::Merge, &dave)?;
        let main = self.check_with(&["--anchor", &anchor]);
        Ok([gate, main])
    }
}

/// Carol becomes an owner.
pub fn carol_is_an_owner(policy: &mut PolicyDraft) {
    policy.teams[0].1.push("carol".to_owned());
}

/// Two owners approve.
pub fn two_approve(policy: &mut PolicyDraft) {
    policy.approvals = vec![rule("count: 2, from: [owners]")];
}

/// The subject is not approved, and main does not pass.
#[track_caller]
pub fn is_draft(crafted: &Crafted, main: &Checked) {
    assert_eq!(crafted.state(ALPHA), "draft", "{main}");
    assert_eq!(crafted.current(ALPHA), "null", "{main}");
    assert_ne!(main.verdict(), "pass", "{main}");
}

/// A record where no record is read.
pub fn lost(record: &Record) -> Record {
    record.moved(&record.path.replacen("approvals/", "approvals/lost/", 1))
}

/// A pull request that changes nothing after it took the crafted line in.
pub fn as_it_is(_: &mut Tree) {}

/// A pull request's tree without the subject.
pub fn without_alpha(tree: &mut Tree) {
    tree.remove(FOLDER);
}
