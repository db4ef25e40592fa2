//! The commands that decide, with the real `ssh-keygen` and `git`: what they write counts, and what
//! would not count is never written.

mod all_or_nothing;
mod hostile_repository;
mod outcome;
mod rollback;
mod signing;
mod working_tree;

use std::fs;

use countersign_testkit::{Repo, TestResult, decide, desk, records, refused, sit, ssh_verify};

/// Alice's checkout, after Bob landed these versions of a Skill that an owner and Carol must approve.
fn with_payments(versions: &[&str]) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = desk("alice")?;
    let bob = repo.bob.clone();
    for version in versions {
        repo.commit(&bob, "Change payments", |tree| {
            tree.put_skill("payments-eu", version, "Pay.");
        })?;
    }
    repo.checkout()?;
    Ok(repo)
}

#[test]
fn approving_many_is_one_record_with_one_signature_that_ssh_keygen_accepts() -> TestResult {
    let repo = desk("alice")?;
    let output = decide(&repo, "approve", "skill/*", "Read every line");
    assert!(
        output.stdout.contains("skill/csv 1.0.0: approved")
            && output.stdout.contains("skill/pdf 1.0.0: approved"),
        "{output}"
    );
    let written = records(&repo);
    assert_eq!(written.len(), 2, "{written:?}");
    assert!(
        written[0].contains("/approvals/batch/") && written[1] == format!("{}.sig", written[0])
    );
    let (record, signature) = (fs::read(&written[0])?, fs::read(&written[1])?);
    assert!(ssh_verify(
        repo.beside(),
        &repo.alice.allowed_signer(),
        &repo.alice.email,
        "countersign",
        &record,
        &signature
    ));
    assert_eq!(
        repo.git(&["status", "--porcelain"]),
        "",
        "the commit holds everything that was written"
    );
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check().passes();
    Ok(())
}

#[test]
fn says_how_many_are_missing_when_one_is_not_enough() -> TestResult {
    let repo = with_payments(&["1.0.0"])?;
    let output = decide(&repo, "approve", "skill/payments-eu", "Fine");
    assert!(output.stdout.contains("needs carol"), "{output}");
    assert_eq!(repo.state("skill/payments-eu"), "draft");
    sit(&repo, "carol");
    let output = decide(&repo, "approve", "skill/payments-eu", "Secure");
    assert!(
        output.stdout.contains("skill/payments-eu 1.0.0: approved"),
        "{output}"
    );
    assert_eq!(repo.state("skill/payments-eu"), "approved");
    Ok(())
}

#[test]
fn a_version_that_a_newer_one_has_replaced_can_still_be_approved_by_one_after_the_other()
-> TestResult {
    let repo = with_payments(&["1.0.0", "1.1.0"])?;
    let output = decide(&repo, "approve", "skill/payments-eu@1.0.0", "Fine");
    assert!(output.stdout.contains("needs carol"), "{output}");
    let output = repo.run(&["explain", "skill/payments-eu@1.0.0"]).exits(0);
    assert!(output.stdout.contains("carol"), "{output}");
    sit(&repo, "carol");
    let output = decide(&repo, "approve", "skill/payments-eu@1.0.0", "Secure");
    assert!(
        output.stdout.contains("skill/payments-eu 1.0.0: approved"),
        "{output}"
    );
    assert_eq!(repo.version_state("skill/payments-eu", "1.0.0"), "approved");
    Ok(())
}

#[test]
fn a_contributor_or_stranger_is_refused_before_anything_is_written() -> TestResult {
    let repo = desk("bob")?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Mine"],
        "contributed to it",
    );
    sit(&repo, "mallory");
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Hm"],
        "none of your keys belongs to anyone in the policy",
    );
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Hm", "--as", "alice"],
        "none of your keys belongs to alice",
    );
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Hm", "--as", "mallory"],
        "`mallory` is not in the current policy",
    );
    sit(&repo, "carol");
    refused(
        &repo,
        &["revoke", "prompt/none", "--reason", "Hm"],
        "prompt/none is not in this repository",
    );
    Ok(())
}

#[test]
fn refuses_a_package_that_differs_in_the_worktree() -> TestResult {
    let repo = desk("alice")?;
    let skill = repo.path().join("skills/pdf/SKILL.md");
    let text = fs::read_to_string(&skill)?;
    fs::write(&skill, format!("{text}\nmore\n"))?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Fine"],
        "skills/pdf/SKILL.md (changed)",
    );
    fs::write(&skill, text.replace('\n', "\r\n"))?;
    fs::write(repo.path().join("skills/pdf/new.sh"), "#!/bin/sh\n")?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Fine"],
        "skills/pdf/new.sh (not committed)",
    );
    repo.git(&["add", "skills/pdf/new.sh"]);
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "Fine"],
        "skills/pdf/new.sh (not committed)",
    );
    repo.git(&["rm", "-q", "--cached", "skills/pdf/new.sh"]);
    fs::write(repo.path().join(".git/info/exclude"), "new.sh\n")?;
    // What Git ignores and what a checkout does to line ends is not a change.
    repo.run(&["approve", "skill/pdf", "--reason", "Fine"])
        .exits(0);
    Ok(())
}

#[test]
fn what_would_have_no_effect_is_not_written() -> TestResult {
    let repo = desk("alice")?;
    refused(
        &repo,
        &["deprecate", "skill/pdf", "--reason", "x"],
        "it is not approved",
    );
    refused(
        &repo,
        &["unblock", "skill/pdf", "--reason", "x"],
        "it is not blocked",
    );
    refused(
        &repo,
        &["approve", "policy", "--reason", "x"],
        "no pending change of countersign.yaml",
    );
    decide(&repo, "approve", "skill/pdf", "x");
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "it is approved already",
    );
    refused(
        &repo,
        &["reject", "skill/pdf", "--reason", "x"],
        "it is approved already",
    );
    decide(&repo, "revoke", "skill/pdf", "Leaks");
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "revoked, which is final",
    );
    refused(
        &repo,
        &["block", "skill/csv", "--reason", " "],
        "the reason is blank",
    );
    refused(
        &repo,
        &[
            "approve",
            "skill/csv",
            "--reason",
            "x",
            "--expires",
            "2001-01-01T00:00:00Z",
        ],
        "ends before it starts",
    );
    Ok(())
}

#[test]
fn blocking_and_unblocking_fills_in_the_answers() -> TestResult {
    let repo = desk("alice")?;
    decide(&repo, "approve", "skill/pdf", "x");
    for _ in 0..2 {
        let output = decide(&repo, "block", "skill/pdf", "Look at it");
        assert!(
            output.stdout.contains("skill/pdf 1.0.0: blocked"),
            "{output}"
        );
        refused(
            &repo,
            &["approve", "skill/pdf", "--reason", "x"],
            "it is blocked; unblock it first",
        );
        let output = decide(&repo, "unblock", "skill/pdf", "False alarm");
        assert!(
            output.stdout.contains("skill/pdf 1.0.0: approved"),
            "{output}"
        );
    }
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn blocking_every_version_removes_the_files_on_request() -> TestResult {
    let repo = desk("alice")?;
    decide(&repo, "approve", "skill/pdf", "x");
    repo.run(&[
        "block",
        "skill/pdf",
        "--all-versions",
        "--remove",
        "--reason",
        "Malicious",
        "--commit",
    ])
    .exits(0);
    assert!(!repo.path().join("skills/pdf").exists() && repo.path().join("skills/csv").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    refused(
        &repo,
        &["block", "skill/pdf", "--all-versions", "--reason", "x"],
        "already blocked",
    );
    refused(
        &repo,
        &["unblock", "skill/pdf@1.0.0", "--reason", "x"],
        "every version of it is blocked; lift that with `countersign unblock skill/pdf --all-versions",
    );
    Ok(())
}

#[test]
fn a_change_of_the_policy_is_approved_by_its_serial_and_bytes() -> TestResult {
    let mut repo = desk("alice")?;
    let (alice, next) = (
        repo.alice.clone(),
        repo.team_policy().successor(&repo.tree()),
    );
    repo.commit(&alice, "Let nothing expire", |tree| {
        tree.put_policy(&next.line("retention: {decisions: 7y}"));
    })?;
    repo.checkout()?;
    let output = decide(&repo, "approve", "policy", "Keep records");
    assert!(
        output
            .stdout
            .contains("policy serial 2: 1 of 2: needs carol"),
        "{output}"
    );
    sit(&repo, "bob");
    refused(&repo, &["approve", "policy", "--reason", "x"], "policy");
    sit(&repo, "carol");
    let output = decide(&repo, "approve", "policy", "Fine");
    assert!(
        output
            .stdout
            .contains("policy serial 2: in force once this lands"),
        "{output}"
    );
    assert_eq!(
        repo.run(&["status", "--format", "json"]).json()["policy_serial"],
        2
    );
    Ok(())
}

#[test]
fn on_another_branch_the_decision_is_about_what_would_land() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["checkout", "-q", "-b", "change"]);
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(
        &skill,
        fs::read_to_string(&skill)?.replace("1.0.0", "2.0.0"),
    )?;
    let email = format!("user.email={}", repo.bob.email);
    repo.git(&["-c", &email, "commit", "-q", "-a", "-m", "2.0.0"]);
    let output = decide(&repo, "approve", "skill/pdf", "x");
    assert!(
        output.stdout.contains("skill/pdf 2.0.0: approved"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("push `change` and open a pull request against `main`"),
        "{output}"
    );
    repo.check_with(&["--base", "main"]).passes();
    // The same file changed on both sides, in different places: what lands is what no one looked
    // at.
    repo.git(&["checkout", "-q", "main"]);
    fs::write(repo.path().join("skills/pdf/more.md"), "more\n")?;
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "More"]);
    repo.git(&["checkout", "-q", "change"]);
    refused(
        &repo,
        &["block", "skill/pdf", "--reason", "x"],
        "merging changes skills/pdf: what would land differs from your branch",
    );
    Ok(())
}

#[test]
fn a_stolen_key_is_suspended_with_one_command() -> TestResult {
    let repo = desk("alice")?;
    let output = decide(&repo, "block", "principal/bob", "Laptop stolen");
    assert!(
        output.stdout.contains("principal/bob: suspended"),
        "{output}"
    );
    sit(&repo, "bob");
    refused(
        &repo,
        &["revoke", "skill/pdf", "--reason", "x"],
        "would not count",
    );
    let output = {
        sit(&repo, "alice");
        repo.run(&["block", "principal/carol", "--reason", "Gone"])
            .exits(0)
    };
    assert!(
        output.stderr.contains("no one could change the policy"),
        "{output}"
    );
    Ok(())
}
