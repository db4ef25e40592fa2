//! Records that are not where their content says.

use countersign::demo::DecisionDraft;
use countersign::model::DecisionKind;

use countersign_testkit::{Repo, TestResult};

/// An approved `pdf`, a draft `other`, and a decision about one of them at `path`.
fn landed(
    kind: DecisionKind,
    subject: &str,
    change: impl FnOnce(DecisionDraft) -> DecisionDraft,
) -> Result<(Repo, String), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.drafted_skill("other", "1.0.0")?;
    repo.approve(&bob, "other", "1.0.0").map(drop)?;
    repo.drafted_skill("draft", "1.0.0")?;
    let record = change(repo.draft(kind, &carol, subject, "1.0.0")?).record();
    repo.land(&carol, &record)?;
    Ok((repo, record.path))
}

#[test]
fn an_approval_in_another_subjects_folder_is_void() -> TestResult {
    let (repo, path) = landed(DecisionKind::Approve, "skill/draft", |draft| {
        let path = draft.expected_path().replace("/draft/", "/pdf/");
        draft.at(&path)
    })?;
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-misplaced", &path)
        .is("error");
    assert_eq!(repo.state("skill/draft"), "draft");
    assert_eq!(
        repo.refusal("approve", "carol").as_deref(),
        Some("record-misplaced")
    );
    Ok(())
}

#[test]
fn an_approval_under_another_time_kind_name_or_folder_is_void() -> TestResult {
    type Move = fn(&str) -> String;
    let moves: [Move; 7] = [
        |path| path.replace("T1", "T2"),
        |path| path.replace("-approve-", "-reject-"),
        |path| path.replace("-carol", "-bob"),
        |path| path.replace("approvals/skill", "approvals/Skill"),
        |path| path.replace("/1.0.0/", "/1.0.0/deeper/"),
        |path| path.replace("skill/draft/1.0.0", "batch"),
        |path| path.replace(".yaml", ".yml"),
    ];
    for (index, change) in moves.into_iter().enumerate() {
        let (repo, path) = landed(DecisionKind::Approve, "skill/draft", |draft| {
            let path = change(&draft.expected_path());
            assert_ne!(path, draft.expected_path(), "move {index}");
            draft.at(&path)
        })?;
        let checked = repo.check();
        checked.assert("fail", &["unapproved-version"]);
        let found = checked.findings().into_iter().any(|finding| {
            ["record-misplaced", "record-unexpected"].contains(&finding.rule())
                && finding.severity() == "error"
                && finding.text("path") == Some(&path)
        });
        assert!(found, "move {index} to {path}\n{checked}");
        assert_eq!(repo.state("skill/draft"), "draft", "move {index}");
    }
    Ok(())
}

#[test]
fn a_block_or_revocation_in_another_subjects_folder_takes_effect_and_is_misplaced() -> TestResult {
    for (kind, state, rule) in [
        (DecisionKind::Block, "blocked", "blocked-version"),
        (DecisionKind::Revoke, "revoked", "revoked-content"),
    ] {
        let (repo, path) = landed(kind, "skill/pdf", |draft| {
            let path = draft.expected_path().replace("/pdf/", "/other/");
            draft.at(&path)
        })?;
        let checked = repo.check();
        checked
            .assert("fail", &["record-misplaced"])
            .finding(rule)
            .has("subject", "skill/pdf");
        checked.finding_at("record-misplaced", &path);
        assert_eq!(
            (repo.state("skill/pdf"), repo.state("skill/other")),
            (state.to_owned(), "approved".to_owned())
        );
    }
    Ok(())
}

#[test]
fn a_deprecation_or_archiving_in_another_subjects_folder_takes_effect() -> TestResult {
    for (kind, state) in [
        (DecisionKind::Deprecate, "deprecated"),
        (DecisionKind::Archive, "archived"),
    ] {
        let (repo, path) = landed(kind, "skill/pdf", |draft| {
            let path = draft.expected_path().replace("/pdf/", "/other/");
            draft.at(&path)
        })?;
        repo.check().finding_at("record-misplaced", &path);
        assert_eq!(
            (repo.state("skill/pdf"), repo.state("skill/other")),
            (state.to_owned(), "approved".to_owned())
        );
    }
    Ok(())
}

#[test]
fn a_reject_in_another_subjects_folder_takes_effect() -> TestResult {
    let (repo, path) = landed(DecisionKind::Reject, "skill/draft", |draft| {
        let path = draft.expected_path().replace("/draft/", "/pdf/");
        draft.at(&path)
    })?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass");
    checked.finding_at("record-misplaced", &path);
    checked
        .finding("rejected-version")
        .has("subject", "skill/draft")
        .says("carol");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_misplaced_approval_stays_void_when_it_is_moved_to_its_place() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    let draft = repo.draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?;
    let (right, wrong) = (
        draft.record(),
        draft
            .clone()
            .at("approvals/skill/elsewhere/1.0.0/20260105T110000Z-approve-bob.yaml")
            .record(),
    );
    repo.land(&bob, &wrong)?;
    repo.commit(&alice, "Put it where it belongs", |tree| {
        tree.remove("approvals");
        tree.put_record(&right);
    })?;
    // Judged once, whatever its path: what was refused stays refused.
    repo.check()
        .assert("fail", &["unapproved-version"])
        .finding_at("record-misplaced", &right.path);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn an_approval_that_lands_at_its_place_and_at_another_at_once_counts_and_the_copy_is_an_error()
-> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
        .record();
    // Sorts before the right path.
    let copy = record.moved(&record.path.replace("skill/pdf", "agent/pdf"));
    repo.commit(&bob, "Approve twice", |tree| {
        tree.put_record(&record);
        tree.put_record(&copy);
    })?;
    repo.check()
        .assert("fail", &[])
        .finding_at("record-misplaced", &copy.path);
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_record_at_its_place_is_not_misplaced() -> TestResult {
    let (repo, _) = landed(DecisionKind::Approve, "skill/draft", |draft| draft)?;
    repo.check().passes().without("record-misplaced");
    assert_eq!(repo.state("skill/draft"), "approved");
    Ok(())
}
