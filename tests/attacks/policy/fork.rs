//! Two fully approved policies that replace the same one: every landing fails until the threshold
//! of both lines rejects one of them.

use countersign::demo::{Method, Person, PolicyDraft, Record};
use countersign::model::{DecisionKind, Digest};

use countersign_testkit::adoption::{POLICY, adopt, adopt_by_both};
use countersign_testkit::views::{policy_digest, serial};
use countersign_testkit::{Repo, TestResult};

/// Main has one second policy in force, the branch `other` another, both approved by Alice and
/// Carol.
fn two_lines() -> Result<(Repo, PolicyDraft, Digest), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let base = repo.head();
    let (ours, theirs) = (
        repo.team_policy()
            .successor(&repo.tree())
            .line("retention: {decisions: 7y}"),
        repo.team_policy()
            .successor(&repo.tree())
            .line("unapproved: allow"),
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
    checked
        .finding("policy-fork")
        .is("error")
        .has("commit", &landing.to_string());
    assert_eq!(policy_digest(&repo), before);
    Ok(())
}

#[test]
fn every_landing_fails_from_a_fork_on() -> TestResult {
    let (mut repo, _, _) = two_lines()?;
    let alice = repo.alice.clone();
    repo.merge("other", Method::Ours, &alice)?;
    repo.commit(&alice, "Write a page", |tree| {
        tree.put("README.md", "Hello.\n");
    })?;
    repo.check().assert("fail", &["policy-fork"]);
    repo.branch("work")?;
    repo.commit(&alice, "Write another", |tree| {
        tree.put("README.md", "Good morning.\n");
    })?;
    repo.check_with(&["--base", "main"])
        .assert("fail", &["policy-fork"]);
    Ok(())
}

#[test]
fn the_thresholds_of_both_lines_end_a_fork_by_rejecting_one() -> TestResult {
    let (mut repo, _, other) = two_lines()?;
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    repo.merge("other", Method::Ours, &alice)?;
    for (by, ended) in [(&alice, false), (&carol, true)] {
        let record = repo
            .draft_for(DecisionKind::Reject, by, POLICY, "2", Some(other))
            .record();
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
        let record = repo
            .draft_for(DecisionKind::Reject, by, POLICY, "2", Some(other))
            .record();
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
    let draft = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
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
    repo.check_with(&["--includes", &main.to_string()])
        .assert("fail", &["includes-missing"]);
    Ok(())
}

#[test]
fn a_branch_that_took_in_the_policy_in_force_is_not_a_fork() -> TestResult {
    let mut repo = Repo::team();
    let (alice, base) = (repo.alice.clone(), repo.head());
    repo.branch_at("work", base)?;
    repo.commit(&alice, "Work", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.switch("main")?;
    let second = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &second)?;
    repo.switch("work")?;
    repo.merge("main", Method::Merge, &alice)?;
    repo.switch("main")?;
    let third = second.successor(&repo.tree()).line("unapproved: allow");
    adopt_by_both(&mut repo, &third)?;
    repo.merge("work", Method::Merge, &alice)?;
    repo.check().passes().without("policy-fork");
    Ok(())
}

#[test]
fn a_policy_of_another_line_that_was_not_fully_approved_is_not_a_fork() -> TestResult {
    let mut repo = Repo::team();
    let (alice, carol, base) = (repo.alice.clone(), repo.carol.clone(), repo.head());
    let ours = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let theirs = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
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
fn the_branch_that_brings_the_next_policy_is_not_a_fork() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.branch("policy")?;
    let second = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    adopt_by_both(&mut repo, &second)?;
    repo.switch("main")?;
    repo.merge("policy", Method::Merge, &carol)?;
    repo.check().passes().without("policy-fork");
    assert_eq!(serial(&repo), 2);
    Ok(())
}

#[test]
fn approvals_dropped_by_the_merge_still_make_a_fork() -> TestResult {
    // The other line's records are never in our tree: `-s ours` drops them with the policy.
    let (mut repo, _, _) = two_lines()?;
    let alice = repo.alice.clone();
    repo.merge("other", Method::Ours, &alice)?;
    let serial_two: Vec<_> = repo
        .tree()
        .files()
        .keys()
        .filter(|path| path.starts_with(b"approvals/policy/"))
        .cloned()
        .collect();
    assert_eq!(
        serial_two.len(),
        4,
        "only our two approvals and their signatures: {serial_two:?}"
    );
    repo.check().assert("fail", &["policy-fork"]);
    Ok(())
}

/// Main has the first policy in force. The branch `other` replaced it twice: the second policy
/// makes `new` an administrator, and the third is theirs alone. A merge brought all of it to main,
/// without its tree.
fn handed_over(
    new: &Person,
    first: impl Fn(PolicyDraft) -> PolicyDraft,
) -> Result<(Repo, Digest, Digest), Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(&first, |_| ());
    let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
    let first = first(repo.team_policy());
    let known = first.principals.iter().any(|known| known.name == new.name);
    let second = if known { first } else { first.person(new) }
        .successor(&repo.tree())
        .with(|policy| {
            policy.administrators = vec!["alice".to_owned(), new.name.clone()];
            policy.policy_changes = 1;
        });
    repo.branch("other")?;
    adopt(&mut repo, &second, &[&alice, &carol])?;
    let two = repo.tree().policy_digest();
    let third = second
        .successor(&repo.tree())
        .with(|policy| policy.administrators = vec![new.name.clone()]);
    adopt(&mut repo, &third, &[new])?;
    let three = repo.tree().policy_digest();
    repo.switch("main")?;
    repo.merge("other", Method::Ours, &alice)?;
    repo.check().assert("fail", &["policy-fork"]);
    Ok((repo, two, three))
}

#[test]
fn a_fork_is_ended_by_its_own_administrators_and_ours() -> TestResult {
    let new = Person::new("dave");
    // Whether the policy in force lists them or not.
    for known in [true, false] {
        let (mut repo, two, three) = handed_over(&new, |policy| {
            if known {
                policy.person(&Person::new("dave"))
            } else {
                policy
            }
        })?;
        let (alice, carol) = (repo.alice.clone(), repo.carol.clone());
        for by in [&alice, &carol, &new] {
            repo.check().assert("fail", &["policy-fork"]);
            for (version, digest) in [("2", two), ("3", three)] {
                if version == "2" && by.name == new.name {
                    continue;
                }
                let record = repo
                    .draft_for(DecisionKind::Reject, by, POLICY, version, Some(digest))
                    .record();
                repo.land(by, &record)?;
            }
        }
        repo.check()
            .passes()
            .without("policy-fork")
            .without("not-authorized");
        assert_eq!(serial(&repo), 1);
    }
    Ok(())
}

#[test]
fn the_administrators_of_a_fork_alone_end_nothing() -> TestResult {
    let dave = Person::new("dave");
    let (mut repo, _, three) = handed_over(&dave, |policy| policy.person(&Person::new("dave")))?;
    let alice = repo.alice.clone();
    for by in [&dave, &alice] {
        let record = repo
            .draft_for(DecisionKind::Reject, by, POLICY, "3", Some(three))
            .record();
        repo.land(by, &record)?;
        repo.check().assert("fail", &["policy-fork"]);
    }
    // Nor do they reject a policy of this line.
    let next = repo
        .team_policy()
        .person(&dave)
        .successor(&repo.tree())
        .line("unapproved: allow");
    repo.commit(&alice, "Propose", |tree| tree.put_policy(&next))?;
    let digest = repo.tree().policy_digest();
    let record = repo
        .draft_for(DecisionKind::Reject, &dave, POLICY, "2", Some(digest))
        .record();
    repo.land(&dave, &record)?;
    repo.check()
        .finding_at("not-authorized", &record.path)
        .by("dave");
    Ok(())
}

/// On main, Alice and Carol rejected the second policy and then approved it after all. The branch
/// `evil` parted before that; the records are the old rejects.
fn answered() -> Result<(Repo, Digest, Vec<Record>), Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    let ([alice, bob, carol], base) = (repo.people(), repo.head());
    let second = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    repo.commit(&bob, "Propose", |tree| tree.put_policy(&second))?;
    let two = repo.tree().policy_digest();
    let mut old = Vec::new();
    for by in [&alice, &carol] {
        let reject = repo
            .draft_for(DecisionKind::Reject, by, POLICY, "2", Some(two))
            .record();
        repo.land(by, &reject)?;
        let approve = repo
            .draft_for(DecisionKind::Approve, by, POLICY, "2", Some(two))
            .answers(&[&reject])
            .record();
        repo.land(by, &approve)?;
        old.push(reject);
    }
    assert_eq!(serial(&repo), 2);
    repo.branch_at("evil", base)?;
    repo.commit(&bob, "Mine", |tree| tree.put("README.md", "Hello.\n"))?;
    repo.merge("main", Method::Ours, &bob)?;
    let swapped = repo.head();
    repo.switch("main")?;
    repo.reset(swapped)?;
    Ok((repo, two, old))
}

#[test]
fn rejects_that_the_forks_own_line_knew_do_not_end_it() -> TestResult {
    let (mut repo, two, old) = answered()?;
    let bob = repo.bob.clone();
    assert_eq!(serial(&repo), 1);
    for record in &old {
        repo.land(&bob, record)?;
        repo.check()
            .assert("fail", &["policy-fork"])
            .finding_at("decision-replayed", &record.path);
    }
    // What they decide now counts.
    for by in [repo.alice.clone(), repo.carol.clone()] {
        let record = repo
            .draft_for(DecisionKind::Reject, &by, POLICY, "2", Some(two))
            .record();
        repo.land(&by, &record)?;
    }
    repo.check().without("policy-fork");
    Ok(())
}
