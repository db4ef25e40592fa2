//! Which branch is judged as what: the governed one as it is, every other as a change to it,
//! whatever that change says about itself.

use countersign_testkit::{Repo, TestResult};

/// A team's repository with an approved Skill, on a branch that changes it without approval.
fn on_a_branch() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    let alice = repo.alice.clone();
    repo.branch("change")?;
    repo.switch("change")?;
    repo.commit(&alice, "Do it otherwise", |tree| {
        tree.put_skill("pdf", "1.1.0", "Do it otherwise.");
    })?;
    Ok(repo)
}

#[test]
fn head_on_another_branch_is_judged_as_a_change_of_the_governed_one() -> TestResult {
    let repo = on_a_branch()?;
    let main = repo.git(&["rev-parse", "main"]);
    let check = repo.check();
    check.assert("waiting", &["unapproved-version"]);
    assert_eq!(check.json()["base"], main.trim());
    Ok(())
}

#[test]
fn a_branch_that_calls_itself_the_governed_one_is_still_a_change() -> TestResult {
    let mut repo = on_a_branch()?;
    let (alice, next) = (
        repo.alice.clone(),
        repo.team_policy().successor(&repo.tree()),
    );
    repo.commit(&alice, "Govern this branch instead", |tree| {
        tree.put_policy(&next);
        tree.edit("countersign.yaml", |text| {
            text.replace("branch: main", "branch: change")
        });
    })?;
    let main = repo.git(&["rev-parse", "main"]);
    let check = repo.check();
    assert_eq!(check.json()["base"], main.trim(), "{check}");
    assert_ne!(check.verdict(), "pass");
    Ok(())
}

#[test]
fn a_base_that_the_governed_branch_never_held_is_refused() -> TestResult {
    let mut repo = on_a_branch()?;
    let alice = repo.alice.clone();
    repo.branch("side")?;
    repo.switch("side")?;
    repo.commit(&alice, "Go on", |tree| tree.put("README.md", "more\n"))?;
    let check = repo.check_with(&["--base", "change"]);
    check.assert("not-evaluated", &["base-not-on-branch"]);
    assert_eq!(check.code(), 3);
    Ok(())
}

#[test]
fn the_branch_of_origin_counts_when_it_is_ahead() -> TestResult {
    let repo = on_a_branch()?;
    let main = repo.git(&["rev-parse", "main"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    repo.git(&["update-ref", "refs/heads/main", "main~1"]);
    assert_eq!(repo.check().json()["base"], main.trim());
    Ok(())
}
