//! What the commands that decide say: nothing before it is true, nothing that does not work, and
//! the same as JSON.

use std::fs;

use countersign_testkit::{
    Repo, TestResult, commits_count, decide, desk, git, refused, sit, typed,
};

#[test]
fn a_rolled_back_version_that_is_gone_from_the_tree_is_refused_for_the_true_reason() -> TestResult {
    let repo = desk("alice")?;
    decide(&repo, "approve", "skill/pdf", "x");
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(
        &skill,
        fs::read_to_string(&skill)?.replace("1.0.0", "1.1.0"),
    )?;
    repo.git(&[
        "commit",
        "-q",
        "-a",
        "-m",
        "1.1.0",
        "--author",
        &format!("Bob <{}>", repo.bob.email),
    ]);
    decide(&repo, "approve", "skill/pdf", "x");
    repo.run(&[
        "rollback",
        "skill/pdf",
        "--to",
        "1.0.0",
        "--reason",
        "x",
        "--commit",
    ])
    .exits(0);
    sit(&repo, "bob");
    refused(
        &repo,
        &["approve", "skill/pdf@1.1.0", "--reason", "x"],
        "bob contributed to it",
    );
    sit(&repo, "carol");
    decide(&repo, "approve", "skill/pdf@1.1.0", "x");
    assert_eq!(repo.version_state("skill/pdf", "1.1.0"), "approved");
    Ok(())
}

#[test]
fn a_changed_package_is_called_changed_before_anything_else_is_said_of_it() -> TestResult {
    let repo = desk("alice")?;
    decide(&repo, "approve", "skill/pdf", "x");
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(&skill, format!("{}\nmore\n", fs::read_to_string(&skill)?))?;
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "skills/pdf/SKILL.md (changed)",
    );
    refused(
        &repo,
        &["approve", "skill/p*", "--reason", "x"],
        "skills/pdf/SKILL.md (changed)",
    );
    Ok(())
}

#[test]
fn nothing_is_called_approved_before_it_is_committed_and_the_next_commands_work() -> TestResult {
    let repo = desk("alice")?;
    let output = repo
        .run(&["approve", "skill/pdf", "--reason", "x"])
        .exits(0);
    let (before, after) = output
        .stdout
        .split_once("Once this is committed and has landed on `main`:")
        .ok_or("it says when")?;
    assert!(
        !before.contains("approved") && after.contains("  skill/pdf 1.0.0: approved"),
        "{output}"
    );
    assert_eq!(repo.state("skill/pdf"), "draft");
    let bare = repo.beside().join("origin.git");
    git(
        repo.beside(),
        repo.beside(),
        &["init", "-q", "--bare", &bare.display().to_string()],
    );
    repo.git(&["remote", "add", "origin", &bare.display().to_string()]);
    // From the root, from a folder below it, and with -C: what is printed is typed as it is.
    let below = repo.path().join("skills");
    let root = repo.path().display().to_string();
    fs::remove_dir_all(repo.path().join("approvals"))?;
    let now = repo.now().to_string();
    let places = [
        (repo.path(), String::new()),
        (below, String::new()),
        (repo.beside().to_owned(), format!("-C '{root}' ")),
    ];
    for (index, (place, option)) in places.iter().enumerate() {
        let subject = ["skill/pdf", "skill/csv", "principal/bob"][index];
        let verb = if index == 2 { "block" } else { "approve" };
        let output = typed(
            &repo,
            place,
            &format!("countersign {option}{verb} {subject} --reason x --now {now}"),
        )
        .exits(0);
        let commands: Vec<&str> = output
            .stdout
            .lines()
            .filter(|line| line.starts_with("  git "))
            .map(str::trim)
            .collect();
        assert_eq!(commands.len(), 3, "add, commit, push\n{output}");
        assert!(
            !output.stdout.contains(" -S "),
            "no one asked for a signed commit\n{output}"
        );
        for command in commands {
            typed(&repo, place, command).exits(0);
        }
        assert_eq!(repo.git(&["status", "--porcelain"]), "", "{place:?}");
        assert_eq!(
            git(&bare, repo.beside(), &["rev-parse", "main"]),
            repo.git(&["rev-parse", "HEAD"])
        );
    }
    assert_eq!(
        (repo.state("skill/pdf"), repo.state("skill/csv")),
        ("approved".to_owned(), "approved".to_owned())
    );
    Ok(())
}

#[test]
fn a_signed_commit_is_made_where_the_policy_or_the_evidence_needs_one() -> TestResult {
    let mut repo = Repo::team_with(
        |policy| commits_count(policy).line("signed_commits: governance"),
        |_| (),
    );
    let bob = repo.bob.clone();
    repo.commit(bob.signed(), "Add Skills", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put_skill("csv", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    sit(&repo, "alice");
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x", "--commit"],
        "the policy requires signed commits",
    );
    let output = repo
        .run(&["approve", "skill/pdf", "--reason", "x", "--no-sign"])
        .exits(0);
    let commands: Vec<String> = output
        .stdout
        .lines()
        .filter(|line| line.starts_with("  git "))
        .map(|line| line.trim().to_owned())
        .collect();
    assert_eq!(commands.len(), 2, "there is nowhere to push to\n{output}");
    for command in &commands {
        // Git has no key configured, so the command names the one that counts.
        typed(&repo, &repo.path(), command).exits(0);
    }
    assert_eq!(repo.state("skill/pdf"), "approved");
    repo.git(&["config", "gpg.format", "ssh"]);
    repo.git(&[
        "config",
        "user.signingkey",
        &repo.beside().join(".ssh/id_ed25519").display().to_string(),
    ]);
    let output = repo
        .run(&["approve", "skill/csv", "--reason", "x"])
        .exits(0);
    assert!(output.stdout.contains(" commit -S -m"), "{output}");
    fs::remove_dir_all(repo.path().join("approvals/skill/csv"))?;
    decide(&repo, "approve", "skill/csv", "x");
    assert!(
        repo.git(&["cat-file", "commit", "HEAD"])
            .contains("gpgsig "),
        "the commit is signed"
    );
    Ok(())
}

#[test]
fn a_mistyped_subject_is_answered_with_the_one_that_was_meant() -> TestResult {
    let repo = desk("alice")?;
    decide(&repo, "approve", "skill/pdf", "x");
    for command in ["status", "log", "explain", "show", "diff"] {
        for typo in ["skill/pfd", "prompt/pdf", "skil/pdf"] {
            let output = repo.run(&[command, typo]).exits(2);
            assert!(
                output
                    .stderr
                    .to_lowercase()
                    .contains("did you mean skill/pdf?"),
                "{command} {typo}\n{output}"
            );
        }
    }
    for command in ["status", "log", "explain", "show"] {
        let output = repo.run(&[command, "pdf"]).exits(2);
        assert!(
            output.stderr.contains("Did you mean skill/pdf?"),
            "{output}"
        );
    }
    for typo in ["skill/pfd", "prompt/pdf", "skil/pdf"] {
        for command in [
            "approve",
            "reject",
            "deprecate",
            "archive",
            "block",
            "unblock",
            "revoke",
        ] {
            let output = repo.run(&[command, typo, "--reason", "x"]).exits(2);
            assert!(
                output
                    .stderr
                    .to_lowercase()
                    .contains("did you mean skill/pdf?"),
                "{output}"
            );
        }
        let output = repo
            .run(&["rollback", typo, "--to", "previous", "--reason", "x"])
            .exits(2);
        assert!(
            output
                .stderr
                .to_lowercase()
                .contains("did you mean skill/pdf?"),
            "{output}"
        );
    }
    Ok(())
}

#[test]
fn help_about_a_refused_decision_names_its_subject() -> TestResult {
    let repo = desk("bob")?;
    decide(&repo, "block", "skill/csv", "x");
    sit(&repo, "carol");
    let mut outputs = vec![refused(
        &repo,
        &[
            "approve",
            "skill/*",
            "--no-sign",
            "--commit",
            "--reason",
            "x",
        ],
        "evidence-not-accepted",
    )];
    sit(&repo, "bob");
    decide(&repo, "block", "principal/bob", "Stolen");
    outputs.push(refused(
        &repo,
        &["revoke", "skill/pdf", "--reason", "x"],
        "would not count",
    ));
    for output in outputs {
        assert!(
            !output.stderr.contains('{')
                && !output.stderr.contains("SUBJECT")
                && !output.stderr.contains("PRINCIPAL"),
            "{output}"
        );
    }
    Ok(())
}

#[test]
fn a_decision_reports_the_same_as_json() -> TestResult {
    let repo = desk("alice")?;
    let told = repo
        .run(&[
            "approve",
            "skill/pdf",
            "--reason",
            "x",
            "--commit",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    assert_eq!(told["schema"], "countersign.decision-report/v1");
    assert_eq!(
        (&told["decision"], &told["principal"]),
        (&"approve".into(), &"alice".into())
    );
    assert_eq!(told["committed"], repo.git(&["rev-parse", "HEAD"]).trim());
    let record = told["record"].as_str().ok_or("a path")?;
    assert_eq!(
        told["written"],
        serde_json::json!([record, format!("{record}.sig")])
    );
    assert!(repo.path().join(record).is_file());
    let item = &told["items"][0];
    assert_eq!(
        (&item["subject"], &item["version"], &item["state"]),
        (&"skill/pdf".into(), &"1.0.0".into(), &"approved".into())
    );
    let told = repo
        .run(&[
            "approve", "skill/*", "--reason", "x", "--format", "json", "--quiet",
        ])
        .exits(0)
        .json();
    assert_eq!(
        told["left_out"],
        serde_json::json!([{"subject": "skill/pdf", "reason": "it is approved already"}])
    );
    assert_eq!(told["committed"], serde_json::Value::Null);
    assert!(
        told["next"][0]
            .as_str()
            .is_some_and(|line| line.contains(" add -- approvals/")),
        "{told:#}"
    );
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "csv"]);
    let told = repo
        .run(&[
            "block",
            "skill/csv",
            "--reason",
            "x",
            "--commit",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    assert_eq!(
        told["follow_ups"],
        serde_json::json!(["countersign block skill/csv --remove --reason …"])
    );
    let told = repo
        .run(&[
            "block",
            "skill/csv",
            "--remove",
            "--reason",
            "x",
            "--commit",
            "--format",
            "json",
        ])
        .exits(0)
        .json();
    assert_eq!(
        (&told["decision"], &told["record"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(told["removed"], serde_json::json!(["skills/csv/SKILL.md"]));
    Ok(())
}
