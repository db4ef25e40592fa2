//! Rules about pull-request reviews, live and recorded.

use countersign::demo::{DecisionDraft, Method};
use countersign::forge::ReviewState;
use countersign::model::decision_input::ReviewInput;
use countersign::model::{DecisionKind, RuleId};

use crate::rules::{Case, Scene, check, check_with};
use countersign_testkit::pull::{BOB, NUMBER, Scene as Pull};

pub const CASES: &[Case] = &[
    (RuleId::ReviewUnverified, review_unverified),
    (RuleId::RecorderNotAuthorized, recorder_not_authorized),
    (RuleId::ReviewStale, review_stale),
    (RuleId::ReviewNotCounted, review_not_counted),
    (RuleId::ForgeUnanswered, forge_unanswered),
];

/// Bob's review of a landed pull request as the recorder wrote it down, in the broken case with its
/// draft changed.
fn recorded(broken: bool, change: impl FnOnce(DecisionDraft) -> DecisionDraft) -> Scene {
    let mut scene = Pull::opened()?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    let (bob, scribe) = (scene.repo.bob.clone(), scene.scribe.clone());
    let review = scene.pull.reviews[0].clone();
    let draft = scene
        .repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .signed_by(&scribe)
        .with(|input| {
            input.recorded_by = Some("scribe".to_owned());
            input.review = Some(ReviewInput {
                forge: "github.com".to_owned(),
                repository: "acme/agent-skills".to_owned(),
                pull: NUMBER,
                review_id: review.id,
                user_id: BOB,
                state: "APPROVED".to_owned(),
                head: review.commit.expect("a commit").to_string(),
                head_digest: input.digest.clone().expect("an approval names its digest"),
                submitted: review.submitted.expect("a time").to_string(),
                head_events: Vec::new(),
            });
        });
    let record = if broken { change(draft) } else { draft }.record();
    scene.repo.land(&scribe, &record)?;
    check(&scene.repo)
}

fn review_unverified(broken: bool) -> Scene {
    recorded(broken, |draft| {
        draft.with(|input| {
            "DISMISSED".clone_into(&mut input.review.as_mut().expect("a review").state);
        })
    })
}

fn recorder_not_authorized(broken: bool) -> Scene {
    recorded(broken, |draft| {
        draft.with(|input| input.recorded_by = Some("robot".to_owned()))
    })
}

/// What `check` says of the pull request with the forge's answers.
fn judged(scene: &Pull) -> Scene {
    check_with(
        &scene.repo,
        &[
            "--base",
            "main",
            "--pull",
            "7",
            "--answers",
            &scene.answers(),
        ],
    )
}

fn review_stale(broken: bool) -> Scene {
    let mut scene = Pull::opened()?;
    scene.approve(BOB);
    scene.push(|tree| {
        if broken {
            tree.put_skill("pdf", "1.0.0", "Do it worse.");
        } else {
            tree.put("README.md", "Words.\n");
        }
    })?;
    judged(&scene)
}

fn review_not_counted(broken: bool) -> Scene {
    let mut scene = Pull::opened()?;
    scene.review(
        BOB,
        if broken {
            ReviewState::ChangesRequested
        } else {
            ReviewState::Commented
        },
    );
    judged(&scene)
}

fn forge_unanswered(broken: bool) -> Scene {
    let scene = Pull::opened()?;
    let number = if broken { "8" } else { "7" };
    check_with(
        &scene.repo,
        &[
            "--base",
            "main",
            "--pull",
            number,
            "--answers",
            &scene.answers(),
        ],
    )
}
