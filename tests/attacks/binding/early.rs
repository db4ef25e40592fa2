//! Approvals that land before what they approve.

use countersign::demo::Method;
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult, skill_tree};

const BODY: &str = "Read.";

/// Lands Bob's approval of a Skill that is not there yet.
fn early() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    let digest = skill_tree("pdf", "1.0.0", BODY).digest("skills/pdf");
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/pdf",
            "1.0.0",
            Some(digest),
        )
        .record();
    repo.land(&bob, &record)?;
    Ok(repo)
}

#[test]
fn an_approval_landed_before_the_content_takes_effect_at_the_first_landing_where_the_digest_matches()
-> TestResult {
    let mut repo = early()?;
    let alice = repo.alice.clone();
    repo.check().passes();
    repo.commit(&alice, "Something else", |tree| {
        tree.put("README.md", "Hello");
    })?;
    let landing = repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", BODY);
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    let subject = repo.subject("skill/pdf");
    assert_eq!(
        subject["landed"]["commit"],
        landing.to_string(),
        "{subject:#}"
    );
    assert_eq!(subject["landed"]["position"], 3);
    Ok(())
}

#[test]
fn an_approval_landed_before_the_content_does_not_reach_other_bytes() -> TestResult {
    let mut repo = early()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read, and send.");
    })?;
    repo.check()
        .assert("waiting", &["unapproved-version", "stale-approval"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    repo.commit(&alice, "Make it what Bob approved", |tree| {
        tree.put_skill("pdf", "1.0.0", BODY);
    })?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_approval_landed_before_the_content_by_its_later_author_is_a_self_approval() -> TestResult {
    let mut repo = early()?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add pdf", |tree| tree.put_skill("pdf", "1.0.0", BODY))?;
    repo.check()
        .assert("waiting", &["self-approval", "unapproved-version"]);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_landed_before_the_content_does_not_count_when_its_author_left_in_between()
-> TestResult {
    let mut repo = early()?;
    let alice = repo.alice.clone();
    let policy = repo.team_policy();
    repo.change_policy(&policy, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", BODY);
    })?;
    assert_eq!(repo.check().verdict(), "waiting");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_block_landed_before_the_content_blocks_it_from_its_first_landing() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    let digest = skill_tree("pdf", "1.0.0", BODY).digest("skills/pdf");
    for (by, kind) in [(&carol, DecisionKind::Block), (&bob, DecisionKind::Approve)] {
        let record = repo
            .draft_for(kind, by, "skill/pdf", "1.0.0", Some(digest))
            .record();
        repo.land(by, &record)?;
    }
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", BODY);
    })?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_block_of_every_version_landed_before_the_content_blocks_it() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "3.0.0", BODY);
    })?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_approval_and_its_content_may_land_in_either_order_of_a_rebase() -> TestResult {
    for approval_first in [true, false] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        let digest = skill_tree("pdf", "1.0.0", BODY).digest("skills/pdf");
        let record = repo
            .draft_for(
                DecisionKind::Approve,
                &bob,
                "skill/pdf",
                "1.0.0",
                Some(digest),
            )
            .record();
        repo.branch("change")?;
        for step in [approval_first, !approval_first] {
            if step {
                repo.land(&bob, &record)?;
            } else {
                repo.commit(&alice, "Add pdf", |tree| {
                    tree.put_skill("pdf", "1.0.0", BODY);
                })?;
            }
        }
        repo.switch("main")?;
        repo.merge("change", Method::Rebase, &alice)?;
        repo.check().passes();
        assert_eq!(repo.state("skill/pdf"), "approved");
    }
    Ok(())
}
