//! Things added beside a decision to hide it: copies, other modes, links, junk signatures, second
//! branches, a swapped line, a tidy-up.

use countersign::demo::{Method, Person, Record, Tree};
use countersign::model::DecisionKind::{self, Approve, Block, Deprecate, Reject, Revoke};
use countersign::model::ObjectId;

use countersign_testkit::{Repo, TestResult, commits_count};

fn mallory() -> Person {
    Person::new("mallory")
}

fn without(tree: &mut Tree, record: &Record) {
    tree.remove(&record.path);
    for (path, _) in &record.signatures {
        tree.remove(path);
    }
    for extension in ["sig", "asc", "minisig"] {
        tree.remove(format!("{}.{extension}", record.path));
    }
}

/// `main` becomes what Mallory has on `long-ago`, with main merged into it and nothing of main
/// kept.
fn swap(repo: &mut Repo) -> Result<ObjectId, Box<dyn std::error::Error>> {
    repo.switch("long-ago")?;
    let swapped = repo.merge("main", Method::Ours, &mallory())?;
    repo.switch("main")?;
    repo.reset(swapped)?;
    Ok(swapped)
}

#[test]
fn an_unsigned_copy_of_an_approval_on_the_swapped_line_hides_no_policy_fork() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| policy.with(|draft| draft.policy_changes = 1),
        |_| (),
    );
    let [alice, bob, carol] = repo.people();
    let first = repo.team_policy().with(|draft| draft.policy_changes = 1);
    repo.branch("long-ago")?;
    repo.switch("main")?;
    // Carol leaves.
    let second = first
        .successor(&repo.tree())
        .with(|draft| draft.administrators.retain(|name| name != "carol"));
    repo.commit(&bob, "Policy 2", |tree| tree.put_policy(&second))?;
    let approval = repo.decide(&alice, Approve, "policy/countersign", "2")?;
    let good = repo.head();
    // She swaps the line, with an unsigned copy of Alice's approval, and takes everything back.
    repo.switch("long-ago")?;
    repo.commit(&carol, "Copy", |tree| {
        tree.put(&approval.path, &approval.bytes);
    })?;
    let third = first.successor(&repo.tree()).with(|draft| {
        draft.serial = 3;
        draft.administrators.retain(|name| name == "carol");
    });
    repo.commit(&bob, "Policy 3", |tree| tree.put_policy(&third))?;
    repo.decide(&carol, Approve, "policy/countersign", "3")?;
    swap(&mut repo)?;
    repo.commit(&carol, "Tidy up", |tree| without(tree, &approval))?;
    repo.check()
        .assert("fail", &[])
        .finding("policy-fork")
        .is("error");
    repo.check_with(&["--includes", &good.to_string()])
        .assert("fail", &["policy-fork", "includes-missing"]);
    Ok(())
}

#[test]
fn a_junk_signature_beside_a_block_and_a_tidy_up_take_nothing_away() -> TestResult {
    for extension in ["sig", "asc", "minisig"] {
        let mut repo = Repo::team_with(commits_count, |_| ());
        let [alice, bob, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        repo.branch("stop")?;
        let record = repo
            .draft(Block, &carol, "skill/pdf", "1.0.0")?
            .unsigned()
            .record();
        repo.land(carol.signed(), &record)?;
        repo.commit(&bob, "Sign it", |tree| {
            tree.put(format!("{}.{extension}", record.path), "junk\n");
        })?;
        repo.commit(&bob, "Tidy up", |tree| without(tree, &record))?;
        repo.switch("main")?;
        repo.merge("stop", Method::Merge, &alice)?;
        repo.check()
            .assert("fail", &["blocked-version"])
            .finding_at("decision-dropped", &record.path)
            .by("carol");
        assert_eq!(repo.state("skill/pdf"), "blocked");
    }
    Ok(())
}

#[test]
fn a_junk_signature_beside_the_block_of_a_person_keeps_them_suspended() -> TestResult {
    let mut repo = Repo::team_with(commits_count, |_| ());
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let record = repo
        .draft_for(Block, &carol, "principal/bob", "all", None)
        .unsigned()
        .record();
    repo.land(carol.signed(), &record)?;
    repo.commit(&bob, "Sign it", |tree| {
        tree.put(format!("{}.sig", record.path), "junk\n");
    })?;
    repo.commit(&bob, "Tidy up", |tree| without(tree, &record))?;
    repo.switch("main")?;
    repo.merge("stop", Method::Merge, &alice)?;
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-dropped", &record.path);
    repo.drafted_skill("csv", "1.0.0")?;
    repo.approve(&bob, "csv", "1.0.0")?;
    assert_eq!(
        repo.state("skill/csv"),
        "draft",
        "the approval of someone who is suspended"
    );
    Ok(())
}

#[test]
fn a_stop_whose_file_becomes_executable_or_a_link_before_the_merge_stays_in_effect() -> TestResult {
    for (kind, rule) in [(Block, "blocked-version"), (Revoke, "revoked-content")] {
        for mode in [0o100_755, 0o120_000] {
            let mut repo = Repo::team();
            let [alice, bob, carol] = repo.people();
            repo.granted_skill("pdf", "1.0.0")?;
            repo.branch("stop")?;
            let record = repo.decide(&carol, kind, "skill/pdf", "1.0.0")?;
            repo.commit(&bob, "Change its mode", |tree| {
                tree.put_mode(&record.path, mode, &record.bytes);
            })?;
            repo.switch("main")?;
            repo.merge("stop", Method::Merge, &alice)?;
            repo.check()
                .assert("fail", &[rule])
                .finding_at("decision-dropped", &record.path);
            repo.branch("tidy")?;
            repo.commit(&bob, "Tidy up", |tree| without(tree, &record))?;
            repo.switch("main")?;
            repo.merge("tidy", Method::FastForward, &alice)?;
            repo.check()
                .assert("fail", &[rule])
                .finding_at("decision-dropped", &record.path);
        }
    }
    Ok(())
}

#[test]
fn a_stop_that_lands_only_as_an_executable_file_takes_effect_and_an_approval_does_not() -> TestResult
{
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.drafted_skill("csv", "1.0.0")?;
    let stop = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?.record();
    let yes = repo.draft(Approve, &bob, "skill/csv", "1.0.0")?.record();
    repo.commit(&alice, "Squash", |tree| {
        for record in [&stop, &yes] {
            tree.put_record(record);
            tree.put_executable(&record.path, &record.bytes);
        }
    })?;
    assert_eq!(repo.state("skill/pdf"), "blocked");
    assert_eq!(repo.state("skill/csv"), "draft");
    repo.check()
        .assert("fail", &["record-invalid"])
        .finding_at("decision-dropped", &stop.path);
    Ok(())
}

#[test]
fn a_second_branch_that_brings_the_same_block_unsigned_first_takes_nothing_away() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let record = repo.draft(Block, &carol, "skill/pdf", "1.0.0")?.record();
    let base = repo.head();
    repo.branch("copy")?;
    repo.commit(&bob, "Copy", |tree| tree.put(&record.path, &record.bytes))?;
    repo.branch_at("stop", base)?;
    repo.land(&carol, &record)?;
    repo.commit(&carol, "Go on", |tree| without(tree, &record))?;
    repo.switch("main")?;
    repo.merge("copy", Method::Ours, &alice)?;
    repo.merge("stop", Method::Ours, &alice)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("decision-dropped", &record.path);
    // And in one merge, whichever comes first.
    for branches in [["copy", "stop"], ["stop", "copy"]] {
        repo.reset(base)?;
        let parents = [base]
            .into_iter()
            .chain(branches.map(|branch| repo.tip(branch).expect("it was made")))
            .collect();
        let tree = repo.tree();
        repo.commit_tree(parents, tree, &alice, "Merge both")?;
        assert_eq!(repo.state("skill/pdf"), "blocked", "{branches:?}");
    }
    Ok(())
}

#[test]
fn a_swapped_line_keeps_deprecations_archivings_rollbacks_and_rejects() -> TestResult {
    for (kind, state) in [
        (Deprecate, "deprecated"),
        (DecisionKind::Archive, "archived"),
        (DecisionKind::Rollback, "rolled-back"),
        (Reject, "draft"),
    ] {
        let mut repo = Repo::team();
        let [alice, bob, carol] = repo.people();
        repo.granted_skill("pdf", "1.0.0")?;
        if kind == Reject {
            repo.drafted_skill("pdf", "1.1.0")?;
        } else {
            repo.granted_skill("pdf", "1.1.0")?;
        }
        repo.branch("long-ago")?;
        repo.switch("main")?;
        let draft = repo.draft(
            kind,
            if kind == Reject { &bob } else { &carol },
            "skill/pdf",
            "1.1.0",
        )?;
        let record = if kind == DecisionKind::Rollback {
            draft.to("1.0.0")
        } else {
            draft
        }
        .record();
        repo.land(&alice, &record)?;
        swap(&mut repo)?;
        assert_eq!(repo.version_state("skill/pdf", "1.1.0"), state, "{kind}");
        repo.check()
            .finding_at("decision-dropped", &record.path)
            .is("error");
        repo.commit(&mallory(), "Go on", |tree| {
            tree.put("docs/guide.md", "Guide");
        })?;
        repo.check()
            .finding_at("decision-dropped", &record.path)
            .is("error");
    }
    Ok(())
}

#[test]
fn a_deprecation_copied_to_before_the_approval_on_another_line_is_a_deprecation_once_the_lines_meet()
-> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.branch("long-ago")?;
    repo.switch("main")?;
    repo.drafted_skill("pdf", "1.0.0")?;
    let bytes = repo.tree();
    let yes = repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    let no = repo.decide(&carol, Deprecate, "skill/pdf", "1.0.0")?;
    repo.switch("long-ago")?;
    repo.commit(&mallory(), "Bytes", |tree| {
        tree.put("skills/pdf/SKILL.md", bytes.text("skills/pdf/SKILL.md"));
    })?;
    repo.land(&mallory(), &no)?;
    repo.land(&mallory(), &yes)?;
    swap(&mut repo)?;
    assert_eq!(repo.state("skill/pdf"), "deprecated");
    Ok(())
}

#[test]
fn an_approval_that_did_not_count_where_it_was_made_counts_on_no_copied_line() -> TestResult {
    // Bob approved his own work. Mallory copies it as hers, and his approval with it.
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.branch("long-ago")?;
    repo.switch("main")?;
    repo.commit(&bob, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    let own = repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    let bytes = repo.tree();
    assert_eq!(repo.state("skill/pdf"), "draft");
    repo.switch("long-ago")?;
    repo.commit(&mallory(), "Bytes", |tree| {
        tree.put("skills/pdf/SKILL.md", bytes.text("skills/pdf/SKILL.md"));
    })?;
    repo.land(&mallory(), &own)?;
    swap(&mut repo)?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    repo.check()
        .finding("decision-replayed")
        .is("error")
        .by("bob");
    // Whoever had approved it honestly still can.
    let alice = repo.alice.clone();
    repo.wait(60);
    repo.decide(&alice, Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn the_newest_approved_version_left_behind_by_a_swapped_line_is_found() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("long-ago")?;
    repo.switch("main")?;
    let fix = repo.granted_skill("pdf", "1.0.1")?;
    let good = repo.head();
    swap(&mut repo)?;
    // The older version is approved and lies in the tree: nothing but the other line shows that
    // there is a newer one.
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-dropped", &fix.path)
        .is("error")
        .by("bob");
    repo.check_with(&["--includes", &good.to_string()])
        .assert("fail", &["includes-missing"]);
    // Deleting the record before the merge hides nothing.
    repo.reset(good)?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "Tidy up", |tree| without(tree, &fix))?;
    swap(&mut repo)?;
    repo.check()
        .assert("fail", &[])
        .finding_at("decision-dropped", &fix.path);
    Ok(())
}

#[test]
fn a_branch_that_replaced_its_own_approved_version_before_it_was_merged_passes() -> TestResult {
    // The honest twin: the approval of the first try is gone, and what replaced it is approved.
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("work")?;
    let first = repo.granted_skill("pdf", "1.1.0")?;
    repo.commit(&alice, "Correct it", |tree| {
        without(tree, &first);
        tree.put_skill("pdf", "1.1.0", "Do it better.");
    })?;
    repo.decide(&bob, Approve, "skill/pdf", "1.1.0")?;
    repo.switch("main")?;
    repo.merge("work", Method::Merge, &alice)?;
    repo.check().passes().without("decision-dropped");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_branch_that_was_squashed_and_is_merged_later_changes_nothing() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("work")?;
    repo.commit(&alice, "1.1.0", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it better.");
    })?;
    repo.decide(&bob, Approve, "skill/pdf", "1.1.0")?;
    repo.switch("main")?;
    repo.merge("work", Method::Squash, &carol)?;
    repo.check().passes();
    repo.merge("work", Method::Merge, &carol)?;
    repo.check()
        .passes()
        .without("decision-replayed")
        .without("decision-dropped");
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn a_deprecation_that_was_answered_stays_answered_when_its_branch_is_merged_once_more() -> TestResult
{
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("stop")?;
    let no = repo.decide(&carol, Deprecate, "skill/pdf", "1.0.0")?;
    repo.switch("main")?;
    repo.land(&alice, &no)?;
    assert_eq!(repo.state("skill/pdf"), "deprecated");
    repo.wait(60);
    let again = repo
        .draft(Approve, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&no])
        .record();
    repo.land(&bob, &again)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.merge("stop", Method::Merge, &alice)?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check().passes();
    Ok(())
}

#[test]
fn an_older_approval_kept_back_clears_no_newer_deprecation() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    let kept_back = repo.draft(Approve, &alice, "skill/pdf", "1.0.0")?.record();
    let older = repo.draft(Approve, &bob, "skill/pdf", "1.0.0")?.record();
    repo.wait(3_600);
    repo.decide(&carol, Deprecate, "skill/pdf", "1.0.0")?;
    for record in [&kept_back, &older] {
        repo.land(&mallory(), record)?;
        assert_eq!(repo.state("skill/pdf"), "deprecated");
    }
    repo.wait(3_600);
    repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(
        repo.state("skill/pdf"),
        "approved",
        "one that was signed later clears it"
    );
    Ok(())
}

#[test]
fn a_change_that_brings_a_policy_and_an_approval_needs_both_policies_to_ask_for_the_approver()
-> TestResult {
    // On main Bob left first and approved afterwards. One merge brings both at once.
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let base = repo.head();
    repo.branch("long-ago")?;
    repo.switch("main")?;
    let first = repo.team_policy();
    repo.change_policy(&first, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    repo.decide(&bob, Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "draft");
    let (main, tree) = (repo.head(), repo.tree());
    repo.commit_tree(vec![base, main], tree, &mallory(), "Merge main")?;
    assert_eq!(repo.check().json()["policy_serial"], 2);
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn another_root_whose_own_policy_swallows_the_governed_line_is_a_fork() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    let main = repo.head();
    let usurper = countersign::demo::PolicyDraft::solo(&mallory());
    let mut tree = repo.tree();
    tree.put_policy(&usurper);
    let root = repo.commit_tree(
        Vec::new(),
        tree.clone(),
        &mallory(),
        "Govern this repository",
    )?;
    repo.commit_tree(vec![root, main], tree, &mallory(), "Merge")?;
    repo.check()
        .assert("fail", &[])
        .finding("policy-fork")
        .is("error");
    repo.check_with(&["--anchor", &main.to_string()])
        .assert("not-evaluated", &[]);
    Ok(())
}
