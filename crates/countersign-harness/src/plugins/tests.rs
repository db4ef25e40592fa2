use super::*;
use crate::{loaded_in, test_data, touched};

fn plugins(path: &str, text: &str) -> Plugins {
    let mut plugins = Plugins::of_paths([path]);
    plugins.read(path, &ManifestContent::of(text.as_bytes()));
    plugins
}

fn found(plugins: &Plugins, path: &str) -> Option<(&'static str, Loads)> {
    loaded_in(plugins, path).map(|loaded| (loaded.harness.id, loaded.loads))
}

#[test]
fn a_plugin_loads_what_its_manifest_names() {
    let text = r#"{"name": "p", "commands": ["./custom/", "./one.md"], "hooks": "config/Hooks.json", "mcpServers": {"a": {"command": "x"}},
        "experimental": {"monitors": "./watch.json"}, "outputStyles": "./styles", "skills": "./", "unknown": "./x"}"#;
    let plugins = plugins("p/.claude-plugin/plugin.json", text);
    for (path, loads) in [
        ("p/custom/deploy.md", Loads::Command),
        ("p/Custom/team/deploy.md", Loads::Command),
        ("p/one.md", Loads::Command),
        ("p/config/hooks.json", Loads::Hook),
        ("p/watch.json", Loads::Hook),
        ("p/styles/x.md", Loads::Prompt),
        ("p/lab/csv/SKILL.md", Loads::Skill),
        ("p/bin/git", Loads::Extension),
        ("p/settings.json", Loads::Settings),
    ] {
        assert_eq!(
            found(&plugins, path),
            Some(("claude-code", loads)),
            "{path}"
        );
    }
    for path in [
        "p/custom/data.bin",
        "p/two.md",
        "p/x",
        "custom/deploy.md",
        "bin/git",
    ] {
        assert_eq!(found(&plugins, path), None, "{path}");
    }
    assert!(touched(&plugins, "p/custom").is_some() && touched(&plugins, "p/config").is_some());
    assert!(
        touched(&plugins, "p/custom/anything").is_some() && touched(&plugins, "q/docs").is_none()
    );
}

#[test]
fn a_marketplace_makes_plugins_of_the_folders_that_it_lists() {
    let text = r#"{"metadata": {"pluginRoot": "./more"}, "plugins": [], "plugins": [
        {"name": "a", "source": "./Tools/a", "strict": false, "commands": "./cmd"},
        {"name": "b", "source": {"source": "local", "path": "./tools/b", "url": ""}},
        {"name": "c", "source": "c"},
        {"name": "d", "source": {"source": "git-subdir", "url": "https://example.org/x", "path": "tools/d"}},
        {"name": "e", "source": "../outside"}], "plugins": []}"#;
    for path in [
        ".claude-plugin/marketplace.json",
        ".plugin/marketplace.json",
        "marketplace.json",
    ] {
        let plugins = plugins(path, text);
        let roots: Vec<&str> = plugins.roots.keys().map(String::as_str).collect();
        assert_eq!(
            roots,
            [
                "c",
                "more/c",
                "more/tools/a",
                "more/tools/b",
                "outside",
                "tools/a",
                "tools/b"
            ],
            "{path}"
        );
        assert_eq!(
            found(&plugins, "tools/A/cmd/x.md").map(|found| found.1),
            Some(Loads::Command)
        );
        assert_eq!(
            found(&plugins, "tools/b/hooks/hooks.json").map(|found| found.1),
            Some(Loads::Hook)
        );
        assert_eq!(found(&plugins, "tools/d/hooks/hooks.json"), None);
        assert_eq!(
            found(&plugins, path).map(|found| found.1),
            Some(Loads::Plugin)
        );
        for link in ["tools", "Tools", "tools/a", "more", "C"] {
            assert!(touched(&plugins, link).is_some(), "{link}");
        }
        assert!(touched(&plugins, "tools/d").is_none());
    }
    let other = plugins("marketplace.json", r#"{"plugins": ["a", "b"]}"#);
    assert_eq!(found(&other, "marketplace.json"), None);
}

#[test]
fn folders_compare_as_the_most_generous_file_system_does() {
    for (manifest, part) in [
        ("P/plugin.json", "p/hooks/hooks.json"),
        ("p./plugin.json", "p/hooks/hooks.json"),
        ("a/P/.Claude-Plugin/Plugin.json", "A/p/Hooks/hooks.json"),
        ("p\u{fffd}/plugin.json", "p\u{fffd}/hooks/hooks.json"),
    ] {
        assert_eq!(
            found(&Plugins::of_paths([manifest]), part).map(|found| found.1),
            Some(Loads::Hook),
            "{manifest}"
        );
    }
    let roots = Plugins::of_paths(["Plugins/pdf/plugin.json", "plugin.json"]);
    assert_eq!(
        roots.within("plugins/PDF/skills/x"),
        ["plugins/PDF/skills/x", "skills/x"]
    );
    assert_eq!(
        Plugins::of_paths(["plugins/pdf/plugin.json"])
            .within("plugins/pdfs/skills/x")
            .len(),
        0
    );
}

#[test]
fn a_manifest_of_any_program_names_only_what_is_written_as_a_path() {
    let plain = plugins(
        "p/plugin.json",
        r#"{"commands": "build", "rules": ["strict"], "settings": "a/b"}"#,
    );
    assert_eq!(found(&plain, "p/build"), None);
    assert!(touched(&plain, "p/strict").is_none() && touched(&plain, "p/a").is_none());
    assert_eq!(found(&plain, "p/plugin.json"), None);
    assert_eq!(found(&plain, "p/bin/run"), None);
    let plugins = plugins(
        "p/plugin.json",
        r#"{"skills": "./lab/csv", "commands": ["custom/"], "agents": "../agentz", "hooks": "hooked"}"#,
    );
    assert!(touched(&plugins, "p/lab/csv").is_some());
    for (path, loads) in [
        ("p/custom/a.md", Loads::Command),
        ("agentz/a.md", Loads::Agent),
        ("p/hooked", Loads::Hook),
    ] {
        assert_eq!(
            found(&plugins, path).map(|found| found.1),
            Some(loads),
            "{path}"
        );
    }
}

#[test]
fn a_manifest_that_starts_something_is_loaded_itself() {
    for path in ["p/plugin.json", "p/.plugin/plugin.json"] {
        let plugins = plugins(
            path,
            r#"{"name": "m", "mcpServers": {"x": {"command": "evil"}}}"#,
        );
        assert_eq!(found(&plugins, path), Some(("copilot", Loads::Plugin)));
    }
}

#[test]
fn editor_settings_count_when_they_concern_an_agent_or_cannot_be_read() {
    let path = "web/.vscode/settings.json";
    assert_eq!(
        found(&plugins(path, r#"{"editor.tabSize": 4}"#), path),
        None
    );
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(200), "]".repeat(200));
    for text in [
        "// ours\n{\"editor.tabSize\": 4, \"chat.tools.autoApprove\": true,}",
        "{ // \r \"chat.tools.autoApprove\": true\n}",
        r#"{"a": 1 "b": 2}"#,
        r#"{"a": 1,, "b": 2}"#,
        r#"{"a": "\ud800"}"#,
        "{\"a\": \"x\ty\"}",
        r#"{"a": 1e999}"#,
        r#"{"a": 1"#,
        &deep,
    ] {
        assert_eq!(
            found(&plugins(path, text), path),
            Some(("vscode", Loads::Settings)),
            "{text}"
        );
    }
    let settings = r#"{"settings": {"chat.tools.autoApprove": true}}"#;
    assert_eq!(
        found(&plugins("x.code-workspace", settings), "x.code-workspace"),
        Some(("vscode", Loads::Settings))
    );
    for customized in [
        r#"{"settings": {"chat": {"x": 1}}}"#,
        r#"{"mcp": {"servers": {}}}"#,
    ] {
        let text = format!("{{\"customizations\": {{\"vscode\": {customized}}}}}");
        for path in [
            ".devcontainer/devcontainer.json",
            ".devcontainer.json",
            ".devcontainer/py/devcontainer.json",
        ] {
            assert!(
                found(&plugins(path, &text), path).is_some(),
                "{path} {text}"
            );
        }
    }
}

#[test]
fn settings_name_places() {
    let text = r#"{"chat.promptFilesLocations": {"lab": true}, "chat.agentSkillsLocations": {"lab/sk": true}, "chat.hookFilesLocations": ["h.json"]}"#;
    let editor = plugins("web/.vscode/settings.json", text);
    for (path, loads) in [
        ("web/lab/x.prompt.md", Loads::Prompt),
        ("web/lab/sk/csv/SKILL.md", Loads::Skill),
        ("web/h.json", Loads::Hook),
    ] {
        assert!(
            loaded_in(&editor, path)
                .is_some_and(|found| found.loads == loads || found.loads == Loads::Prompt),
            "{path}"
        );
    }
    let mut harness = plugins(
        ".claude/settings.json",
        r#"{"extraKnownMarketplaces": {"m": {"source": {"source": "file", "path": "./X/m.json"}}, "n": {"source": {"source": "directory", "path": "./mk"}}}}"#,
    );
    assert!(harness.is_marketplace("x/M.json") && touched(&harness, "mk").is_some());
    harness.read(
        "x/m.json",
        &ManifestContent::of(br#"{"plugins": [{"name": "p", "source": "./a"}]}"#),
    );
    assert_eq!(
        found(&harness, "x/a/hooks/hooks.json").map(|found| found.1),
        Some(Loads::Hook)
    );
    assert_eq!(
        found(&harness, "x/m.json").map(|found| found.1),
        Some(Loads::Plugin)
    );
}

#[test]
fn what_cannot_be_read_governs_its_whole_folder() {
    let deep = format!(
        "{{\"x\": {}{}, \"commands\": \"./c\"}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    for path in [
        "p/.claude-plugin/plugin.json",
        "p/.claude-plugin/marketplace.json",
        "p/plugin.json",
        "p/marketplace.json",
    ] {
        assert_eq!(
            found(&plugins(path, &deep), "p/any/file").map(|found| found.1),
            Some(Loads::Plugin),
            "{path}"
        );
    }
    assert_eq!(
        found(&plugins("p/plugin.json", "{{ template }}"), "p/any/file"),
        None
    );
    let names: Vec<String> = (0..20_000).map(|name| format!("\"./{name}\"")).collect();
    let many = plugins(
        "p/plugin.json",
        &format!("{{\"commands\": [{}]}}", names.join(",")),
    );
    assert_eq!(many.named.len(), 1);
    assert_eq!(
        found(&many, "p/any/file").map(|found| found.1),
        Some(Loads::Plugin)
    );
    let twice = plugins(
        "p/.claude-plugin/plugin.json",
        r#"{"commands": "./a.md", "commands": "./b.md"}"#,
    );
    assert!(
        found(&twice, "p/a.md").is_some() && found(&twice, "p/b.md").is_some(),
        "one reader takes the first, another the last"
    );
}

#[test]
fn what_a_manifest_names_is_not_test_data_unless_the_manifest_is() {
    let listed = plugins(
        ".claude-plugin/marketplace.json",
        r#"{"plugins": [{"name": "p", "source": "./tests/fixtures/p"}]}"#,
    );
    assert_eq!(
        test_data(&listed, "tests/fixtures/p/hooks/hooks.json"),
        None
    );
    assert_eq!(
        test_data(&listed, "tests/fixtures/q/hooks/hooks.json"),
        Some("tests/fixtures")
    );
    let named = plugins(
        ".claude-plugin/plugin.json",
        r#"{"commands": "./tests/fixtures/c"}"#,
    );
    assert_eq!(test_data(&named, "tests/fixtures/c/x.md"), None);
    let own = r#"{"plugins": [{"name": "p", "source": "./p", "commands": "./c"}]}"#;
    let inside = plugins("tests/fixtures/.claude-plugin/marketplace.json", own);
    assert_eq!(
        test_data(&inside, "tests/fixtures/p/c/x.md"),
        Some("tests/fixtures")
    );
    let broken = plugins("tests/fixtures/broken/.claude-plugin/plugin.json", "{");
    assert_eq!(
        test_data(&broken, "tests/fixtures/broken/commands/x.md"),
        Some("tests/fixtures")
    );
    assert_eq!(
        test_data(
            &plugins(".claude-plugin/marketplace.json", "{"),
            "tests/fixtures/a/SKILL.md"
        ),
        None
    );
    let whole = plugins(
        ".claude-plugin/marketplace.json",
        r#"{"plugins": [{"name": "p", "source": "./", "skills": "./"}]}"#,
    );
    assert_eq!(
        test_data(&whole, "tests/fixtures/a/SKILL.md"),
        Some("tests/fixtures")
    );
}
