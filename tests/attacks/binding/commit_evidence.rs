//! Signed commits as evidence: only in the exact shape, only where the policy says so, never for
//! high risk.

use countersign::demo::{Method, PolicyDraft, Record};
use countersign::model::DecisionKind;

use countersign_testkit::{Checked, Repo, TestResult, commits_count};

const MERGE_ONLY: &str = "merge_methods: [merge]";

/// A repository where a commit is evidence, with the unapproved Skill `pdf`.
fn start() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team_with(commits_count, |_| ());
    repo.drafted_skill("pdf", "1.0.0")?;
    Ok(repo)
}

/// Bob's approval of `pdf` without a detached signature.
fn unsigned(repo: &Repo) -> Result<Record, Box<dyn std::error::Error>> {
    Ok(repo
        .draft(DecisionKind::Approve, &repo.bob, "skill/pdf", "1.0.0")?
        .unsigned()
        .record())
}

#[track_caller]
fn is_refused(repo: &Repo, record: &Record, rule: &str) -> Checked {
    let checked = repo.check();
    checked
        .assert("fail", &["unapproved-version"])
        .finding_at(rule, &record.path)
        .is("error")
        .by("bob");
    assert_eq!(repo.state("skill/pdf"), "draft");
    checked
}

#[test]
fn a_signed_commit_that_adds_nothing_but_its_signers_record_is_evidence_where_the_policy_says_so()
-> TestResult {
    let mut repo = start()?;
    let bob = repo.bob.clone();
    let record = unsigned(&repo)?;
    repo.land(bob.signed(), &record)?;
    repo.check().passes();
    assert_eq!(repo.state("skill/pdf"), "approved");
    assert_eq!(repo.events_of("approve", "bob")[0]["evidence"], "commit");
    Ok(())
}

#[test]
fn a_signed_commit_is_not_evidence_of_an_approval_where_the_policy_does_not_say_so() -> TestResult {
    let mut repo = Repo::team();
    let bob = repo.bob.clone();
    repo.drafted_skill("pdf", "1.0.0")?;
    let record = unsigned(&repo)?;
    repo.land(bob.signed(), &record)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    assert_eq!(
        (repo.state("skill/pdf"), repo.counted("skill/pdf")),
        ("draft".to_owned(), Vec::new())
    );
    Ok(())
}

#[test]
fn an_unsigned_commit_is_not_evidence() -> TestResult {
    let mut repo = start()?;
    let bob = repo.bob.clone();
    let record = unsigned(&repo)?;
    repo.land(&bob, &record)?;
    is_refused(&repo, &record, "evidence-missing");
    Ok(())
}

#[test]
fn a_commit_signed_by_someone_else_is_not_evidence() -> TestResult {
    let mut repo = start()?;
    let [_, bob, carol] = repo.people();
    let record = unsigned(&repo)?;
    repo.land(
        countersign::demo::Authorship::from(&bob).signed_by(&carol),
        &record,
    )?;
    let checked = repo.check();
    checked.assert("fail", &["unapproved-version"]);
    let refused = ["key-mismatch", "commit-evidence-refused"];
    assert!(
        checked
            .findings()
            .iter()
            .any(|one| refused.contains(&one.rule()) && one.text("path") == Some(&record.path)),
        "{checked}"
    );
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_record_signature_replayed_as_a_commit_signature_is_not_evidence() -> TestResult {
    let mut repo = start()?;
    let bob = repo.bob.clone();
    let record = unsigned(&repo)?;
    let mut tree = repo.tree();
    tree.put_record(&record);
    let head = repo.head();
    let mut draft = repo.draft_commit(vec![head], &tree, &bob, "Approve")?;
    draft.signature = Some(bob.sign("countersign", &draft.payload()).into_bytes());
    let commit = repo.writer().write_commit(&draft)?;
    repo.adopt(commit, vec![head], tree, &bob)?;
    let checked = is_refused(&repo, &record, "wrong-namespace");
    checked
        .finding("wrong-namespace")
        .says("a record signature (SSH namespace `countersign`) in a commit");
    Ok(())
}

#[test]
fn a_record_slipped_into_a_branch_that_its_supposed_author_re_signs_is_not_evidence() -> TestResult
{
    // Carol writes code and, in the same commit, an approval in Bob's name. Bob rebases the branch
    // and signs what he finds.
    let mut repo = start()?;
    let [_, bob, carol] = repo.people();
    let record = unsigned(&repo)?;
    repo.branch("change")?;
    repo.commit(&carol, "Improve the docs", |tree| {
        tree.put("docs/guide.md", "Guide");
        tree.put_record(&record);
    })?;
    repo.switch("main")?;
    repo.merge("change", Method::Rebase, bob.signed())?;
    let checked = is_refused(&repo, &record, "commit-evidence-refused");
    checked
        .finding("commit-evidence-refused")
        .has("commit", &repo.head().to_string());
    Ok(())
}

#[test]
fn a_record_in_a_commit_that_also_removes_or_changes_something_is_not_evidence() -> TestResult {
    for removes in [true, false] {
        let mut repo = start()?;
        let [alice, bob, _] = repo.people();
        repo.commit(&alice, "Add a file", |tree| {
            tree.put("docs/guide.md", "Guide");
        })?;
        let record = unsigned(&repo)?;
        repo.commit(bob.signed(), "Approve, by the way", |tree| {
            tree.put_record(&record);
            if removes {
                tree.remove("docs/guide.md");
            } else {
                tree.put("docs/guide.md", "Guide, changed");
            }
        })?;
        is_refused(&repo, &record, "commit-evidence-refused");
    }
    Ok(())
}

#[test]
fn a_record_in_a_commit_with_another_persons_record_is_not_evidence() -> TestResult {
    let mut repo = start()?;
    let [_, bob, carol] = repo.people();
    repo.drafted_skill("other", "1.0.0")?;
    let record = unsigned(&repo)?;
    let hers = repo
        .draft(DecisionKind::Approve, &carol, "skill/other", "1.0.0")?
        .record();
    repo.commit(bob.signed(), "Approve both", |tree| {
        tree.put_record(&record);
        tree.put_record(&hers);
    })?;
    is_refused(&repo, &record, "commit-evidence-refused");
    assert_eq!(
        repo.state("skill/other"),
        "approved",
        "a detached signature does not care who commits it"
    );
    Ok(())
}

#[test]
fn a_record_that_only_a_merge_commit_adds_is_not_evidence() -> TestResult {
    let mut repo = start()?;
    let [alice, bob, _] = repo.people();
    let record = unsigned(&repo)?;
    repo.branch("change")?;
    repo.commit(&alice, "Docs", |tree| tree.put("docs/guide.md", "Guide"))?;
    repo.switch("main")?;
    let (ours, theirs) = (repo.head(), repo.tip("change")?);
    let mut tree = repo.merged_tree(ours, theirs)?;
    tree.put_record(&record);
    repo.commit_tree(
        vec![ours, theirs],
        tree,
        bob.signed(),
        "Merge branch 'change'",
    )?;
    is_refused(&repo, &record, "commit-evidence-refused");
    Ok(())
}

#[test]
fn a_record_brought_by_two_commits_needs_the_signature_of_both() -> TestResult {
    let mut repo = start()?;
    let [alice, bob, carol] = repo.people();
    let record = unsigned(&repo)?;
    for (branch, by) in [("left", bob.signed()), ("right", carol.signed())] {
        repo.branch(branch)?;
        repo.land(by, &record)?;
        repo.switch("main")?;
    }
    repo.octopus(&["left", "right"], &alice)?;
    let checked = repo.check();
    checked.assert("fail", &["unapproved-version"]);
    let refused = ["key-mismatch", "commit-evidence-refused"];
    assert!(
        checked
            .findings()
            .iter()
            .any(|one| refused.contains(&one.rule()) && one.text("path") == Some(&record.path)),
        "{checked}"
    );
    assert_eq!(repo.state("skill/pdf"), "draft");
    Ok(())
}

#[test]
fn a_merge_keeps_a_commit_as_evidence_and_a_squash_or_rebase_loses_it() -> TestResult {
    for (method, kept) in [
        (Method::Merge, true),
        (Method::FastForward, true),
        (Method::Squash, false),
        (Method::Rebase, false),
    ] {
        let mut repo = start()?;
        let [alice, bob, _] = repo.people();
        let record = unsigned(&repo)?;
        repo.branch("change")?;
        repo.land(bob.signed(), &record)?;
        repo.switch("main")?;
        repo.merge("change", method, &alice)?;
        if kept {
            repo.check().passes();
            assert_eq!(repo.state("skill/pdf"), "approved", "{method:?}");
        } else {
            is_refused(&repo, &record, "evidence-missing");
        }
    }
    Ok(())
}

#[test]
fn a_signed_commit_is_never_evidence_for_high_risk() -> TestResult {
    // Every rule that applies says that commits are accepted; trust rule 8 says never.
    let everywhere = |policy: PolicyDraft| {
        commits_count(policy).with(|policy| {
            policy.approvals.truncate(1);
        })
    };
    let mut repo = Repo::team_with(everywhere, |_| ());
    let [_, bob, _] = repo.people();
    repo.drafted_skill("payments-x", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Approve, &bob, "skill/payments-x", "1.0.0")?
        .unsigned()
        .record();
    repo.land(bob.signed(), &record)?;
    let checked = repo.check();
    assert_ne!(checked.verdict(), "pass", "{checked}");
    assert_eq!(
        (
            repo.state("skill/payments-x"),
            repo.counted("skill/payments-x")
        ),
        ("draft".to_owned(), Vec::new())
    );
    repo.approve(&bob, "payments-x", "1.0.0")?;
    assert_eq!(
        repo.state("skill/payments-x"),
        "approved",
        "a detached signature is"
    );
    Ok(())
}

#[test]
fn a_signed_commit_is_never_evidence_of_an_unblock() -> TestResult {
    let mut repo = start()?;
    let [_, bob, carol] = repo.people();
    repo.approve(&bob, "pdf", "1.0.0")?;
    let block = repo.decide(&carol, DecisionKind::Block, "skill/pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Unblock, &bob, "skill/pdf", "1.0.0")?
        .answers(&[&block])
        .unsigned()
        .record();
    repo.land(bob.signed(), &record)?;
    repo.check()
        .assert("fail", &["blocked-version"])
        .finding_at("commit-evidence-refused", &record.path);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_signed_commit_is_never_evidence_for_a_change_of_the_policy() -> TestResult {
    let mut repo = start()?;
    let [alice, _, carol] = repo.people();
    let next = commits_count(repo.team_policy()).successor(&repo.tree());
    repo.commit(&alice, "Policy 2", |tree| tree.put_policy(&next))?;
    for by in [&alice, &carol] {
        let record = repo
            .draft(DecisionKind::Approve, by, "policy/countersign", "2")?
            .unsigned()
            .record();
        repo.land(by.signed(), &record)?;
        repo.check()
            .assert("fail", &["policy-pending"])
            .finding_at("commit-evidence-refused", &record.path);
    }
    assert_eq!(repo.check().json()["policy_serial"], 1);
    Ok(())
}

#[test]
fn a_signed_commit_is_evidence_of_a_block_no_matter_what_the_policy_accepts() -> TestResult {
    let mut repo = Repo::team();
    let carol = repo.carol.clone();
    repo.granted_skill("pdf", "1.0.0")?;
    let record = repo
        .draft(DecisionKind::Block, &carol, "skill/pdf", "1.0.0")?
        .unsigned()
        .record();
    repo.land(carol.signed(), &record)?;
    repo.check().assert("fail", &["blocked-version"]);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn a_signed_commit_on_a_candidate_counts_only_if_no_merge_method_loses_it() -> TestResult {
    for merge_only in [true, false] {
        let policy = |policy: PolicyDraft| {
            if merge_only {
                commits_count(policy).line(MERGE_ONLY)
            } else {
                commits_count(policy)
            }
        };
        let mut repo = Repo::team_with(policy, |_| ());
        let [alice, bob, _] = repo.people();
        repo.branch("change")?;
        repo.commit(&alice, "Add pdf", |tree| {
            tree.put_skill("pdf", "1.0.0", "Read.");
        })?;
        let record = unsigned(&repo)?;
        repo.land(bob.signed(), &record)?;
        let checked = repo.check_with(&["--base", "main"]);
        if merge_only {
            checked.assert("pass", &[]);
        } else {
            checked
                .assert("fail", &["unapproved-version"])
                .finding_at("commit-evidence-refused", &record.path);
        }
    }
    Ok(())
}

#[test]
fn a_commit_whose_signature_covers_the_record_under_another_path_is_not_evidence_of_the_copy()
-> TestResult {
    // Bob signed a commit that adds the record in a folder where records do not belong; Carol
    // moves it to its place.
    let mut repo = start()?;
    let [_, bob, carol] = repo.people();
    let record = unsigned(&repo)?;
    repo.commit(bob.signed(), "Prepare", |tree| {
        tree.put("drafts/approval.yaml", &record.bytes);
    })?;
    repo.commit(&carol, "File it", |tree| {
        tree.rename("drafts/approval.yaml", &record.path);
    })?;
    is_refused(&repo, &record, "evidence-missing");
    Ok(())
}
