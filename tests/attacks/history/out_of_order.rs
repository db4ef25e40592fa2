//! A swapped line that takes the same decisions in another order: what came to less on the line
//! that it took in is worth no more here.
//!
//! Mallory has no authority. They copy signed records into a branch from before them, in another
//! order, and merge main into it.

use countersign::demo::{Method, Person, PolicyDraft, Record};
use countersign::model::{DecisionKind, ObjectId};

use countersign_testkit::{Repo, TestResult, formats, rule, skill_tree};

/// The branch of Mallory, from `from`, with each of the `records` in its own landing.
fn branch(repo: &mut Repo, from: ObjectId, records: &[&Record]) -> TestResult {
    repo.branch_at("swapped", from)?;
    for record in records {
        repo.commit(&Person::new("mallory"), "Copy", |tree| {
            tree.put_record(record);
        })?;
    }
    Ok(())
}

/// Merges main into that branch, whose tree is kept or merged, and makes the result main.
fn swap(repo: &mut Repo, how: Method) -> TestResult {
    repo.switch("swapped")?;
    let swapped = repo.merge("main", how, &Person::new("mallory"))?;
    repo.switch("main")?;
    repo.reset(swapped)?;
    Ok(())
}

/// Runs a scenario once for each way to merge and each object format.
fn each(scenario: impl Fn(Repo, Method) -> TestResult) -> TestResult {
    for format in formats() {
        for how in [Method::Ours, Method::Merge] {
            scenario(Repo::team_as(&format, |policy| policy, |_| ()), how)?;
        }
    }
    Ok(())
}

#[test]
fn an_approval_copied_before_the_reject_that_it_came_after_grants_nothing() -> TestResult {
    each(|mut repo, how| {
        let [_, bob, carol] = repo.people();
        repo.drafted_skill("pdf", "1.0.0")?;
        let from = repo.head();
        repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
        let approval = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), "draft", "main holds it back");
        branch(&mut repo, from, &[&approval])?;
        swap(&mut repo, how)?;
        assert_eq!(repo.state("skill/pdf"), "draft");
        repo.check().finding("rejected-version").is("error");
        Ok(())
    })
}

#[test]
fn an_approval_copied_before_the_policy_that_asks_for_more_grants_nothing() -> TestResult {
    each(|mut repo, how| {
        let bob = repo.bob.clone();
        repo.drafted_skill("pdf", "1.0.0")?;
        let from = repo.head();
        let first = repo.team_policy();
        repo.change_policy(&first, |policy| {
            policy.approvals = vec![rule("count: 2, from: [owners, administrators]")];
        })?;
        let records = policy_records(&repo);
        let policy = repo.tree();
        let approval = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
        assert_eq!(repo.state("skill/pdf"), "draft", "one of two");
        branch(&mut repo, from, &[&approval])?;
        repo.commit(&Person::new("mallory"), "Copy", |tree| {
            tree.put("countersign.yaml", policy.text("countersign.yaml"));
            for (path, bytes) in &records {
                tree.put(path, bytes);
            }
        })?;
        swap(&mut repo, how)?;
        assert_eq!(repo.check().json()["policy_serial"], 2);
        assert_eq!(repo.state("skill/pdf"), "draft");
        Ok(())
    })
}

/// Path and bytes of every record about the policy in the tree.
fn policy_records(repo: &Repo) -> Vec<(String, Vec<u8>)> {
    let (tree, listed) = (
        repo.tree(),
        repo.git(&["ls-tree", "-r", "--name-only", "HEAD", "approvals/policy"]),
    );
    listed
        .lines()
        .map(|path| {
            (
                path.to_owned(),
                tree.bytes(path).expect("it is listed").to_vec(),
            )
        })
        .collect()
}

#[test]
fn a_policy_approved_before_the_reject_that_it_came_after_is_a_fork() -> TestResult {
    each(|mut repo, how| {
        let [alice, _, carol] = repo.people();
        let one = repo.change_policy(&repo.team_policy(), |policy| policy.policy_changes = 1)?;
        let next = one
            .successor(&repo.tree())
            .with(|policy| policy.more.push("retention: {decisions: 7y}".to_owned()));
        repo.commit(&Person::new("mallory"), "Propose", |tree| {
            tree.put_policy(&next);
        })?;
        let from = repo.head();
        let serial = next.serial.to_string();
        repo.decide(&carol, DecisionKind::Reject, "policy/countersign", &serial)?;
        let approval = repo.decide(&alice, DecisionKind::Approve, "policy/countersign", &serial)?;
        assert_eq!(
            repo.check().json()["policy_serial"],
            2,
            "main holds it back"
        );
        branch(&mut repo, from, &[&approval])?;
        swap(&mut repo, how)?;
        repo.check().assert("fail", &["policy-fork"]);
        Ok(())
    })
}

#[test]
fn a_rollback_of_another_line_holds_the_current_version_back_and_makes_none_current() -> TestResult
{
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    repo.granted_skill("pdf", "2.0.0")?;
    let from = repo.head();
    let third = repo.granted_skill("pdf", "3.0.0")?;
    let digest = repo.tree().digest("skills/pdf");
    let rollback = repo
        .draft_for(
            DecisionKind::Rollback,
            &bob,
            "skill/pdf",
            "3.0.0",
            Some(digest),
        )
        .to("1.0.0")
        .record();
    let first = skill_of(&repo, "1.0.0")?;
    repo.commit(&Person::new("mallory"), "Go back", |tree| {
        tree.put_record(&rollback);
        tree.put("skills/pdf/SKILL.md", &first);
    })?;
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    let (second, third_text) = (skill_of(&repo, "2.0.0")?, skill_of(&repo, "3.0.0")?);
    branch(&mut repo, from, &[])?;
    repo.commit(&Person::new("mallory"), "Three", |tree| {
        tree.put("skills/pdf/SKILL.md", &third_text);
    })?;
    swap(&mut repo, Method::Ours)?;
    repo.commit(&Person::new("mallory"), "Copy", |tree| {
        tree.put_record(&third);
    })?;
    repo.commit(&Person::new("mallory"), "Two", |tree| {
        tree.put("skills/pdf/SKILL.md", &second);
        tree.put_record(&rollback);
    })?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    // There it is 1.0.0, and here it would be 2.0.0: neither line's answer holds alone.
    assert_eq!(repo.current("skill/pdf"), "null", "{checked}");
    Ok(())
}

/// The text of `skill/pdf` at some version, as the history has it.
fn skill_of(repo: &Repo, version: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    for commit in repo.git(&["rev-list", "--all"]).lines() {
        let text = repo.git(&["show", &format!("{commit}:skills/pdf/SKILL.md")]);
        if text.contains(version) {
            return Ok(text.into_bytes());
        }
    }
    Err(format!("no commit has version {version}").into())
}

#[test]
fn a_version_left_behind_is_missed_though_its_approval_was_copied() -> TestResult {
    for late in [false, true] {
        let mut repo = Repo::team();
        repo.granted_skill("pdf", "1.0.0")?;
        let from = repo.head();
        let approval = repo.granted_skill("pdf", "2.0.0")?;
        let early: &[&Record] = if late { &[] } else { &[&approval] };
        branch(&mut repo, from, early)?;
        repo.commit(&Person::new("mallory"), "Docs", |tree| {
            tree.put("docs/a.md", "a");
        })?;
        swap(&mut repo, Method::Ours)?;
        if late {
            repo.commit(&Person::new("mallory"), "Copy", |tree| {
                tree.put_record(&approval);
            })?;
        }
        let checked = repo.check();
        checked.assert("fail", &["decision-dropped"]);
    }
    Ok(())
}

#[test]
fn of_two_approved_versions_of_one_name_neither_replaces_the_other() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    let from = repo.head();
    repo.granted_skill("pdf", "1.0.0")?;
    let other = skill_tree("pdf", "1.0.0", "Do it otherwise.");
    let text = other.text("skills/pdf/SKILL.md");
    repo.commit(&Person::new("mallory"), "Again", |tree| {
        tree.put("skills/pdf/SKILL.md", &text);
    })?;
    let approval = repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    repo.check().finding("version-reused").is("error");
    branch(&mut repo, from, &[])?;
    repo.commit(&Person::new("mallory"), "First here", |tree| {
        tree.put("skills/pdf/SKILL.md", &text);
    })?;
    repo.commit(&Person::new("mallory"), "Copy", |tree| {
        tree.put_record(&approval);
    })?;
    swap(&mut repo, Method::Ours)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    Ok(())
}

/// Two administrators have to bring back someone whom one suspended; only one did.
fn bring_back(
    policy: &PolicyDraft,
    repo: &mut Repo,
) -> Result<(Record, Record), Box<dyn std::error::Error>> {
    let [alice, _, carol] = repo.people();
    repo.change_policy(policy, |policy| policy.policy_changes = 2)?;
    let block = repo
        .draft_for(DecisionKind::Block, &alice, "principal/bob", "all", None)
        .record();
    repo.land(&alice, &block)?;
    let unblock = repo
        .draft_for(DecisionKind::Unblock, &carol, "principal/bob", "all", None)
        .answers(&[&block])
        .record();
    repo.land(&carol, &unblock)?;
    Ok((block, unblock))
}

#[test]
fn a_suspension_lifted_before_the_policy_that_asks_for_more_stays() -> TestResult {
    each(|mut repo, how| {
        let bob = repo.bob.clone();
        let one = repo.change_policy(&repo.team_policy(), |policy| policy.policy_changes = 1)?;
        repo.drafted_skill("pdf", "1.0.0")?;
        let from = repo.head();
        let (block, unblock) = bring_back(&one, &mut repo)?;
        let (policy, records) = (repo.tree(), policy_records(&repo));
        branch(&mut repo, from, &[&block, &unblock])?;
        repo.commit(&Person::new("mallory"), "Copy", |tree| {
            tree.put("countersign.yaml", policy.text("countersign.yaml"));
            for (path, bytes) in &records {
                tree.put(path, bytes);
            }
        })?;
        swap(&mut repo, how)?;
        let approval = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        repo.land(&bob, &approval)?;
        assert_eq!(repo.state("skill/pdf"), "draft", "Bob is suspended");
        Ok(())
    })
}

#[test]
fn what_someone_suspended_approves_on_a_line_from_before_grants_nothing() -> TestResult {
    each(|mut repo, how| {
        let [alice, bob, _] = repo.people();
        repo.drafted_skill("pdf", "1.0.0")?;
        let from = repo.head();
        let block = repo
            .draft_for(DecisionKind::Block, &alice, "principal/bob", "all", None)
            .record();
        repo.land(&alice, &block)?;
        repo.branch_at("swapped", from)?;
        let approval = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        repo.land(&bob, &approval)?;
        swap(&mut repo, how)?;
        assert_eq!(repo.state("skill/pdf"), "draft");
        Ok(())
    })
}

#[test]
fn the_author_of_the_same_bytes_on_another_line_approves_none_of_them() -> TestResult {
    for after in [false, true] {
        let mut repo = Repo::team();
        let [alice, bob, _] = repo.people();
        let from = repo.head();
        repo.commit(&bob, "pdf by Bob", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        repo.branch_at("swapped", from)?;
        repo.commit(&Person::new("mallory"), "pdf by Mallory", |tree| {
            tree.put_skill("pdf", "1.0.0", "Do it well.");
        })?;
        let approval = repo
            .draft(DecisionKind::Approve, &bob, "skill/pdf", "1.0.0")?
            .record();
        if !after {
            repo.land(&alice, &approval)?;
        }
        swap(&mut repo, Method::Merge)?;
        if after {
            repo.land(&alice, &approval)?;
        }
        assert_eq!(
            repo.state("skill/pdf"),
            "draft",
            "Bob wrote it, before his approval landed here: {after}"
        );
    }
    Ok(())
}

#[test]
fn an_honest_branch_that_took_in_main_takes_nothing_back() -> TestResult {
    let mut repo = Repo::team();
    let [alice, bob, carol] = repo.people();
    repo.drafted_skill("pdf", "1.0.0")?;
    repo.branch("feature")?;
    repo.switch("main")?;
    let reject = repo.decide(&carol, DecisionKind::Reject, "skill/pdf", "1.0.0")?;
    let answer = repo
        .draft(DecisionKind::Approve, &carol, "skill/pdf", "1.0.0")?
        .answers(&[&reject])
        .record();
    repo.land(&carol, &answer)?;
    repo.decide(&bob, DecisionKind::Approve, "skill/pdf", "1.0.0")?;
    assert_eq!(repo.state("skill/pdf"), "approved");
    // The branch merges main, decides something of its own, and is merged.
    repo.switch("feature")?;
    repo.merge("main", Method::Merge, &alice)?;
    repo.commit(&alice, "csv", |tree| {
        tree.put_skill("csv", "1.0.0", "Do it well.");
    })?;
    repo.decide(&bob, DecisionKind::Approve, "skill/csv", "1.0.0")?;
    repo.switch("main")?;
    repo.merge("feature", Method::Merge, &alice)?;
    repo.check().passes();
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/csv")),
        ("approved".to_owned(), "approved".to_owned())
    );
    Ok(())
}
