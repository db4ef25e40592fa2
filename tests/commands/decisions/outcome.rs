//! What a decision says that it does, and what it still lacks.

use countersign_testkit::{Repo, TestResult, sit, typed};

#[test]
fn an_unblock_with_too_few_signatures_names_who_else_can_sign() -> TestResult {
    let mut repo = Repo::team_with(countersign_testkit::any_two_members, |_| ());
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    sit(&repo, "alice");
    for (blocked, told) in [
        (
            &["skill/pdf"][..],
            "skill/pdf 1.0.0: still blocked: more approvals are needed, from carol",
        ),
        (
            &["skill/pdf", "--all-versions"],
            "skill/pdf: still blocked: more signatures are needed, from carol",
        ),
        (
            &["principal/bob"],
            "principal/bob: more signatures are needed, from carol",
        ),
    ] {
        let rest = ["--reason", "x", "--commit"];
        repo.run(&[&["block"], blocked, &rest].concat()).exits(0);
        let lifted = repo.run(&[&["unblock"], blocked, &rest].concat()).exits(0);
        assert!(lifted.stdout.contains(told), "{told}\n{lifted}");
        sit(&repo, "carol");
        let lifted = repo.run(&[&["unblock"], blocked, &rest].concat()).exits(0);
        assert!(!lifted.stdout.contains("needed"), "{lifted}");
        sit(&repo, "alice");
    }
    Ok(())
}

/// Where no record keeps the reason, the printed `git commit` does.
#[test]
fn a_reason_that_no_record_keeps_is_in_the_commit_that_is_printed() -> TestResult {
    let mut repo = Repo::team();
    for version in ["1.0.0", "1.1.0"] {
        repo.approved_skill("pdf", version)?;
    }
    repo.checkout()?;
    sit(&repo, "alice");
    repo.run(&["block", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    let back = [
        "rollback",
        "skill/pdf",
        "--to",
        "current",
        "--reason",
        "It's safer.",
    ];
    let output = repo.run(&back).exits(0);
    assert!(
        output
            .stdout
            .contains("Your reason will be in the message of the commit, and in no record.\n"),
        "{output}"
    );
    let commands = output
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  git "));
    for command in commands {
        let git = format!("git -c user.name=Alice -c user.email=alice@acme.example {command}");
        typed(&repo, &repo.path(), &git).exits(0);
    }
    let message = repo.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("Restore skill/pdf 1.0.0\n\nIt's safer."),
        "{message}\n{output}"
    );
    Ok(())
}
