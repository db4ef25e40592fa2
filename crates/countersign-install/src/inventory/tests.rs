//! The inventory of folders that tests write.

use std::fs;
use std::path::Path;

use super::*;

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

fn skill(root: &Path, path: &str, name: &str, body: &str) {
    let text = format!("---\nname: {name}\ndescription: Does {name}.\n---\n{body}\n");
    put(root, &format!("{path}/SKILL.md"), &text);
}

/// Scope, kind, name, path, key and notes of each item.
fn rows(inventory: &Inventory) -> Vec<String> {
    let row = |item: &Item| {
        let notes: Vec<&str> = item.notes.iter().map(|note| note.id.as_str()).collect();
        let key = item.key.as_deref().unwrap_or("-");
        format!(
            "{} {} {} {} {key} {}",
            item.scope.as_str(),
            item.kind.as_str(),
            item.name,
            item.path,
            notes.join(",")
        )
    };
    inventory.items.iter().map(row).collect()
}

fn of_project(root: &Path) -> Inventory {
    take(&Places {
        project: Some(root.to_owned()),
        ..Places::default()
    })
}

fn of_home(root: &Path) -> Inventory {
    take(&Places {
        home: Some(root.to_owned()),
        ..Places::default()
    })
}

#[test]
fn a_project_has_what_harnesses_read_in_any_of_its_folders() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, ".claude/skills/pdf", "pdf-tools", "Do it.");
    skill(root, "web/.agents/skills/csv", "csv", "Do it.");
    skill(root, "node_modules/x/.claude/skills/hidden", "hidden", "");
    put(root, "CLAUDE.md", "Be kind.");
    put(root, "src/main.rs", "fn main() {}");
    put(
        root,
        ".mcp.json",
        r#"{"mcpServers": {"tickets": {"command": "npx", "args": ["-y", "@acme/tickets"]}}}"#,
    );
    put(
        root,
        ".claude/settings.json",
        r#"{"disableAllHooks": true, "hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "./gate.sh"}]}]}}"#,
    );
    let inventory = of_project(root);
    assert_eq!(
        rows(&inventory),
        [
            "project hook PreToolUse .claude/settings.json /hooks/PreToolUse/0/hooks/0/command ",
            "project settings settings.json .claude/settings.json - unsafe-setting",
            "project skill pdf-tools .claude/skills/pdf - ",
            "project server tickets .mcp.json /mcpServers/tickets package-not-pinned,runs-from-project",
            "project instructions CLAUDE.md CLAUDE.md - ",
            "project skill csv web/.agents/skills/csv - ",
        ]
    );
    assert!(inventory.items[2].digest.is_some());
    assert_eq!(inventory.unsearched.len(), 1);
    assert_eq!(inventory.unsearched[0].path, "node_modules");
}

#[test]
fn a_home_folder_is_searched_only_where_harnesses_look() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, ".codex/skills/pdf", "pdf", "Do it.");
    skill(root, "work/x/.codex/skills/csv", "csv", "Do it.");
    put(root, ".codex/sessions/2026/log.json", "{}");
    put(
        root,
        ".codex/config.toml",
        "approval_policy = \"never\"\n[mcp_servers.git]\ncommand = \"uvx\"\nargs = [\"mcp-git@0.6.2\"]\n",
    );
    put(
        root,
        ".claude.json",
        r#"{"mcpServers": {"a": {"type": "http", "url": "http://a.example/mcp"}},
            "projects": {"/elsewhere": {"mcpServers": {"b": {"command": "b"}}}}}"#,
    );
    assert_eq!(
        rows(&of_home(root)),
        [
            "user server a .claude.json /mcpServers/a plain-http",
            "user server git .codex/config.toml /mcp_servers/git ",
            "user settings config.toml .codex/config.toml - unsafe-setting",
            "user skill pdf .codex/skills/pdf - ",
        ]
    );
    let all = take(&Places {
        home: Some(root.to_owned()),
        other_projects: true,
        ..Places::default()
    });
    assert_eq!(all.items.len(), 5);
}

#[test]
fn variables_move_what_is_read_from_the_home_folder() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, "elsewhere/skills/pdf", "pdf", "Do it.");
    put(
        root,
        "elsewhere/.claude.json",
        r#"{"mcpServers": {"a": {"command": "a"}}}"#,
    );
    skill(root, "home/.claude/skills/csv", "csv", "Not read.");
    let inventory = take(&Places {
        home: Some(root.join("home")),
        moved: vec![("CLAUDE_CONFIG_DIR".to_owned(), root.join("elsewhere"))],
        ..Places::default()
    });
    let of_claude: Vec<String> = inventory
        .items
        .iter()
        .filter(|item| {
            item.harnesses
                .iter()
                .any(|harness| harness.id == "claude-code")
        })
        .map(|item| format!("{} {}", item.kind.as_str(), item.path))
        .collect();
    assert_eq!(
        of_claude,
        [
            "server $CLAUDE_CONFIG_DIR/.claude.json",
            "skill $CLAUDE_CONFIG_DIR/skills/pdf"
        ]
    );
}

#[test]
fn what_another_harness_reads_at_home_is_found_though_a_variable_moves_it_for_one() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, "home/.claude/skills/csv", "csv", "Read by OpenCode.");
    let inventory = take(&Places {
        home: Some(root.join("home")),
        moved: vec![("CLAUDE_CONFIG_DIR".to_owned(), root.join("elsewhere"))],
        ..Places::default()
    });
    assert_eq!(rows(&inventory), ["user skill csv .claude/skills/csv - "]);
    let names: Vec<&str> = inventory.items[0]
        .harnesses
        .iter()
        .map(|one| one.id)
        .collect();
    assert!(
        names.contains(&"opencode") && !names.contains(&"claude-code"),
        "{names:?}"
    );
}

#[cfg(unix)]
#[test]
fn no_name_hides_what_is_loaded() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    put(root, ".claude/commands/ops:deploy.md", "Deploy.");
    skill(root, ".claude/skills/.git", "hidden", "Do it.");
    skill(root, ".claude/skills/node_modules", "modules", "Do it.");
    let bad = root.join(".claude/skills").join(OsStr::from_bytes(b"\xff"));
    fs::create_dir_all(&bad).expect("writable");
    fs::write(bad.join("SKILL.md"), "---\nname: x\n---\n").expect("writable");
    put(
        root,
        ".vscode/settings.json",
        r#"{"chat.tools.autoApprove": true}"#,
    );
    put(
        root,
        ".cursor/mcp.json",
        r#"{"mcpServers": {"a": {"command": "a"}}, "mcpServers": {}}"#,
    );
    let inventory = of_project(root);
    let rows = rows(&inventory);
    for row in [
        "project command ops:deploy .claude/commands/ops:deploy.md - unread",
        "project skill modules .claude/skills/node_modules - ",
        "project server mcp.json .cursor/mcp.json - unread",
        "project settings settings.json .vscode/settings.json - unsafe-setting",
    ] {
        assert!(rows.iter().any(|known| known == row), "{row}: {rows:?}");
    }
    assert!(
        rows.iter().any(|row| row.contains(".claude/skills/.git")),
        "{rows:?}"
    );
    let why: Vec<&str> = inventory
        .unsearched
        .iter()
        .map(|one| one.why.as_str())
        .collect();
    assert_eq!(why, ["its name is not UTF-8"]);
}

#[test]
fn a_folder_that_is_loaded_as_one_is_read_once() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    put(
        root,
        ".gemini/extensions/notes/gemini-extension.json",
        r#"{"name": "notes"}"#,
    );
    for file in 0..200 {
        put(
            root,
            &format!(".gemini/extensions/notes/dist/{file}.js"),
            "1",
        );
    }
    let (found, _) = find::Search::of(&Places {
        home: Some(root.to_owned()),
        ..Places::default()
    });
    assert!(found.len() > 200);
    assert!(read::units(&found).len() < 4);
}

#[cfg(unix)]
#[test]
fn links_are_named_and_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, ".agents/skills/pdf", "pdf", "Do it.");
    fs::create_dir_all(root.join(".claude/skills")).expect("writable");
    symlink("../../.agents/skills/pdf", root.join(".claude/skills/pdf")).expect("writable");
    symlink("/etc", root.join(".claude/skills/etc")).expect("writable");
    symlink("/etc/passwd", root.join(".mcp.json")).expect("writable");
    // A link in a Skill is no way to give it the bytes of another.
    skill(root, ".claude/skills/real", "real", "Do it.");
    symlink("../pdf", root.join(".claude/skills/real/skill.md")).expect("writable");
    let inventory = of_project(root);
    let standings: Vec<String> = inventory
        .items
        .iter()
        .map(|item| format!("{} {}", item.path, item.standing.as_str()))
        .collect();
    assert_eq!(
        standings,
        [
            ".agents/skills/pdf unknown",
            ".claude/skills/etc unreadable",
            ".claude/skills/pdf unreadable",
            ".claude/skills/real unreadable",
            ".claude/skills/real/skill.md unreadable",
            ".mcp.json unreadable",
        ]
    );
    assert!(
        inventory.items[1..]
            .iter()
            .all(|item| item.digest.is_none())
    );
    // Nor is one above a place of the home folder followed.
    let home = tempfile::tempdir().expect("writable");
    symlink(root.join(".claude"), home.path().join(".claude")).expect("writable");
    let inventory = of_home(home.path());
    assert!(inventory.items.is_empty(), "{:?}", inventory.items);
    assert_eq!(inventory.unsearched[0].path, ".claude");
}

#[cfg(unix)]
#[test]
fn pipes_huge_and_broken_files_are_unreadable_and_stop_nothing() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    fs::create_dir_all(root.join(".cursor")).expect("writable");
    let made = std::process::Command::new("mkfifo")
        .arg(root.join(".cursor/mcp.json"))
        .status();
    assert!(made.expect("it runs").success());
    put(root, ".mcp.json", "{\"mcpServers\": ");
    let huge = fs::File::create(root.join("opencode.json")).expect("writable");
    huge.set_len(1 << 30).expect("sparse");
    put(
        root,
        ".vscode/mcp.json",
        r#"{"servers": {"__proto__": {"command": 1}, "": {}}}"#,
    );
    let inventory = of_project(root);
    assert_eq!(
        rows(&inventory),
        [
            "project server mcp.json .cursor/mcp.json - unread",
            "project server .mcp.json .mcp.json - unread",
            "project server  .vscode/mcp.json /servers/ unread",
            "project server __proto__ .vscode/mcp.json /servers/__proto__ unread",
            "project settings opencode.json opencode.json - unread",
        ]
    );
    let unreadable = |item: &&Item| item.standing == Standing::Unreadable;
    assert_eq!(inventory.items.iter().filter(unreadable).count(), 5);
}

#[test]
fn two_skills_of_one_name_with_other_bytes_are_told() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    skill(root, ".claude/skills/pdf", "pdf", "Do it.");
    skill(root, ".agents/skills/pdf", "PDF", "Do something else.");
    skill(root, ".github/skills/pdf", "pdf", "Do it.");
    let inventory = of_project(root);
    let shadowed: Vec<&str> = inventory
        .items
        .iter()
        .flat_map(|item| &item.notes)
        .map(|note| note.text.as_str())
        .collect();
    assert_eq!(
        shadowed,
        [
            ".claude/skills/pdf has the same name and other bytes",
            ".agents/skills/pdf has the same name and other bytes",
            ".agents/skills/pdf has the same name and other bytes",
        ]
    );
}

#[test]
fn no_secret_is_kept() {
    let folder = tempfile::tempdir().expect("writable");
    let root = folder.path();
    let token = ["ghp", "_16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let servers = format!(
        r#"{{"mcpServers": {{"a": {{"command": "a", "args": ["--token", "{token}"], "env": {{"API_KEY": "{token}"}}}},
            "c": {{"command": "/usr/bin/foo --token {token}"}}, "d": {{"command": "API_KEY={token} npx foo"}},
            "e": {{"command": "npx", "args": ["git+https://{token}@github.com/x/y"]}},
            "f": {{"command": "docker", "args": ["run", "--unknown", "img", "{token}"]}},
            "g": {{"command": "uvx", "args": ["--constraint", "{token}", "a"]}},
            "h": {{"url": "https://host\\\\{token}"}}, "i": {{"url": "https://host:80{token}"}},
            "b": {{"url": "https://x:{token}@b.example/{token}?t={token}"}}}}}}"#
    );
    put(root, ".mcp.json", &servers);
    put(
        root,
        ".claude/settings.json",
        &format!(
            r#"{{"plugin": ["git+https://{token}@github.com/x/y"], "env": {{"GITHUB_TOKEN": "{token}"}}, "hooks": {{"Stop": [{{"hooks": [{{"command": "TOKEN={token} notify {token}"}}]}}]}}}}"#
        ),
    );
    let inventory = of_project(root);
    let shown = format!("{inventory:?}");
    let token = token.to_lowercase();
    assert!(!shown.to_lowercase().contains(&token), "{shown}");
    let secrets = inventory.items.iter().flat_map(|item| &item.notes);
    let secrets = secrets.filter(|note| note.id == NoteId::SecretLiteral);
    assert!(secrets.count() >= 4, "{shown}");
}
