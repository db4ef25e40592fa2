//! The first-parent line exchanged for another one, and history taken back.

use countersign::demo::{Authorship, Method, Person, PolicyDraft, Record};
use countersign::model::{DecisionKind, Digest, ObjectId};

use countersign_testkit::{Repo, TestResult};

/// What happened on the honest line after the attacker's branch left it.
struct Honest {
    repo: Repo,
    /// Its tip.
    tip: ObjectId,
    policy: PolicyDraft,
    digest: Digest,
}

/// Since the branch `long-ago`, the policy was changed: Bob is no owner any more.
fn with_a_policy_since() -> Result<Honest, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("long-ago")?;
    repo.switch("main")?;
    let first = repo.team_policy();
    let policy = repo.change_policy(&first, |policy| {
        policy.teams[0].1.retain(|name| name != "bob");
    })?;
    repo.check().passes();
    assert_eq!(repo.check().json()["policy_serial"], 2);
    let (tip, digest) = (repo.head(), repo.tree().policy_digest());
    Ok(Honest {
        repo,
        tip,
        policy,
        digest,
    })
}

/// Merges main into `long-ago` keeping its tree, and makes the result main.
fn swap(
    repo: &mut Repo,
    by: impl Into<Authorship>,
) -> Result<ObjectId, Box<dyn std::error::Error>> {
    let by = by.into();
    repo.switch("long-ago")?;
    repo.commit(by.clone(), "Docs", |tree| {
        tree.put("docs/guide.md", "Guide");
    })?;
    let swapped = repo.merge("main", Method::Ours, by)?;
    repo.switch("main")?;
    repo.reset(swapped)?;
    Ok(swapped)
}

#[test]
fn a_first_parent_line_swapped_by_a_merge_is_a_policy_fork_and_does_not_include_the_old_tip()
-> TestResult {
    let Honest { mut repo, tip, .. } = with_a_policy_since()?;
    let swapped = swap(&mut repo, &Person::new("bob"))?;
    let finding = repo
        .check()
        .assert("fail", &[])
        .finding("policy-fork")
        .is("error")
        .has("path", "countersign.yaml");
    finding.has("commit", &swapped.to_string());
    let checked = repo.check_with(&["--includes", &tip.to_string()]);
    checked
        .assert("fail", &["policy-fork"])
        .finding("includes-missing")
        .is("error");
    assert_eq!(checked.code(), 1);
    Ok(())
}

#[test]
fn a_policy_fork_fails_every_landing_from_there() -> TestResult {
    let Honest { mut repo, .. } = with_a_policy_since()?;
    let alice = repo.alice.clone();
    swap(&mut repo, &alice)?;
    for step in 0..3 {
        repo.commit(&alice, "Go on", |tree| {
            tree.put("docs/guide.md", format!("{step}"));
        })?;
        repo.check().assert("fail", &["policy-fork"]);
    }
    Ok(())
}

#[test]
fn a_policy_fork_ends_when_the_threshold_of_both_lines_rejects_one() -> TestResult {
    let Honest {
        mut repo, digest, ..
    } = with_a_policy_since()?;
    let [alice, _, carol] = repo.people();
    swap(&mut repo, &alice)?;
    for (by, settled) in [(&alice, false), (&carol, true)] {
        let record = repo
            .draft_for(
                DecisionKind::Reject,
                by,
                "policy/countersign",
                "2",
                Some(digest),
            )
            .record();
        repo.land(by, &record)?;
        let checked = repo.check();
        assert_eq!(
            checked
                .findings()
                .iter()
                .all(|finding| finding.rule() != "policy-fork"),
            settled,
            "{checked}"
        );
    }
    Ok(())
}

#[test]
fn the_honest_line_is_no_fork_and_includes_its_old_tip() -> TestResult {
    let Honest { mut repo, tip, .. } = with_a_policy_since()?;
    let alice = repo.alice.clone();
    repo.switch("long-ago")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    repo.switch("main")?;
    repo.merge("long-ago", Method::Merge, &alice)?;
    repo.check_with(&["--includes", &tip.to_string()])
        .passes()
        .without("policy-fork")
        .without("includes-missing");
    Ok(())
}

#[test]
fn a_candidate_that_would_swap_the_line_fails() -> TestResult {
    // The branch merged main and wants to become main by fast-forward; seen from the base it brings
    // the old policy back.
    let Honest { mut repo, .. } = with_a_policy_since()?;
    let alice = repo.alice.clone();
    repo.switch("long-ago")?;
    repo.merge("main", Method::Ours, &alice)?;
    let checked = repo.check_with(&["--base", "main"]);
    assert_eq!(checked.verdict(), "fail", "{checked}");
    Ok(())
}

#[test]
fn a_swapped_line_without_a_policy_change_does_not_include_the_old_tip_and_keeps_its_blocks()
-> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("long-ago")?;
    repo.switch("main")?;
    let block: Record = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let tip = repo.head();
    swap(&mut repo, &Person::new("mallory"))?;
    let checked = repo.check_with(&["--includes", &tip.to_string()]);
    checked
        .assert("fail", &["includes-missing", "blocked-version"])
        .finding_at("decision-dropped", &block.path);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_branch_forced_back_to_an_older_commit_does_not_include_the_old_tip() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let older = repo.head();
    repo.decide(&carol, DecisionKind::Revoke, "skill/pdf", "1.0.0")?;
    let tip = repo.head();
    repo.check().assert("fail", &["revoked-content"]);
    repo.reset(older)?;
    repo.check().passes();
    repo.check_with(&["--includes", &tip.to_string()])
        .assert("fail", &[])
        .finding("includes-missing")
        .is("error");
    repo.check_with(&["--includes", &older.to_string()])
        .passes();
    Ok(())
}

#[test]
fn a_commit_that_is_nowhere_is_not_included() -> TestResult {
    let mut repo = Repo::team();
    repo.granted_skill("pdf", "1.0.0")?;
    for missing in [
        "1111111111111111111111111111111111111111",
        "no-such-ref",
        "HEAD~99",
    ] {
        let output = repo.run(&["check", "--includes", missing]);
        assert_ne!(output.code, 0, "{output}");
        assert_ne!(output.code, 70, "{output}");
    }
    Ok(())
}

#[test]
fn a_policy_on_a_merged_branch_that_lacks_approvals_is_no_fork() -> TestResult {
    let mut repo = Repo::team();
    let [alice, _, carol] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("change")?;
    let next = repo
        .team_policy()
        .successor(&repo.tree())
        .with(|policy| policy.policy_changes = 1);
    repo.commit(&alice, "Policy 2", |tree| tree.put_policy(&next))?;
    repo.decide(&alice, DecisionKind::Approve, "policy/countersign", "2")?;
    repo.switch("main")?;
    repo.merge("change", Method::Ours, &carol)?;
    repo.check().passes().without("policy-fork");
    Ok(())
}

#[test]
fn a_fully_approved_policy_on_a_merged_branch_whose_merge_drops_it_is_a_fork() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, _] = repo.people();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.branch("change")?;
    let first = repo.team_policy();
    repo.change_policy(&first, |policy| policy.policy_changes = 1)?;
    repo.switch("main")?;
    repo.merge("change", Method::Ours, &bob)?;
    repo.check().assert("fail", &["policy-fork"]);
    // Merged in earnest, it would have come into force.
    let mut twin = Repo::team();
    twin.granted_skill("pdf", "1.0.0")?;
    twin.branch("change")?;
    twin.change_policy(&first, |policy| policy.policy_changes = 1)?;
    twin.switch("main")?;
    twin.merge("change", Method::Merge, &alice)?;
    twin.check().passes();
    assert_eq!(twin.check().json()["policy_serial"], 2);
    Ok(())
}

#[test]
fn the_policy_in_force_and_its_ancestors_on_a_merged_branch_are_no_fork() -> TestResult {
    let Honest {
        mut repo, policy, ..
    } = with_a_policy_since()?;
    let alice = repo.alice.clone();
    repo.branch("later")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/later.md", "Later"))?;
    repo.switch("main")?;
    repo.change_policy(&policy, |policy| {
        policy.more.push("retention: {decisions: 7y}".to_owned());
    })?;
    repo.merge("later", Method::Merge, &alice)?;
    repo.check().passes().without("policy-fork");
    assert_eq!(repo.check().json()["policy_serial"], 3);
    Ok(())
}
