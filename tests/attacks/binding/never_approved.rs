//! Requirements that no one can meet: the answer is never "approved".

use countersign::demo::tree::REGULAR;
use countersign::demo::{PolicyDraft, Tree};
use countersign::model::{DecisionKind, Digest, ObjectId};

use countersign_testkit::{Repo, TestResult, rule};

/// Everybody approves `pdf` under a changed policy; it must not become approved.
#[track_caller]
fn never(change: impl FnOnce(&mut PolicyDraft)) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(|policy| policy.with(change), |_| ());
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    assert_ne!(checked.code(), 0);
    let status = repo.run(&["status", "--format", "json"]);
    assert!(!status.stdout.contains("\"approved\""), "{status}");
    Ok(repo)
}

#[test]
fn what_no_rule_matches_is_never_approved() -> TestResult {
    let repo = never(|policy| {
        policy.approvals =
            vec!["{subjects: [\"prompt/*\"], require: [{count: 1, from: [owners]}]}".to_owned()];
    })?;
    repo.check()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/pdf");
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn what_only_a_rule_for_another_risk_matches_is_never_approved() -> TestResult {
    let repo = never(|policy| {
        policy.approvals =
            vec!["{risk: [critical], require: [{count: 1, from: [owners]}]}".to_owned()];
    })?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_policy_without_any_rule_approves_nothing() -> TestResult {
    never(|policy| policy.approvals.clear())?;
    Ok(())
}

#[test]
fn a_rule_without_any_requirement_approves_nothing() -> TestResult {
    never(|policy| policy.approvals = vec!["{subjects: [\"*/*\"], require: []}".to_owned()])?;
    Ok(())
}

#[test]
fn a_count_of_zero_is_never_met() -> TestResult {
    never(|policy| policy.approvals = vec![rule("count: 0, from: [owners]")])?;
    Ok(())
}

#[test]
fn a_count_of_zero_next_to_a_requirement_that_is_met_is_never_met() -> TestResult {
    never(|policy| {
        policy.approvals = vec![rule(
            "count: 1, from: [owners]}, {count: 0, from: [security]",
        )];
    })?;
    Ok(())
}

#[test]
fn an_empty_from_is_never_met() -> TestResult {
    never(|policy| policy.approvals = vec![rule("count: 1, from: []")])?;
    Ok(())
}

#[test]
fn an_empty_team_is_never_met() -> TestResult {
    never(|policy| {
        policy.teams.push(("empty".to_owned(), Vec::new()));
        policy.approvals = vec![rule("count: 1, from: [empty]")];
    })?;
    Ok(())
}

#[test]
fn a_team_that_does_not_exist_is_never_met() -> TestResult {
    never(|policy| policy.approvals = vec![rule("count: 1, from: [ghosts]")])?;
    Ok(())
}

#[test]
fn an_accept_without_any_evidence_is_never_met() -> TestResult {
    never(|policy| {
        policy.approvals = vec!["{subjects: [\"*/*\"], require: [{count: 1, from: [owners, administrators]}], accept: []}".to_owned()];
    })?;
    Ok(())
}

#[test]
fn two_rules_with_no_accepted_evidence_in_common_are_never_met() -> TestResult {
    never(|policy| {
        policy.approvals = ["signature", "commit"]
            .map(|accept| format!("{{subjects: [\"*/*\"], require: [{{count: 1, from: [owners, administrators]}}], accept: [{accept}]}}"))
            .to_vec();
    })?;
    Ok(())
}

#[test]
fn a_count_above_the_number_of_people_is_never_met() -> TestResult {
    never(|policy| policy.approvals = vec![rule("count: 9, from: [owners, administrators]")])?;
    Ok(())
}

#[test]
fn an_owner_who_is_no_one_is_never_met() -> TestResult {
    never(|policy| {
        policy.entries[0] =
            "{kind: skill, path: \"skills/*\", owners: [ghosts], risk: low}".to_owned();
        policy.approvals = vec![rule("count: 1, from: [owners]")];
    })?;
    Ok(())
}

#[test]
fn an_entry_without_owners_is_never_approved_by_owners() -> TestResult {
    never(|policy| {
        policy.entries[0] = "{kind: skill, path: \"skills/*\", owners: [], risk: low}".to_owned();
        policy.approvals = vec![rule("count: 1, from: [owners]")];
    })?;
    Ok(())
}

#[test]
fn an_empty_package_is_never_approved() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    let empty = repo
        .writer()
        .write_tree(&std::collections::BTreeMap::new())?;
    let skills = repo
        .writer()
        .write_tree_raw(&[(b"hollow", 0o040_000, empty)])?;
    let policy = repo.writer().write_blob(
        repo.tree()
            .bytes("countersign.yaml")
            .expect("the policy is there"),
    )?;
    let root = repo.writer().write_tree_raw(&[
        (b"countersign.yaml", REGULAR, policy),
        (b"skills", 0o040_000, skills),
    ])?;
    let (head, tree) = (repo.head(), repo.tree());
    let mut draft = repo.draft_commit(vec![head], &tree, &alice, "Add nothing")?;
    draft.tree = root;
    let commit = repo.writer().write_commit(&draft)?;
    repo.adopt(commit, vec![head], tree, &alice)?;
    repo.check()
        .assert("fail", &[])
        .finding("package-empty")
        .is("error")
        .has("path", "skills/hollow");
    // The digest of a manifest without a line can be approved, and approves nothing. The record
    // is next to the empty folder.
    let record = repo
        .draft_for(
            DecisionKind::Approve,
            &bob,
            "skill/hollow",
            "1.0.0",
            Some(Digest::of(b"")),
        )
        .record();
    let mut only_records = Tree::default();
    only_records.put_record(&record);
    let records = repo.write_tree(&only_records)?;
    let listed = repo.git(&[
        "ls-tree",
        &records.to_string(),
        "approvals",
        "--object-only",
    ]);
    let approvals = listed.trim().parse()?;
    let entries: [(&[u8], u32, ObjectId); 3] = [
        (b"approvals", 0o040_000, approvals),
        (b"countersign.yaml", REGULAR, policy),
        (b"skills", 0o040_000, skills),
    ];
    let mut draft = repo.draft_commit(vec![commit], &only_records, &bob, "Approve nothing")?;
    draft.tree = repo.writer().write_tree_raw(&entries)?;
    let last = repo.writer().write_commit(&draft)?;
    repo.adopt(last, vec![commit], only_records, &bob)?;
    repo.check().assert("fail", &["package-empty"]);
    let status = repo.run(&["status", "--format", "json"]);
    assert!(!status.stdout.contains("\"approved\""), "{status}");
    Ok(())
}

#[test]
fn the_same_people_under_a_rule_that_can_be_met_do_approve() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| {
            policy.with(|policy| {
                policy.approvals = vec![rule("count: 2, from: [owners, administrators]")];
            })
        },
        |_| (),
    );
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.approve(&carol, "pdf", "1.0.0")?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn the_largest_count_does_not_wrap_and_is_never_met() -> TestResult {
    never(|policy| {
        policy.approvals = vec![rule("count: 4294967295, from: [owners, administrators]")];
    })?;
    never(|policy| {
        policy.approvals = vec![rule(
            "count: 4294967295, from: [owners]}, {count: 4294967295, from: [owners]",
        )];
    })?;
    Ok(())
}

#[test]
fn a_count_that_no_number_of_people_can_be_makes_the_policy_invalid() {
    for count in [
        "4294967296",
        "4294967297",
        "18446744073709551616",
        "18446744073709551617",
        "-1",
        "1.0",
        "1e0",
        "[1]",
    ] {
        let by_rule = |policy: PolicyDraft| {
            policy.with(|policy| {
                policy.approvals = vec![rule(&format!("count: {count}, from: [owners]"))];
            })
        };
        let repo = Repo::team_with(by_rule, |tree| tree.put_skill("pdf", "1.0.0", "Read."));
        let checked = repo.check();
        checked.assert("not-evaluated", &["schema-invalid"]);
        assert_eq!(checked.code(), 2, "{count}");
    }
}

#[test]
fn a_count_for_the_policy_that_no_number_of_people_can_be_changes_nothing() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    let next = repo.team_policy().successor(&repo.tree());
    repo.commit(&alice, "Policy 2", |tree| {
        tree.put_policy(&next);
        tree.replace(
            "countersign.yaml",
            "policy_changes: {count: 2}",
            "policy_changes: {count: 4294967296}",
        );
    })?;
    for by in [&alice, &carol] {
        repo.decide(by, DecisionKind::Approve, "policy/countersign", "2")?;
    }
    let checked = repo.check();
    checked.assert("fail", &["schema-invalid"]);
    assert_eq!(checked.json()["policy_serial"], 1);
    Ok(())
}
