//! Reviews that a recorder wrote down: what a record must show by itself, and the commands that
//! make and compare them.

use countersign::demo::{DecisionDraft, Method, Person};
use countersign::model::DecisionKind;
use countersign::model::decision_input::ReviewInput;

mod lowering;
mod recording;
mod unrecorded;

use countersign_testkit::TestResult;
use countersign_testkit::pull::{BOB, CAROL, NUMBER, Scene};

/// The pull request has landed with Bob's approval, and HEAD is the governed branch.
fn landed() -> Result<Scene, Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    Ok(scene)
}

/// What an honest recorder would write of Bob's review, the first one.
fn honest(scene: &Scene) -> Result<DecisionDraft, Box<dyn std::error::Error>> {
    honest_of(scene, 0, &scene.repo.bob, BOB)
}

/// The same of any review and its author.
fn honest_of(
    scene: &Scene,
    review: usize,
    by: &Person,
    user_id: u64,
) -> Result<DecisionDraft, Box<dyn std::error::Error>> {
    let review = &scene.pull.reviews[review];
    let submitted = review.submitted.ok_or("a time")?.to_string();
    let head = review.commit.ok_or("a commit")?.to_string();
    Ok(scene
        .repo
        .draft(DecisionKind::Approve, by, "skill/pdf", "1.0.0")?
        .signed_by(&scene.scribe)
        .with(|input| {
            input.recorded_by = Some("scribe".to_owned());
            input.review = Some(ReviewInput {
                forge: "github.com".to_owned(),
                repository: "acme/agent-skills".to_owned(),
                pull: NUMBER,
                review_id: review.id,
                user_id,
                state: "APPROVED".to_owned(),
                head,
                head_digest: input.digest.clone().unwrap_or_default(),
                submitted,
                head_events: Vec::new(),
            });
        }))
}

/// The record as `change` makes it has no effect, because of `refused`.
#[track_caller]
fn is_refused(
    refused: &str,
    why: &str,
    change: impl FnOnce(DecisionDraft, &Scene) -> DecisionDraft,
) {
    let mut scene = landed().expect("a landed pull request");
    let record = change(honest(&scene).expect("an honest record"), &scene).record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record).expect("a commit");
    let checked = scene.repo.check();
    checked.assert("fail", &["unapproved-version"]);
    checked
        .finding_at(refused, &record.path)
        .is("error")
        .says(why);
}

fn review(draft: DecisionDraft, change: impl FnOnce(&mut ReviewInput)) -> DecisionDraft {
    draft.with(|input| change(input.review.as_mut().expect("a review")))
}

#[test]
fn a_recorded_review_counts_without_any_forge_and_stays_labeled() -> TestResult {
    let mut scene = landed()?;
    scene
        .repo
        .check()
        .assert("waiting", &["unapproved-version"]);
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record)?;
    scene.repo.check().passes();
    assert_eq!(
        scene.counted(&[]),
        [("bob".to_owned(), "review".to_owned())]
    );
    let event = scene
        .repo
        .events_of("approve", "bob")
        .pop()
        .ok_or("an event")?;
    assert_eq!(
        (&event["evidence"], &event["review"]["review_id"]),
        (&"review".into(), &100.into())
    );
    Ok(())
}

#[test]
fn only_a_recorder_for_that_subject_records() {
    is_refused("key-mismatch", "alice", |draft, scene| {
        DecisionDraft {
            seals: Vec::new(),
            ..draft
        }
        .signed_by(&scene.repo.alice)
    });
    is_refused("key-mismatch", "bob", |draft, scene| {
        DecisionDraft {
            seals: Vec::new(),
            ..draft
        }
        .signed_by(&scene.repo.bob)
    });
    is_refused("key-unknown", "", |draft, _| {
        DecisionDraft {
            seals: Vec::new(),
            ..draft
        }
        .signed_by(&Person::new("mallory"))
    });
    is_refused("evidence-missing", "scribe has not signed", |draft, _| {
        draft.unsigned()
    });
    is_refused(
        "recorder-not-authorized",
        "bob is not a machine",
        |draft, scene| {
            DecisionDraft {
                seals: Vec::new(),
                ..draft
            }
            .signed_by(&scene.repo.bob)
            .with(|input| input.recorded_by = Some("bob".to_owned()))
        },
    );
    is_refused(
        "recorder-not-authorized",
        "robot is not a machine",
        |draft, _| draft.with(|input| input.recorded_by = Some("robot".to_owned())),
    );
}

#[test]
fn a_recorder_of_other_subjects_records_nothing_here() -> TestResult {
    let prompts_only = |policy: countersign::demo::PolicyDraft| {
        policy.with(|draft| {
            draft.roles =
                vec!["recorders: [{principal: scribe, subjects: [\"prompt/*\"]}]".to_owned()];
        })
    };
    let mut scene = Scene::opened_with(prompts_only, |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record)?;
    scene
        .repo
        .check()
        .assert("fail", &[])
        .finding_at("recorder-not-authorized", &record.path)
        .says("not a recorder for skill/pdf");
    let answers = scene.answers();
    let key = scene.write("scribe.key", &scene.scribe.private_pem());
    scene.write("scribe.key.pub", &scene.scribe.public_line());
    let output = scene
        .repo
        .run(&[
            "reviews",
            "record",
            "--pull",
            "7",
            "--key",
            &key,
            "--answers",
            &answers,
        ])
        .exits(0);
    assert!(output.stdout.contains("left out skill/pdf"), "{output}");
    Ok(())
}

#[test]
fn what_the_proof_says_must_fit() {
    let unverified = |why: &str, change: fn(&mut ReviewInput)| {
        is_refused("review-unverified", why, |draft, _| review(draft, change));
    };
    unverified("account 3 belongs to carol", |review| {
        review.user_id = CAROL;
    });
    unverified("no one in the policy", |review| review.user_id = 99);
    unverified("git.example", |review| {
        review.forge = "git.example".to_owned();
    });
    unverified("mallory", |review| {
        review.repository = "mallory/agent-skills".to_owned();
    });
    unverified("DISMISSED", |review| review.state = "DISMISSED".to_owned());
    unverified("bytes that were reviewed", |review| {
        review.head_digest = format!("sha256:{}", "0".repeat(64));
    });
    unverified("after it was recorded", |review| {
        review.submitted = "2027-01-01T00:00:00Z".to_owned();
    });
}

#[test]
fn events_after_the_review_must_be_shown_to_change_nothing() -> TestResult {
    let late = "2026-12-31T00:00:00Z";
    let early = "2026-01-01T00:00:00Z";
    let commit = "a".repeat(40);
    let other = format!("sha256:{}", "0".repeat(64));
    for (event, why) in [
        (format!("{late} base-changed"), "base branch was changed"),
        (
            format!("{late} base-force-push"),
            "base branch was force-pushed",
        ),
        (
            format!("{late} force-push before={commit} after=unknown digest={other}"),
            "not shown",
        ),
        (
            format!("{late} force-push before={commit} after=unknown digest=unknown"),
            "not shown",
        ),
        (
            format!("{late} force-push before=unknown after=unknown digest=unknown"),
            "not shown",
        ),
    ] {
        is_refused("review-unverified", why, |draft, _| {
            review(draft, |review| review.head_events.push(event))
        });
    }
    let mut scene = landed()?;
    let record = review(honest(&scene)?, |review| {
        review.head_events = vec![
            format!("{early} base-changed"),
            format!("{early} force-push before=unknown after=unknown digest=unknown"),
            format!(
                "{late} force-push before={commit} after=unknown digest={}",
                review.head_digest
            ),
        ];
    });
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record.record())?;
    scene.repo.check().passes();
    Ok(())
}

#[test]
fn bytes_that_have_not_landed_are_not_approved_in_advance() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.approve(BOB);
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.switch("main")?;
    scene.repo.land(&scribe, &record)?;
    scene.land(Method::Squash)?;
    scene
        .repo
        .check()
        .assert("waiting", &["unapproved-version"]);
    Ok(())
}

#[test]
fn a_suspended_recorder_records_nothing() -> TestResult {
    let mut scene = landed()?;
    let alice = scene.repo.alice.clone();
    let block = scene
        .repo
        .draft(DecisionKind::Block, &alice, "principal/scribe", "all")?
        .record();
    scene.repo.land(&alice, &block)?;
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record)?;
    scene
        .repo
        .check()
        .assert("fail", &[])
        .finding_at("principal-suspended", &record.path)
        .says("scribe is suspended");
    Ok(())
}

#[test]
fn a_record_and_a_live_review_of_one_person_count_once() -> TestResult {
    let two = |policy| countersign_testkit::any_two_members(policy);
    let mut scene = Scene::opened_with(two, |tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    let bob = scene.repo.bob.clone();
    scene.repo.approve(&bob, "pdf", "1.0.0")?;
    scene
        .check_branch()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .says("1 of 2");
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record)?;
    scene
        .check_branch()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .says("1 of 2");
    scene.approve(CAROL);
    scene.check_branch().passes();
    Ok(())
}

#[test]
fn the_reviews_of_two_people_are_two_though_one_recorder_signs_them_under_two_policies()
-> TestResult {
    let mut first = None;
    let two = |policy| {
        let policy = countersign_testkit::any_two_members(policy);
        first.insert(policy).clone()
    };
    let mut scene = Scene::opened_with(two, |tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    scene.approve(BOB);
    scene.approve(CAROL);
    scene.land(Method::Squash)?;
    let (scribe, carol) = (scene.scribe.clone(), scene.repo.carol.clone());
    let record = honest(&scene)?.record();
    scene.repo.land(&scribe, &record)?;
    let in_force = first.expect("the policy");
    scene.repo.change_policy(&in_force, |policy| {
        policy.more.push("retention: {decisions: 7y}".to_owned());
    })?;
    scene
        .repo
        .check()
        .finding("unapproved-version")
        .says("1 of 2");
    let record = honest_of(&scene, 1, &carol, CAROL)?.record();
    scene.repo.land(&scribe, &record)?;
    scene.repo.check().passes();
    assert_eq!(scene.repo.counted("skill/pdf"), ["bob", "carol"]);
    Ok(())
}

/// Bob approved a pull request with two Skills; `csv` is approved by his signature too, and was
/// deprecated or rolled back since.
fn flagged(kind: DecisionKind) -> Result<Scene, Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    let (alice, bob) = (scene.repo.alice.clone(), scene.repo.bob.clone());
    scene.repo.switch("main")?;
    scene.repo.approved_skill("csv", "0.9.0")?;
    scene.repo.branch("change")?;
    scene.pull.request.head = scene.repo.commit(&alice, "Two", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put_skill("csv", "1.0.0", "Do it well.");
    })?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    scene.repo.approve(&bob, "csv", "1.0.0")?;
    let record = scene.repo.draft(kind, &bob, "skill/csv", "1.0.0")?;
    let record = if kind == DecisionKind::Rollback {
        record.to("0.9.0")
    } else {
        record
    };
    scene.repo.land(&bob, &record.record())?;
    // What is learned live counts from here, after the flag.
    scene
        .repo
        .commit(&alice, "Move on", |tree| tree.put("NOTES.md", "Later.\n"))?;
    Ok(scene)
}

#[test]
fn an_old_review_does_not_undo_what_was_decided_since() -> TestResult {
    for (kind, state) in [
        (DecisionKind::Deprecate, "deprecated"),
        (DecisionKind::Archive, "archived"),
        (DecisionKind::Rollback, "rolled-back"),
    ] {
        let mut scene = flagged(kind)?;
        assert_eq!(scene.repo.state("skill/csv"), state);
        let answers = scene.answers();
        let told = scene
            .repo
            .run(&["status", "--format", "json", "--answers", &answers])
            .exits(0)
            .json();
        let states: Vec<_> = told["subjects"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["state"].clone())
            .collect();
        assert_eq!(
            states,
            [state, "approved"],
            "live, the one that waits is approved and the other stays as it is: {told:#}"
        );
        // Nor when a recorder writes it down afterwards.
        let record = honest(&scene)?.with(|input| {
            input.subject = Some("skill/csv".to_owned());
            let digest = scene.repo.tree().digest("skills/csv").to_string();
            input
                .review
                .as_mut()
                .expect("a review")
                .head_digest
                .clone_from(&digest);
            input.digest = Some(digest);
        });
        let record = record.record();
        let scribe = scene.scribe.clone();
        scene.repo.land(&scribe, &record)?;
        assert_eq!(
            scene.repo.refusal("approve", "bob"),
            None,
            "it is a good record"
        );
        assert_eq!(scene.repo.state("skill/csv"), state);
    }
    Ok(())
}

#[test]
fn high_risk_is_not_approved_by_a_record_either() -> TestResult {
    let mut scene = Scene::opened_with(
        |policy| policy,
        |tree| tree.put_skill("payments-refund", "1.0.0", "Do it well."),
    )?;
    scene.approve(BOB);
    scene.land(Method::Squash)?;
    let bob = scene.repo.bob.clone();
    let template = scene.repo.draft(
        DecisionKind::Approve,
        &bob,
        "skill/payments-refund",
        "1.0.0",
    )?;
    let review = scene.pull.reviews[0].clone();
    let record = template.signed_by(&scene.scribe).with(|input| {
        input.recorded_by = Some("scribe".to_owned());
        input.review = Some(ReviewInput {
            forge: "github.com".to_owned(),
            repository: "acme/agent-skills".to_owned(),
            pull: NUMBER,
            review_id: review.id,
            user_id: BOB,
            state: "APPROVED".to_owned(),
            head: review
                .commit
                .map(|commit| commit.to_string())
                .unwrap_or_default(),
            head_digest: input.digest.clone().unwrap_or_default(),
            submitted: review
                .submitted
                .map(|time| time.to_string())
                .unwrap_or_default(),
            head_events: Vec::new(),
        });
    });
    let scribe = scene.scribe.clone();
    scene.repo.land(&scribe, &record.record())?;
    scene
        .repo
        .check()
        .assert("waiting", &["unapproved-version", "evidence-not-accepted"]);
    Ok(())
}

#[test]
fn every_rule_about_reviews_can_be_looked_up() {
    for id in [
        "review-stale",
        "review-not-counted",
        "review-unverified",
        "recorder-not-authorized",
        "forge-unanswered",
    ] {
        assert!(
            include_str!("../../../docs/rules.md").contains(&format!("## {id}")),
            "{id}"
        );
    }
}

#[test]
fn a_recorder_who_is_suspended_on_a_merged_line_records_nothing_on_an_older_one() -> TestResult {
    let mut scene = landed()?;
    let record = honest(&scene)?.record();
    let scribe = scene.scribe.clone();
    let repo = &mut scene.repo;
    let alice = repo.alice.clone();
    repo.branch("crafted")?;
    repo.land(&scribe, &record)?;
    assert_eq!(repo.refusal("approve", "bob"), None, "it is a good record");
    let crafted = repo.head();
    repo.switch("main")?;
    let suspension = repo
        .draft_for(DecisionKind::Block, &alice, "principal/scribe", "all", None)
        .record();
    repo.land(&alice, &suspension)?;
    let (main, mut tree) = (repo.head(), repo.tree());
    tree.put_record(&record);
    let mallory = Person::new("mallory");
    repo.branch_at("swapped", crafted)?;
    let merged = repo.commit_tree(vec![crafted, main], tree, &mallory, "Merge main")?;
    repo.switch("main")?;
    repo.reset(merged)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    assert_eq!(repo.state("skill/pdf"), "draft", "{checked}");
    Ok(())
}
