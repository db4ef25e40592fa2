use super::*;
use crate::HARNESSES;

fn found(path: &str) -> Option<(&'static str, Loads)> {
    loaded(path).map(|loaded| (loaded.harness.id, loaded.loads))
}

#[test]
fn knows_what_is_loaded_at_any_depth() {
    for (path, harness, loads) in [
        (".mcp.json", "claude-code", Loads::Servers),
        ("plugins/x/.mcp.json", "claude-code", Loads::Servers),
        (".Claude/Settings.JSON", "claude-code", Loads::Settings),
        (".claude/hooks/pre-tool.sh", "claude-code", Loads::Hook),
        (".claude/commands/deploy.md", "claude-code", Loads::Command),
        (
            ".claude/commands/team/deploy.md",
            "claude-code",
            Loads::Command,
        ),
        ("web/.claude/agents/x.md", "claude-code", Loads::Agent),
        (".agents/skills/a/b/SKILL.md", "codex", Loads::Skill),
        (".codex/config.toml", "codex", Loads::Settings),
        (".github/prompts/x.prompt.md", "vscode", Loads::Prompt),
        (".opencode/plugin/x.ts", "opencode", Loads::Plugin),
        (
            ".github/workflows/copilot-setup-steps.yml",
            "copilot",
            Loads::Hook,
        ),
        (".roo/skills-code/x/SKILL.md", "roo", Loads::Skill),
        ("AGENTS.md", "codex", Loads::Instructions),
        ("a/CLAUDE.md", "claude-code", Loads::Instructions),
        (".continue/mcpServers/x.yaml", "continue", Loads::Servers),
    ] {
        assert_eq!(found(path), Some((harness, loads)), "{path}");
    }
    for path in [
        "docs/x.mcp.json",
        ".vscode/settings.json",
        ".github/workflows/ci.yml",
        "my.claude/settings.json",
        "commands/x.md",
    ] {
        assert_eq!(found(path), None, "{path}");
    }
}

#[test]
fn a_name_is_what_the_most_generous_file_system_makes_of_it() {
    for path in [
        ".CLAUDE/SETTINGS.JSON",
        ".claude./settings.json",
        ".claude /settings.json ",
        ".cl\u{200c}aude/settings.json",
        ".claude::$INDEX_ALLOCATION/settings.json",
        ".claude/\u{17f}ettings.json",
        "CLAUDE~1/settings.json",
        ".claude/SETTIN~1.JSO",
    ] {
        assert_eq!(
            found(path),
            Some(("claude-code", Loads::Settings)),
            "{path:?}"
        );
    }
    assert_eq!(found("CURSOR~1/settings.json"), None);
}

#[test]
fn the_bounds_of_what_is_loaded_name_its_package() {
    let part = |path: &'static str| {
        loaded(path).map(|loaded| (&path[..loaded.begins], &path[..loaded.ends]))
    };
    assert_eq!(
        part("web/.claude/commands/x/deploy.md"),
        Some(("web/", "web/.claude/commands"))
    );
    assert_eq!(
        part(".claude/settings.json"),
        Some(("", ".claude/settings.json"))
    );
    assert_eq!(part(".claude/hooks/lib/a.sh"), Some(("", ".claude/hooks")));
}

#[test]
fn a_link_at_above_or_inside_a_place_is_noticed() {
    let none = Plugins::default();
    for path in [
        ".claude",
        ".Claude",
        ".claude/skills",
        ".claude/skills/x",
        ".claude/skills/x/data",
        ".claude/anything/else",
        ".github",
        ".github/hooks",
        ".github/hooks/a/b",
        "web/.cursor",
        ".mcp.json",
        ".vscode",
        ".config/opencode",
        ".vscode/settings.json",
        "x.code-workspace",
        ".devcontainer",
        "p/plugin.json",
        "p/.plugin",
        "CLAUDE.md",
    ] {
        assert!(touched(&none, path).is_some(), "{path}");
    }
    for path in [
        ".github/workflows/ci.yml",
        ".vscode/tasks.json",
        "skills/x",
        "docs",
        "a.claude",
    ] {
        assert!(touched(&none, path).is_none(), "{path}");
    }
    let roots = Plugins::of_paths(["plugins/p/plugin.json"]);
    for path in [
        "plugins/p/commands",
        "plugins/p/commands/x.md",
        "plugins/p/hooks",
        "plugins/p/skills/x/y",
    ] {
        assert!(touched(&roots, path).is_some(), "{path}");
    }
    assert!(
        touched(&roots, "plugins/p/docs").is_none()
            && touched(&roots, "plugins/q/commands").is_none()
    );
}

#[test]
fn knows_what_is_loaded_and_what_is_only_offered() {
    let none = Plugins::default();
    for path in [
        ".claude/skills/x",
        "packages/a/.agents/skills/x/SKILL.md",
        ".GitHub/Skills/x",
        ".claude/notes.txt",
    ] {
        assert!(is_loaded(&none, path), "{path}");
    }
    for path in [
        "skills/x",
        ".github/workflows/x.yml",
        "my.claude/skills/x",
        "lab/csv/AGENTS.md",
    ] {
        assert!(!is_loaded(&none, path), "{path}");
    }
    assert!(is_loaded(
        &Plugins::of_paths(["p/plugin.json"]),
        "p/skills/x"
    ));
}

#[test]
fn plugins_are_loaded_from_their_own_folders() {
    let roots = Plugins::of_paths(["plugins/p/plugin.json"]);
    let found = |path: &'static str| {
        loaded_in(&roots, path).map(|loaded| (loaded.loads, &path[..loaded.ends]))
    };
    assert_eq!(
        found("plugins/p/hooks/hooks.json"),
        Some((Loads::Hook, "plugins/p/hooks/hooks.json"))
    );
    assert_eq!(
        found("plugins/p/Commands/c.md"),
        Some((Loads::Command, "plugins/p/Commands"))
    );
    assert_eq!(
        found("plugins/p/agents/a.md"),
        Some((Loads::Agent, "plugins/p/agents"))
    );
    assert_eq!(found("plugins/q/agents/a.md"), None);
    assert_eq!(found("plugins/p/src/hooks/use.ts"), None);
}

#[test]
fn a_skill_file_is_known_in_any_case() {
    assert!(
        is_skill_file("a/Skill.md")
            && is_skill_file("SKILL.MD")
            && is_skill_file("a/s\u{200d}kill.md")
    );
    assert!(!is_skill_file("a/skills.md") && !is_skill_file("SKILL.md/x"));
}

#[test]
fn test_data_is_known_by_its_folder() {
    let roots = Plugins::of_paths([
        "plugins/one/plugin.json",
        "tests/fixtures/plugin/plugin.json",
        "testdata/plugin.json",
    ]);
    for (path, folder) in [
        ("tests/fixtures/a/SKILL.md", Some("tests/fixtures")),
        (
            "tests/fixtures/.claude/skills/a/SKILL.md",
            Some("tests/fixtures"),
        ),
        (
            "tests/fixtures/plugin/skills/a/SKILL.md",
            Some("tests/fixtures"),
        ),
        ("testdata/skills/a/SKILL.md", Some("testdata")),
        (
            "plugins/one/tests/fixtures/a/SKILL.md",
            Some("plugins/one/tests/fixtures"),
        ),
        ("fixtures", None),
        ("skills/a", None),
        (".claude/skills/fixtures/SKILL.md", None),
        (".claude/commands/testdata/deploy.md", None),
        (".Claude/skills/a/fixtures/x/SKILL.md", None),
        ("plugins/one/skills/fixtures/SKILL.md", None),
        ("vendor/.agents/skills/testdata/SKILL.md", None),
    ] {
        assert_eq!(test_data(&roots, path), folder, "{path}");
    }
}

#[test]
fn every_place_finds_itself() {
    for harness in HARNESSES {
        for place in harness
            .places
            .iter()
            .filter(|place| place.scope == Scope::Project)
        {
            let path = place
                .pattern
                .replace("**/*", "a/b")
                .replace("**/", "a/")
                .replace('*', "b");
            let loads = loaded(&path).map(|loaded| loaded.loads == Loads::Instructions);
            assert!(
                loads.is_some() && (loads == Some(false) || place.loads == Loads::Instructions),
                "{path}"
            );
            assert!(touched(&Plugins::default(), &path).is_some(), "{path}");
            assert!(
                !place
                    .pattern
                    .split('/')
                    .next()
                    .unwrap_or_default()
                    .contains('*'),
                "{path}: the first step is literal"
            );
        }
    }
}
