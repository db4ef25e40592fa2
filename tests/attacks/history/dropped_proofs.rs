//! Merges and copies that keep a decision and lose its proof.

use countersign::model::DecisionKind::{self, Block, Revoke, Unblock};

use countersign_testkit::{Repo, TestResult};

const STOPS: [(DecisionKind, &str, &str); 3] = [
    (Block, "blocked", "blocked-version"),
    (Revoke, "revoked", "revoked-content"),
    (DecisionKind::Reject, "draft", "rejected-version"),
];

#[test]
fn an_evil_merge_that_drops_only_the_signature_of_a_record_takes_nothing_from_it() -> TestResult {
    for (kind, state, rule) in STOPS {
        let mut repo = Repo::team();
        let [alice, bob, carol] = repo.people();
        if kind == DecisionKind::Reject {
            repo.drafted_skill("pdf", "1.0.0")?;
        } else {
            repo.granted_skill("pdf", "1.0.0")?;
        }
        repo.branch("stop")?;
        let record = repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
        repo.switch("main")?;
        let (ours, theirs) = (repo.head(), repo.tip("stop")?);
        let mut tree = repo.merged_tree(ours, theirs)?;
        assert!(tree.remove(&record.signatures[0].0));
        repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge branch 'stop'")?;
        let checked = repo.check();
        assert_ne!(checked.verdict(), "pass", "{kind}\n{checked}");
        assert_eq!(checked.code(), 1);
        checked.finding(rule);
        assert_eq!(repo.state("skill/pdf"), state, "{kind}");
        repo.commit(&alice, "Tidy", |tree| assert!(tree.remove(&record.path)))?;
        repo.check()
            .assert("fail", &[rule])
            .finding_at("decision-altered", &record.path)
            .is("error")
            .by("carol");
        repo.approve(&bob, "pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), state, "{kind}");
    }
    Ok(())
}

#[test]
fn an_unsigned_copy_of_a_block_landed_first_does_not_void_the_signed_one() -> TestResult {
    for (kind, state, rule) in STOPS.into_iter().take(2) {
        let mut repo = Repo::team();
        let [alice, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        let record = repo.draft(kind, &carol, "skill/pdf", "1.0.0")?.record();
        let mut copy = record.clone();
        copy.signatures.clear();
        repo.land(&alice, &copy)?;
        repo.check()
            .assert("fail", &[])
            .finding_at("evidence-missing", &record.path)
            .is("error");
        assert_eq!(repo.state("skill/pdf"), "approved", "no one proved it yet");
        repo.land(&carol, &record)?;
        repo.check().assert("fail", &[rule]);
        assert_eq!(repo.state("skill/pdf"), state, "{kind}");
    }
    Ok(())
}

#[test]
fn an_unsigned_copy_landed_first_does_not_void_the_signed_block_whose_merge_drops_the_signature()
-> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    let mut copy = record.clone();
    copy.signatures.clear();
    repo.land(&alice, &copy)?;
    let (ours, theirs, tree) = (repo.head(), repo.tip("stop")?, repo.tree());
    repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge branch 'stop'")?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_block_dropped_by_a_merge_that_is_dated_long_ago_holds() -> TestResult {
    for subject in ["skill/pdf", "principal/bob"] {
        let mut repo = Repo::team();
        let [alice, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.branch("stop")?;
        repo.wait(40 * 86_400);
        let record = repo.decide(&carol, Block, subject, "all")?;
        repo.switch("main")?;
        let (ours, theirs, tree) = (repo.head(), repo.tip("stop")?, repo.tree());
        repo.commit_tree(
            vec![ours, theirs],
            tree,
            alice.signed().dated("946684800 +0000"),
            "Merge branch 'stop'",
        )?;
        repo.check()
            .assert("fail", &["decision-dropped"])
            .finding_at("decision-dropped", &record.path)
            .by("carol");
        assert_eq!(repo.refusal("block", "carol"), None);
    }
    Ok(())
}

#[test]
fn an_unsigned_copy_beside_the_signed_block_in_one_landing_does_not_void_it() -> TestResult {
    for copy_at in [
        "approvals/a.yaml",
        "approvals/zz.yaml",
        "approvals/skill/pdf/1.0.0/zz.yaml",
    ] {
        let mut repo = Repo::team();
        let [_, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        let record = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?.record();
        let mut copy = record.moved(copy_at);
        copy.signatures.clear();
        repo.commit(&carol, "Block", |tree| {
            tree.put_record(&record);
            tree.put_record(&copy);
        })?;
        repo.check().assert("fail", &["blocked-version"]);
        assert_eq!(repo.state("skill/pdf"), "blocked", "{copy_at}");
    }
    Ok(())
}

#[test]
fn an_unsigned_copy_of_a_block_that_a_merge_moved_does_not_void_it() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    let (ours, theirs) = (repo.head(), repo.tip("stop")?);
    let mut tree = repo.merged_tree(ours, theirs)?;
    tree.rename(&record.path, "approvals/z.yaml");
    tree.remove(&record.signatures[0].0);
    repo.commit_tree(vec![ours, theirs], tree, &alice, "Merge branch 'stop'")?;
    repo.check().assert("fail", &["blocked-version"]);
    repo.commit(&alice, "Tidy", |tree| {
        assert!(tree.remove("approvals/z.yaml"));
    })?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding("decision-altered")
        .is("error")
        .by("carol");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_unblock_refused_once_stays_refused_when_its_signature_comes_later() -> TestResult {
    // The second chance is for what lowers authority only.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let block = repo.decide(&carol, Block, "skill/pdf", "1.0.0")?;
    let unblock = repo
        .draft(Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .record();
    let mut copy = unblock.clone();
    copy.signatures.clear();
    repo.land(&alice, &copy)?;
    repo.land(&bob, &unblock)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("evidence-missing", &unblock.path);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}
