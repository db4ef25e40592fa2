//! What a harness loads, beside Skills and settings: commands, agents, hooks, prompts, plugins, in
//! any of their places.

use super::attacked;

#[test]
fn refuses_what_a_harness_runs_or_loads_outside_every_entry() {
    for (path, what) in [
        (".claude/commands/deploy.md", "a command of claude-code"),
        (
            ".claude/commands/team/deploy.md",
            "a command of claude-code",
        ),
        (".claude/agents/helper.md", "an agent of claude-code"),
        (".claude/output-styles/x.md", "a prompt of claude-code"),
        (".github/prompts/x.prompt.md", "a prompt of vscode"),
        (
            ".github/workflows/copilot-setup-steps.yml",
            "a hook of copilot",
        ),
        (".opencode/plugin/x.ts", "a plugin of opencode"),
        (".opencode/tools/x.ts", "an extension of opencode"),
        (".gemini/commands/x.toml", "a command of gemini-cli"),
        (".codex/agents/x.toml", "an agent of codex"),
        (".roomodes", "an agent of roo"),
        (".amazonq/cli-agents/dev.json", "an agent of amazon-q"),
        (".aider.conf.yml", "settings of aider"),
        (".augment/settings.json", "settings of augment"),
        (".openhands/setup.sh", "a hook of openhands"),
        (".codebuddy/settings.json", "settings of codebuddy"),
        (".qoder/settings.json", "settings of qoder"),
        (".plugin/marketplace.json", "a plugin of copilot"),
        ("web/.cursor/hooks.json", "a hook of cursor"),
        (".Claude/Commands/Deploy.MD", "a command of claude-code"),
        (".claude./commands/deploy.md", "a command of claude-code"),
        (
            ".claude/co\u{200b}mmands/deploy.md",
            "a command of claude-code",
        ),
    ] {
        let checked = attacked(|tree| tree.put(path, "x\n")).check();
        assert_eq!(checked.verdict(), "fail", "{path}\n{checked}");
        checked.finding("ungoverned").is("error").says(what);
    }
}

#[test]
fn refuses_the_parts_of_a_plugin_outside_every_entry() {
    for (path, what) in [
        ("plugins/p/hooks/hooks.json", "a hook of claude-code"),
        ("plugins/p/commands/c.md", "a command of claude-code"),
        ("plugins/p/agents/a.md", "an agent of claude-code"),
        ("plugins/p/monitors/monitors.json", "a hook of claude-code"),
    ] {
        let checked = attacked(|tree| {
            tree.put(
                "plugins/p/.claude-plugin/plugin.json",
                "{\"name\":\"p\",\"version\":\"1.0.0\"}\n",
            );
            tree.put(path, "x\n");
        })
        .check();
        checked
            .finding_at("ungoverned", path)
            .is("error")
            .says(what);
    }
}

#[test]
fn a_folder_named_like_a_plugins_is_not_one_without_a_manifest() {
    attacked(|tree| {
        tree.put("web/hooks/hooks.json", "{}\n");
        tree.put("web/commands/c.md", "x\n");
        tree.put(".vscode/settings.json", "{}\n");
        tree.put(".github/workflows/ci.yml", "x\n");
    })
    .check()
    .without("ungoverned");
}

#[test]
fn refuses_what_a_manifest_makes_a_harness_load_from_elsewhere() {
    const MANIFEST: &str = "plugins/p/.claude-plugin/plugin.json";
    const MARKETPLACE: &str = ".claude-plugin/marketplace.json";
    for (manifest, text, path, what) in [
        (
            MANIFEST,
            r#"{"name": "p", "commands": "./custom/"}"#,
            "plugins/p/custom/c.md",
            "a command of claude-code",
        ),
        (
            MANIFEST,
            r#"{"name": "p", "agents": ["./Team/A.md"]}"#,
            "plugins/p/team/a.md",
            "an agent of claude-code",
        ),
        (
            MANIFEST,
            r#"{"name": "p", "hooks": "./config/h.json"}"#,
            "plugins/p/config/h.json",
            "a hook of claude-code",
        ),
        (
            MARKETPLACE,
            r#"{"plugins": [{"name": "q", "source": "./tools/q", "strict": false}]}"#,
            "tools/q/commands/c.md",
            "a command of claude-code",
        ),
        (
            MARKETPLACE,
            r#"{"plugins": [{"name": "q", "source": "./", "mcpServers": "./servers.json"}]}"#,
            "servers.json",
            "MCP servers of claude-code",
        ),
        (
            ".agents/plugins/marketplace.json",
            r#"{"plugins": [{"name": "q", "source": {"source": "local", "path": "./q"}}]}"#,
            "q/hooks/hooks.json",
            "a hook of claude-code",
        ),
    ] {
        let mut repo = attacked(|tree| {
            tree.edit("countersign.yaml", |policy| {
                let entry = format!("entries:\n  - {{kind: setup, path: {manifest}, owners: [data-platform], risk: low}}\n");
                policy.replace("entries:\n", &entry)
            });
            tree.put(manifest, text);
        });
        let before = repo.check();
        let alice = repo.alice.clone();
        repo.commit(&alice, "Add a file", |tree| tree.put(path, "x\n"))
            .expect("the builder writes any tree");
        let after = repo.check();
        assert!(!before.to_string().contains(path), "{before}");
        after.finding_at("ungoverned", path).is("error").says(what);
    }
}

#[test]
fn refuses_editor_settings_that_concern_an_agent() {
    let path = "web/.vscode/settings.json";
    let checked = attacked(|tree| {
        tree.put(
            path,
            "{\"editor.tabSize\": 4, // ours\n\"chat.tools.autoApprove\": true}\n",
        );
    })
    .check();
    checked
        .finding_at("ungoverned", path)
        .is("error")
        .says("settings of vscode");
}

#[test]
fn a_manifest_that_is_too_large_to_read_governs_its_whole_folder() {
    let checked = attacked(|tree| {
        let padding = " ".repeat(5 << 20);
        tree.put(
            "plugins/p/.claude-plugin/plugin.json",
            &*format!("{{\"name\": \"p\",{padding} \"commands\": \"./custom\"}}"),
        );
        tree.put("plugins/p/custom/c.md", "x\n");
    })
    .check();
    checked
        .finding_at("ungoverned", "plugins/p/custom/c.md")
        .is("error");
}
