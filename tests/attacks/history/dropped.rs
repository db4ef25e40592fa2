//! Merges that drop a decision on its way in.

use countersign::demo::{Method, Record};
use countersign::model::DecisionKind::{
    self, Approve, Archive, Block, Deprecate, Reject, Revoke, Unblock,
};

use countersign_testkit::{Repo, TestResult};

/// A branch `stop` with Carol's decision about the approved `pdf`.
fn stopping(
    kind: DecisionKind,
    version: &str,
) -> Result<(Repo, Record), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo.decide(&carol, kind, "skill/pdf", version)?;
    repo.switch("main")?;
    Ok((repo, record))
}

#[test]
fn a_merge_that_drops_a_block_or_revocation_on_its_way_in_is_found_and_it_holds() -> TestResult {
    for (kind, version, state, rule) in [
        (Block, "1.0.0", "blocked", "blocked-version"),
        (Block, "all", "blocked", "blocked-version"),
        (Revoke, "1.0.0", "revoked", "revoked-content"),
    ] {
        let (mut repo, record) = stopping(kind, version)?;
        let alice = repo.alice.clone();
        let landing = repo.merge("stop", Method::Ours, &alice)?;
        let checked = repo.check();
        checked.assert("fail", &[rule]);
        let finding = checked
            .finding_at("decision-dropped", &record.path)
            .is("error")
            .has("subject", "skill/pdf");
        finding.has("commit", &landing.to_string()).by("carol");
        assert_eq!(repo.state("skill/pdf"), state, "{kind} {version}");
        assert_eq!(repo.refusal(kind.as_str(), "carol"), None);
    }
    Ok(())
}

#[test]
fn a_dropped_block_in_an_octopus_or_deep_in_the_merged_history_is_found() -> TestResult {
    let (mut repo, record) = stopping(Block, "1.0.0")?;
    let [alice, bob, _] = repo.people();
    repo.switch("stop")?;
    repo.commit(&bob, "Drop it on the branch", |tree| {
        assert!(tree.remove(&record.path) && tree.remove(&record.signatures[0].0));
    })?;
    for step in 0..5 {
        repo.commit(&bob, "Go on", |tree| {
            tree.put("docs/guide.md", format!("{step}"));
        })?;
    }
    repo.switch("main")?;
    repo.branch("other")?;
    repo.commit(&alice, "Something", |tree| tree.put("docs/other.md", "x"))?;
    repo.switch("main")?;
    repo.octopus(&["other", "stop"], &alice)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("decision-dropped", &record.path);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_block_that_is_landed_by_its_merge_is_not_dropped() -> TestResult {
    let (mut repo, _) = stopping(Block, "1.0.0")?;
    let alice = repo.alice.clone();
    repo.merge("stop", Method::Merge, &alice)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .without("decision-dropped");
    Ok(())
}

#[test]
fn a_dropped_block_put_back_is_dropped_no_more_and_holds() -> TestResult {
    let (mut repo, record) = stopping(Block, "1.0.0")?;
    let [alice, bob, _] = repo.people();
    repo.merge("stop", Method::Ours, &alice)?;
    repo.land(&alice, &record)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .without("decision-dropped")
        .without("decision-altered");
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&record])
        .record();
    repo.land(&bob, &unblock)?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_dropped_block_can_be_lifted_by_an_unblock_that_answers_it() -> TestResult {
    let (mut repo, record) = stopping(Block, "1.0.0")?;
    let [alice, bob, _] = repo.people();
    repo.merge("stop", Method::Ours, &alice)?;
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&record])
        .record();
    repo.land(&bob, &unblock)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    // The record is still not where people look for it, until it is put back.
    repo.check().assert("fail", &["decision-dropped"]);
    repo.land(&alice, &record)?;
    repo.check().passes();
    Ok(())
}

#[test]
fn a_dropped_approval_does_not_take_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.branch("decide")?;
    repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("decide", Method::Ours, &alice)?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .without("decision-dropped");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_dropped_deprecation_archiving_or_reject_takes_effect_as_every_decision_that_lowers()
-> TestResult {
    for (kind, state, rule) in [
        (Deprecate, "deprecated", "deprecated-version"),
        (Archive, "archived", "archived-version"),
    ] {
        let (mut repo, record) = stopping(kind, "1.0.0")?;
        let alice = repo.alice.clone();
        repo.merge("stop", Method::Ours, &alice)?;
        repo.check()
            .assert("fail", &[rule])
            .finding_at("decision-dropped", &record.path);
        assert_eq!(repo.state("skill/pdf"), state);
    }
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.branch("decide")?;
    let record = repo.decide(&bob, Reject, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("decide", Method::Ours, &alice)?;
    repo.check()
        .assert("fail", &["rejected-version"])
        .finding_at("decision-dropped", &record.path);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_dropped_block_without_valid_evidence_has_no_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let mallory = countersign::demo::Person::new("mallory");
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let draft = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?;
    repo.land(&mallory, &draft.clone().unsigned().record())?;
    repo.wait(60);
    let draft = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?;
    repo.land(&mallory, &draft.signed_by(&mallory).record())?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.check().passes().without("decision-dropped");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_dropped_block_by_a_signed_commit_takes_effect() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo
        .draft(Block, &carol, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    repo.land(carol.signed(), &record)?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("decision-dropped", &record.path);
    Ok(())
}

#[test]
fn a_dropped_block_whose_signature_came_in_another_commit_of_the_branch_takes_effect() -> TestResult
{
    // The record and its signature were pushed one after the other; the last tree of the branch
    // that has both decides.
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?.record();
    repo.commit(&carol, "Block", |tree| {
        tree.put(&record.path, &record.bytes);
    })?;
    repo.commit(&carol, "Sign", |tree| tree.put_record(&record))?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.check()
        .assert("fail", &["blocked-version", "decision-dropped"]);
    Ok(())
}

#[test]
fn a_dropped_block_by_somebody_who_may_not_block_has_no_effect() -> TestResult {
    let dave = countersign::demo::Person::new("dave");
    let mut repo = Repo::team_with(|policy| policy.person(&dave), |_| ());
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    repo.decide(&dave, Block, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.check()
        .assert("pass", &[])
        .without("decision-dropped")
        .without("decision-altered");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_block_on_a_branch_that_was_never_merged_is_not_there() -> TestResult {
    let (repo, _) = stopping(Block, "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_candidate_that_drops_a_block_of_its_base_fails() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let record = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.branch("change")?;
    repo.commit(&alice, "Tidy up", |tree| {
        assert!(tree.remove(&record.path) && tree.remove(&record.signatures[0].0));
    })?;
    let checked = repo.check_with(&["--base", "main"]);
    checked
        .assert("fail", &[])
        .finding_at("decision-altered", &record.path);
    Ok(())
}
