//! Forks that arrive in pieces: through several merges, or with a policy file that stays as it was.

use countersign::demo::{Method, PolicyDraft};
use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::adoption::{POLICY, policy_approvals};
use countersign_testkit::views::serial;
use countersign_testkit::{Repo, TestResult};

/// A branch `swapped` from before the second policy, which main proposed in one landing and
/// approved in the next. HEAD is on the branch.
fn swapped() -> Result<(Repo, PolicyDraft, ObjectId), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let (alice, carol, base) = (repo.alice.clone(), repo.carol.clone(), repo.head());
    let second = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    repo.wait(40 * 86_400);
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&second))?;
    let proposed = repo.head();
    let tree = repo.tree();
    for record in policy_approvals(&repo, &tree, 2, &[&alice, &carol]) {
        repo.land(&alice, &record)?;
    }
    assert_eq!(serial(&repo), 2);
    repo.branch_at("swapped", base)?;
    Ok((repo, second, proposed))
}

/// The branch becomes main; every landing from there fails.
#[track_caller]
fn is_a_fork(repo: &mut Repo) -> TestResult {
    let (tip, alice) = (repo.head(), repo.alice.clone());
    repo.switch("main")?;
    repo.reset(tip)?;
    let checked = repo.check();
    checked
        .assert("fail", &["policy-fork"])
        .finding("policy-fork")
        .is("error");
    assert_eq!(checked.code(), 1);
    repo.commit(&alice, "Go on", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.check().assert("fail", &["policy-fork"]);
    Ok(())
}

#[test]
fn a_fork_whose_policy_and_approvals_arrive_through_two_merges_is_found() -> TestResult {
    let (mut repo, _, proposed) = swapped()?;
    let alice = repo.alice.clone();
    let main = repo.tip("main")?;
    for parent in [proposed, main] {
        let (head, tree) = (repo.head(), repo.tree());
        repo.commit_tree(vec![head, parent], tree, &alice, "Merge, keeping ours")?;
    }
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_whose_policy_is_in_the_merge_and_is_undone_later_is_found() -> TestResult {
    let (mut repo, second, _) = swapped()?;
    let alice = repo.alice.clone();
    let first = repo.tree();
    let (head, main, mut tree) = (repo.head(), repo.tip("main")?, repo.tree());
    tree.put_policy(&second);
    repo.commit_tree(
        vec![head, main],
        tree,
        &alice,
        "Merge the file, not its approvals",
    )?;
    repo.commit(&alice, "Take it back", |tree| {
        tree.put("countersign.yaml", first.text("countersign.yaml"));
    })?;
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_that_keeps_the_old_policy_file_is_found() -> TestResult {
    // Everything of main is merged, the approvals of its policy too, but `countersign.yaml` stays
    // the old one.
    let (mut repo, ..) = swapped()?;
    let alice = repo.alice.clone();
    let first = repo.tree();
    let (head, main) = (repo.head(), repo.tip("main")?);
    let mut tree = repo.tree_of(main);
    tree.put("countersign.yaml", first.text("countersign.yaml"));
    repo.commit_tree(vec![head, main], tree, &alice, "Merge all but the policy")?;
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_whose_approvals_arrive_before_its_policy_is_found() -> TestResult {
    let (mut repo, second, _) = swapped()?;
    let (alice, carol, head) = (repo.alice.clone(), repo.carol.clone(), repo.head());
    let mut proposal = repo.tree();
    proposal.put_policy(&second);
    let records = policy_approvals(&repo, &proposal, 2, &[&alice, &carol]);
    repo.branch("votes")?;
    for record in &records {
        repo.land(&alice, record)?;
    }
    let votes = repo.head();
    repo.branch_at("text", head)?;
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&second))?;
    let text = repo.head();
    repo.switch("swapped")?;
    for parent in [votes, text] {
        let (head, tree) = (repo.head(), repo.tree());
        repo.commit_tree(vec![head, parent], tree, &alice, "Merge, keeping ours")?;
    }
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_by_administrators_suspended_on_this_line_is_found() -> TestResult {
    // Carol is suspended here; on the other line, which she never left, the change took effect.
    // Both claim to be the line.
    let (mut repo, ..) = swapped()?;
    let alice = repo.alice.clone();
    repo.decide(&alice, DecisionKind::Block, "principal/carol", "all")?;
    repo.merge("main", Method::Ours, &alice)?;
    is_a_fork(&mut repo)
}

#[test]
fn a_suspended_administrator_ends_no_fork() -> TestResult {
    let (mut repo, second, _) = swapped()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.merge("main", Method::Ours, &alice)?;
    let mut other = repo.tree();
    other.put_policy(&second);
    let digest = Some(other.policy_digest());
    let early = repo
        .draft_for(DecisionKind::Reject, &carol, POLICY, "2", digest)
        .record();
    repo.land(&carol, &early)?;
    repo.decide(&alice, DecisionKind::Block, "principal/carol", "all")?;
    let mine = repo
        .draft_for(DecisionKind::Reject, &alice, POLICY, "2", digest)
        .record();
    repo.land(&alice, &mine)?;
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_whose_merge_is_dated_long_before_its_approvals_is_found() -> TestResult {
    let (mut repo, ..) = swapped()?;
    let alice = repo.alice.clone();
    let (head, main, tree) = (repo.head(), repo.tip("main")?, repo.tree());
    repo.commit_tree(
        vec![head, main],
        tree,
        alice.signed().dated("946684800 +0000"),
        "Merge, keeping ours",
    )?;
    is_a_fork(&mut repo)
}

#[test]
fn a_policy_that_replaced_a_rival_stays_one_when_the_rival_comes_into_force_here() -> TestResult {
    let (mut repo, second, _) = swapped()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    // On main a third policy follows the second, and is in force.
    repo.switch("main")?;
    let third = second.successor(&repo.tree()).line("unapproved: allow");
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&third))?;
    let tree = repo.tree();
    for record in policy_approvals(&repo, &tree, 3, &[&alice, &carol]) {
        repo.land(&alice, &record)?;
    }
    assert_eq!(serial(&repo), 3);
    // On the branch everything of main arrives at once, then the second policy's file is put back:
    // its approvals are all there.
    repo.switch("swapped")?;
    let (head, main) = (repo.head(), repo.tip("main")?);
    let tree = repo.tree_of(main);
    repo.commit_tree(vec![head, main], tree, &alice, "Merge main")?;
    repo.commit(&alice, "Go back", |tree| tree.put_policy(&second))?;
    is_a_fork(&mut repo)
}

#[test]
fn a_fork_whose_policy_was_proposed_before_the_lines_parted_is_found() -> TestResult {
    // The branch begins where the second policy is proposed. The merge brings its approvals, and
    // takes its file back.
    let (mut repo, _, proposed) = swapped()?;
    let (alice, main) = (repo.alice.clone(), repo.tip("main")?);
    let first = repo.tree();
    repo.reset(proposed)?;
    let mut tree = repo.tree_of(main);
    tree.put("countersign.yaml", first.text("countersign.yaml"));
    repo.commit_tree(
        vec![proposed, main],
        tree,
        &alice,
        "Merge all but the policy",
    )?;
    is_a_fork(&mut repo)
}
