//! Where governance began, and histories that began elsewhere.

use countersign::demo::{Person, PolicyDraft, Tree};
use countersign::git::write::Create;
use countersign::model::ObjectId;

use countersign_testkit::{Checked, Repo, TestResult};

/// Not evaluated because the anchor is not where the verifier says.
#[track_caller]
fn is_not_reached(checked: &Checked) {
    checked
        .assert("not-evaluated", &[])
        .finding("anchor-not-reached")
        .is("error");
    assert!([2, 3].contains(&checked.code()), "{checked}");
}

/// Mallory's own policy for the same repository.
fn mallorys(mallory: &Person) -> PolicyDraft {
    PolicyDraft::solo(mallory)
}

fn governed() -> Result<(Repo, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let anchor = repo.head();
    repo.granted_skill("pdf", "1.0.0")?;
    Ok((repo, anchor))
}

#[test]
fn the_pinned_anchor_of_an_honest_history_is_reached_and_said_to_be_pinned() -> TestResult {
    let (repo, anchor) = governed()?;
    let checked = repo.check_with(&["--anchor", &anchor.to_string()]);
    checked.passes().without("anchor-not-pinned");
    assert_eq!(
        (&checked.json()["anchor"], &checked.json()["anchor_pinned"]),
        (&anchor.to_string().into(), &true.into())
    );
    Ok(())
}

#[test]
fn a_verifier_who_pins_no_anchor_is_told_so() -> TestResult {
    let (repo, anchor) = governed()?;
    let checked = repo.check();
    let finding = checked.passes().finding("anchor-not-pinned");
    assert_ne!(finding.severity(), "error");
    assert_eq!(
        (&checked.json()["anchor"], &checked.json()["anchor_pinned"]),
        (&anchor.to_string().into(), &false.into())
    );
    Ok(())
}

#[test]
fn a_later_landing_pinned_as_anchor_is_an_error_and_not_a_later_start() -> TestResult {
    let (repo, _) = governed()?;
    let checked = repo.check_with(&["--anchor", &repo.head().to_string()]);
    is_not_reached(&checked);
    Ok(())
}

#[test]
fn a_landing_from_before_governance_pinned_as_anchor_is_an_error() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let before = repo.commit(&alice, "Begin", |tree| tree.put("README.md", "Hello"))?;
    let policy = repo.team_policy();
    let anchor = repo.commit(&alice, "Govern", |tree| tree.put_policy(&policy))?;
    is_not_reached(&repo.check_with(&["--anchor", &before.to_string()]));
    repo.check_with(&["--anchor", &anchor.to_string()]).passes();
    Ok(())
}

#[test]
fn a_history_with_a_second_root_in_place_of_the_first_does_not_reach_the_anchor() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let mallory = Person::new("mallory");
    let mut tree = repo.tree();
    tree.put_policy(&mallorys(&mallory));
    tree.remove("approvals");
    repo.commit_tree(Vec::new(), tree, &mallory, "Begin anew")?;
    is_not_reached(&repo.check_with(&["--anchor", &anchor.to_string()]));
    // Nobody who pins nothing can tell, and is told that.
    repo.check().finding("anchor-not-pinned");
    Ok(())
}

#[test]
fn a_second_root_that_merges_the_honest_history_does_not_reach_the_anchor() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let mallory = Person::new("mallory");
    let honest = repo.head();
    let mut tree = repo.tree();
    tree.put_policy(&mallorys(&mallory));
    let root = repo.commit_tree(Vec::new(), tree.clone(), &mallory, "Begin anew")?;
    repo.commit_tree(vec![root, honest], tree, &mallory, "Merge the old history")?;
    is_not_reached(&repo.check_with(&["--anchor", &anchor.to_string()]));
    Ok(())
}

#[test]
fn an_unrelated_history_merged_in_as_second_parent_has_no_say() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let [alice, ..] = repo.people();
    let mallory = Person::new("mallory");
    let honest = (repo.head(), repo.tree());
    repo.switch("unrelated")?;
    let mut tree = Tree::default();
    tree.put_policy(&mallorys(&mallory));
    tree.put_skill("evil", "1.0.0", "Send it.");
    repo.commit_tree(Vec::new(), tree, &mallory, "Another world")?;
    repo.approve(&mallory, "evil", "1.0.0")?;
    let theirs = repo.head();
    let mut merged = honest.1.clone();
    for (path, file) in repo.tree().files() {
        if path != b"countersign.yaml" {
            merged.set(path, file.clone());
        }
    }
    repo.switch("main")?;
    repo.commit_tree(
        vec![honest.0, theirs],
        merged,
        &alice,
        "Merge another world",
    )?;
    let checked = repo.check_with(&["--anchor", &anchor.to_string()]);
    checked
        .assert("fail", &["unapproved-version", "principal-unknown"])
        .without("policy-fork");
    assert_eq!(
        (repo.state("skill/evil"), repo.state("skill/pdf")),
        ("draft".to_owned(), "approved".to_owned())
    );
    Ok(())
}

#[test]
fn an_unrelated_history_merged_in_with_nothing_governed_changes_nothing() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let alice = repo.alice.clone();
    let honest = (repo.head(), repo.tree());
    repo.switch("unrelated")?;
    let mut tree = Tree::default();
    tree.put("docs/history.md", "Another project's.");
    let theirs = repo.commit_tree(Vec::new(), tree, &Person::new("dave"), "Another world")?;
    let mut merged = honest.1.clone();
    merged.put("docs/history.md", "Another project's.");
    repo.switch("main")?;
    repo.commit_tree(
        vec![honest.0, theirs],
        merged,
        &alice,
        "Merge another world",
    )?;
    repo.check_with(&["--anchor", &anchor.to_string()]).passes();
    Ok(())
}

#[test]
fn an_anchor_that_only_a_second_parent_reaches_is_not_on_the_line() -> TestResult {
    // Governance was introduced on a branch; the landing that brought it is the merge.
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Begin", |tree| tree.put("README.md", "Hello"))?;
    repo.branch("govern")?;
    let policy = repo.team_policy();
    let on_branch = repo.commit(&alice, "Govern", |tree| tree.put_policy(&policy))?;
    repo.switch("main")?;
    repo.commit(&alice, "Meanwhile", |tree| tree.put("a", "a"))?;
    let merge = repo.merge("govern", countersign::demo::Method::Merge, &alice)?;
    is_not_reached(&repo.check_with(&["--anchor", &on_branch.to_string()]));
    let checked = repo.check_with(&["--anchor", &merge.to_string()]);
    checked.passes();
    Ok(())
}

#[test]
fn an_anchor_that_is_no_commit_is_never_a_pass() -> TestResult {
    let (repo, _) = governed()?;
    for anchor in [
        "1111111111111111111111111111111111111111",
        "no-such-ref",
        "HEAD^{tree}",
        "",
    ] {
        let output = repo.run(&["check", "--anchor", anchor]);
        assert!([2, 3].contains(&output.code), "{output}");
    }
    Ok(())
}

#[test]
fn a_policy_deleted_and_brought_back_does_not_move_the_anchor() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let mallory = Person::new("mallory");
    repo.commit(&mallory, "Delete the policy", |tree| {
        assert!(tree.remove("countersign.yaml"));
    })?;
    repo.check().assert("fail", &["policy-missing"]);
    repo.commit(&mallory, "A new one", |tree| {
        tree.put_policy(&mallorys(&mallory));
    })?;
    let checked = repo.check();
    checked.assert("fail", &[]);
    assert_eq!(checked.json()["anchor"], anchor.to_string());
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn an_invalid_or_irregular_policy_is_no_anchor() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "A link", |tree| {
        tree.put(
            "real.yaml",
            PolicyDraft::solo(&Person::new("mallory")).text(),
        );
        tree.link("countersign.yaml", "real.yaml");
    })?;
    let output = repo.run(&["check"]);
    assert_eq!(output.code, 2, "{output}");
    repo.commit(&alice, "Rubbish", |tree| {
        tree.put(
            "countersign.yaml",
            "schema: countersign.policy/v1\nserial: many\n",
        );
    })?;
    let checked = repo.check();
    checked.assert("not-evaluated", &[]);
    assert_eq!(checked.code(), 2);
    let policy = repo.team_policy();
    let anchor = repo.commit(&alice, "Govern", |tree| tree.put_policy(&policy))?;
    let checked = repo.check();
    checked.passes();
    assert_eq!(checked.json()["anchor"], anchor.to_string());
    Ok(())
}

#[test]
fn a_repository_that_nobody_governs_is_said_to_be_so() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Begin", |tree| {
        tree.put_skill("pdf", "1.0.0", "Read.");
    })?;
    let output = repo.run(&["check"]);
    assert_eq!(output.code, 2, "{output}");
    Ok(())
}

#[test]
fn a_repository_without_a_commit_and_a_folder_without_a_repository_are_no_pass() {
    let repo = Repo::empty();
    assert_eq!(repo.run(&["check"]).code, 2);
    let output = repo.run_in(repo.beside(), &["check"]);
    assert!([2, 3].contains(&output.code), "{output}");
}

#[test]
fn a_bare_clone_and_a_detached_head_give_the_same_answer() -> TestResult {
    let (repo, anchor) = governed()?;
    let plain = repo.check_with(&["--anchor", &anchor.to_string()]);
    let bare = repo.beside().join("bare.git");
    repo.git(&[
        "clone",
        "--quiet",
        "--bare",
        ".",
        bare.to_str().expect("a plain name"),
    ]);
    let cloned = repo.check_in(&bare, &["--anchor", &anchor.to_string()]);
    assert_eq!(plain.json(), cloned.json());
    repo.writer().detach_head(repo.head())?;
    let detached = repo.check_with(&["--anchor", &anchor.to_string()]);
    assert_eq!(detached.verdict(), "pass", "{detached}");
    Ok(())
}

#[test]
fn a_tag_or_a_file_with_the_name_of_the_branch_misleads_nobody() -> TestResult {
    let (mut repo, anchor) = governed()?;
    let [alice, _, carol] = repo.people();
    let before = repo.check();
    repo.writer().set_ref("refs/tags/main", anchor)?;
    repo.writer().set_ref("refs/heads/HEAD", anchor)?;
    assert_eq!(before.json(), repo.check().json());
    repo.decide(
        &carol,
        countersign::model::DecisionKind::Block,
        "skill/pdf",
        "all",
    )?;
    repo.branch("change")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    // The base is the branch, not the tag of the same name from before the block.
    let checked = repo.check_with(&["--base", "main"]);
    assert_ne!(checked.json()["base"], anchor.to_string(), "{checked}");
    Ok(())
}

#[test]
fn an_anchor_in_a_repository_of_the_other_object_format_is_not_reached() -> TestResult {
    let (_, foreign) = governed()?;
    let mut repo = Repo::team_as(
        &Create {
            format: countersign::git::ObjectFormat::Sha256,
            ..Create::default()
        },
        |policy| policy,
        |_| (),
    );
    repo.granted_skill("pdf", "1.0.0")?;
    let output = repo.run(&["check", "--anchor", &foreign.to_string()]);
    assert!([2, 3].contains(&output.code), "{output}");
    Ok(())
}
