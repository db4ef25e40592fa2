//! Who could give the approvals that are missing: by name, and by the account that people know.

use countersign_testkit::pull::Scene;
use countersign_testkit::{Repo, TestResult};
use serde_json::{Value, json};

/// A Skill by Alice waits on the governed branch.
fn waiting() -> Result<Scene, Box<dyn std::error::Error>> {
    let mut scene = Scene::opened()?;
    scene.repo.switch("main")?;
    let alice = scene.repo.alice.clone();
    scene.repo.commit(&alice, "Add pdf", |tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
    })?;
    Ok(scene)
}

/// The JSON of a command.
fn view(repo: &Repo, arguments: &[&str]) -> Value {
    repo.run(&[arguments, &["--format", "json"]].concat())
        .json()
}

#[test]
fn every_json_view_lists_who_could_approve_with_their_accounts() -> TestResult {
    let scene = waiting()?;
    let repo = &scene.repo;
    let requirements = [
        view(repo, &["check"])["subjects"][0]["requirements"].clone(),
        view(repo, &["status"])["subjects"][0]["requirements"].clone(),
        view(repo, &["suggest"])["drafts"][0]["requirements"].clone(),
        view(repo, &["explain", "skill/pdf"])["requirements"].clone(),
    ];
    for requirement in requirements {
        assert_eq!(
            requirement[0]["eligible"],
            json!([
                {"principal": "bob", "account": "github.com/bob-gh"},
                {"principal": "carol", "account": "github.com/carol-gh"},
            ]),
            "{requirement:#}"
        );
    }
    Ok(())
}

#[test]
fn people_read_the_login_beside_the_name() -> TestResult {
    let scene = waiting()?;
    let due = "0 of 1: needs one of bob (@bob-gh), carol (@carol-gh)";
    for arguments in [
        &["check"][..],
        &["suggest"],
        &["explain", "skill/pdf"],
        &["status"],
    ] {
        let output = scene.repo.run(arguments);
        assert!(output.stdout.contains(due), "{output}");
    }
    Ok(())
}

#[test]
fn nothing_is_eligible_where_nothing_is_missing() -> TestResult {
    let mut repo = Repo::team();
    repo.approved_skill("csv", "1.0.0")?;
    let met = &view(&repo, &["check"])["subjects"][0]["requirements"][0];
    assert_eq!(met["eligible"], json!([]), "{met:#}");
    repo.drafted_skill("csv", "1.0.1")?;
    // Without an account, the policy still names the person.
    let open = &view(&repo, &["check"])["subjects"][0]["requirements"][0]["eligible"];
    assert_eq!(open[0], json!({"principal": "bob", "account": null}));
    Ok(())
}
