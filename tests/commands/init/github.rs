//! `init --github`: who the people are on the forge, and the gate.

use std::process::Command;

use countersign_testkit::runner::{Runner, Step};
use countersign_testkit::{Repo, TestResult, binary};
use serde_json::json;

use crate::reviews::server::Server;

/// Alice works in a repository that is not governed, whose forge has her as `alice`, Bob as
/// `bob` and both in a team.
fn ungoverned(
    codeowners: &str,
    alices_login: &str,
) -> Result<(Repo, Server), Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Skills", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put(".github/CODEOWNERS", codeowners);
    })?;
    repo.checkout()?;
    let ssh = repo.beside().join(".ssh");
    std::fs::create_dir_all(&ssh)?;
    std::fs::write(ssh.join("id_ed25519.pub"), alice.public_line())?;
    let server = Server::silent();
    let account =
        |id: u64, login: &str, kind: &str| json!({"id": id, "login": login, "type": kind});
    server.get("/user", &account(1, alices_login, "User"));
    server.get(
        &format!("/users/{alices_login}"),
        &account(1, alices_login, "User"),
    );
    server.get("/users/bob", &account(2, "bob", "User"));
    let members = json!([
        account(2, "Bob", "User"),
        account(3, "carol", "User"),
        account(9, "robo[bot]", "Bot")
    ]);
    server.get("/orgs/acme/teams/data/members", &members);
    for login in ["bob", "carol", alices_login] {
        server.get(&format!("/users/{login}/gpg_keys"), &json!([]));
    }
    let key = repo.bob.public_line();
    server.get(
        "/users/bob/ssh_signing_keys",
        &json!([{"key": key.trim()}, {"key": "ssh-rsa nonsense"}]),
    );
    server.get("/users/carol/ssh_signing_keys", &json!([]));
    server.get(
        &format!("/users/{alices_login}/ssh_signing_keys"),
        &json!([]),
    );
    Ok((repo, server))
}

/// A command there, on a machine with a token.
fn run(repo: &Repo, server: &Server, arguments: &[&str]) -> Step {
    let mut command = Command::new(binary());
    command
        .arg("-C")
        .arg(repo.path())
        .args(["--now", &repo.now().to_string()])
        .args(arguments);
    Runner::new("none", &json!({}))
        .with("GITHUB_TOKEN", "ghs_secret")
        .with("GITHUB_API_URL", &server.address())
        .with("PATH", &std::env::var("PATH").unwrap_or_default())
        .with("HOME", &repo.beside().display().to_string())
        .with("GIT_CONFIG_NOSYSTEM", "1")
        .run(command)
}

/// `init --github` there.
fn init(repo: &Repo, server: &Server) -> Step {
    run(repo, server, INIT)
}

const INIT: &[&str] = &[
    "init",
    "--as",
    "alice",
    "--repository",
    "github.com/acme/agent-skills",
    "--github",
    "--merge-queue",
];

#[test]
fn init_finds_its_user_by_account_where_codeowners_uses_another_name() -> TestResult {
    let (repo, server) = ungoverned("* @acme/data\n/skills/pdf/ @bob @Alice-Ng\n", "Alice-Ng")?;
    let step = init(&repo, &server);
    assert_eq!(step.code, 0, "{}\n{}", step.stdout, step.stderr);
    let policy = std::fs::read_to_string(repo.path().join("countersign.yaml"))?;
    assert!(policy.contains("owners: [bob, alice]"), "{policy}");
    assert_eq!(policy.matches("id: 1}").count(), 1, "{policy}");
    Ok(())
}

#[test]
fn init_asks_who_the_people_are_and_writes_a_gate_that_it_protects() -> TestResult {
    let (repo, server) = ungoverned("* @acme/data\n/skills/pdf/ @bob\n", "alice")?;
    let step = init(&repo, &server);
    assert_eq!(step.code, 0, "{}\n{}", step.stdout, step.stderr);
    assert!(
        step.stdout.contains("replace OWNER and COMMIT") && !step.stdout.contains("Fill in"),
        "{}",
        step.stdout
    );
    let policy = std::fs::read_to_string(repo.path().join("countersign.yaml"))?;
    for line in [
        "data: [bob, carol]",
        "id: 3}",
        "id: 1}",
        "protect: [\".github/workflows/countersign.yml\"]",
    ] {
        assert!(policy.contains(line), "{line}\n{policy}");
    }
    assert!(
        !policy.contains("robo") && !policy.contains("nonsense"),
        "{policy}"
    );
    let workflow = std::fs::read_to_string(repo.path().join(".github/workflows/countersign.yml"))?;
    assert!(workflow.contains("merge_group"), "{workflow}");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "Govern"]);
    repo.check().passes();
    Ok(())
}
