//! The gate before a landing: only what a candidate makes worse counts, and all of that does.

use countersign::demo::{Method, Person};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult};

/// An approved Skill and an old draft on main; HEAD is on a branch from there.
fn branched() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.drafted_skill("old-draft", "1.0.0")?;
    assert_eq!(repo.check().verdict(), "waiting");
    repo.branch("change")?;
    Ok(repo)
}

fn gate(repo: &Repo) -> Checked {
    repo.check_with(&["--base", "main"])
}

#[test]
fn an_old_draft_that_the_candidate_leaves_alone_holds_nobody_up() -> TestResult {
    let mut repo = branched()?;
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    gate(&repo).passes().without("unapproved-version");
    repo.drafted_skill("csv", "1.0.0")?;
    repo.approve(&bob, "csv", "1.0.0")?;
    gate(&repo).passes();
    Ok(())
}

#[test]
fn an_old_draft_that_the_candidate_touches_counts() -> TestResult {
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Change it", |tree| {
        tree.edit("skills/old-draft/SKILL.md", |text| text + "x");
    })?;
    gate(&repo)
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/old-draft");
    Ok(())
}

#[test]
fn a_branch_without_a_base_given_is_judged_as_a_candidate_for_the_governed_branch() -> TestResult {
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    assert_eq!(repo.check().json(), gate(&repo).json());
    repo.drafted_skill("csv", "1.0.0")?;
    repo.check()
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/csv");
    Ok(())
}

#[test]
fn a_branch_cannot_call_itself_the_governed_one() -> TestResult {
    // The branch's own policy names the branch; the policy in force does not.
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|policy| policy.branch = "change".to_owned());
    repo.commit(&alice, "Govern this branch", |tree| tree.put_policy(&next))?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    gate(&repo).assert("waiting", &["policy-pending"]);
    Ok(())
}

#[test]
fn an_urgent_block_or_revocation_always_passes() -> TestResult {
    for (kind, version) in [
        (DecisionKind::Block, "1.0.0"),
        (DecisionKind::Block, "all"),
        (DecisionKind::Revoke, "1.0.0"),
    ] {
        let mut repo = branched()?;
        let carol = repo.carol.clone();
        repo.decide(&carol, kind, "skill/pdf", version)?;
        let checked = gate(&repo);
        assert_eq!(
            (checked.verdict(), checked.code()),
            ("pass", 0),
            "{kind} {version}\n{checked}"
        );
    }
    Ok(())
}

#[test]
fn a_block_does_not_carry_a_change_of_the_same_subject_past_the_gate() -> TestResult {
    for version in ["1.1.0", "1.0.0"] {
        let mut repo = branched()?;
        let [_, _, carol] = repo.people();
        repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
        repo.commit(&Person::new("mallory"), "By the way", |tree| {
            tree.put_skill("pdf", version, "Send it.");
        })?;
        let checked = gate(&repo);
        assert_ne!(checked.verdict(), "pass", "{version}\n{checked}");
    }
    Ok(())
}

#[test]
fn a_revocation_does_not_carry_new_bytes_of_the_same_subject_past_the_gate() -> TestResult {
    let mut repo = branched()?;
    let carol = repo.carol.clone();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    repo.commit(&Person::new("mallory"), "A replacement", |tree| {
        tree.put_skill("pdf", "1.1.0", "Send it.");
    })?;
    let checked = gate(&repo);
    assert_ne!(checked.verdict(), "pass", "{checked}");
    Ok(())
}

#[test]
fn a_block_of_one_subject_does_not_carry_a_draft_of_another_past_the_gate() -> TestResult {
    let mut repo = branched()?;
    let carol = repo.carol.clone();
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    repo.drafted_skill("csv", "1.0.0")?;
    gate(&repo)
        .assert("waiting", &[])
        .finding("unapproved-version")
        .has("subject", "skill/csv");
    Ok(())
}

#[test]
fn removing_an_approved_skill_fails_unless_it_is_archived_blocked_or_revoked_with_it() -> TestResult
{
    for kind in [
        None,
        Some(DecisionKind::Archive),
        Some(DecisionKind::Block),
        Some(DecisionKind::Revoke),
        Some(DecisionKind::Deprecate),
    ] {
        let mut repo = branched()?;
        let [alice, _, carol] = repo.people();
        if let Some(kind) = kind {
            repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
        }
        repo.commit(&alice, "Remove it", |tree| {
            assert!(tree.remove("skills/pdf"));
        })?;
        let checked = gate(&repo);
        match kind {
            None | Some(DecisionKind::Deprecate) => {
                drop(
                    checked
                        .assert("fail", &[])
                        .finding("subject-removed")
                        .is("error")
                        .has("subject", "skill/pdf"),
                );
            }
            Some(_) => drop(checked.assert("pass", &[]).without("subject-removed")),
        }
    }
    Ok(())
}

#[test]
fn removing_a_record_of_another_subject_fails() -> TestResult {
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Tidy up", |tree| assert!(tree.remove("approvals")))?;
    gate(&repo).assert("fail", &["decision-altered"]);
    Ok(())
}

#[test]
fn a_file_among_the_records_that_is_none_fails() -> TestResult {
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Note", |tree| tree.put("approvals/note.txt", "x"))?;
    gate(&repo)
        .assert("fail", &[])
        .finding_at("record-unexpected", "approvals/note.txt");
    Ok(())
}

#[test]
fn an_approval_with_a_refused_signature_fails() -> TestResult {
    let mut repo = branched()?;
    let [alice, bob, _] = repo.people();
    repo.drafted_skill("csv", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/csv", "1.0.0")?
        .signed_in(&bob, "git")
        .record();
    repo.land(&alice, &record)?;
    gate(&repo)
        .assert("fail", &["unapproved-version"])
        .finding_at("wrong-namespace", &record.path)
        .by("bob");
    Ok(())
}

#[test]
fn a_base_after_the_branch_was_merged_has_nothing_to_judge() -> TestResult {
    let mut repo = branched()?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Docs", |tree| tree.put("docs/a.md", "a"))?;
    repo.switch("main")?;
    repo.merge("change", Method::Merge, &alice)?;
    repo.switch("change")?;
    gate(&repo).passes();
    Ok(())
}

#[test]
fn an_unrelated_history_is_never_a_candidate_that_passes_unseen() -> TestResult {
    let mut repo = branched()?;
    let mallory = Person::new("mallory");
    let policy = countersign::demo::PolicyDraft::solo(&mallory);
    repo.switch("unrelated")?;
    let mut tree = countersign::demo::Tree::default();
    tree.put_policy(&policy);
    tree.put_skill("evil", "1.0.0", "Send it.");
    repo.commit_tree(Vec::new(), tree, &mallory, "Another world")?;
    repo.approve(&mallory, "evil", "1.0.0")?;
    let output = repo.run(&["check", "--base", "main"]);
    assert!([1, 3].contains(&output.code), "{output}");
    Ok(())
}

#[test]
fn what_lands_through_the_gate_while_nobody_looks_at_the_tip_is_still_found_there() -> TestResult {
    // Two candidates, each fine alone: one approves 1.1.0, the other blocks every version.
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("newer")?;
    repo.drafted_skill("pdf", "1.1.0")?;
    repo.approve(&bob, "pdf", "1.1.0")?;
    repo.switch("main")?;
    repo.branch("stop")?;
    repo.decide(&carol, DecisionKind::Block, "skill/pdf", "all")?;
    for branch in ["newer", "stop"] {
        repo.switch(branch)?;
        gate(&repo).assert("pass", &[]);
    }
    repo.switch("main")?;
    repo.merge("newer", Method::Merge, &alice)?;
    repo.merge("stop", Method::Merge, &alice)?;
    repo.check().assert("fail", &["blocked-version"]);
    Ok(())
}

#[test]
fn a_candidate_that_would_put_older_approved_bytes_back_fails() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let old = repo.tree();
    repo.granted_skill("pdf", "1.1.0")?;
    repo.branch("change")?;
    repo.commit(&alice, "Revert", |tree| {
        tree.put("skills/pdf/SKILL.md", old.text("skills/pdf/SKILL.md"));
    })?;
    gate(&repo).assert("fail", &["version-regressed"]);
    Ok(())
}

#[test]
fn a_candidate_whose_merge_with_the_base_mixes_two_approved_versions_is_judged_by_the_mixture()
-> TestResult {
    // Both sides approved their own change of another file; only the merge is what lands.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Run it.");
        tree.put("skills/pdf/a.sh", "echo a\n");
        tree.put("skills/pdf/b.sh", "echo b\n");
    })?;
    repo.approve(&bob, "pdf", "1.0.0")?;
    repo.branch("change")?;
    repo.commit(&alice, "a", |tree| {
        tree.put("skills/pdf/a.sh", "rm -rf \"$DIR\"\n");
        tree.replace("skills/pdf/SKILL.md", "1.0.0", "1.1.0");
    })?;
    repo.approve(&bob, "pdf", "1.1.0")?;
    gate(&repo).passes();
    repo.switch("main")?;
    repo.commit(&alice, "b", |tree| {
        tree.put("skills/pdf/b.sh", "DIR=/\n");
        tree.replace("skills/pdf/SKILL.md", "1.0.0", "1.1.0");
    })?;
    repo.approve(&bob, "pdf", "1.1.0")?;
    repo.check().passes();
    repo.switch("change")?;
    let checked = gate(&repo);
    assert_eq!(checked.verdict(), "fail", "{checked}");
    Ok(())
}
