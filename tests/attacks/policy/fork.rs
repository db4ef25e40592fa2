//! Two fully approved policies that replace the same one: every landing fails until the threshold of both lines rejects one of them.

use countersign::demo::{Method, PolicyDraft};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::adoption::{POLICY, adopt, adopt_by_both};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// Main has one second policy in force, the branch `other` another, both approved by Alice and Carol.
fn two_lines() -> Result<(Repo, PolicyDraft, Digest), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let base = repo.head();
    let (ours, theirs) = (
        repo.team_policy().successor(&repo.tree()).line("retention: {decisions: 7y}"),
        repo.team_policy().successor(&repo.tree()).line("unapproved: allow"),
    );
    adopt_by_both(&mut repo, &ours)?;
    repo.branch_at("other", base)?;
    adopt_by_both(&mut repo, &theirs)?;
    let digest = repo.tree().policy_digest();
    repo.switch("main")?;
    assert_eq!(serial(&repo), 2);
    Ok((repo, ours, digest))
}

#[test]
fn a_fully_approved_policy_of_another_line_is_a_fork() -> TestResult {
    let (mut repo, _, _) = two_lines()?;
    let (alice, before) = (repo.alice.clone(), policy_digest(&repo));
    let landing = repo.merge("other", Method::Ours, &alice)?;
    let checked = repo.check();
    checked.assert("fail", &["policy-fork"]);
    assert_eq!(checked.code(), 1);
    checked.finding("policy-fork").is("error").has("commit", &landing.to_string());
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn every_landing_fails_from_a_fork_on() -> TestResult {
    let (mut repo, _, _) = two_lines()?;
    let alice = repo.alice.clone();
    repo.merge("other", Method::Ours, &alice)?;
    repo.commit(&alice, "Write a page", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.check().assert("fail", &["policy-fork"]);
    repo.branch("work")?;
    repo.commit(&alice, "Write another", |tree| tree.put("README.md", "Good morning.\n"))?;
    repo.check_with(&["--base", "main"]).assert("fail", &["policy-fork"]);
    Ok(())
}

#[test]
fn the_thresholds_of_both_lines_end_a_fork_by_rejecting_one() -> TestResult {
    let (mut repo, _, other) = two_lines()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.merge("other", Method::Ours, &alice)?;
    for (by, ended) in [(&alice, false), (&carol, true)] {
        let record = repo.draft_for(DecisionKind::Reject, by, POLICY, "2", Some(other)).record();
        repo.land(by, &record)?;
        let checked = repo.check();
        if ended {
            checked.passes().without("policy-fork");
        } else {
            checked.assert("fail", &["policy-fork"]);
        }
    }
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn who_administrates_nothing_ends_no_fork() -> TestResult {
    let (mut repo, _, other) = two_lines()?;
    let (alice, bob) = (repo.alice.clone(), repo.bob.clone());
    repo.merge("other", Method::Ours, &alice)?;
    for by in [&alice, &bob] {
        let record = repo.draft_for(DecisionKind::Reject, by, POLICY, "2", Some(other)).record();
        repo.land(by, &record)?;
    }
    repo.check().assert("fail", &["policy-fork"]);
    Ok(())
}

#[test]
fn a_history_whose_first_parent_line_was_swapped_is_a_fork() -> TestResult {
    // A branch from long ago becomes the line, and the main line a merged parent.
    let mut repo = Repo::team();
    let (alice, base) = (repo.alice.clone(), repo.head());
    let draft = repo.team_policy().successor(&repo.tree()).line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &draft)?;
    let main = repo.head();
    repo.branch_at("swapped", base)?;
    repo.commit(&alice, "Long ago", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.merge("main", Method::Ours, &alice)?;
    let tip = repo.head();
    repo.switch("main")?;
    repo.reset(tip)?;
    let checked = repo.check();
    checked.assert("fail", &["policy-fork"]);
    repo.check_with(&["--includes", &main.to_string()]).assert("fail", &["includes-missing"]);
    Ok(())
}

#[test]
fn a_branch_that_took_in_the_policy_in_force_is_no_fork() -> TestResult {
    let mut repo = Repo::team();
    let (alice, base) = (repo.alice.clone(), repo.head());
    repo.branch_at("work", base)?;
    repo.commit(&alice, "Work", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.switch("main")?;
    let second = repo.team_policy().successor(&repo.tree()).line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &second)?;
    repo.switch("work")?;
    repo.merge("main", Method::Merge, &alice)?;
    repo.switch("main")?;
    let third = second.successor(&repo.tree()).line("unapproved: allow");
    adopt_by_both(&mut repo, &third)?;
    repo.merge("work", Method::Merge, &alice)?;
    repo.check().passes().without("policy-fork");
    assert_eq!(serial(&repo), 3);
    Ok(())
}

#[test]
fn a_policy_of_another_line_that_was_not_fully_approved_is_no_fork() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol, base) = (repo.alice.clone(), repo.carol.clone(), repo.head());
    let ours = repo.team_policy().successor(&repo.tree()).line("retention: {decisions: 7y}");
    let theirs = repo.team_policy().successor(&repo.tree()).line("unapproved: allow");
    adopt(&mut repo, &ours, &[&alice, &carol])?;
    repo.branch_at("other", base)?;
    adopt(&mut repo, &theirs, &[&alice])?;
    repo.switch("main")?;
    repo.merge("other", Method::Ours, &alice)?;
    repo.check().without("policy-fork");
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn the_branch_that_brings_the_next_policy_is_no_fork() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.branch("policy")?;
    let second = repo.team_policy().successor(&repo.tree()).line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &second)?;
    repo.switch("main")?;
    repo.merge("policy", Method::Merge, &carol)?;
    repo.check().passes().without("policy-fork");
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn approvals_dropped_by_the_merge_make_a_fork_all_the_same() -> TestResult {
    // The other line's records never lie in our tree: `-s ours` drops them with the policy.
    let (mut repo, _, _) = two_lines()?;
    let alice = repo.alice.clone();
    repo.merge("other", Method::Ours, &alice)?;
    let serial_two: Vec<_> = repo.tree().files().keys().filter(|path| path.starts_with(b"approvals/policy/")).cloned().collect();
    assert_eq!(serial_two.len(), 4, "only our two approvals and their signatures: {serial_two:?}");
    repo.check().assert("fail", &["policy-fork"]);
    Ok(())
}
