//! `init --workflow`: the gate for a policy that is already there.

use std::fs;

use countersign_testkit::{Output, Repo, TestResult, typed};
use serde_json::json;

use super::ungoverned;

const PATH: &str = ".github/workflows/countersign.yml";

/// A repository with a policy on disk.
fn with_policy() -> Result<Repo, Box<dyn std::error::Error>> {
    let repo = ungoverned(|tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    repo.run(&["init", "-q", "--as", "alice", "--branch", "main"])
        .exits(0);
    Ok(repo)
}

fn workflow(repo: &Repo) -> Result<String, std::io::Error> {
    fs::read_to_string(repo.path().join(PATH))
}

/// Types a command in the repository, at the time of its history.
fn type_here(repo: &Repo, command: &str) -> Output {
    let here = format!("countersign --now {} ", repo.now());
    typed(repo, &repo.path(), &command.replace("countersign ", &here)).exits(0)
}

#[test]
fn writes_the_gate_alone_and_what_it_prints_to_type_next_protects_it() -> TestResult {
    let repo = with_policy()?;
    let output = type_here(&repo, "countersign init --workflow");
    assert_eq!(
        repo.git(&["status", "--porcelain", "-uall"]),
        format!("?? {PATH}\n?? countersign.yaml\n"),
        "{output}"
    );
    assert!(workflow(&repo)?.contains("branches: [main]"), "{output}");
    let commands: Vec<&str> = output
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert_eq!(commands.len(), 3, "{output}");
    for command in commands {
        type_here(&repo, command);
    }
    let policy = fs::read_to_string(repo.path().join("countersign.yaml"))?;
    assert!(
        policy.ends_with(&format!("protect: [{PATH}]\n")),
        "{policy}"
    );
    repo.check().passes();
    Ok(())
}

#[test]
fn in_a_governed_repository_the_next_commands_are_those_of_a_policy_change() -> TestResult {
    let repo = with_policy()?;
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    let report = type_here(
        &repo,
        "countersign init --workflow --merge-queue --format json",
    )
    .json();
    assert_eq!(
        report,
        json!({
            "schema": "countersign.init-workflow/v1",
            "branch": "main",
            "workflow": PATH,
            "written": true,
            "protected": false,
            "next": [
                format!("echo 'protect: [{PATH}]' >> countersign.yaml"),
                "countersign policy bump",
                format!("git add countersign.yaml {PATH} && git commit -m 'Add the gate'"),
                "countersign approve policy --reason 'Add the gate'",
            ],
        })
    );
    assert!(workflow(&repo)?.contains("merge_group"));
    for command in report["next"].as_array().ok_or("a list")?.iter().take(3) {
        type_here(&repo, command.as_str().ok_or("a command")?);
    }
    repo.check().assert("waiting", &["policy-pending"]);
    Ok(())
}

#[test]
fn what_is_there_stays_as_it_is_and_that_is_said() -> TestResult {
    let repo = with_policy()?;
    repo.run(&["init", "--workflow"]).exits(0);
    let again = repo.run(&["init", "--workflow"]).exits(0);
    assert!(
        again
            .stdout
            .starts_with(&format!("{PATH} is already there with this content.\n")),
        "{again}"
    );
    let policy = fs::read(repo.path().join("countersign.yaml"))?;
    let output = repo.run(&["init", "--github"]).exits(0);
    assert!(
        output
            .stdout
            .starts_with("countersign.yaml is already there and stays as it is.\n"),
        "{output}"
    );
    assert_eq!(policy, fs::read(repo.path().join("countersign.yaml"))?);
    fs::write(repo.path().join(PATH), "name: mine\n")?;
    for arguments in [["init", "--workflow"], ["init", "--github"]] {
        let refused = repo.run(&arguments).exits(2);
        assert!(
            refused
                .stderr
                .contains("is already there with other content; nothing was written"),
            "{refused}"
        );
    }
    assert_eq!(workflow(&repo)?, "name: mine\n");
    let printed = repo.run(&["init", "--workflow", "--print"]).exits(0);
    assert!(printed.stdout.starts_with("# The gate: "), "{printed}");
    Ok(())
}

#[test]
fn without_a_valid_policy_no_gate_is_written() -> TestResult {
    let repo = ungoverned(|tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    let output = repo.run(&["init", "--workflow"]).exits(2);
    assert!(
        output
            .stderr
            .contains("there is no countersign.yaml in the working tree"),
        "{output}"
    );
    fs::write(repo.path().join("countersign.yaml"), "serial: 1.0\n")?;
    repo.run(&["init", "--workflow"]).exits(1);
    repo.run(&["init", "--merge-queue"]).exits(2);
    assert!(!repo.path().join(PATH).exists());
    Ok(())
}
