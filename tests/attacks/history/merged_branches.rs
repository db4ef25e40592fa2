//! Honest people merge pull requests that were stacked, and branches that took something back.

use countersign::demo::Method;
use countersign::model::DecisionKind::{Block, Unblock};

use super::crafted::{ALPHA, Crafted, put};
use super::updated_branches::view;
use countersign_testkit::{TestResult, decide, sit};

#[test]
fn the_second_of_two_stacked_pull_requests_takes_nothing_back_though_the_first_was_squashed()
-> TestResult {
    let mut repo = Crafted::new();
    let [_, bob, carol] = repo.people();
    let dave = repo.dave.clone();
    repo.lands("1.0.0")?;
    repo.branch("first")?;
    repo.fixes(&["bob"])?;
    repo.branch("second")?;
    repo.commit(&dave, "Feature", |tree| tree.put("docs/feature.md", "New."))?;
    repo.switch("main")?;
    repo.merge("first", Method::Squash, &dave)?;
    let block = repo.decide(&carol, Block, ALPHA, "1.0.0")?;
    repo.answer(&bob, Unblock, "1.0.0", &block)?;
    repo.check().passes();
    let before = view(&repo);
    repo.switch("second")?;
    repo.merge("main", Method::Merge, &dave)?;
    repo.check_with(&["--base", "main"]).passes();
    repo.switch("main")?;
    repo.merge("second", Method::Merge, &dave)?;
    repo.check().passes();
    assert_eq!(view(&repo), before);
    Ok(())
}

#[test]
fn a_version_that_its_branch_took_back_is_missed_until_an_owner_rejects_it() -> TestResult {
    let mut repo = Crafted::new();
    let dave = repo.dave.clone();
    repo.lands("1.0.0")?;
    repo.branch("feature")?;
    let vote = repo.lands("2.0.0")?;
    repo.commit(&dave, "Take it back", |tree| {
        tree.remove(&vote.path);
        tree.remove(format!("{}.sig", vote.path));
    })?;
    repo.commit(&dave, "Go back", |tree| put(tree, "1.0.0"))?;
    repo.commit(&dave, "Feature", |tree| tree.put("docs/feature.md", "New."))?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &["decision-dropped"]);
    repo.switch("main")?;
    repo.merge("feature", Method::Merge, &dave)?;
    repo.check().assert("fail", &["decision-dropped"]);
    repo.checkout()?;
    sit(&repo, "alice");
    decide(&repo, "reject", "skill/alpha@2.0.0", "x");
    repo.check().passes();
    assert_eq!(repo.current(ALPHA), "1.0.0");
    Ok(())
}
