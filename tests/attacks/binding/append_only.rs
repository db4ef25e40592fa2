//! Records deleted, moved, edited or brought back after they took effect.

use countersign::demo::{Record, Tree};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult};

/// An approved Skill whose approval is then tampered with by Alice.
fn tampered(
    tamper: impl FnOnce(&mut Tree, &Record),
) -> Result<(Repo, Record, Checked), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.check().passes();
    repo.commit(&alice, "Tidy the records", |tree| tamper(tree, &record))?;
    let checked = repo.check();
    Ok((repo, record, checked))
}

fn remove(tree: &mut Tree, record: &Record) {
    tree.remove(&record.path);
    tree.remove(&record.signatures[0].0);
}

/// The decision is reported as altered, and applies as it landed.
#[track_caller]
fn is_altered(repo: &Repo, record: &Record, checked: &Checked) {
    checked
        .assert("fail", &[])
        .finding_at("decision-altered", &record.path)
        .is("error")
        .by("bob");
    assert_eq!(checked.code(), 1);
    let subject = repo.subject("skill/pdf");
    assert_eq!(subject["state"], "approved", "{subject:#}");
    assert_eq!(repo.counted("skill/pdf"), ["bob"]);
}

#[test]
fn an_approval_deleted_after_it_took_effect_is_altered_and_still_applies() -> TestResult {
    let (repo, record, checked) = tampered(remove)?;
    is_altered(&repo, &record, &checked);
    Ok(())
}

#[test]
fn an_approval_moved_after_it_took_effect_is_altered_and_still_applies() -> TestResult {
    let (repo, record, checked) = tampered(|tree, record| {
        let moved = record.moved(&record.path.replace("/1.0.0/", "/2.0.0/"));
        remove(tree, record);
        tree.put_record(&moved);
    })?;
    is_altered(&repo, &record, &checked);
    checked.finding_at(
        "record-misplaced",
        &record.path.replace("/1.0.0/", "/2.0.0/"),
    );
    Ok(())
}

#[test]
fn an_approval_moved_out_of_the_records_is_altered_and_still_applies() -> TestResult {
    let (repo, record, checked) = tampered(|tree, _| tree.rename("approvals", "archive"))?;
    is_altered(&repo, &record, &checked);
    Ok(())
}

#[test]
fn an_approval_edited_after_it_took_effect_is_altered_and_still_applies() -> TestResult {
    let (repo, record, checked) = tampered(|tree, record| {
        tree.replace(&record.path, "reason: approve", "reason: never saw");
    })?;
    is_altered(&repo, &record, &checked);
    // One cause, one finding: what it says of the signature is in the help.
    let found = checked.without("signature-invalid");
    let help = found.finding_at("decision-altered", &record.path);
    assert!(
        help.text("help")
            .is_some_and(|help| help.ends_with("Its signature does not fit the changed text.")),
        "{checked}"
    );
    Ok(())
}

#[test]
fn an_approval_edited_and_signed_again_is_altered_and_still_applies() -> TestResult {
    let bob = Repo::empty().bob;
    let (repo, record, checked) = tampered(|tree, record| {
        let bytes =
            String::from_utf8_lossy(&record.bytes).replace("reason: approve", "reason: reviewed");
        tree.put(&record.path, &bytes);
        tree.put(
            &record.signatures[0].0,
            bob.sign("countersign", bytes.as_bytes()),
        );
    })?;
    is_altered(&repo, &record, &checked);
    Ok(())
}

#[test]
fn an_approval_replaced_by_a_link_to_its_own_bytes_is_altered_and_still_applies() -> TestResult {
    let (repo, record, checked) = tampered(|tree, record| {
        tree.rename(&record.path, "elsewhere.yaml");
        tree.link(&record.path, "../../../../elsewhere.yaml");
    })?;
    is_altered(&repo, &record, &checked);
    Ok(())
}

#[test]
fn an_approval_whose_signature_alone_is_deleted_or_exchanged_is_altered_and_still_applies()
-> TestResult {
    type Tamper = fn(&mut Tree, &str);
    let tampers: [Tamper; 2] = [
        |tree, path| assert!(tree.remove(path)),
        |tree, path| tree.put(path, "exchanged"),
    ];
    for tamper in tampers {
        let (repo, record, checked) =
            tampered(|tree, record| tamper(tree, &record.signatures[0].0))?;
        is_altered(&repo, &record, &checked);
    }
    Ok(())
}

#[test]
fn an_approval_added_again_after_deletion_is_as_it_landed_and_counts_once() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&alice, "Delete it", |tree| remove(tree, &record))?;
    repo.check().assert("fail", &["decision-altered"]);
    repo.land(&alice, &record)?;
    repo.check().passes().without("decision-altered");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("approved".to_owned(), vec!["bob".to_owned()])
    );
    assert_eq!(
        repo.events_of("approve", "bob").len(),
        1,
        "a record is judged once"
    );
    Ok(())
}

#[test]
fn an_approval_added_again_after_its_authors_reject_stays_overridden() -> TestResult {
    let mut repo = Repo::team_with(countersign_testkit::any_two_members, |_| ());
    let [alice, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo.approve(&bob, "pdf", "1.0.0")?;
    repo.decide(&bob, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    repo.commit(&alice, "Delete it", |tree| remove(tree, &record))?;
    repo.land(&alice, &record)?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    assert_ne!(repo.check().verdict(), "pass");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("draft".to_owned(), vec!["carol".to_owned()])
    );
    Ok(())
}

#[test]
fn a_block_or_reject_deleted_after_it_took_effect_is_altered_and_still_applies() -> TestResult {
    for (kind, version, state) in [
        (DecisionKind::Block, "1.0.0", "blocked"),
        (DecisionKind::Block, "all", "blocked"),
        (DecisionKind::Deprecate, "1.0.0", "deprecated"),
    ] {
        let mut repo = Repo::team();
        let [alice, _, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        let record = repo.decide(&carol, kind, "skill/pdf", version)?;
        repo.commit(&alice, "Delete it", |tree| remove(tree, &record))?;
        repo.check()
            .assert("fail", &[])
            .finding_at("decision-altered", &record.path)
            .is("error")
            .by("carol");
        assert_eq!(repo.state("skill/pdf"), state, "{kind} {version}");
    }
    Ok(())
}

#[test]
fn deleting_every_record_at_once_changes_no_state() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    for name in ["one", "two"] {
        repo.drafted_skill(name, "1.0.0")?;
        repo.approve(&bob, name, "1.0.0")?;
    }
    repo.decide(&carol, DecisionKind::Block, "skill/two", "1.0.0")?;
    repo.commit(&alice, "Start over", |tree| {
        assert!(tree.remove("approvals"));
    })?;
    let checked = repo.check();
    checked.assert("fail", &["blocked-version"]);
    let altered = |finding: &&countersign_testkit::Finding| {
        finding.rule() == "decision-altered"
            && finding
                .text("path")
                .is_some_and(|path| !path.contains(".yaml."))
    };
    assert_eq!(
        checked.findings().iter().filter(altered).count(),
        3,
        "{checked}"
    );
    assert_eq!(
        (repo.state("skill/one"), repo.state("skill/two")),
        ("approved".to_owned(), "blocked".to_owned())
    );
    Ok(())
}

#[test]
fn an_existing_record_overwritten_by_another_decision_of_the_same_name_is_altered() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let record = repo.granted_skill("pdf", "1.0.0")?;
    repo.commit(&alice, "pdf, changed", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read, and send.");
    })?;
    // Bob signs the new bytes with the time of the old record, so both belong at one path.
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let time = record.path.rsplit('/').next().unwrap_or_default()[..16].to_owned();
    let spelled = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &time[..4],
        &time[4..6],
        &time[6..8],
        &time[9..11],
        &time[11..13],
        &time[13..15]
    );
    let again = draft.with(|input| input.time = spelled).record();
    assert_eq!(again.path, record.path);
    repo.land(&bob, &again)?;
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-altered", &record.path)
        .is("error");
    Ok(())
}

#[test]
fn files_among_the_records_that_are_not_records_are_errors_until_removed() -> TestResult {
    for path in [
        "approvals/README.md",
        "approvals/skill/pdf/1.0.0/notes.txt",
        "approvals/skill/pdf/1.0.0/x.yaml.sig",
        "approvals/.hidden",
    ] {
        let mut repo = Repo::team();
        let alice = repo.alice.clone();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.commit(&alice, "Leave a note", |tree| tree.put(path, "note"))?;
        repo.check()
            .assert("fail", &[])
            .finding_at("record-unexpected", path)
            .is("error");
        assert_eq!(repo.state("skill/pdf"), "approved");
        repo.commit(&alice, "Take it back", |tree| assert!(tree.remove(path)))?;
        repo.check().passes();
    }
    Ok(())
}
