//! `init` on repositories that have never used this tool.

mod gate;
#[cfg(feature = "github")]
mod github;
mod left_out;
mod names;

use std::collections::BTreeMap;
use std::fs;

use countersign::demo::{Person, Tree};
use countersign_testkit::{Repo, TestResult, typed};
use serde_json::Value;

fn with_key(repo: &Repo) {
    let dir = repo.beside().join(".ssh");
    fs::create_dir_all(&dir).expect("writable");
    fs::write(
        dir.join("id_ed25519.pub"),
        Person::new("alice").public_line(),
    )
    .expect("writable");
}

/// A checked-out repository with this content and no policy, and Alice's key.
fn ungoverned(content: impl FnOnce(&mut Tree)) -> Result<Repo, Box<dyn std::error::Error>> {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Add content", content)?;
    repo.checkout()?;
    with_key(&repo);
    Ok(repo)
}

/// A repository with what such repositories contain.
fn usual() -> Result<Repo, Box<dyn std::error::Error>> {
    ungoverned(|tree| {
        tree.put_skill("pdf", "1.0.0", "Do it well.");
        tree.put("skills/README.md", "# Skills\n");
        tree.put("skills/_shared/notes.md", "notes\n");
        tree.put(
            ".claude/skills/review/SKILL.md",
            "---\nname: review\ndescription: Reviews.\n---\nReview.\n",
        );
        tree.put(".claude/settings.json", "{}\n");
        tree.put(".mcp.json", "{}\n");
        tree.put(
            "plugins/one/skills/lint/SKILL.md",
            "---\nname: lint\ndescription: Lints.\n---\nOne.\n",
        );
        tree.put(
            "plugins/two/skills/lint/SKILL.md",
            "---\nname: lint\ndescription: Lints.\n---\nTwo.\n",
        );
        tree.put("agents/helper.yaml", "not: ours\n");
        tree.put("broken/thing/SKILL.md", "no frontmatter\n");
        tree.link("linked/skill/SKILL.md", "../../skills/pdf/SKILL.md");
        tree.put(
            ".github/CODEOWNERS",
            "* @acme/data-platform\n/skills/pdf/ @bob carol@acme.example\n",
        );
    })
}

#[test]
fn governs_an_unedited_repository_so_that_check_passes() -> TestResult {
    let repo = usual()?;
    let before = repo.git(&["rev-parse", "HEAD"]);
    let output = repo.run(&["init"]).exits(0);
    assert!(
        output.stdout.contains("Found 5 skills, 2 setups."),
        "{output}"
    );
    assert!(
        output.stdout.contains("skill    broken/* (1)"),
        "what cannot be read is governed\n{output}"
    );
    assert!(
        output
            .stdout
            .contains("linked/skill/SKILL.md is a symbolic link"),
        "{output}"
    );
    assert!(
        output.stdout.contains("separation of duties is OFF"),
        "{output}"
    );
    assert!(
        output
            .stdout
            .contains("teams.data-platform: who is in @acme/data-platform?"),
        "{output}"
    );
    assert_eq!(
        repo.git(&["status", "--porcelain"]),
        "?? countersign.yaml\n",
        "one new file, nothing else\n{output}"
    );
    assert_eq!(before, repo.git(&["rev-parse", "HEAD"]));
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.check().passes();
    Ok(())
}

#[test]
fn refuses_a_repository_that_ever_held_a_policy() -> TestResult {
    let repo = usual()?;
    repo.run(&["init", "-q"]).exits(0);
    assert!(
        repo.run(&["init"])
            .exits(2)
            .stderr
            .contains("countersign.yaml is already there")
    );
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.git(&["rm", "-q", "countersign.yaml"]);
    repo.git(&["commit", "-q", "-m", "Forget"]);
    let output = repo.run(&["init"]).exits(2);
    assert!(
        output
            .stderr
            .contains("this repository already had a policy"),
        "{output}"
    );
    assert!(!repo.path().join("countersign.yaml").exists());
    Ok(())
}

#[test]
fn without_a_key_it_prints_the_one_line_that_makes_one() -> TestResult {
    let repo = usual()?;
    fs::remove_file(repo.beside().join(".ssh/id_ed25519.pub"))?;
    let output = repo.run(&["init"]).exits(2);
    assert!(
        output
            .stderr
            .contains("        ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519\n"),
        "{output}"
    );
    fs::remove_dir(repo.beside().join(".ssh"))?;
    let output = repo.run(&["init"]).exits(2);
    assert!(
        output.stderr.contains(
            "        mkdir -p -m 700 ~/.ssh && ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519\n"
        ),
        "{output}"
    );
    assert!(!repo.path().join("countersign.yaml").exists());
    Ok(())
}

#[test]
fn prints_the_policy_without_writing_it() -> TestResult {
    let repo = usual()?;
    let output = repo
        .run(&[
            "init",
            "--print",
            "--as",
            "alice",
            "--branch",
            "trunk",
            "--repository",
            "github.com/acme/x",
        ])
        .exits(0);
    assert!(
        output.stdout.contains("\nbranch: trunk\n")
            && output.stdout.contains("repository: github.com/acme/x"),
        "{output}"
    );
    assert!(!repo.path().join("countersign.yaml").exists());
    Ok(())
}

#[test]
fn takes_the_name_of_the_repository_and_the_branch_from_origin() -> TestResult {
    let repo = usual()?;
    repo.git(&[
        "remote",
        "add",
        "origin",
        "git@github.com:acme/agent-skills.git",
    ]);
    repo.git(&["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    repo.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/trunk",
    ]);
    let output = repo.run(&["init", "--print"]).exits(0);
    assert!(
        output
            .stdout
            .contains("repository: github.com/acme/agent-skills"),
        "{output}"
    );
    assert!(output.stdout.contains("\nbranch: trunk\n"), "{output}");
    assert!(
        output.stderr.contains("the policy governs `trunk`"),
        "{output}"
    );
    Ok(())
}

#[test]
fn an_empty_repository_gets_the_default_place_of_skills() -> TestResult {
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Start", |tree| tree.put("README.md", "# Hello\n"))?;
    repo.checkout()?;
    with_key(&repo);
    repo.run(&["init", "-q"]).exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.check().passes();
    Ok(())
}

/// The owners of every subject, as `status` reports them.
fn owners(repo: &Repo) -> BTreeMap<String, String> {
    let status = repo.run(&["status", "--format", "json"]).exits(0).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owners = |subject: &Value| {
        subject["owners"]
            .as_array()
            .map(|all| all.iter().map(text).collect::<Vec<_>>().join(" "))
    };
    let subjects = status["subjects"].as_array().cloned().unwrap_or_default();
    subjects
        .iter()
        .map(|subject| {
            (
                text(&subject["subject"]),
                owners(subject).unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn every_skill_has_the_owners_that_codeowners_says_now_and_when_it_is_new() -> TestResult {
    let skill = |name: &str| format!("---\nname: {name}\ndescription: Does {name}.\n---\nDo it.\n");
    let mut repo = Repo::empty();
    let alice = repo.alice.clone();
    repo.commit(&alice, "Skills", |tree| {
        for path in
            ["build/skills/a1", "build/skills/a2", "build/skills/a3", "data/skills/b1", "ai/skills/c1", "ai/skills/c2", "web/skills/d1"]
        {
            let name = path.rsplit('/').next().unwrap_or_default();
            tree.put(format!("plugins/{path}/SKILL.md"), skill(name));
        }
        let codeowners =
            "* @zoe\n/plugins/build/ @Bob @carol\n/plugins/data/ @dave\n/plugins/ai/skills/c1/ @erin\n/plugins/ai/skills/c2/ @bob\n";
        tree.put(".github/CODEOWNERS", codeowners);
    })?;
    repo.checkout()?;
    with_key(&repo);
    let output = repo.run(&["init"]).exits(0);
    for line in [
        "plugins/*/skills/* (1), owned by zoe",
        "plugins/build/skills/* (3), owned by bob, carol",
        "plugins/data/skills/* (1), owned by dave",
        "plugins/ai/skills/c1, owned by erin",
        "plugins/ai/skills/c2, owned by bob",
    ] {
        assert!(output.stdout.contains(line), "{line}\n{output}");
    }
    for path in [
        "build/skills/a4",
        "data/skills/b2",
        "ai/skills/c3",
        "new/skills/e1",
    ] {
        let folder = repo.path().join("plugins").join(path);
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("SKILL.md"),
            skill(path.rsplit('/').next().unwrap_or_default()),
        )?;
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    let expected = [
        ("a1", "bob carol"),
        ("a2", "bob carol"),
        ("a3", "bob carol"),
        ("a4", "bob carol"),
        ("b1", "dave"),
        ("b2", "dave"),
        ("c1", "erin"),
        ("c2", "bob"),
        ("c3", "zoe"),
        ("d1", "zoe"),
        ("e1", "zoe"),
    ];
    let expected = expected.map(|(name, owners)| (format!("skill/{name}"), owners.to_owned()));
    assert_eq!(owners(&repo), expected.into_iter().collect());
    Ok(())
}

#[test]
fn what_it_prints_to_type_next_works_and_asks_for_no_signed_commit() -> TestResult {
    for below in [false, true] {
        let repo = usual()?;
        repo.git(&["config", "gpg.format", "ssh"]);
        repo.git(&[
            "config",
            "user.signingkey",
            &repo
                .beside()
                .join(".ssh/id_ed25519.pub")
                .display()
                .to_string(),
        ]);
        let place = if below {
            repo.path().join("skills")
        } else {
            repo.path()
        };
        let now = repo.now().to_string();
        let output = typed(&repo, &place, &format!("countersign init --now {now}")).exits(0);
        assert!(
            !output.stdout.contains(" -S "),
            "the policy asks for none\n{output}"
        );
        let line = output
            .stdout
            .lines()
            .find(|line| line.starts_with("  git "))
            .ok_or("a command")?;
        typed(&repo, &place, line).exits(0);
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        repo.check().passes();
    }
    Ok(())
}

#[test]
fn human_and_json_output_agree() -> TestResult {
    let repo = usual()?;
    let told = repo
        .run(&["init", "--as", "alice", "--format", "json", "--quiet"])
        .exits(0)
        .json();
    assert_eq!(told["schema"], "countersign.init/v1");
    assert_eq!(told["written"], serde_json::json!(["countersign.yaml"]));
    assert_eq!(told["administrator"], "alice");
    let entries = told["entries"].as_array().ok_or("a list")?;
    let skills: Vec<_> = entries
        .iter()
        .filter(|entry| entry["kind"] == "skill" && entry["packages"] == 1)
        .collect();
    assert!(!skills.is_empty(), "{told:#}");
    let ignored = told["ignored"].as_array().ok_or("a list")?;
    assert!(
        ignored
            .iter()
            .any(|one| one["path"] == "linked/skill/**" && one["reason"].is_string()),
        "{told:#}"
    );
    assert!(
        told["to_fill_in"]
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one == "teams.data-platform")),
        "{told:#}"
    );
    assert!(
        told["next"][0]
            .as_str()
            .is_some_and(|line| line.contains(" add ")),
        "{told:#}"
    );
    let refused = repo.run(&["init", "--format", "json"]).exits(2);
    assert_eq!(refused.stdout, "");
    Ok(())
}

#[test]
fn a_setting_that_no_policy_can_have_is_named_and_nothing_is_written() -> TestResult {
    let long = "x".repeat(250);
    for (setting, value) in [
        ("user.name", "a\nb"),
        ("user.email", "a\nb@x"),
        ("user.email", "no address"),
        ("user.name", &long),
        ("user.email", "a\u{202e}b"),
    ] {
        let repo = usual()?;
        repo.git(&["config", setting, value]);
        let output = repo.run(&["init"]).exits(2);
        assert!(
            output
                .stderr
                .contains(&format!("`{setting}` in your Git configuration")),
            "{output}"
        );
        assert!(!repo.path().join("countersign.yaml").exists());
    }
    let repo = usual()?;
    repo.run(&["init", "--repository", "a b c"]).exits(2);
    repo.run(&["init", "--branch", "a:b"]).exits(2);
    Ok(())
}

#[test]
fn warns_that_a_policy_with_one_administrator_could_not_be_changed_without_them() -> TestResult {
    let repo = usual()?;
    let output = repo.run(&["init"]).exits(0);
    for word in [
        "administrators-too-few",
        "changing the policy needs 1 administrator, and 1 can sign",
        "people add",
    ] {
        assert!(output.stderr.contains(word), "{word}\n{output}");
    }
    Ok(())
}
