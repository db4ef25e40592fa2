//! Settings of editors: whether they concern an agent, and which paths they add.
//!
//! Sources: code.visualstudio.com/docs/copilot/reference/copilot-settings; ampcode.com/manual;
//! kiro.dev/docs; docs.windsurf.com; docs.augmentcode.com; the settings that the other extensions
//! contribute.

use super::Loads;
use super::json::Json;

/// Prefixes of keys that concern an agent, in lower case.
const AGENTS: [&str; 32] = [
    "aider",
    "amazonq.",
    "amp.",
    "antigravity",
    "augment.",
    "chat.",
    "chatgpt.",
    "claude",
    "cline.",
    "codebuddy",
    "codeium.",
    "codex",
    "cody.",
    "continue.",
    "cursor.",
    "factory.",
    "gemini",
    "github.copilot",
    "goose.",
    "inlinechat.",
    "junie",
    "kilo-code.",
    "kiro",
    "mcp",
    "opencode",
    "openhands",
    "qoder",
    "qwen",
    "roo-cline.",
    "tabnine.",
    "trae.",
    "windsurf.",
];

/// Keys with paths to load something from, in lower case.
const LOCATIONS: [(&str, Loads); 8] = [
    ("chat.agentfileslocations", Loads::Agent),
    ("chat.agentskillslocations", Loads::Skill),
    ("chat.hookfileslocations", Loads::Hook),
    ("chat.instructionsfileslocations", Loads::Instructions),
    ("chat.modefileslocations", Loads::Agent),
    ("chat.pluginlocations", Loads::Plugin),
    ("chat.plugins.paths", Loads::Plugin),
    ("chat.promptfileslocations", Loads::Prompt),
];

/// Whether `settings` concern an agent.
pub(super) fn concern_agent(settings: &Json) -> bool {
    let mut found = false;
    walk(settings, "", &mut |key, _| {
        found |= AGENTS.iter().any(|start| key.starts_with(start));
    });
    found
}

/// The paths in `settings`, and what is loaded from there.
pub(super) fn locations(settings: &Json) -> Vec<(String, Loads)> {
    let mut found = Vec::new();
    walk(settings, "", &mut |key, value| {
        let Some((_, loads)) = LOCATIONS.iter().find(|(name, _)| *name == key) else {
            return;
        };
        let keys = value.fields().map(|(place, _)| place);
        let places = keys
            .chain(value.items().filter_map(Json::text))
            .chain(value.text());
        found.extend(places.map(|place| (before_glob(place).to_owned(), *loads)));
    });
    found
}

/// Calls `see` with every key as written in full, in lower case: `{"chat": {"x": 1}}` is `chat.x`,
/// and settings for one language only (`[markdown]`) count like the others.
fn walk(settings: &Json, above: &str, see: &mut impl FnMut(&str, &Json)) {
    for (key, value) in settings.fields() {
        let key = key.to_ascii_lowercase();
        let full = match (key.starts_with('['), above) {
            (true, _) => above.to_owned(),
            (_, "") => key,
            _ => format!("{above}.{key}"),
        };
        // No setting has a longer name, so this is another program's data.
        if full.len() <= 256 {
            see(&full, value);
            walk(value, &full, see);
        }
    }
}

/// The folder before the first step with a wildcard.
fn before_glob(place: &str) -> &str {
    let Some(glob) = place.find(['*', '?', '{', '[']) else {
        return place;
    };
    place[..glob]
        .rfind(['/', '\\'])
        .map_or(".", |slash| &place[..slash])
}

#[cfg(test)]
mod tests {
    use super::super::json::ManifestContent;
    use super::*;

    fn settings(text: &str) -> Json {
        ManifestContent::of(text.as_bytes()).json.expect("JSON")
    }

    #[test]
    fn settings_concern_an_agent_in_any_spelling() {
        for text in [
            r#"{"chat.tools.autoApprove": true}"#,
            r#"{"chat": {"tools": {"autoApprove": true}}}"#,
            r#"{"chat.tools": {"autoApprove": true}}"#,
            r#"{"a": 1, "[markdown]": {"github.copilot.enable": true}}"#,
            r#"{"amp.dangerouslyAllowAll": true}"#,
            r#"{"kiroAgent.trustedCommands": ["*"]}"#,
            r#"{"windsurf.cascadeCommandsAllowList": ["*"]}"#,
            r#"{"amazonQ.x": 1}"#,
            r#"{"ch\u0061t.x": 1, "chat.x": 2}"#,
        ] {
            assert!(concern_agent(&settings(text)), "{text}");
        }
        for text in [
            r#"{"editor.tabSize": 4}"#,
            r##"{"workbench.colorCustomizations": {"chat.slashCommandBackground": "#fff"}}"##,
            r#"{"files.associations": {"mcp*": "json"}, "cSpell.words": ["claude"]}"#,
            "[]",
        ] {
            assert!(!concern_agent(&settings(text)), "{text}");
        }
    }

    #[test]
    fn settings_name_places() {
        let text = r#"{"chat.promptFilesLocations": {"lab": true, "docs/*/prompts": true}, "chat": {"hookFilesLocations": ["h.json", "**/x"]}}"#;
        let found = locations(&settings(text));
        let expected = [
            ("lab", Loads::Prompt),
            ("docs", Loads::Prompt),
            ("h.json", Loads::Hook),
            (".", Loads::Hook),
        ];
        assert_eq!(
            found,
            expected.map(|(place, loads)| (place.to_owned(), loads))
        );
    }
}
