//! A landing that changes what is required: what precedes, where it is, who wrote it, what a
//! grant frees.

use countersign::demo::Method;
use countersign::model::DecisionKind::{Approve, Block, Deprecate, Rollback, Unblock};

use countersign_testkit::{Repo, TestResult, any_two_members};

const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "1.2.0"];

/// Three versions of `pdf`, each approved by two, as all has to be. Then Carol alone lands blocks
/// and a rollback of 1.2.0 at once, and two people lift the blocks again.
fn blocked_and_rolled_back(blocks: &[usize], to: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(any_two_members, |_| ());
    let [_, bob, carol] = repo.people();
    let mut digests = Vec::new();
    for version in VERSIONS {
        repo.drafted_skill("pdf", version)?;
        repo.approve(&bob, "pdf", version)?;
        repo.approve(&carol, "pdf", version)?;
        digests.push(Some(repo.tree().digest("skills/pdf")));
    }
    assert_eq!(repo.current("skill/pdf"), "1.2.0");
    let block = |index: &usize| {
        repo.draft_for(
            Block,
            &carol,
            "skill/pdf",
            VERSIONS[*index],
            digests[*index],
        )
        .record()
    };
    let stops: Vec<_> = blocks.iter().map(block).collect();
    let back = repo
        .draft(Rollback, &carol, "skill/pdf", "1.2.0")?
        .to(to)
        .record();
    repo.commit(&carol, "Stop", |tree| {
        stops
            .iter()
            .chain([&back])
            .for_each(|record| tree.put_record(record));
    })?;
    repo.check().assert("fail", &["blocked-version"]);
    for (index, stop) in blocks.iter().zip(&stops) {
        for by in [&bob, &carol] {
            let unblock = repo
                .draft_for(Unblock, by, "skill/pdf", VERSIONS[*index], digests[*index])
                .answers(&[stop])
                .record();
            repo.land(by, &unblock)?;
        }
    }
    Ok(repo)
}

#[test]
fn a_block_in_the_same_landing_does_not_choose_what_one_signature_rolls_back_to() -> TestResult {
    let repo = blocked_and_rolled_back(&[1, 2], "1.0.0")?;
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("approved".to_owned(), "1.2.0".to_owned())
    );
    repo.check().passes();
    // What really came before takes one signature, with or without a block.
    let repo = blocked_and_rolled_back(&[2], "1.1.0")?;
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("rolled-back".to_owned(), "1.1.0".to_owned())
    );
    repo.check().assert("fail", &["rolled-back-version"]);
    Ok(())
}

#[test]
fn the_committer_who_gives_another_name_as_the_author_is_not_excused_at_high_risk() -> TestResult {
    for (name, excused) in [("payments-run", false), ("pdf", true)] {
        let mut repo = Repo::team();
        let [alice, bob, carol] = repo.people();
        let forged = bob.committed_by(&alice);
        repo.commit(forged, "Add it", |tree| {
            tree.put_skill(name, "1.0.0", "Pay.");
        })?;
        repo.approve(&alice, name, "1.0.0")?;
        repo.approve(&carol, name, "1.0.0")?;
        let checked = repo.check();
        if excused {
            checked.passes().finding("self-approval-exempt").by("alice");
            continue;
        }
        checked
            .assert("waiting", &["unapproved-version"])
            .finding("self-approval")
            .by("alice");
        assert_eq!(checked.code(), 1);
        assert_eq!(repo.state(&format!("skill/{name}")), "draft");
    }
    Ok(())
}

#[test]
fn the_committer_who_signs_under_another_authors_name_is_not_excused_at_high_risk() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(
        bob.committed_by(&alice).signed_by(&alice),
        "Add it",
        |tree| tree.put_skill("payments-run", "1.0.0", "Pay."),
    )?;
    repo.approve(&alice, "payments-run", "1.0.0")?;
    repo.approve(&carol, "payments-run", "1.0.0")?;
    repo.check()
        .assert("waiting", &["unapproved-version"])
        .finding("self-approval")
        .by("alice");
    Ok(())
}

#[test]
fn a_block_of_every_version_of_a_removed_subject_is_lifted_by_the_rules_of_its_last_place()
-> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&alice, "Add it", |tree| {
        tree.put_skill("payments-run", "1.0.0", "Pay.");
    })?;
    repo.approve(&bob, "payments-run", "1.0.0")?;
    repo.approve(&carol, "payments-run", "1.0.0")?;
    repo.check().passes();
    let real = repo.tree();
    let block = repo
        .draft(Block, &carol, "skill/payments-run", "all")?
        .record();
    repo.commit(&carol, "Block and remove it", |tree| {
        tree.put_record(&block);
        assert!(tree.remove("skills/payments-run"));
    })?;
    for (by, lifted) in [(&alice, false), (&carol, false), (&bob, true)] {
        let unblock = repo
            .draft(Unblock, by, "skill/payments-run", "all")?
            .answers(&[&block])
            .record();
        repo.land(by, &unblock)?;
        let state = repo.version_state("skill/payments-run", "1.0.0");
        assert_eq!(
            state,
            if lifted { "approved" } else { "blocked" },
            "after the unblock by {}",
            by.name
        );
    }
    repo.branch("back")?;
    repo.commit(&alice, "Bring it back", |tree| {
        tree.put(
            "skills/payments-run/SKILL.md",
            real.text("skills/payments-run/SKILL.md"),
        );
    })?;
    repo.switch("main")?;
    repo.merge("back", Method::Squash, &alice)?;
    repo.check().passes();
    Ok(())
}

#[test]
fn an_unblock_of_every_version_of_what_never_landed_lifts_nothing() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    let block = repo
        .draft_for(Block, &carol, "skill/pdf", "all", None)
        .record();
    repo.land(&carol, &block)?;
    let unblock = repo
        .draft_for(Unblock, &bob, "skill/pdf", "all", None)
        .answers(&[&block])
        .record();
    repo.land(&bob, &unblock)?;
    repo.commit(&bob, "Add it", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(
        repo.state("skill/pdf"),
        "blocked",
        "Bob wrote it, so his unblock does not count"
    );
    Ok(())
}

#[test]
fn an_approval_that_a_later_grant_of_an_older_version_frees_counts_at_once() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    let first = repo.tree().digest("skills/pdf");
    repo.commit(&alice, "Rewrite pdf", |tree| {
        tree.put_skill("pdf", "2.0.0", "Read all of it.");
    })?;
    repo.approve(&carol, "pdf", "2.0.0")?;
    repo.decide(&carol, Deprecate, "skill/pdf", "2.0.0")?;
    // Bob wrote 1.0.0, on which no one has decided, so he may not approve 2.0.0 yet.
    repo.approve(&bob, "pdf", "2.0.0")?;
    repo.check().passes().finding("deprecated-version");
    let approve = repo
        .draft_for(Approve, &carol, "skill/pdf", "1.0.0", Some(first))
        .record();
    repo.land(&carol, &approve)?;
    repo.check().passes().without("deprecated-version");
    assert_eq!(
        (repo.state("skill/pdf"), repo.current("skill/pdf")),
        ("approved".to_owned(), "2.0.0".to_owned())
    );
    Ok(())
}
