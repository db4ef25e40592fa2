//! Deciding about a pull request without checking it out, and adding people as the forge has them.

use countersign::demo::Method;
use serde_json::json;

use countersign_testkit::pull::{ALICE, Scene};
use countersign_testkit::{TestResult, git};

/// A pull request from a fork whose base has moved on, with its `origin`; HEAD is an old state of
/// the governed branch.
fn forked() -> Result<(Scene, String), Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.move_base(|tree| tree.put("NOTES.md", "Elsewhere.\n"))?;
    let origin = scene.repo.beside().join("origin.git");
    let path = origin.to_str().ok_or("a plain path")?.to_owned();
    let from = scene.repo.path();
    git(
        scene.repo.beside(),
        scene.repo.beside(),
        &[
            "clone",
            "-q",
            "--bare",
            "--single-branch",
            "--branch",
            "main",
            from.to_str().ok_or("a path")?,
            &path,
        ],
    );
    scene
        .repo
        .git(&["push", "-q", &path, "change:refs/pull/7/head"]);
    Ok((scene, path))
}

fn bobs_clone(scene: &Scene, origin: &str) -> (std::path::PathBuf, String) {
    let clone = scene.repo.beside().join("bobs");
    git(
        scene.repo.beside(),
        scene.repo.beside(),
        &[
            "clone",
            "-q",
            &format!("file://{origin}"),
            clone.to_str().expect("a plain path"),
        ],
    );
    let key = scene.write("bob.key", &scene.repo.bob.private_pem());
    scene.write("bob.key.pub", &scene.repo.bob.public_line());
    assert!(
        std::process::Command::new("chmod")
            .args(["600", &key])
            .status()
            .is_ok_and(|status| status.success())
    );
    (clone, key)
}

#[test]
fn a_signed_approval_of_a_pull_request_lands_on_a_branch_of_its_own() -> TestResult {
    let (scene, origin) = forked()?;
    let (clone, key) = bobs_clone(&scene, &origin);
    let before = git(
        &clone,
        scene.repo.beside(),
        &["status", "--porcelain", "--branch"],
    );
    let approve = [
        "approve", "--pull", "7", "--reason", "Read it", "--key", &key,
    ];
    let output = scene.repo.run_in(&clone, &approve).exits(0);
    assert!(
        output
            .stdout
            .contains("push -u origin countersign/approve-pull-7-bob"),
        "{output}"
    );
    assert_eq!(
        git(
            &clone,
            scene.repo.beside(),
            &["status", "--porcelain", "--branch"]
        ),
        before,
        "nothing here changes"
    );
    let names = git(
        &clone,
        scene.repo.beside(),
        &[
            "diff",
            "--name-only",
            "origin/main",
            "countersign/approve-pull-7-bob",
        ],
    );
    assert!(
        names.lines().count() == 2
            && names
                .lines()
                .all(|name| name.starts_with("approvals/skill/pdf/1.0.0/")),
        "{names}"
    );
    // Again it is refused: the branch may hold what was not pushed yet.
    scene.repo.run_in(&clone, &approve).exits(2);
    // The record lands first, then the pull request passes without any forge.
    git(
        &clone,
        scene.repo.beside(),
        &[
            "push",
            "-q",
            "origin",
            "countersign/approve-pull-7-bob:main",
        ],
    );
    git(
        &clone,
        scene.repo.beside(),
        &["fetch", "-q", "origin", "refs/pull/7/head:pulled"],
    );
    git(&clone, scene.repo.beside(), &["checkout", "-q", "pulled"]);
    let checked = scene
        .repo
        .run_in(&clone, &["check", "--base", "origin/main"]);
    assert_eq!(checked.code, 0, "{checked}");
    Ok(())
}

#[test]
fn it_names_the_bytes_that_the_merge_gives_and_no_others() -> TestResult {
    let (mut scene, origin) = forked()?;
    // On the branch the same Skill has got another file since: the merge has both.
    scene.repo.switch("main")?;
    let carol = scene.repo.carol.clone();
    scene.repo.commit(&carol, "Prepare", |tree| {
        tree.put("skills/pdf/EXTRA.md", "More.\n");
    })?;
    scene.repo.git(&["push", "-q", &origin, "main:main"]);
    let (clone, key) = bobs_clone(&scene, &origin);
    scene
        .repo
        .run_in(
            &clone,
            &[
                "approve", "--pull", "7", "--reason", "Read it", "--key", &key,
            ],
        )
        .exits(0);
    let record = git(
        &clone,
        scene.repo.beside(),
        &[
            "grep",
            "-h",
            "^digest:",
            "countersign/approve-pull-7-bob",
            "--",
            "approvals",
        ],
    );
    let alice = scene.repo.alice.clone();
    scene.repo.merge("change", Method::Merge, &alice)?;
    assert_eq!(
        record.trim(),
        format!("digest: {}", scene.repo.tree().digest("skills/pdf"))
    );
    Ok(())
}

#[test]
fn a_pull_request_that_is_not_there_is_said() -> TestResult {
    let (scene, origin) = forked()?;
    let (clone, key) = bobs_clone(&scene, &origin);
    let output = scene
        .repo
        .run_in(
            &clone,
            &["approve", "--pull", "8", "--reason", "x", "--key", &key],
        )
        .exits(2);
    assert!(output.stderr.contains("refs/pull/8/head"), "{output}");
    Ok(())
}

/// Answers about an account, as a file.
fn answers(scene: &Scene, login: &str, id: u64, kind: &str) -> String {
    let key = countersign::demo::Person::new("dora").public_line();
    let key = json!(format!("{} <script>", key.trim()));
    let account = format!(r#"{{"id":{id},"login":"{login}","kind":"{kind}"}}"#);
    let keys = format!(r#"{{"ssh":[{key}],"openpgp":[]}}"#);
    let answers = format!(
        r#"{{"holder":null,"pulls":{{}},"pulls_of_commit":{{}},"commits":{{}},"accounts":{{"{login}":{account}}},"signing_keys":{{"{login}":{keys}}},"teams":{{}},"required_workflows":{{}}}}"#
    );
    let file = format!(
        r#"{{"schema":"countersign.forge-answers/v1","repository":"github.com/acme/agent-skills","answers":{answers}}}"#
    );
    scene.write("people.json", &file)
}

#[test]
fn a_person_is_added_with_number_and_keys_and_the_change_waits_for_its_approvals() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    scene.repo.git(&["reset", "-q", "--hard", "main"]);
    let file = answers(&scene, "dora", 44, "user");
    let before = std::fs::read_to_string(scene.repo.path().join("countersign.yaml"))?;
    let output = scene
        .repo
        .run(&[
            "people",
            "add",
            "@dora",
            "--team",
            "data-platform",
            "--answers",
            &file,
        ])
        .exits(0);
    assert!(output.stdout.contains("account 44"), "{output}");
    let after = std::fs::read_to_string(scene.repo.path().join("countersign.yaml"))?;
    assert!(
        after.contains("id: 44")
            && after.contains("previous: sha256:")
            && !after.contains("<script>"),
        "{after}"
    );
    assert!(
        before
            .lines()
            .filter(|line| line.trim_start().starts_with('#'))
            .all(|comment| after.contains(comment))
    );
    scene.repo.git(&[
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@acme.example",
        "commit",
        "-qam",
        "Add dora",
    ]);
    let checked = scene.repo.run(&["check", "--format", "json"]);
    assert!(checked.stdout.contains("policy-pending"), "{checked}");
    Ok(())
}

#[test]
fn no_one_is_added_twice_and_no_bot_at_all() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    scene.repo.git(&["reset", "-q", "--hard", "main"]);
    let output = scene
        .repo
        .run(&[
            "people",
            "add",
            "@renamed",
            "--answers",
            &answers(&scene, "renamed", ALICE, "user"),
        ])
        .exits(2);
    assert!(
        output.stderr.contains("already in the policy, as alice"),
        "a login does not identify a person\n{output}"
    );
    let output = scene
        .repo
        .run(&[
            "people",
            "add",
            "@robo",
            "--answers",
            &answers(&scene, "robo", 45, "bot"),
        ])
        .exits(2);
    assert!(output.stderr.contains("not a person's account"), "{output}");
    let output = scene.repo.run(&[
        "people",
        "add",
        "@alice",
        "--answers",
        &answers(&scene, "alice", 46, "user"),
    ]);
    assert_ne!(output.code, 0, "no one takes another's name\n{output}");
    Ok(())
}

/// Answers about Dora with these keys, as a file.
fn with_keys(scene: &Scene, keys: &serde_json::Value) -> String {
    let answers = format!(
        r#"{{"holder":null,"pulls":{{}},"pulls_of_commit":{{}},"commits":{{}},"accounts":{{"dora":{{"id":44,"login":"dora","kind":"user"}}}},"signing_keys":{{"dora":{keys}}},"teams":{{}},"required_workflows":{{}}}}"#
    );
    let file = format!(
        r#"{{"schema":"countersign.forge-answers/v1","repository":"github.com/acme/agent-skills","answers":{answers}}}"#
    );
    scene.write("keys.json", &file)
}

#[test]
fn keys_are_read_as_the_roster_reads_them_before_anyone_is_added() -> TestResult {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    scene.repo.git(&["reset", "-q", "--hard", "main"]);
    let policy = scene.repo.path().join("countersign.yaml");
    let before = std::fs::read_to_string(&policy)?;
    let add = ["people", "add", "@dora", "--answers"];
    // Someone else's key.
    let taken = with_keys(
        &scene,
        &json!({"ssh": [scene.repo.bob.public_line().trim()], "openpgp": []}),
    );
    let output = scene
        .repo
        .run(&[&add[..], &[taken.as_str()]].concat())
        .exits(1);
    assert!(
        output.stderr.contains("contains a key that bob has too"),
        "{output}"
    );
    assert_eq!(
        std::fs::read_to_string(&policy)?,
        before,
        "nothing was written"
    );
    // A path, a key that anyone can use, text, and one good key.
    let dora = countersign::demo::Person::new("dora");
    let degenerate =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let keys = json!({"ssh": [dora.public_line().trim(), degenerate, "nonsense"], "openpgp": ["countersign.yaml", "-----BEGIN PGP PRIVATE KEY BLOCK-----"], "revoked": 2});
    let output = scene
        .repo
        .run(&[&add[..], &[with_keys(&scene, &keys).as_str()]].concat())
        .exits(0);
    assert!(
        output.stdout.contains("with 1 signing key") && output.stdout.contains(&dora.fingerprint()),
        "{output}"
    );
    assert_eq!(
        output.stderr.matches("left out a key of @dora").count(),
        4,
        "{output}"
    );
    assert!(
        output
            .stderr
            .contains("OpenPGP keys that github.com reports as revoked"),
        "{output}"
    );
    let after = std::fs::read_to_string(&policy)?;
    assert!(
        after.contains("id: 44") && !after.contains("openpgp"),
        "{after}"
    );
    scene.repo.run(&["check", "--worktree"]).exits(0);
    Ok(())
}
