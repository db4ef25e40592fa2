//! A repository that sets traps: nothing of it is executed, and no record follows its links.

use std::fs;

#[cfg(unix)]
use countersign_testkit::records;
use countersign_testkit::{TestResult, decide, desk};

#[test]
fn nothing_that_the_repository_configures_is_executed() -> TestResult {
    let repo = desk("alice")?;
    let trap = repo.beside().join("trap.sh");
    let mark = repo.beside().join("sprung");
    fs::write(
        &trap,
        format!("#!/bin/sh\ntouch '{}'\ncat\n", mark.display()),
    )?;
    #[cfg(unix)]
    fs::set_permissions(&trap, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let trap = trap.to_str().ok_or("a plain path")?;
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
    ] {
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
    let key = repo.beside().join(".ssh/id_ed25519");
    repo.git(&["config", "user.signingkey", &key.display().to_string()]);
    fs::write(
        repo.path().join(".git/info/attributes"),
        "* filter=trap diff=trap\n",
    )?;
    fs::create_dir_all(repo.path().join("bin"))?;
    fs::copy(trap, repo.path().join("bin/git"))?;
    decide(&repo, "approve", "skill/*", "x");
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
    repo.run(&["approve", "skill/pdf", "--reason", "x"])
        .exits(2);
    assert_eq!(fs::read_dir(&elsewhere)?.count(), 0);
    fs::remove_file(repo.path().join("approvals"))?;
    repo.run(&["approve", "skill/pdf", "--reason", "x"])
        .exits(0);
    repo.run(&["approve", "skill/pdf", "--reason", "x"])
        .exits(0);
    assert_eq!(
        records(&repo).len(),
        4,
        "the second got a second of its own"
    );
    Ok(())
}
