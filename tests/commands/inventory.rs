//! `inventory`: what harnesses on this machine would load, and what a governed repository says about
//! its bytes.

use std::fs;
use std::path::Path;

use countersign::demo::Tree;
use countersign::model::DecisionKind::{Block, Deprecate};
use countersign_testkit::{Output, Repo, TestResult, binary};
use serde_json::Value;

/// A laptop: a home folder, and a project in it.
struct Laptop {
    folder: tempfile::TempDir,
}

impl Laptop {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("writable");
        fs::create_dir_all(folder.path().join("home/project/.git")).expect("writable");
        Self { folder }
    }

    fn home(&self) -> std::path::PathBuf {
        self.folder.path().join("home")
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    /// Copies a package out of a tree of a repository.
    fn install(&self, tree: &Tree, package: &str, to: &str) {
        let inside = format!("{package}/");
        for path in tree.files().keys() {
            let path = std::str::from_utf8(path).expect("text");
            if let Some(rest) = path.strip_prefix(&inside) {
                self.put(&format!("{to}/{rest}"), &tree.text(path));
            }
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_at(&self.home().join("project"), arguments)
    }

    fn run_at(&self, folder: &Path, arguments: &[&str]) -> Output {
        let folder = folder.to_str().expect("a plain path");
        let all = [&["-C", folder, "inventory"], arguments].concat();
        // Nothing else of the environment: variables move what harnesses read.
        let output = std::process::Command::new(binary())
            .args(&all)
            .env_clear()
            .env("HOME", self.home())
            .output()
            .expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Output {
            command: format!("countersign {}", all.join(" ")),
            code: output.status.code().expect("it ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.run(&[arguments, &["--format", "json"]].concat());
        printed.json()
    }
}

/// `kind name standing` of each item.
fn standings(json: &Value) -> Vec<String> {
    let items = json["items"].as_array().expect("a list");
    let text = |item: &Value, field: &str| item[field].as_str().unwrap_or("-").to_owned();
    items
        .iter()
        .map(|item| {
            format!(
                "{} {} {} {}",
                text(item, "kind"),
                text(item, "name"),
                text(item, "standing"),
                text(item, "version")
            )
        })
        .collect()
}

#[test]
fn a_laptop_needs_no_set_up_and_the_first_screen_says_what_needs_a_look() -> TestResult {
    let laptop = Laptop::new();
    laptop.put(
        ".claude/skills/pdf/SKILL.md",
        "---\nname: pdf\ndescription: Reads.\n---\nDo it.\n",
    );
    laptop.put(
        "project/.mcp.json",
        r#"{"mcpServers": {"tickets": {"command": "npx", "args": ["-y", "@acme/tickets"]}}}"#,
    );
    laptop.put("project/AGENTS.md", "Be kind.\n");
    let printed = laptop.run(&[]).exits(0);
    let lines: Vec<&str> = printed.stdout.lines().collect();
    assert_eq!(lines[0], "1 Skill, 1 server, 1 instruction file");
    assert_eq!(lines[2], "1 needs a look");
    assert!(
        printed
            .stdout
            .contains("package-not-pinned: npx runs whatever version of @acme/tickets is newest"),
        "{printed}"
    );
    assert!(printed.stdout.contains("~/.claude/skills/pdf"), "{printed}");
    assert!(
        printed
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 100)
    );
    // The project alone, then the home folder alone.
    assert_eq!(standings(&laptop.json(&["--scope", "project"])).len(), 2);
    assert_eq!(
        standings(&laptop.json(&["--scope", "user"])),
        ["skill pdf unknown -"]
    );
    assert_eq!(
        standings(&laptop.json(&["--kind", "server,hook"])),
        ["server tickets unknown -"]
    );
    Ok(())
}

#[test]
fn in_the_home_folder_itself_only_the_places_of_a_home_folder_are_searched() -> TestResult {
    let laptop = Laptop::new();
    laptop.put("project/AGENTS.md", "Be kind.\n");
    laptop.put(".codex/AGENTS.md", "Be kind.\n");
    let printed = laptop.run_at(&laptop.home(), &[]).exits(0);
    assert!(
        printed.stdout.starts_with("1 instruction file\n"),
        "{printed}"
    );
    laptop.put("other/CLAUDE.md", "Be kind.\n");
    let printed = laptop
        .run_at(&laptop.home(), &["--root", "project", "other"])
        .exits(0);
    assert!(
        printed.stdout.starts_with("3 instruction files\n"),
        "{printed}"
    );
    for path in ["project/AGENTS.md", "other/CLAUDE.md", "~/.codex/AGENTS.md"] {
        assert!(printed.stdout.contains(path), "{path}\n{printed}");
    }
    let refused = laptop.run(&["--root", "nowhere"]).exits(2);
    assert!(refused.stderr.contains("is not a folder"), "{refused}");
    Ok(())
}

#[test]
fn a_governed_repository_says_what_is_approved_by_bytes_and_under_any_name() -> TestResult {
    let mut repo = Repo::team();
    let [_, bob, carol] = repo.people();
    repo.approved_skill("pdf", "1.0.0")?;
    let old = repo.tree();
    repo.approved_skill("pdf", "1.1.0")?;
    repo.approved_skill("csv", "1.0.0")?;
    repo.approved_skill("mail", "1.0.0")?;
    repo.drafted_skill("draft", "1.0.0")?;
    repo.approved_skill("gone", "1.0.0")?;
    repo.decide(&carol, Block, "skill/mail", "1.0.0")?;
    repo.decide(&bob, Deprecate, "skill/gone", "1.0.0")?;
    let tree = repo.tree();
    let laptop = Laptop::new();
    laptop.install(&old, "skills/pdf", "project/.claude/skills/pdf");
    laptop.install(&tree, "skills/csv", "project/.claude/skills/csv");
    laptop.install(&tree, "skills/mail", "project/.claude/skills/harmless");
    laptop.install(&tree, "skills/draft", "project/.claude/skills/draft");
    laptop.install(&tree, "skills/gone", "project/.claude/skills/gone");
    laptop.install(&tree, "skills/pdf", ".codex/skills/pdf");
    laptop.put(".codex/skills/pdf/extra.md", "Mine.\n");
    laptop.put(
        ".codex/skills/own/SKILL.md",
        "---\nname: own\ndescription: Mine.\n---\n",
    );
    let source = repo.path();
    let source = source.to_str().expect("a plain path");
    let now = repo.now().to_string();
    let json = laptop.json(&["--source", source, "--now", &now]);
    assert_eq!(
        standings(&json),
        [
            "skill csv approved 1.0.0",
            "skill draft draft 1.0.0",
            "skill gone deprecated 1.0.0",
            "skill mail blocked 1.0.0",
            "skill pdf outdated 1.0.0",
            "skill own unknown -",
            "skill pdf modified -",
        ]
    );
    assert_eq!(json["items"][4]["current"], "1.1.0");
    assert_eq!(json["items"][3]["path"], ".claude/skills/harmless");
    assert_eq!(json["counts"]["blocked"], 1);
    let printed = laptop.run(&["--source", source, "--now", &now]).exits(1);
    assert!(
        printed
            .stdout
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("compared with ")),
        "{printed}"
    );
    assert!(
        printed.stdout.contains("blocked: skill/mail 1.0.0"),
        "{printed}"
    );
    laptop
        .run(&["--source", source, "--now", &now, "--fail-on", "revoked"])
        .exits(0);
    Ok(())
}

#[test]
fn a_source_that_cannot_be_judged_is_no_answer() -> TestResult {
    let laptop = Laptop::new();
    laptop.put("project/AGENTS.md", "Be kind.\n");
    let printed = laptop.run(&["--source", "../nowhere"]);
    assert_ne!(printed.code, 0);
    assert_eq!(printed.stdout, "");
    Ok(())
}

#[test]
fn what_others_wrote_is_printed_inert_and_no_secret_is_printed() -> TestResult {
    let laptop = Laptop::new();
    let token = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    laptop.put(
        "project/.claude/skills/x/SKILL.md",
        "---\nname: \"=a\\u001b[2Kb\\u202Ec\"\ndescription: x\n---\n",
    );
    laptop.put(
        "project/.mcp.json",
        &format!(
            r#"{{"mcpServers": {{"\u001b]0;x\u0007\nall is fine": {{"command": "x", "args": ["{token}"], "env": {{"TOKEN": "{token}"}}}}}}}}"#
        ),
    );
    for format in ["human", "json", "csv"] {
        let printed = laptop.run(&["--format", format]);
        let whole = format!("{}{}", printed.stdout, printed.stderr);
        assert!(!whole.contains(&token), "{whole}");
        assert!(!whole.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{whole}");
        assert!(!whole.contains("\nall is fine"), "{whole}");
        assert!(
            !whole.contains(",=a") && !whole.contains(",\"=a"),
            "{whole}"
        );
    }
    Ok(())
}

#[test]
fn servers_are_found_as_every_harness_has_them() -> TestResult {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/harnesses");
    let mut seen = 0;
    for harness in fs::read_dir(&fixtures)? {
        let harness = harness?;
        if !harness.file_type()?.is_dir() {
            continue;
        }
        let name = harness.file_name().into_string().expect("a plain name");
        for (folder, scope) in [("project", "project"), ("home", "user")] {
            let files = harness.path().join(folder);
            if !files.is_dir() {
                continue;
            }
            let laptop = Laptop::new();
            let to = match scope {
                "project" => laptop.home().join("project"),
                _ => laptop.home(),
            };
            copy(&files, &to)?;
            let json = laptop.json(&["--scope", scope]);
            let items = json["items"].as_array().expect("a list");
            let servers: Vec<String> = items
                .iter()
                .filter(|item| item["kind"] == "server")
                .map(|item| format!("{} {}", item["name"], item["detail"]).replace('"', ""))
                .collect();
            let all = [
                "remote connects to https://mcp.acme.example",
                "tickets runs npm @acme/tickets@1.2.3",
            ];
            // It takes no address.
            let expected = if name == "claude-desktop" {
                &all[1..]
            } else {
                &all
            };
            let mut sorted = servers.clone();
            sorted.sort();
            assert_eq!(sorted, expected, "{name} {scope}: {json}");
            seen += 1;
        }
    }
    assert!(seen >= 36, "{seen}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
