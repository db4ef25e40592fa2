//! Every command that is offered works as it is typed, and what looks like a dead end has a way
//! out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::demo::{Method, story};
use countersign_testkit::adoption::adopt_by_both;
use countersign_testkit::{Repo, TestResult, desk, git, refused, sit, typed};

/// A copy of a repository, to be changed.
fn scratch(repo: &Repo, of: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let copy = repo.beside().join("scratch");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let made = countersign_testkit::program(
        "cp",
        repo.beside(),
        &["-R", &of.display().to_string(), &copy.display().to_string()],
        b"",
    );
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    Ok(copy)
}

/// Types every command that `explain` offers about `about` into a copy of the demo, as one person
/// after the other until one succeeds, and takes back what it did. Returns the verbs.
fn type_all(
    repo: &Repo,
    copy: &Path,
    now: &str,
    about: &str,
) -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    let explained = repo
        .run_in(copy, &["explain", about, "--format", "json", "--now", now])
        .exits(0)
        .json();
    let mut verbs = BTreeSet::new();
    for remedy in explained["remedies"].as_array().ok_or("a list")? {
        let Some(command) = remedy["command"].as_str() else {
            continue;
        };
        let mut tried = Vec::new();
        for who in ["carol", "alice", "bob"] {
            let key = copy.join(".git/countersign-demo-keys").join(who);
            git(
                copy,
                repo.beside(),
                &["config", "user.signingkey", &key.display().to_string()],
            );
            let output = typed(repo, copy, &format!("{command} --now {now}"));
            let changed = !git(copy, repo.beside(), &["status", "--porcelain"]).is_empty();
            assert_eq!(
                output.code == 0,
                changed,
                "what succeeds changes something, what fails nothing\n{output}"
            );
            tried.push(output);
            if changed {
                git(copy, repo.beside(), &["reset", "-q", "--hard"]);
                git(copy, repo.beside(), &["clean", "-q", "-f", "-d"]);
                break;
            }
        }
        let worked = tried.last().is_some_and(|output| output.code == 0);
        assert!(
            worked,
            "{about} ({}): `{command}` works for no one\n{}",
            explained["state"], tried[0]
        );
        verbs.extend(command.split(' ').nth(1).map(str::to_owned));
    }
    Ok(verbs)
}

#[test]
fn every_command_that_explain_offers_in_the_demo_works_when_typed() -> TestResult {
    let repo = Repo::empty();
    // Built where it is changed: its configuration names its keys by their place.
    let demo = repo.beside().join("demo");
    let now = story::build(&demo)?.end.to_string();
    let status = repo
        .run_in(&demo, &["status", "--format", "json", "--now", &now])
        .exits(0)
        .json();
    let (mut states, mut verbs) = (BTreeSet::new(), BTreeSet::new());
    for subject in status["subjects"].as_array().ok_or("a list")? {
        let name = subject["subject"].as_str().ok_or("a name")?;
        verbs.extend(type_all(&repo, &demo, &now, name)?);
        for version in subject["versions"].as_array().ok_or("a list")? {
            states.extend(version["state"].as_str().map(str::to_owned));
            if version["version"] == subject["version"] {
                continue;
            }
            let about = format!("{name}@{}", version["version"].as_str().ok_or("a version")?);
            verbs.extend(type_all(&repo, &demo, &now, &about)?);
        }
    }
    let all = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        states,
        all(&[
            "approved",
            "archived",
            "blocked",
            "deprecated",
            "draft",
            "revoked",
            "rolled-back"
        ])
    );
    assert_eq!(
        verbs,
        all(&[
            "approve",
            "archive",
            "block",
            "deprecate",
            "reject",
            "revoke",
            "rollback",
            "unblock"
        ])
    );
    Ok(())
}

/// 1.0.0 and then 1.1.0 of `skill/pdf`, each approved and current in its time, with Alice at the
/// desk.
fn two_versions() -> Result<Repo, Box<dyn std::error::Error>> {
    let repo = desk("alice")?;
    repo.run(&["approve", "skill/*", "--reason", "x", "--commit"])
        .exits(0);
    raise(&repo, "1.0.0", "1.1.0")?;
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    Ok(repo)
}

/// Bob commits the next version of `skill/pdf`.
fn raise(repo: &Repo, from: &str, to: &str) -> TestResult {
    let skill = repo.path().join("skills/pdf/SKILL.md");
    fs::write(&skill, fs::read_to_string(&skill)?.replace(from, to))?;
    repo.git(&[
        "commit",
        "-q",
        "-a",
        "-m",
        to,
        "--author",
        &format!("Bob <{}>", repo.bob.email),
    ]);
    Ok(())
}

/// The commands that an output prints, in order.
fn printed(text: &str, verb: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with(&format!("countersign {verb} ")))
        .map(|line| line.split("  ").next().unwrap_or(line).to_owned())
        .collect()
}

#[test]
fn the_same_approver_undoes_a_rollback_a_deprecation_and_an_archiving() -> TestResult {
    let repo = two_versions()?;
    repo.run(&[
        "rollback",
        "skill/pdf",
        "--to",
        "previous",
        "--reason",
        "x",
        "--commit",
    ])
    .exits(0);
    assert_eq!(repo.version_state("skill/pdf", "1.1.0"), "rolled-back");
    let output = repo
        .run(&[
            "approve",
            "skill/pdf@1.1.0",
            "--reason",
            "It was the host",
            "--commit",
        ])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("skill/pdf 1.1.0: approved; current is 1.1.0"),
        "{output}"
    );
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    for (verb, state) in [("deprecate", "deprecated"), ("archive", "archived")] {
        repo.run(&[verb, "skill/csv", "--reason", "x", "--commit"])
            .exits(0);
        assert_eq!(repo.state("skill/csv"), state);
        repo.run(&[
            "approve",
            "skill/csv",
            "--reason",
            "Needed after all",
            "--commit",
        ])
        .exits(0);
        assert_eq!(repo.state("skill/csv"), "approved");
        refused(
            &repo,
            &["approve", "skill/csv", "--reason", "x"],
            "it is approved already",
        );
    }
    Ok(())
}

#[test]
fn a_flag_that_needs_two_to_clear_counts_each_of_them_once() -> TestResult {
    let mut repo = Repo::team_with(countersign_testkit::any_two_members, |_| ());
    let bob = repo.bob.clone();
    repo.commit(&bob, "Add a Skill", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    repo.checkout()?;
    for who in ["alice", "carol"] {
        sit(&repo, who);
        repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
            .exits(0);
    }
    repo.run(&["deprecate", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    let output = repo
        .run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("still deprecated: more approvals are needed, from alice\n"),
        "{output}"
    );
    refused(
        &repo,
        &["approve", "skill/pdf", "--reason", "x"],
        "carol approved it already since it was deprecated",
    );
    let offered = repo.run(&["explain", "skill/pdf"]).exits(0);
    assert!(
        offered.stdout.contains("carol did, from alice"),
        "{offered}"
    );
    sit(&repo, "alice");
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    assert_eq!(repo.state("skill/pdf"), "approved");
    Ok(())
}

#[test]
fn after_a_block_of_the_current_version_the_older_one_comes_back() -> TestResult {
    let repo = two_versions()?;
    let output = repo
        .run(&["block", "skill/pdf@1.1.0", "--reason", "x", "--commit"])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("skill/pdf 1.1.0: blocked; current is 1.0.0"),
        "{output}"
    );
    assert_eq!(repo.run(&["check"]).code, 1, "its files are still there");
    // The decision and `explain` lead to the same command.
    let told = printed(&output.stdout, "rollback");
    assert_eq!(
        told,
        ["countersign rollback skill/pdf --to 1.0.0 --reason …"],
        "{output}"
    );
    let explained = repo.run(&["explain", "skill/pdf"]).exits(0);
    assert_eq!(printed(&explained.stdout, "rollback"), told, "{explained}");
    let now = repo.now().to_string();
    let output = typed(
        &repo,
        &repo.path(),
        &format!("{} --commit --now {now}", told[0]),
    )
    .exits(0);
    assert!(
        output.stdout.contains(
            "This needs no decision, so none was written: 1.0.0 is the current version already"
        ) && output
            .stdout
            .contains("Your reason is in the message of the commit, and in no record.\n"),
        "{output}"
    );
    assert!(fs::read_to_string(repo.path().join("skills/pdf/SKILL.md"))?.contains("1.0.0"));
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    repo.check().passes();
    assert_eq!(
        (repo.current("skill/pdf"), repo.state("skill/pdf")),
        ("1.0.0".to_owned(), "approved".to_owned())
    );
    // Lifting the block leads forward again.
    repo.run(&[
        "unblock",
        "skill/pdf@1.1.0",
        "--reason",
        "False alarm",
        "--commit",
    ])
    .exits(0);
    assert_eq!(repo.current("skill/pdf"), "1.1.0");
    Ok(())
}

#[test]
fn where_no_version_is_current_the_refusal_names_what_makes_one_so() -> TestResult {
    let repo = two_versions()?;
    raise(&repo, "1.1.0", "1.2.0")?;
    repo.run(&["approve", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    repo.run(&[
        "rollback",
        "skill/pdf",
        "--to",
        "@previous",
        "--reason",
        "x",
        "--commit",
    ])
    .exits(0);
    let output = repo
        .run(&["block", "skill/pdf", "--reason", "x", "--commit"])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("skill/pdf 1.1.0: blocked; no version is current"),
        "{output}"
    );
    let output = refused(
        &repo,
        &["rollback", "skill/pdf", "--to", "1.0.0", "--reason", "x"],
        "no version of skill/pdf is current",
    );
    let now = repo.now().to_string();
    for way in ["unblock skill/pdf", "approve skill/pdf@1.2.0"] {
        let command = format!("countersign {way} --reason …");
        assert!(output.stderr.contains(&format!("`{command}`")), "{output}");
        let copy = scratch(&repo, &repo.path())?;
        typed(&repo, &copy, &format!("{command} --commit --now {now}")).exits(0);
        let status = repo
            .run_in(&copy, &["status", "skill/pdf", "--format", "json"])
            .json();
        assert_ne!(
            status["subjects"][0]["current"],
            serde_json::Value::Null,
            "{way}"
        );
    }
    Ok(())
}

#[test]
fn what_is_stopped_already_can_still_be_taken_away() -> TestResult {
    let repo = two_versions()?;
    refused(
        &repo,
        &["block", "skill/pdf@1.0.0", "--remove", "--reason", "x"],
        "skill/pdf 1.0.0 is not the version in the tree",
    );
    for (verb, subject) in [("block", "skill/pdf"), ("revoke", "skill/csv")] {
        repo.run(&[verb, subject, "--reason", "x", "--commit"])
            .exits(0);
        let before = countersign_testkit::records(&repo);
        let offered = printed(&repo.run(&["explain", subject]).stdout, "block");
        assert_eq!(
            offered,
            [format!("countersign block {subject} --remove --reason …")]
        );
        refused(
            &repo,
            &["block", subject, "--remove", "--reason", " "],
            "the reason is blank",
        );
        let now = repo.now().to_string();
        typed(
            &repo,
            &repo.path(),
            &format!("{} --commit --now {now}", offered[0]),
        )
        .exits(0);
        assert_eq!(
            countersign_testkit::records(&repo),
            before,
            "no second record is written"
        );
    }
    assert!(!repo.path().join("skills").exists());
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    repo.check().passes();
    Ok(())
}

#[test]
fn a_block_of_every_version_is_answered_when_nothing_is_in_the_tree() -> TestResult {
    let repo = two_versions()?;
    repo.run(&[
        "block",
        "skill/pdf@all",
        "--remove",
        "--reason",
        "x",
        "--commit",
    ])
    .exits(0);
    assert_eq!(repo.state("skill/pdf"), "blocked");
    let explained = repo.run(&["explain", "skill/pdf"]).exits(0);
    let offered = printed(&explained.stdout, "unblock");
    assert_eq!(
        offered,
        ["countersign unblock skill/pdf --all-versions --reason …"],
        "{explained}"
    );
    let now = repo.now().to_string();
    let copy = scratch(&repo, &repo.path())?;
    typed(
        &repo,
        &copy,
        &format!("{} --commit --now {now}", offered[0]),
    )
    .exits(0);
    repo.run(&["unblock", "skill/pdf@all", "--reason", "x", "--commit"])
        .exits(0);
    refused(
        &repo,
        &["approve", "skill/pdf@all", "--reason", "x"],
        "`@all` is for block and unblock",
    );
    refused(
        &repo,
        &["block", "skill/pdf@all", "skill/csv", "--reason", "x"],
        "cannot be in one record",
    );
    Ok(())
}

#[test]
fn the_command_that_a_policy_fork_names_ends_it() -> TestResult {
    let mut repo = Repo::team();
    let (alice, base) = (repo.alice.clone(), repo.head());
    let ours = repo
        .team_policy()
        .successor(&repo.tree())
        .line("retention: {decisions: 7y}");
    let theirs = repo
        .team_policy()
        .successor(&repo.tree())
        .line("unapproved: allow");
    adopt_by_both(&mut repo, &ours)?;
    repo.branch_at("other", base)?;
    adopt_by_both(&mut repo, &theirs)?;
    let rival = repo.tree().policy_digest().to_string();
    repo.switch("main")?;
    repo.merge("other", Method::Ours, &alice)?;
    repo.checkout()?;
    sit(&repo, "alice");
    let named = format!("countersign reject policy/countersign@{}", &rival[..19]);
    repo.check().finding("policy-fork").helps(&named);
    let output = refused(
        &repo,
        &["reject", "policy", "--reason", "x"],
        "no pending change of countersign.yaml",
    );
    assert!(output.stderr.contains(&named), "{output}");
    refused(
        &repo,
        &["reject", "policy@7", "--reason", "x"],
        "no policy in this repository has the serial 7",
    );
    refused(
        &repo,
        &["approve", &format!("policy@{rival}"), "--reason", "x"],
        "there is nothing to approve",
    );
    // Both have the serial 2.
    let output = repo.run(&["explain", "policy/countersign@2"]).exits(2);
    assert!(
        output
            .stderr
            .contains("2 policies have the serial 2; name one by its digest"),
        "{output}"
    );
    let output = repo
        .run(&["explain", &format!("policy/countersign@{rival}")])
        .exits(0);
    assert!(
        output.stdout.contains("rival")
            && output
                .stdout
                .contains(&format!("policy/countersign@{rival}")),
        "{output}"
    );
    let output = repo
        .run(&[
            "reject",
            &named["countersign reject ".len()..],
            "--reason",
            "x",
            "--commit",
        ])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("policy serial 2: still a fork: more administrators must reject it"),
        "{output}"
    );
    sit(&repo, "bob");
    refused(
        &repo,
        &["reject", "policy/countersign@2", "--reason", "x"],
        "not-authorized",
    );
    sit(&repo, "carol");
    let output = repo
        .run(&[
            "reject",
            "policy/countersign@2",
            "--reason",
            "x",
            "--commit",
        ])
        .exits(0);
    assert!(
        output
            .stdout
            .contains("policy serial 2: rejected by both branches: no longer a fork"),
        "{output}"
    );
    repo.check().passes().without("policy-fork");
    Ok(())
}
