//! The keys of the person at the keyboard: which is taken, what is said of one that cannot be used,
//! and advice that does no harm.

use std::fs;
use std::path::PathBuf;

use countersign::demo::{Person, Tree};
use countersign_testkit::{
    Output, Repo, TestResult, clock, desk, gpg_key, path_of, program, records,
};

/// An ungoverned repository whose user has no key yet.
fn keyless() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add a Skill", |tree: &mut Tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    fs::create_dir_all(repo.beside().join(".ssh"))?;
    Ok(repo)
}

fn ssh_file(repo: &Repo, name: &str) -> PathBuf {
    repo.beside().join(".ssh").join(name)
}

/// A new private key of the user, and its public part beside it.
fn make_key(repo: &Repo, name: &str, passphrase: &str) {
    let path = ssh_file(repo, name).display().to_string();
    let arguments = ["-q", "-t", "ed25519", "-N", passphrase, "-f", &path];
    let made = program("ssh-keygen", repo.beside(), &arguments, b"");
    assert!(made.status.success(), "{made:?}");
}

#[track_caller]
fn says(output: &Output, words: &[&str]) {
    for word in words {
        assert!(output.stderr.contains(word), "{word}\n{output}");
    }
}

#[test]
fn a_configured_key_that_cannot_be_used_is_named_and_no_other_is_taken_for_it() -> TestResult {
    let repo = keyless()?;
    make_key(&repo, "id_ed25519", "");
    fs::write(ssh_file(&repo, "notes.txt"), "no key\n")?;
    #[cfg(unix)]
    fs::set_permissions(
        ssh_file(&repo, "notes.txt"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )?;
    for (settings, words) in [
        (
            &[
                ("gpg.format", "ssh"),
                ("user.signingkey", "~/.ssh/work.pub"),
            ][..],
            &["user.signingkey", "~/.ssh/work.pub does not exist"][..],
        ),
        (
            &[
                ("gpg.format", "ssh"),
                ("user.signingkey", "~/.ssh/notes.txt"),
            ],
            &["user.signingkey", "~/.ssh/notes.txt is not an SSH key"],
        ),
        (
            &[("gpg.format", "ssh"), ("user.signingkey", "~/.ssh")],
            &["user.signingkey", "is a folder"],
        ),
        (
            &[("gpg.format", "ssh"), ("user.signingkey", "key::ssh-dss x")],
            &["user.signingkey", "`key::` is not an SSH public key"],
        ),
        (
            &[
                ("gpg.format", "openpgp"),
                ("user.signingkey", "~/.ssh/id_ed25519.pub"),
            ],
            &[
                "`gpg.format` is `openpgp`",
                "git config --global gpg.format ssh",
            ],
        ),
        (
            &[("gpg.format", "x509"), ("user.signingkey", "Alice")],
            &["`gpg.format` is `x509`"],
        ),
        (
            &[("gpg.format", "shh"), ("user.signingkey", "Alice")],
            &["`gpg.format` in your Git configuration is `shh`"],
        ),
    ] {
        for (name, value) in settings {
            repo.git(&["config", name, value]);
        }
        let output = repo.run(&["init", "--print"]).exits(2);
        says(&output, words);
        assert_eq!(output.stdout, "", "{output}");
    }
    repo.git(&["config", "--unset", "gpg.format"]);
    repo.git(&["config", "user.signingkey", "~/.ssh/id_ed25519.pub"]);
    says(
        &repo.run(&["init", "--print"]).exits(2),
        &["`gpg.format` is not set"],
    );
    repo.git(&["config", "gpg.format", "ssh"]);
    repo.run(&["init", "--print"]).exits(0);
    says(
        &repo.run(&["init", "--print", "--key", "none"]).exits(2),
        &["none does not exist"],
    );
    Ok(())
}

#[test]
fn a_decision_says_that_the_configured_key_is_missing_and_with_whose_key_it_signs() -> TestResult {
    let repo = desk("alice")?;
    repo.git(&["config", "gpg.format", "ssh"]);
    repo.git(&["config", "user.signingkey", "~/.ssh/work.pub"]);
    let output = repo
        .run(&["approve", "skill/pdf", "--reason", "Read"])
        .exits(0);
    says(
        &output,
        &[
            "~/.ssh/work.pub does not exist",
            "signing with another key of alice",
        ],
    );
    fs::remove_file(ssh_file(&repo, "id_ed25519.pub"))?;
    fs::remove_file(ssh_file(&repo, "id_ed25519"))?;
    let output = repo
        .run(&["approve", "skill/csv", "--reason", "Read"])
        .exits(2);
    says(
        &output,
        &[
            "none of your keys belongs to anyone",
            "~/.ssh/work.pub does not exist",
        ],
    );
    Ok(())
}

#[test]
fn a_private_key_without_its_public_part_is_used_and_one_with_a_passphrase_is_explained()
-> TestResult {
    let repo = keyless()?;
    make_key(&repo, "id_ed25519", "");
    let public = fs::read_to_string(ssh_file(&repo, "id_ed25519.pub"))?;
    let public = public.split_whitespace().nth(1).ok_or("a key")?.to_owned();
    fs::remove_file(ssh_file(&repo, "id_ed25519.pub"))?;
    let output = repo.run(&["init", "--print"]).exits(0);
    assert!(output.stdout.contains(&public), "{output}");
    repo.run(&["init", "--quiet"]).exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.run(&["approve", "skill/pdf", "--reason", "Read"])
        .exits(0);

    let repo = keyless()?;
    make_key(&repo, "id_ed25519", "secret");
    let public = fs::read(ssh_file(&repo, "id_ed25519.pub"))?;
    fs::remove_file(ssh_file(&repo, "id_ed25519.pub"))?;
    let output = repo.run(&["init"]).exits(2);
    says(
        &output,
        &[
            "~/.ssh/id_ed25519 has no public key next to it",
            "`ssh-keygen -y -f ~/.ssh/id_ed25519 > ~/.ssh/id_ed25519.pub`",
            "ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519_countersign\n",
            "`--key ~/.ssh/id_ed25519_countersign`",
        ],
    );
    fs::write(ssh_file(&repo, "id_ed25519.pub"), "")?;
    let output = repo.run(&["init"]).exits(2);
    says(
        &output,
        &[
            "~/.ssh/id_ed25519.pub is not an SSH public key",
            "Move it away",
        ],
    );
    fs::write(ssh_file(&repo, "id_ed25519.pub"), public)?;
    repo.run(&["init"]).exits(0);
    Ok(())
}

#[test]
fn a_signature_that_failed_says_whether_key_agent_or_passphrase_is_missing() -> TestResult {
    let repo = desk("alice")?;
    let approve = || {
        let output = repo
            .run(&["approve", "skill/pdf", "--reason", "Read"])
            .exits(3);
        assert_eq!(records(&repo).len(), 0, "{output}");
        output
    };
    let private = ssh_file(&repo, "id_ed25519");
    let pem = fs::read(&private)?;
    fs::remove_file(&private)?;
    says(
        &approve(),
        &[
            "only the public part of ~/.ssh/id_ed25519 is here",
            "no SSH agent is running (`SSH_AUTH_SOCK` is not set)",
            "Put the private key back at ~/.ssh/id_ed25519",
        ],
    );
    let public = Person::new("alice").public_line();
    let public: Vec<&str> = public.split_whitespace().take(2).collect();
    let output = repo
        .run(&[
            "approve",
            "skill/pdf",
            "--reason",
            "Read",
            "--key",
            &format!("key::{}", public.join(" ")),
        ])
        .exits(3);
    says(
        &output,
        &["in no file that was named", "no SSH agent is running"],
    );
    fs::write(&private, &pem)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&private, fs::Permissions::from_mode(0o600))?;
        let path = private.display().to_string();
        let lock = ["-q", "-p", "-P", "", "-N", "secret", "-f", &path];
        let locked = program("ssh-keygen", repo.beside(), &lock, b"");
        assert!(locked.status.success(), "{locked:?}");
        says(
            &approve(),
            &[
                "the passphrase of ~/.ssh/id_ed25519 was wrong or could not be asked for",
                "`ssh-add ~/.ssh/id_ed25519`",
            ],
        );
        fs::set_permissions(&private, fs::Permissions::from_mode(0o644))?;
        says(&approve(), &["`chmod 600 ~/.ssh/id_ed25519`"]);
    }
    Ok(())
}

#[test]
fn the_key_of_gpg_that_the_policy_lists_is_found_without_naming_it() -> TestResult {
    if path_of("gpg").is_none() {
        return Ok(());
    }
    let repo = keyless()?;
    gpg_key(&repo, "Other <other@acme.example>", "never", None);
    gpg_key(&repo, "Alice <alice@acme.example>", "never", None);
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
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let now = clock(&repo);
    for options in [&[][..], &["--openpgp"], &["--as", "alice"]] {
        let command = ["approve", "skill/pdf", "--reason", "Read", "--now", &now];
        let output = repo.run(&[&command[..], options].concat()).exits(0);
        assert!(
            output.stdout.contains("skill/pdf 1.0.0: approved"),
            "{output}"
        );
        fs::remove_dir_all(repo.path().join("approvals"))?;
    }
    Ok(())
}

#[test]
fn a_key_that_has_expired_or_is_weak_is_not_put_into_a_policy() -> TestResult {
    let repo = keyless()?;
    let path = ssh_file(&repo, "weak").display().to_string();
    let arguments = ["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", &path];
    if program("ssh-keygen", repo.beside(), &arguments, b"")
        .status
        .success()
    {
        says(&repo.run(&["init", "--key", &path]).exits(2), &["weak key"]);
        repo.git(&["config", "gpg.format", "ssh"]);
        repo.git(&["config", "user.signingkey", &path]);
        make_key(&repo, "id_ed25519", "");
        says(&repo.run(&["init"]).exits(2), &["weak key"]);
        repo.git(&["config", "--unset", "user.signingkey"]);
        repo.git(&["config", "--unset", "gpg.format"]);
    }
    if path_of("gpg").is_some() {
        gpg_key(
            &repo,
            "Alice <alice@acme.example>",
            "1d",
            Some("20200101T000000"),
        );
        let output = repo
            .run(&["init", "--openpgp", "alice@acme.example"])
            .exits(2);
        says(&output, &["expired on 2020-01-02"]);
    }
    assert!(!repo.path().join("countersign.yaml").exists());
    Ok(())
}

#[test]
fn a_certificate_that_has_expired_is_reported_at_its_line_as_of_the_time_asked_about() -> TestResult
{
    if path_of("gpg").is_none() {
        return Ok(());
    }
    let repo = keyless()?;
    make_key(&repo, "id_ed25519", "");
    repo.run(&["init", "-q", "--as", "alice"]).exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.check().passes().without("key-expired");
    gpg_key(
        &repo,
        "Carol <carol@acme.example>",
        "1d",
        Some("20200101T000000"),
    );
    let export = ["--batch", "--armor", "--export", "carol@acme.example"];
    let certificate = program("gpg", repo.beside(), &export, b"").stdout;
    fs::create_dir_all(repo.path().join("keys"))?;
    fs::write(repo.path().join("keys/carol.asc"), certificate)?;
    let path = repo.path().join("countersign.yaml");
    let policy = fs::read_to_string(&path)?.replace(
        "\nroles:",
        "  carol: {keys: [{openpgp: keys/carol.asc}]}\n\nroles:",
    );
    fs::write(&path, &policy)?;
    let line = policy
        .lines()
        .position(|line| line.contains("carol.asc"))
        .ok_or("a line")?
        + 1;
    // The serial's `previous` takes a line of its own.
    let line = line + 1;
    let said = "of carol expired on 2020-01-02T00:00:00Z";
    let bumped = repo.run(&["policy", "bump"]).exits(0);
    says(&bumped, &[said, &format!("countersign.yaml:{line}: ")]);
    let shown = repo.run(&["check", "--worktree"]).exits(0);
    assert!(
        shown.stdout.contains(said) && shown.stdout.contains(&format!("countersign.yaml:{line}:")),
        "{shown}"
    );
    let then = ["check", "--worktree", "--now", "2020-01-01T12:00:00Z"];
    let shown = repo.run(&then).exits(0);
    assert!(!shown.stdout.contains("key-expired"), "{shown}");
    says(&repo.run(&["policy", "diff"]).exits(0), &[said]);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Add Carol"]);
    repo.check()
        .assert("waiting", &["policy-pending"])
        .finding("key-expired")
        .is("warning")
        .has("path", "countersign.yaml")
        .says(said);
    Ok(())
}
