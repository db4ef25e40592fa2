//! Decisions that a signed commit or an OpenPGP key vouches for.

use countersign_testkit::{Repo, TestResult, clock, desk, gpg_key, path_of, records, refused};

#[test]
fn a_signed_commit_serves_where_the_policy_accepts_it() -> TestResult {
    let repo = desk("alice")?;
    refused(
        &repo,
        &[
            "approve",
            "skill/pdf",
            "--reason",
            "x",
            "--no-sign",
            "--commit",
        ],
        "evidence-not-accepted",
    );
    // Without --commit it cannot be tried out, and is known all the same.
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x", "--no-sign"],
        "a signed commit does not prove an approval of skill/pdf",
    );
    let output = repo
        .run(&[
            "block",
            "skill/pdf",
            "--reason",
            "x",
            "--no-sign",
            "--commit",
        ])
        .exits(0);
    assert!(
        output.stdout.contains("skill/pdf 1.0.0: blocked"),
        "{output}"
    );
    assert_eq!(records(&repo).len(), 1, "no signature beside it");
    assert!(
        repo.git(&["cat-file", "commit", "HEAD"])
            .contains("gpgsig "),
        "the commit is signed"
    );
    assert_eq!(repo.state("skill/pdf"), "blocked");
    Ok(())
}

#[test]
fn an_openpgp_key_signs_when_gpg_is_there() -> TestResult {
    if path_of("gpg").is_none() {
        return Ok(());
    }
    let mut repo = Repo::empty();
    gpg_key(&repo, "Alice <alice@acme.example>", "never", None);
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    // Now is the real clock's, because a certificate counts from its creation.
    let now = clock(&repo);
    repo.run(&[
        "init",
        "--openpgp",
        "alice@acme.example",
        "--as",
        "alice",
        "--now",
        &now,
    ])
    .exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    // Typing a passphrase takes time: the signature is made after the command looked at the clock.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let output = repo
        .run(&[
            "approve",
            "skill/pdf",
            "--openpgp",
            "--key",
            "alice@acme.example",
            "--reason",
            "x",
            "--now",
            &now,
        ])
        .exits(0);
    assert!(
        output.stdout.contains("skill/pdf 1.0.0: approved"),
        "{output}"
    );
    let written = records(&repo);
    assert_eq!(written[1], format!("{}.asc", written[0]));
    Ok(())
}
