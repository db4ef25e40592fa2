//! The commands that decide, with the real `ssh-keygen` and `git`: what they write counts, and what would not count is never written.

use std::fs;

use countersign_testkit::{Repo, TestResult, desk, path_of, records, refused, sit, ssh_verify};

#[test]
fn approving_many_is_one_record_with_one_signature_that_ssh_keygen_accepts() -> TestResult {
    let repo = desk("alice")?;
    let output = repo.run(&["approve", "skill/*", "--reason", "Read every line", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/csv 1.0.0: approved") && output.stdout.contains("skill/pdf 1.0.0: approved"), "{output}");
    let written = records(&repo);
    assert_eq!(written.len(), 2, "{written:?}");
    assert!(written[0].contains("/approvals/batch/") && written[1] == format!("{}.sig", written[0]));
    let (record, signature) = (fs::read(&written[0])?, fs::read(&written[1])?);
    assert!(ssh_verify(repo.beside(), &repo.alice.allowed_signer(), &repo.alice.email, "countersign", &record, &signature));
    assert_eq!(repo.git(&["status", "--porcelain"]), "", "the commit holds everything that was written");
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.check().passes();
    Ok(())
}

#[test]
fn says_how_many_are_missing_when_one_is_not_enough() -> TestResult {
    let mut repo = desk("alice")?;
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add payments", |tree| tree.put_skill("payments-eu", "1.0.0", "Pay."))?;
    repo.checkout()?;
    let output = repo.run(&["approve", "skill/payments-eu", "--reason", "Fine", "--commit"]).exits(0);
    assert!(output.stdout.contains("needs carol"), "{output}");
    assert_eq!(repo.state("skill/payments-eu"), "draft");
    sit(&repo, "carol");
    let output = repo.run(&["approve", "skill/payments-eu", "--reason", "Secure", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/payments-eu 1.0.0: approved"), "{output}");
    assert_eq!(repo.state("skill/payments-eu"), "approved");
    Ok(())
}

#[test]
fn a_version_that_a_newer_one_has_replaced_can_still_be_approved_by_one_after_the_other() -> TestResult {
    let mut repo = desk("alice")?;
    let bob = repo.bob.clone();
    for version in ["1.0.0", "1.1.0"] {
        repo.commit(&bob, "Change payments", |tree| tree.put_skill("payments-eu", version, "Pay."))?;
    }
    repo.checkout()?;
    let output = repo.run(&["approve", "skill/payments-eu@1.0.0", "--reason", "Fine", "--commit"]).exits(0);
    assert!(output.stdout.contains("needs carol"), "{output}");
    let output = repo.run(&["explain", "skill/payments-eu@1.0.0"]).exits(0);
    assert!(output.stdout.contains("carol"), "{output}");
    sit(&repo, "carol");
    let output = repo.run(&["approve", "skill/payments-eu@1.0.0", "--reason", "Secure", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/payments-eu 1.0.0: approved"), "{output}");
    assert_eq!(repo.version_state("skill/payments-eu", "1.0.0"), "approved");
    Ok(())
}

#[test]
fn a_contributor_or_stranger_is_told_before_anything_is_written() -> TestResult {
    let repo = desk("bob")?;
    refused(&repo, &["approve", "skill/pdf", "--reason", "Mine"], "contributed to it");
    sit(&repo, "mallory");
    refused(&repo, &["approve", "skill/pdf", "--reason", "Hm"], "none of your keys belongs to anyone in the policy");
    refused(&repo, &["approve", "skill/pdf", "--reason", "Hm", "--as", "alice"], "none of your keys belongs to alice");
    refused(&repo, &["approve", "skill/pdf", "--reason", "Hm", "--as", "mallory"], "`mallory` is not in the current policy");
    sit(&repo, "carol");
    refused(&repo, &["revoke", "prompt/none", "--reason", "Hm"], "prompt/none is not in this repository");
    Ok(())
}

#[test]
fn refuses_a_package_that_lies_differently_in_the_worktree() -> TestResult {
    let repo = desk("alice")?;
    let skill = repo.path().join("skills/pdf/SKILL.md");
    let text = fs::read_to_string(&skill)?;
    fs::write(&skill, format!("{text}\nmore\n"))?;
    refused(&repo, &["approve", "skill/pdf", "--reason", "Fine"], "skills/pdf/SKILL.md (changed)");
    fs::write(&skill, text.replace('\n', "\r\n"))?;
    fs::write(repo.path().join("skills/pdf/new.sh"), "#!/bin/sh\n")?;
    refused(&repo, &["approve", "skill/pdf", "--reason", "Fine"], "skills/pdf/new.sh (not committed)");
    repo.git(&["add", "skills/pdf/new.sh"]);
    refused(&repo, &["approve", "skill/pdf", "--reason", "Fine"], "skills/pdf/new.sh (not committed)");
    repo.git(&["rm", "-q", "--cached", "skills/pdf/new.sh"]);
    fs::write(repo.path().join(".git/info/exclude"), "new.sh\n")?;
    // What Git ignores and what a checkout does to line ends is not a change.
    repo.run(&["approve", "skill/pdf", "--reason", "Fine"]).exits(0);
    Ok(())
}

#[test]
fn what_would_have_no_effect_is_not_written() -> TestResult {
    let repo = desk("alice")?;
    refused(&repo, &["deprecate", "skill/pdf", "--reason", "x"], "it is not approved");
    refused(&repo, &["unblock", "skill/pdf", "--reason", "x"], "it is not blocked");
    refused(&repo, &["approve", "policy", "--reason", "x"], "no pending change of countersign.yaml");
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    refused(&repo, &["approve", "skill/pdf", "--reason", "x"], "it is approved already");
    refused(&repo, &["reject", "skill/pdf", "--reason", "x"], "it is approved already");
    repo.run(&["revoke", "skill/pdf", "--reason", "Leaks", "--commit"]).exits(0);
    refused(&repo, &["approve", "skill/pdf", "--reason", "x"], "revoked, which is final");
    refused(&repo, &["block", "skill/csv", "--reason", " "], "the reason is blank");
    refused(&repo, &["approve", "skill/csv", "--reason", "x", "--expires", "2001-01-01T00:00:00Z"], "ends before it starts");
    Ok(())
}

#[test]
fn blocking_and_unblocking_fills_in_the_answers() -> TestResult {
    let repo = desk("alice")?;
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    for _ in 0..2 {
        let output = repo.run(&["block", "skill/pdf", "--reason", "Look at it", "--commit"]).exits(0);
        assert!(output.stdout.contains("skill/pdf 1.0.0: blocked"), "{output}");
        refused(&repo, &["approve", "skill/pdf", "--reason", "x"], "it is blocked; unblock it first");
        let output = repo.run(&["unblock", "skill/pdf", "--reason", "False alarm", "--commit"]).exits(0);
        assert!(output.stdout.contains("skill/pdf 1.0.0: approved"), "{output}");
    }
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn blocking_every_version_removes_the_files_when_asked() -> TestResult {
    let repo = desk("alice")?;
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    repo.run(&["block", "skill/pdf", "--all-versions", "--remove", "--reason", "Malicious", "--commit"]).exits(0);
    assert!(!repo.path().join("skills/pdf").exists() && repo.path().join("skills/csv").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    refused(&repo, &["block", "skill/pdf", "--all-versions", "--reason", "x"], "already blocked");
    refused(
        &repo,
        &["unblock", "skill/pdf@1.0.0", "--reason", "x"],
        "every version of it is blocked; lift that with `countersign unblock skill/pdf --all-versions",
    );
    Ok(())
}

#[test]
fn rolling_back_restores_the_old_files_and_is_the_current_version() -> TestResult {
    let repo = desk("alice")?;
    let bob = repo.bob.clone();
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    let old = fs::read(repo.path().join("skills/pdf/SKILL.md"))?;
    fs::write(repo.path().join("skills/pdf/SKILL.md"), String::from_utf8(old.clone())?.replace("1.0.0", "1.1.0"))?;
    fs::write(repo.path().join("skills/pdf/run.sh"), "#!/bin/sh\n")?;
    repo.git(&["add", "-A"]);
    repo.git(&["-c", &format!("user.email={}", bob.email), "commit", "-q", "-m", "1.1.0"]);
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    let output = repo.run(&["rollback", "skill/pdf", "--to", "@previous", "--reason", "Breaks", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/pdf 1.1.0: rolled-back; current is 1.0.0"), "{output}");
    assert_eq!(fs::read(repo.path().join("skills/pdf/SKILL.md"))?, old);
    assert!(!repo.path().join("skills/pdf/run.sh").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert_eq!(repo.current("skill/pdf"), "1.0.0");
    Ok(())
}

#[test]
fn rolling_back_past_the_preceding_version_does_what_the_command_promised() -> TestResult {
    for commits in [true, false] {
        let repo = desk("alice")?;
        let skill = repo.path().join("skills/pdf/SKILL.md");
        let old = fs::read_to_string(&skill)?;
        repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
        for version in ["2.0.0", "3.0.0"] {
            fs::write(&skill, old.replace("1.0.0", version))?;
            repo.git(&["-c", &format!("user.email={}", repo.bob.email), "commit", "-q", "-a", "-m", version]);
            repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
        }
        let rollback = ["rollback", "skill/pdf", "--to", "1.0.0", "--reason", "Breaks"];
        let output = if commits { repo.run(&[&rollback[..], &["--commit"]].concat()) } else { repo.run(&rollback) }.exits(0);
        assert!(output.stdout.contains("skill/pdf 3.0.0: rolled-back; current is 1.0.0"), "{output}");
        if !commits {
            repo.git(&["add", "-A"]);
            repo.git(&["commit", "-q", "-m", "Roll back"]);
        }
        assert_eq!(repo.current("skill/pdf"), "1.0.0");
        // Nothing but the Skill that waits on this desk.
        repo.check().assert("waiting", &["unapproved-version"]).without("version-regressed").without("not-authorized");
    }
    Ok(())
}

#[test]
fn a_change_of_the_policy_is_approved_by_its_serial_and_bytes() -> TestResult {
    let mut repo = desk("alice")?;
    let (alice, next) = (repo.alice.clone(), repo.team_policy().successor(&repo.tree()));
    repo.commit(&alice, "Let nothing expire", |tree| tree.put_policy(&next.line("retention: {decisions: 7y}")))?;
    repo.checkout()?;
    let output = repo.run(&["approve", "policy", "--reason", "Keep records", "--commit"]).exits(0);
    assert!(output.stdout.contains("policy serial 2: 1 of 2: needs carol"), "{output}");
    sit(&repo, "bob");
    refused(&repo, &["approve", "policy", "--reason", "x"], "policy");
    sit(&repo, "carol");
    let output = repo.run(&["approve", "policy", "--reason", "Fine", "--commit"]).exits(0);
    assert!(output.stdout.contains("policy serial 2: in force once this lands"), "{output}");
    assert_eq!(repo.run(&["status", "--format", "json"]).json()["policy_serial"], 2);
    Ok(())
}

#[test]
fn on_another_branch_the_decision_is_about_what_would_land() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["checkout", "-q", "-b", "change"]);
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(&skill, fs::read_to_string(&skill)?.replace("1.0.0", "2.0.0"))?;
    let email = format!("user.email={}", repo.bob.email);
    repo.git(&["-c", &email, "commit", "-q", "-a", "-m", "2.0.0"]);
    let output = repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/pdf 2.0.0: approved"), "{output}");
    assert!(output.stdout.contains("push `change` and open a pull request against `main`"), "{output}");
    repo.check_with(&["--base", "main"]).passes();
    // The same file changed on both sides, in different places: what lands is what nobody looked at.
    repo.git(&["checkout", "-q", "main"]);
    fs::write(repo.path().join("skills/pdf/more.md"), "more\n")?;
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "More"]);
    repo.git(&["checkout", "-q", "change"]);
    refused(&repo, &["block", "skill/pdf", "--reason", "x"], "merging changes skills/pdf: what would land differs from your branch");
    Ok(())
}

#[test]
fn a_stolen_key_is_suspended_with_one_command() -> TestResult {
    let repo = desk("alice")?;
    let output = repo.run(&["block", "principal/bob", "--reason", "Laptop stolen", "--commit"]).exits(0);
    assert!(output.stdout.contains("principal/bob: suspended"), "{output}");
    sit(&repo, "bob");
    refused(&repo, &["revoke", "skill/pdf", "--reason", "x"], "would not count");
    let output = {
        sit(&repo, "alice");
        repo.run(&["block", "principal/carol", "--reason", "Gone"]).exits(0)
    };
    assert!(output.stderr.contains("no one could change the policy"), "{output}");
    Ok(())
}

#[test]
fn a_signed_commit_serves_where_the_policy_accepts_it() -> TestResult {
    let repo = desk("alice")?;
    refused(&repo, &["approve", "skill/pdf", "--reason", "x", "--no-sign", "--commit"], "evidence-not-accepted");
    let output = repo.run(&["block", "skill/pdf", "--reason", "x", "--no-sign", "--commit"]).exits(0);
    assert!(output.stdout.contains("skill/pdf 1.0.0: blocked"), "{output}");
    assert_eq!(records(&repo).len(), 1, "no signature beside it");
    assert!(repo.git(&["cat-file", "commit", "HEAD"]).contains("gpgsig "), "the commit is signed");
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn nothing_that_the_repository_configures_is_executed() -> TestResult {
    let repo = desk("alice")?;
    let trap = repo.beside().join("trap.sh");
    let mark = repo.beside().join("sprung");
    fs::write(&trap, format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display()))?;
    #[cfg(unix)]
    fs::set_permissions(&trap, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let trap = trap.to_str().ok_or("a plain path")?;
    for hook in ["pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change", "fsmonitor-watchman"] {
        fs::create_dir_all(repo.path().join(".git/hooks"))?;
        fs::copy(trap, repo.path().join(".git/hooks").join(hook))?;
    }
    let program = [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "gpg.program",
        "gpg.ssh.program",
        "gpg.openpgp.program",
        "gpg.ssh.defaultKeyCommand",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "diff.external",
        "alias.commit-tree",
    ];
    for name in program {
        repo.git(&["config", name, trap]);
    }
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.format", "ssh"]);
    fs::write(repo.path().join(".git/info/attributes"), "* filter=trap diff=trap\n")?;
    fs::create_dir_all(repo.path().join("bin"))?;
    fs::copy(trap, repo.path().join("bin/git"))?;
    repo.run(&["approve", "skill/*", "--reason", "x", "--commit"]).exits(0);
    assert!(!mark.exists(), "something of the repository was run");
    Ok(())
}

#[cfg(unix)]
#[test]
fn records_are_never_written_through_links_or_over_files() -> TestResult {
    let repo = desk("alice")?;
    let elsewhere = repo.beside().join("elsewhere");
    fs::create_dir_all(&elsewhere)?;
    std::os::unix::fs::symlink(&elsewhere, repo.path().join("approvals"))?;
    repo.run(&["approve", "skill/pdf", "--reason", "x"]).exits(2);
    assert_eq!(fs::read_dir(&elsewhere)?.count(), 0);
    fs::remove_file(repo.path().join("approvals"))?;
    repo.run(&["approve", "skill/pdf", "--reason", "x"]).exits(0);
    repo.run(&["approve", "skill/pdf", "--reason", "x"]).exits(0);
    assert_eq!(records(&repo).len(), 4, "the second got a second of its own");
    Ok(())
}

#[test]
fn an_openpgp_key_signs_when_gpg_is_there() -> TestResult {
    if path_of("gpg").is_none() {
        return Ok(());
    }
    let mut repo = Repo::empty();
    let home = repo.beside().to_owned();
    fs::create_dir_all(home.join("gnupg"))?;
    #[cfg(unix)]
    fs::set_permissions(home.join("gnupg"), std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let quick = [
        "--batch",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
        "--quick-generate-key",
        "Alice <alice@acme.example>",
        "ed25519",
        "sign",
        "never",
    ];
    let made = countersign_testkit::program("gpg", &home, &quick, b"");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a Skill", |tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    repo.checkout()?;
    // Now is the real clock's, because a certificate counts from its creation.
    let now = countersign_testkit::program("date", &home, &["-u", "+%Y-%m-%dT%H:%M:%SZ"], b"");
    let now = String::from_utf8(now.stdout)?.trim().to_owned();
    repo.run(&["init", "--openpgp", "alice@acme.example", "--as", "alice", "--now", &now]).exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    // Somebody types a passphrase: the signature is made after the command looked at the clock.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let output = repo.run(&["approve", "skill/pdf", "--openpgp", "--key", "alice@acme.example", "--reason", "x", "--now", &now]).exits(0);
    assert!(output.stdout.contains("skill/pdf 1.0.0: approved"), "{output}");
    let written = records(&repo);
    assert_eq!(written[1], format!("{}.asc", written[0]));
    Ok(())
}
