//! `policy bump`, `policy diff`, `check --worktree`, and the lines of an invalid policy at the
//! anchor.

mod levels;

use std::fs;

use countersign_testkit::{Repo, TestResult};

fn repo() -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::team();
    repo.approved_skill("pdf", "1.0.0")?;
    repo.history.checkout()?;
    Ok(repo)
}

fn edit(repo: &Repo, change: impl FnOnce(String) -> String) -> TestResult {
    let path = repo.path().join("countersign.yaml");
    Ok(fs::write(&path, change(fs::read_to_string(&path)?))?)
}

fn text(repo: &Repo) -> String {
    fs::read_to_string(repo.path().join("countersign.yaml")).unwrap_or_default()
}

#[test]
fn bump_names_the_policy_in_force_and_keeps_everything_else() -> TestResult {
    let repo = repo()?;
    let before = text(&repo);
    let refused = repo.run(&["policy", "bump"]).exits(2);
    assert!(
        refused.stderr.contains("is the policy in force"),
        "{refused}"
    );
    edit(&repo, |text| {
        format!("# Ours.\n{text}unapproved: allow # for now\n")
    })?;
    repo.run(&["policy", "bump"]).exits(0);
    let digest = repo.run(&["checksum", "countersign.yaml", "-q"]).stdout;
    let digest = digest.split(' ').next().unwrap_or_default();
    let expected = format!("# Ours.\n{before}unapproved: allow # for now\n")
        .replace("serial: 1\n", &format!("serial: 2\nprevious: {digest}\n"));
    assert_eq!(text(&repo), expected);
    repo.run(&["policy", "bump"]).exits(0);
    assert_eq!(text(&repo), expected, "a second bump changes nothing");
    Ok(())
}

#[test]
fn a_changed_policy_on_disk_that_was_not_bumped_is_reported_with_the_command() -> TestResult {
    let repo = repo()?;
    repo.run(&["check", "--worktree"]).exits(0);
    edit(&repo, |text| text + "unapproved: allow # for now\n")?;
    let found = repo.run(&["check", "--worktree"]).exits(1);
    assert!(
        found.stdout.contains("error policy-previous")
            && found.stdout.contains("Run `countersign policy bump`"),
        "{found}"
    );
    repo.run(&["policy", "bump"]).exits(0);
    repo.run(&["check", "--worktree"]).exits(0);
    Ok(())
}

#[test]
fn bump_leaves_a_policy_that_has_other_faults_as_it_is() -> TestResult {
    let repo = repo()?;
    for fault in ["unapproved: never\n", "protect: [keys/none.asc]\n"] {
        edit(&repo, |text| text + fault)?;
        let before = text(&repo);
        let output = repo.run(&["policy", "bump"]).exits(1);
        assert!(output.stderr.contains("Nothing was written."), "{output}");
        assert_eq!(text(&repo), before, "{output}");
        edit(&repo, |text| text.replace(fault, ""))?;
    }
    Ok(())
}

#[test]
fn a_bumped_policy_lands_as_a_pending_change() -> TestResult {
    let mut repo = repo()?;
    edit(&repo, |text| text + "unapproved: allow\n")?;
    repo.run(&["policy", "bump"]).exits(0);
    let changed = text(&repo);
    let alice = repo.alice.clone();
    repo.commit(&alice, "Change the policy", |tree| {
        tree.put("countersign.yaml", changed);
    })?;
    let checked = repo.run(&["check", "--format", "json"]).json();
    let rules: Vec<&str> = checked["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert!(
        rules.contains(&"policy-pending")
            && !rules.contains(&"policy-previous")
            && !rules.contains(&"policy-serial"),
        "{rules:?}"
    );
    Ok(())
}

#[test]
fn bump_refuses_what_it_cannot_read_and_writes_nothing() -> TestResult {
    let repo = repo()?;
    edit(&repo, |text| {
        text.replace("serial: 1", "<<<<<<< ours\nserial: 1")
    })?;
    let broken = text(&repo);
    let output = repo.run(&["policy", "bump"]);
    assert!(
        output.code != 0 && output.stderr.contains("countersign.yaml:"),
        "{output}"
    );
    assert_eq!(text(&repo), broken);
    fs::remove_file(repo.path().join("countersign.yaml"))?;
    let output = repo.run(&["policy", "bump"]).exits(2);
    assert!(output.stderr.contains("countersign init"), "{output}");
    Ok(())
}

#[test]
fn a_diff_of_policies_says_what_widens_narrows_and_is_no_longer_governed() -> TestResult {
    let mut repo = repo()?;
    let same = repo.run(&["policy", "diff"]).exits(0).stdout;
    assert!(same.contains("byte for byte"), "{same}");
    edit(&repo, |text| {
        let text = text.replace("policy_changes: {count: 2}", "policy_changes: {count: 1}");
        text.replace("path: \"skills/*\"", "path: \"skills/x-*\"")
            + "unapproved: allow\nsigned_commits: all\n"
    })?;
    let human = repo.run(&["policy", "diff"]).exits(0);
    let json = repo
        .run(&["policy", "diff", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (&json["schema"], &json["widens"], &json["same"]),
        (
            &"countersign.policy-diff/v1".into(),
            &true.into(),
            &false.into()
        )
    );
    for (effect, part) in [
        ("widens", "policy_changes"),
        ("widens", "unapproved"),
        ("narrows", "signed_commits"),
        ("widens", "subjects"),
    ] {
        let found = json["changes"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|change| change["effect"] == effect && change["part"] == part);
        assert!(found, "{part} {effect}\n{json:#}");
    }
    assert_eq!(
        json["governed"],
        serde_json::json!([{"path": "skills/pdf", "before": "skill/pdf", "after": null}])
    );
    for told in [
        "Widens",
        "Narrows",
        "no longer governed",
        "skills/pdf",
        "needs 1 administrator instead of 2",
    ] {
        assert!(human.stdout.contains(told), "{told}\n{human}");
    }
    assert!(human.stderr.contains("policy bump"), "{human}");
    let changed = text(&repo);
    repo.branch("change")?;
    let alice = repo.alice.clone();
    repo.commit(&alice, "Change the policy", |tree| {
        tree.put("countersign.yaml", changed);
    })?;
    repo.switch("main")?;
    let of_branch = repo
        .run(&["policy", "diff", "change", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        (&of_branch["changes"], &of_branch["after"]["name"]),
        (&json["changes"], &"change".into())
    );
    repo.run(&["policy", "diff", "nowhere"]).exits(2);
    Ok(())
}

#[test]
fn the_worktree_is_judged_as_it_is_on_disk() -> TestResult {
    let repo = repo()?;
    let good = repo
        .run(&["check", "--worktree", "skills/pdf/SKILL.md", "other"])
        .exits(0);
    assert!(
        good.stdout
            .starts_with("pass: the files on disk, 1 subject, 1 record"),
        "{good}"
    );
    assert_eq!(
        repo.run(&["check", "--worktree", "--format", "json"])
            .exits(0)
            .json()["verdict"],
        "pass"
    );
    fs::write(
        repo.path().join("skills/pdf/SKILL.md"),
        "---\nname: pdf\ndescription: \u{200b}\u{200b}x\n",
    )?;
    fs::write(repo.path().join("approvals/stray"), "")?;
    fs::write(repo.path().join("approvals/broken.yaml"), "a: [")?;
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", repo.path().join("skills/pdf/passwd"))?;
    let human = repo.run(&["check", "--worktree"]).exits(1);
    let json = repo
        .run(&["check", "--worktree", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(
        (&json["verdict"], &json["head"]),
        (&"fail".into(), &serde_json::Value::Null)
    );
    let rules: Vec<&str> = json["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    for rule in [
        "skill-frontmatter",
        "hidden-text",
        "record-unexpected",
        "yaml-invalid",
        "symlink",
    ] {
        if rule == "symlink" && !cfg!(unix) {
            continue;
        }
        assert!(
            rules.contains(&rule) && human.stdout.contains(rule),
            "{rule}\n{human}"
        );
    }
    Ok(())
}

#[test]
fn faults_in_the_policy_on_disk_are_shown_at_the_users_own_lines() -> TestResult {
    let repo = repo()?;
    edit(&repo, |text| {
        text.replace(
            "administrators: [alice, carol]",
            "administrators: [alice, carole]",
        )
    })?;
    let output = repo.run(&["check", "--worktree"]).exits(1);
    assert!(
        output
            .stdout
            .starts_with("fail: the files on disk, countersign.yaml is not valid"),
        "{output}"
    );
    assert!(
        output.stderr.contains("administrators: [alice, carole]")
            && output.stderr.contains("did you mean `carol`"),
        "{output}"
    );
    let json = repo
        .run(&["check", "--worktree", "--format", "json"])
        .exits(1)
        .json();
    assert_eq!(json["findings"][0]["rule"], "policy-invalid");
    fs::remove_file(repo.path().join("countersign.yaml"))?;
    repo.run(&["check", "--worktree"]).exits(2);
    repo.run(&["check", "skills/pdf"]).exits(2);
    Ok(())
}

#[test]
fn an_invalid_policy_at_the_anchor_is_shown_at_its_lines() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    let text = repo.team_policy().text().replace(
        "administrators: [alice, carol]",
        "administrators: [alice, carole]",
    );
    repo.commit(&alice, "Govern", |tree| tree.put("countersign.yaml", text))?;
    for command in ["check", "status", "log"] {
        let output = repo.run(&[command]).exits(2);
        assert!(
            output.stderr.contains("administrators: [alice, carole]")
                && output.stderr.contains("carol`?"),
            "{output}"
        );
    }
    Ok(())
}
