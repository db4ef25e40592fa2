//! `init --github`: who the people are on the forge, and the gate.

use std::path::Path;
use std::process::{Command, Stdio};

use countersign::demo::Person;
use countersign_testkit::runner::{Runner, Step};
use countersign_testkit::{Repo, TestResult, binary};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::reviews::server::Server;

/// Alice works in a repository that is not governed, whose forge has her as `alice`, Bob as
/// `bob` and both in a team.
fn ungoverned(
    codeowners: &str,
    alices_login: &str,
) -> Result<(Repo, Server), Box<dyn std::error::Error>> {
    let alice = account(1, alices_login, "User");
    let holder = ResponseTemplate::new(200).set_body_json(alice);
    scene(codeowners, alices_login, holder, &[])
}

/// The same with a token of an app, for which the forge has no account.
fn of_an_app(
    codeowners: &str,
    alices_login: &str,
    keys: &[(&str, &Person)],
) -> Result<(Repo, Server), Box<dyn std::error::Error>> {
    let refusal = json!({"message": "Resource not accessible by integration"});
    let holder = ResponseTemplate::new(403).set_body_json(refusal);
    scene(codeowners, alices_login, holder, keys)
}

fn account(id: u64, login: &str, kind: &str) -> Value {
    json!({"id": id, "login": login, "type": kind})
}

/// A repository, and a forge that answers `holder` about the token and has `keys` besides Bob's own.
fn scene(
    codeowners: &str,
    alices_login: &str,
    holder: ResponseTemplate,
    keys: &[(&str, &Person)],
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
    server.respond("GET", "/user", holder);
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
    for (login, person) in keys {
        let key = json!([{"key": person.public_line().trim()}]);
        server.get(&format!("/users/{login}/ssh_signing_keys"), &key);
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

/// A machine there, with a token.
fn machine(repo: &Repo, server: &Server) -> Runner {
    let bin = Path::new(binary()).parent().expect("a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    Runner::new("none", &json!({}))
        .with("GITHUB_TOKEN", "ghs_secret")
        .with("GITHUB_API_URL", &server.address())
        .with("PATH", &format!("{bin}:{path}"))
        .with("HOME", &repo.beside().display().to_string())
        .with("GIT_CONFIG_NOSYSTEM", "1")
}

/// A command in the repository, as a shell reads it.
fn typed(repo: &Repo, server: &Server, line: &str) -> Step {
    let mut command = Command::new("sh");
    let here = format!("countersign --now {} ", repo.now());
    command
        .current_dir(repo.path())
        .args(["-c", &line.replace("countersign ", &here)]);
    machine(repo, server).run(command)
}

/// The policy, which must pass the check once it is committed.
fn valid_policy(repo: &Repo) -> Result<String, std::io::Error> {
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "Govern"]);
    repo.check().passes();
    std::fs::read_to_string(repo.path().join("countersign.yaml"))
}

/// `init --github` there.
fn init(repo: &Repo, server: &Server) -> Step {
    typed(repo, server, INIT)
}

const INIT: &str =
    "countersign init --as alice --repository github.com/acme/agent-skills --github --merge-queue";

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

#[test]
fn when_other_people_have_keys_duties_are_separated_and_a_second_administrator_is_wanted()
-> TestResult {
    let (repo, server) = ungoverned("* @bob\n", "alice")?;
    let step = init(&repo, &server);
    let said = format!("{}\n{}", step.stdout, step.stderr);
    assert!(
        step.stdout
            .contains("Separation of duties is ON, because bob has a key too"),
        "{said}"
    );
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("administrator") && line.contains("change the policy"))
        .collect();
    let [line] = lines[..] else {
        panic!("one line asks for two administrators\n{said}");
    };
    assert!(
        line.contains("bob (@bob) could be the second: git clean"),
        "{line}"
    );
    let (_, command) = line.split_once("second: ").ok_or("a command")?;
    let again = typed(&repo, &server, command);
    assert_eq!(again.code, 0, "{}\n{}", again.stdout, again.stderr);
    assert!(
        again.stdout.contains("Second administrator: bob.")
            && !again.stderr.contains("administrator"),
        "{}\n{}",
        again.stdout,
        again.stderr
    );
    let policy = valid_policy(&repo)?;
    for line in ["administrators: [alice, bob]", "separation_of_duties: true"] {
        assert!(policy.contains(line), "{line}\n{policy}");
    }
    Ok(())
}

#[test]
fn a_second_administrator_without_a_key_is_refused_and_nothing_is_written() -> TestResult {
    let (repo, server) = ungoverned("* @acme/data @bob\n", "alice")?;
    for name in ["carol", "mallory"] {
        let step = typed(&repo, &server, &format!("{INIT} --administrator {name}"));
        assert_eq!(step.code, 2, "{}", step.stderr);
        assert!(
            step.stderr.contains("Choose one of bob (@bob)"),
            "{}",
            step.stderr
        );
    }
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    let json = typed(
        &repo,
        &server,
        &format!("{INIT} --administrator bob --format json"),
    );
    let report: Value = serde_json::from_str(&json.stdout)?;
    assert_eq!(report["second_administrator"], "bob");
    assert_eq!(report["candidates"], json!(["bob"]));
    assert_eq!(report["separation_of_duties"], true);
    valid_policy(&repo)?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_second_administrator_is_asked_for() -> TestResult {
    use std::io::Write as _;

    for (answer, code, expected) in [
        ("bob\n", 0, Some("[alice, bob]")),
        ("\n", 0, Some("[alice]")),
        ("mallory\n", 2, None),
    ] {
        let (repo, server) = ungoverned("* @bob\n", "alice")?;
        let now = format!("countersign --now {} ", repo.now());
        let mut command = Command::new("script");
        let line = INIT.replace("countersign ", &now);
        command
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(repo.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut typed = machine(&repo, &server).spawn(command);
        let mut keyboard = typed.stdin.take().expect("a pipe");
        keyboard.write_all(answer.as_bytes()).expect("it reads");
        let ended = typed.wait_with_output().expect("it ends");
        drop(keyboard);
        let shown = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(ended.status.code(), Some(code), "{shown}");
        assert!(
            shown.contains("With a key: bob (@bob)")
                && shown.contains("Second administrator [none]: "),
            "{shown}"
        );
        let policy = std::fs::read_to_string(repo.path().join("countersign.yaml"));
        assert_eq!(policy.is_ok(), expected.is_some(), "{shown}");
        if let (Ok(policy), Some(expected)) = (policy, expected) {
            assert!(
                policy.contains(&format!("administrators: {expected}")),
                "{policy}"
            );
        }
    }
    Ok(())
}

#[test]
fn with_a_token_of_an_app_the_login_is_taken_from_as() -> TestResult {
    let (repo, server) = of_an_app("* @bob\n", "alice", &[])?;
    let step = init(&repo, &server);
    assert_eq!(step.code, 0, "{}", step.stderr);
    assert!(
        step.stderr.contains("the token belongs to an app, so @alice (account 1) was taken from --as: check that it is yours"),
        "{}",
        step.stderr
    );
    assert!(valid_policy(&repo)?.contains("login: alice, id: 1}"));
    // The key says whose account it is.
    let alice = Person::new("alice");
    let (repo, server) = of_an_app("* @bob\n", "alice", &[("alice", &alice)])?;
    let step = init(&repo, &server);
    assert!(!step.stderr.contains("check that"), "{}", step.stderr);
    assert!(valid_policy(&repo)?.contains("login: alice, id: 1}"));
    Ok(())
}

#[test]
fn with_a_token_of_an_app_and_no_such_account_that_is_said() -> TestResult {
    let (repo, server) = of_an_app("* @bob\n", "alice-ng", &[])?;
    let step = init(&repo, &server);
    assert_eq!(step.code, 0, "{}", step.stderr);
    assert!(
        step.stderr.contains(
            "the token belongs to an app, so the forge does not say which account is yours"
        ),
        "{}",
        step.stderr
    );
    assert!(!valid_policy(&repo)?.contains("id: 1}"));
    Ok(())
}

#[test]
fn a_key_that_two_accounts_have_is_listed_once() -> TestResult {
    // Alice's key shows that @Alice-Ng is theirs; Carol has it too, and Bob's.
    let (alice, bob) = (Person::new("alice"), Person::new("bob"));
    for (codeowners, keys) in [
        ("* @Alice-Ng @bob\n", vec![("Alice-Ng", &alice)]),
        ("* @acme/data @bob\n", vec![("carol", &bob)]),
        (
            "* @acme/data @bob @Alice-Ng\n",
            vec![("Alice-Ng", &alice), ("carol", &alice)],
        ),
    ] {
        let (repo, server) = of_an_app(codeowners, "Alice-Ng", &keys)?;
        let step = init(&repo, &server);
        assert_eq!(step.code, 0, "{}", step.stderr);
        let policy = valid_policy(&repo)?;
        let theirs = policy.contains("login: Alice-Ng, id: 1}");
        assert_eq!(theirs, codeowners.contains("Alice-Ng"), "{policy}");
        for person in [&alice, &bob] {
            let line = person.public_line();
            let key = line.split_whitespace().nth(1).ok_or("a key")?;
            assert!(policy.matches(key).count() <= 1, "{policy}");
        }
    }
    Ok(())
}
