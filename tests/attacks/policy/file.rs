//! What happens to the policy's file: deleted, renamed, replaced by a link, doubled. The old one
//! stays in force.

use countersign::demo::Tree;
use countersign::demo::tree::SUBMODULE;
use countersign::model::DecisionKind;

use countersign_testkit::adoption::{POLICY_PATH, adopt_by_both};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Checked, Repo, TestResult};

/// Asserts that after `change` the old policy is in force, that everything is still governed, and
/// that `rule` finds the file at `path`.
#[track_caller]
fn stays_in_force(
    rule: &str,
    path: &str,
    change: impl FnOnce(&Repo, &mut Tree),
) -> Result<Checked, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let (alice, bob, before) = (repo.alice.clone(), repo.bob.clone(), policy_digest(&repo));
    let mut tree = repo.tree();
    change(&repo, &mut tree);
    let head = repo.head();
    repo.commit_tree(vec![head], tree, &alice, "Change the policy's file")?;
    let checked = repo.check();
    checked.assert("fail", &[rule]);
    assert_eq!(checked.code(), 1, "{checked}");
    checked.finding(rule).is("error").has("path", path);
    assert_eq!((serial(&repo), policy_digest(&repo)), (1, before));
    assert_eq!(repo.state("skill/pdf"), "approved");
    // What is decided under it counts.
    repo.commit(&alice, "Add docx", |tree| {
        tree.put_skill("docx", "1.0.0", "Write.");
    })?;
    assert_eq!(repo.state("skill/docx"), "draft");
    repo.decide(&bob, DecisionKind::Approve, "skill/docx", "1.0.0")?;
    assert_eq!(repo.state("skill/docx"), "approved");
    repo.check().assert("fail", &[rule]);
    Ok(checked)
}

#[test]
fn a_deleted_policy_stays_in_force() -> TestResult {
    stays_in_force("policy-missing", POLICY_PATH, |_, tree| {
        tree.remove(POLICY_PATH);
    })?;
    Ok(())
}

#[test]
fn a_renamed_policy_stays_in_force() -> TestResult {
    stays_in_force("policy-missing", POLICY_PATH, |_, tree| {
        tree.rename(POLICY_PATH, "policies/countersign.yaml");
    })?;
    Ok(())
}

#[test]
fn a_policy_renamed_to_another_suffix_stays_in_force() -> TestResult {
    stays_in_force("policy-missing", POLICY_PATH, |_, tree| {
        tree.rename(POLICY_PATH, "countersign.yml");
    })?;
    Ok(())
}

#[test]
fn a_policy_replaced_by_a_symlink_stays_in_force() -> TestResult {
    stays_in_force("policy-irregular", POLICY_PATH, |_, tree| {
        tree.rename(POLICY_PATH, "elsewhere.yaml");
        tree.link(POLICY_PATH, "elsewhere.yaml");
    })?;
    Ok(())
}

#[test]
fn a_policy_replaced_by_a_submodule_stays_in_force() -> TestResult {
    stays_in_force("policy-irregular", POLICY_PATH, |repo, tree| {
        tree.put_object(POLICY_PATH, SUBMODULE, repo.head());
    })?;
    Ok(())
}

#[test]
fn a_policy_replaced_by_a_folder_stays_in_force() -> TestResult {
    stays_in_force("policy-irregular", POLICY_PATH, |_, tree| {
        tree.remove(POLICY_PATH);
        tree.put("countersign.yaml/countersign.yaml", "serial: 2\n");
    })?;
    Ok(())
}

#[test]
fn a_second_policy_differing_in_case_is_found_and_the_first_stays_in_force() -> TestResult {
    for second in ["Countersign.yaml", "COUNTERSIGN.YAML", "countersign.YAML"] {
        let mut repo = Repo::team();
        let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
        let other = repo
            .team_policy()
            .with(|draft| draft.serial = 2)
            .line("unapproved: allow")
            .text();
        repo.commit(&alice, "A second policy", |tree| tree.put(second, other))?;
        let checked = repo.check();
        checked
            .assert("fail", &["policy-irregular"])
            .finding("policy-irregular")
            .is("error")
            .says(second);
        assert_eq!(policy_digest(&repo), before);
    }
    Ok(())
}

#[test]
fn a_deleted_policy_comes_back_only_as_it_was_or_by_a_change() -> TestResult {
    let mut repo = Repo::team();
    let (alice, first) = (repo.alice.clone(), repo.team_policy());
    repo.commit(&alice, "Delete the policy", |tree| {
        tree.remove(POLICY_PATH);
    })?;
    repo.commit(&alice, "Another one", |tree| {
        tree.put_policy(&first.clone().line("unapproved: allow"));
    })?;
    assert_ne!(repo.check().verdict(), "pass");
    repo.commit(&alice, "As it was", |tree| tree.put_policy(&first))?;
    repo.check().passes();
    let draft = first
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &draft)?;
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn a_repository_whose_first_policy_is_a_symlink_is_not_governed() -> TestResult {
    let mut repo = Repo::empty();
    let (alice, text) = (repo.alice.clone(), repo.team_policy().text());
    repo.commit(&alice, "Govern this repository", |tree| {
        tree.put("elsewhere.yaml", text);
        tree.link(POLICY_PATH, "elsewhere.yaml");
    })?;
    let checked = repo.check();
    checked.assert("not-evaluated", &[]);
    assert_eq!(checked.code(), 2);
    Ok(())
}

#[test]
fn the_candidate_that_deletes_the_policy_fails() -> TestResult {
    let mut repo = Repo::team();
    let alice = repo.alice.clone();
    repo.branch("delete")?;
    repo.commit(&alice, "Delete the policy", |tree| {
        tree.remove(POLICY_PATH);
    })?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &["policy-missing"]);
    Ok(())
}
