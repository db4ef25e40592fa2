//! The replay's cache with any content under a digest that fits: what someone could write into the
//! Git directory on purpose.
//!
//! The property tests and `fuzz/` both stand on this file. Such a cache may make a view lie, as
//! anyone who can write there could by other means. It must never stop one.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use countersign::check::Survey;
use countersign::demo::documents::{prompt_text, skill_text};
use countersign::demo::policy::ssh_key;
use countersign::demo::{DemoError, History, Method, Person, PolicyDraft};
use countersign::git::Repository;
use countersign::git::write::Create;
use countersign::judge;
use countersign::model::{DecisionKind, ObjectId};
use countersign::render::context::Context;
use countersign::render::human::Explanation;
use countersign::render::json;
use countersign::render::status::Shown;
use countersign::replay::{self, Options};
use tempfile::TempDir;

/// What is kept.
pub const NAMES: [&str; 2] = ["replay", "tip"];

/// A repository that is the same in every process, and so is what may be kept of it.
struct Scene {
    dir: TempDir,
    head: ObjectId,
    /// Changes of the head: of a Skill, and of the policy.
    drafts: [ObjectId; 2],
    context: Context,
    options: Options,
}

static SCENE: LazyLock<Scene> =
    LazyLock::new(|| scene().expect("the builder writes an honest history"));

/// Each of these gives the state more to hold: a grant, a block, a merge with a dropped file,
/// another policy and one that is pending.
fn scene() -> Result<Scene, DemoError> {
    let dir = TempDir::new().expect("the system has a place for temporary files");
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(Person::new);
    let mut history = History::create(
        &dir.path().join("repo"),
        &Create::default(),
        "github.com/acme/agent-skills",
    )?;
    let mut policy = PolicyDraft::team(&alice, &bob, &carol);
    let anchor = history.commit(&alice, "Govern this repository", |tree| {
        tree.put_policy(&policy);
    })?;
    history.commit(&alice, "Add pdf", |tree| {
        tree.put("skills/pdf/SKILL.md", skill_text("pdf", "1.0.0", "Do it."));
    })?;
    history.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    let next = policy.successor(&history.tree()).with(|next| {
        next.principal("bob")
            .keys
            .push(ssh_key(&bob.clone().with_key_of("bob's second")));
    });
    history.commit(&alice, "Policy 2", |tree| tree.put_policy(&next))?;
    for by in [&alice, &carol] {
        history.decide(by, DecisionKind::Approve, "policy/countersign", "2")?;
    }
    history.branch("work")?;
    history.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    history.commit(&bob, "Add greet", |tree| {
        tree.put("prompts/greet.md", prompt_text("1.0.0", "Hello."));
    })?;
    history.switch("main")?;
    history.merge("work", Method::Ours, &alice)?;
    policy = next.successor(&history.tree()).line("unapproved: allow");
    let head = history.commit(&alice, "Policy 3", |tree| {
        tree.put_policy(&policy);
        tree.put(
            "skills/pdf/SKILL.md",
            skill_text("pdf", "1.1.0", "Do it better."),
        );
    })?;
    let now = history.now();
    history.branch("draft")?;
    let of_skill = history.commit(&alice, "Change pdf again", |tree| {
        tree.put("skills/pdf/SKILL.md", skill_text("pdf", "1.1.0", "Else."));
    })?;
    history.branch_at("draft-policy", head)?;
    let next = policy.successor(&history.tree());
    let of_policy = history.commit(&alice, "Policy 4", |tree| tree.put_policy(&next))?;
    history.switch("main")?;
    let context = Context {
        repository: Some(policy.repository),
        branch: Some(policy.branch),
        head: Some(head),
        base: None,
        anchor: Some(anchor),
        anchor_pinned: false,
        now,
    };
    let options = Options {
        anchor: None,
        now,
        cache: true,
        pulls: std::sync::Arc::default(),
    };
    Ok(Scene {
        dir,
        head,
        drafts: [of_skill, of_policy],
        context,
        options,
    })
}

impl Scene {
    fn open(&self) -> Repository {
        Repository::open(&self.dir.path().join("repo")).expect("the repository is there")
    }

    /// What the views make of the repository.
    fn views(&self, repository: &Repository) -> String {
        let replay = replay::run(repository, self.head, &self.options)
            .expect("a cache never stops a replay");
        let survey = judge::survey(repository, replay, false).expect("the tree can be read");
        let Survey {
            replay, findings, ..
        } = &survey;
        let mut text = json::text(&json::status(
            &self.context,
            &replay.ledger,
            findings,
            &Shown::default(),
        ));
        text += &json::text(&json::log(&self.context, &replay.ledger.events));
        for subject in replay.ledger.subjects.values() {
            for version in [None, subject.versions.first()] {
                let policy = &replay.policy.policy;
                text += &json::text(&json::explain(&Explanation {
                    context: &self.context,
                    ledger: &replay.ledger,
                    policy,
                    subject,
                    version,
                    findings,
                }));
            }
        }
        text
    }
}

impl Scene {
    /// What would land next, as a hook previews it.
    fn previews(&self, repository: &Repository) -> String {
        let found = replay::previews(repository, self.head, &self.drafts, &self.options)
            .expect("a cache never stops a preview");
        let base = found.base.expect("the head is governed");
        judge::survey(repository, base, true).expect("the tree can be read");
        let merged = found.merged.into_iter().map(|merged| {
            let merged = merged.expect("each draft can be judged");
            let survey = judge::survey(repository, merged, true).expect("the tree can be read");
            let (ledger, shown) = (&survey.replay.ledger, Shown::default());
            let status = json::status(&self.context, ledger, &survey.findings, &shown);
            json::text(&status) + &json::text(&json::log(&self.context, &ledger.events))
        });
        merged.collect()
    }
}

/// The scene has one cache, and tests run side by side.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    // Anyone who failed left a cache that the next one replaces.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows every view and preview of the repository with `content` as its cache of that name, and no other.
pub fn view(name: &str, content: &[u8]) -> String {
    let _turn = turn();
    let repository = SCENE.open();
    let shown = [Scene::views, Scene::previews].map(|show| {
        forget(&repository);
        assert!(
            repository.write_cache(name, content),
            "the test's directory is writable"
        );
        show(&SCENE, &repository)
    });
    shown.concat()
}

fn forget(repository: &Repository) {
    for name in NAMES {
        let _ = std::fs::remove_file(repository.cache_path(name));
    }
}

/// What the tool itself keeps of the repository.
pub fn kept(name: &str) -> Vec<u8> {
    let _turn = turn();
    let repository = SCENE.open();
    forget(&repository);
    SCENE.views(&repository);
    repository
        .read_cache(name)
        .expect("a cold run leaves a cache")
}
