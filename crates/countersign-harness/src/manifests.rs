//! What a manifest makes a harness load from elsewhere: a plugin's own paths, and the plugins that a marketplace lists.
//!
//! Editor settings are read for the same reason: nearly every repository has some, and only their keys say whether they concern an agent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::plugins::{plugin_root, within};
use super::{Harness, Loads, claude_code, codex, copilot, cursor, droid, gemini_cli, qwen, vscode};
use countersign_model::document::{json, paths};

/// A larger manifest is not read: everything in its folder counts as loaded.
pub const MOST_MANIFEST_BYTES: u64 = 4 << 20;

/// The plugins of a tree: their folders, and what their manifests name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugins {
    /// Folders of plugins; the root is the empty path.
    roots: BTreeSet<String>,
    /// Files and folders that a manifest names, as the most generous file system writes their paths.
    named: BTreeMap<String, Named>,
}

/// What a manifest loads, and whose manifest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub loads: Loads,
    pub harness: &'static Harness,
}

/// A manifest by its path.
struct Manifest<'p> {
    kind: ManifestKind,
    /// The folder that its paths are relative to.
    root: &'p str,
    harness: &'static Harness,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ManifestKind {
    Plugin,
    /// A `plugin.json` that may belong to any program.
    Unmarked,
    Marketplace,
    EditorSettings,
}

/// Lists of plugins, relative to the folder that their paths start from.
const MARKETPLACES: [(&str, &Harness); 5] = [
    (".claude-plugin/marketplace.json", &claude_code::HARNESS),
    (".agents/plugins/marketplace.json", &codex::HARNESS),
    (".cursor-plugin/marketplace.json", &cursor::HARNESS),
    (".factory-plugin/marketplace.json", &droid::HARNESS),
    (".github/plugin/marketplace.json", &copilot::HARNESS),
];

/// Fields of a manifest that name files and folders, in lower case.
const FIELDS: [(&str, Loads); 16] = [
    ("skills", Loads::Skill),
    ("commands", Loads::Command),
    ("workflows", Loads::Command),
    ("agents", Loads::Agent),
    ("droids", Loads::Agent),
    ("prompts", Loads::Prompt),
    ("outputstyles", Loads::Prompt),
    ("hooks", Loads::Hook),
    ("monitors", Loads::Hook),
    ("mcpservers", Loads::Servers),
    ("lspservers", Loads::Servers),
    ("apps", Loads::Servers),
    ("settings", Loads::Settings),
    ("policies", Loads::Settings),
    ("rules", Loads::Instructions),
    ("contextfilename", Loads::Instructions),
];

/// Keys of editor settings that concern an agent, by their start, in lower case.
const AGENT_SETTINGS: [&str; 12] = [
    "chat.",
    "github.copilot",
    "mcp",
    "claude",
    "cline.",
    "codex",
    "chatgpt.",
    "continue.",
    "cursor.",
    "gemini",
    "kilo-code.",
    "roo-cline.",
];

/// Whether the file at `path` may make a harness load something from elsewhere, so that its content has to be read.
pub fn is_manifest(path: &str) -> bool {
    manifest(path).is_some()
}

fn manifest(path: &str) -> Option<Manifest<'_>> {
    let last = paths::name_on_disk(path.rsplit('/').next().unwrap_or_default());
    if !last.ends_with(".json") {
        return None;
    }
    if last == "settings.json" {
        let root = below(path, ".vscode/settings.json")?;
        return Some(Manifest { kind: ManifestKind::EditorSettings, root, harness: &vscode::HARNESS });
    }
    if last == "marketplace.json" {
        let (root, harness) = MARKETPLACES.iter().find_map(|(list, harness)| Some((below(path, list)?, *harness)))?;
        return Some(Manifest { kind: ManifestKind::Marketplace, root, harness });
    }
    let root = plugin_root(path)?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let kind = if last == "plugin.json" && folder == root { ManifestKind::Unmarked } else { ManifestKind::Plugin };
    let folder = paths::name_on_disk(folder.rsplit('/').next().unwrap_or_default());
    let harness = match (&*last, &*folder) {
        ("gemini-extension.json", _) => &gemini_cli::HARNESS,
        ("qwen-extension.json", _) => &qwen::HARNESS,
        (_, ".codex-plugin") => &codex::HARNESS,
        (_, ".cursor-plugin") => &cursor::HARNESS,
        (_, ".factory-plugin") => &droid::HARNESS,
        (_, ".claude-plugin") => &claude_code::HARNESS,
        _ => &copilot::HARNESS,
    };
    Some(Manifest { kind, root, harness })
}

/// The folder above `end`, where `path` ends like that.
pub(super) fn below<'p>(path: &'p str, end: &str) -> Option<&'p str> {
    let mut rest = Some(path);
    for wanted in end.rsplit('/') {
        let path = rest?;
        let (before, step) = path.rsplit_once('/').map_or((None, path), |(before, step)| (Some(before), step));
        if paths::name_on_disk(step) != wanted {
            return None;
        }
        rest = before;
    }
    Some(rest.unwrap_or(""))
}

impl Plugins {
    /// The plugins that the names of files alone show.
    pub fn of_paths<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let roots = paths.into_iter().filter_map(plugin_root).map(str::to_owned).collect();
        Self { roots, named: BTreeMap::new() }
    }

    /// Folders of plugins; the root is the empty path.
    pub const fn roots(&self) -> &BTreeSet<String> {
        &self.roots
    }

    /// Adds folders of plugins; whether there was a new one.
    pub fn add_roots(&mut self, roots: &mut BTreeSet<String>) -> bool {
        let before = self.roots.len();
        self.roots.append(roots);
        self.roots.len() > before
    }

    /// Adds what the manifest at `path` with these `bytes` names; nothing when the file is no manifest or no JSON, which no harness reads.
    pub fn read(&mut self, path: &str, bytes: &[u8]) {
        let Some(manifest) = manifest(path) else { return };
        let Some(value) = json::read_generously(path, bytes) else { return };
        match manifest.kind {
            ManifestKind::Plugin | ManifestKind::Unmarked => self.components(&manifest, manifest.root, &value),
            ManifestKind::Marketplace => self.marketplace(&manifest, &value),
            ManifestKind::EditorSettings => {
                let concerns = |key: &String| AGENT_SETTINGS.iter().any(|start| key.to_ascii_lowercase().starts_with(start));
                if value.as_object().is_some_and(|fields| fields.keys().any(concerns)) {
                    self.name(path, "", Named { loads: Loads::Settings, harness: manifest.harness });
                }
            }
        }
    }

    /// Takes everything in the folder of the manifest at `path` for loaded: it cannot be read.
    pub fn unread(&mut self, path: &str) {
        if let Some(manifest) = manifest(path) {
            let (from, loads) = match manifest.kind {
                ManifestKind::EditorSettings => (path, Loads::Settings),
                _ => (manifest.root, Loads::Plugin),
            };
            self.name(from, "", Named { loads, harness: manifest.harness });
        }
    }

    fn marketplace(&mut self, manifest: &Manifest<'_>, list: &Value) {
        let base = list.pointer("/metadata/pluginRoot").and_then(Value::as_str);
        for plugin in list.get("plugins").and_then(Value::as_array).into_iter().flatten() {
            let source = match plugin.get("source") {
                Some(Value::String(source)) => source,
                Some(Value::Object(source)) => match source.get("path") {
                    // A `url` or `repo` beside it: another repository's folder.
                    Some(Value::String(path)) if !source.contains_key("url") && !source.contains_key("repo") => path,
                    _ => continue,
                },
                _ => continue,
            };
            let below_base = base.and_then(|base| join(manifest.root, base)).and_then(|base| join(&base, source));
            for root in join(manifest.root, source).into_iter().chain(below_base).collect::<BTreeSet<_>>() {
                self.components(manifest, &root, plugin);
                self.roots.insert(root);
            }
        }
    }

    fn components(&mut self, manifest: &Manifest<'_>, root: &str, fields: &Value) {
        let Some(object) = fields.as_object() else { return };
        for (field, value) in object {
            if field == "experimental" {
                self.components(manifest, root, value);
                continue;
            }
            let field = field.to_ascii_lowercase();
            let Some((_, loads)) = FIELDS.iter().find(|(name, _)| *name == field) else { continue };
            for path in named_paths(value) {
                if manifest.kind != ManifestKind::Unmarked || path.starts_with("./") {
                    self.name(root, path, Named { loads: *loads, harness: manifest.harness });
                }
            }
        }
    }

    fn name(&mut self, root: &str, path: &str, named: Named) {
        let Some(path) = join(root, path) else { return };
        let folded = path.split('/').map(paths::name_on_disk).collect::<Vec<_>>().join("/");
        // Whatever is more than instructions weighs more.
        let old = self.named.get(&folded).filter(|old| old.loads != Loads::Instructions);
        let named = old.copied().unwrap_or(named);
        self.named.insert(folded, named);
    }

    /// What `path` is called within each of the plugins that holds it.
    pub(super) fn within<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        within(&self.roots, path)
    }

    /// What a manifest names at or above the path of these steps, and how many of the steps that takes.
    pub(super) fn named_above<'s>(&self, steps: impl Iterator<Item = &'s str>) -> Option<(usize, Named)> {
        if self.named.is_empty() {
            return None;
        }
        let mut path = String::new();
        let whole = self.named.get("").map(|named| (0, *named));
        let mut named = steps.enumerate().filter_map(|(index, step)| {
            if index > 0 {
                path.push('/');
            }
            path.push_str(step);
            self.named.get(&path).map(|named| (index + 1, *named))
        });
        named.next().or(whole)
    }

    /// What a manifest names below the folder at `path`, in the form of the most generous file system.
    pub(super) fn named_below(&self, path: &str) -> Option<Named> {
        let inside = format!("{path}/");
        self.named.range(inside.clone()..).next().filter(|(named, _)| named.starts_with(&inside)).map(|(_, named)| *named)
    }
}

/// The paths in a field: one, a list of them, or an object of things with a `source` or `path`.
fn named_paths(value: &Value) -> Vec<&str> {
    match value {
        Value::String(path) => vec![path],
        Value::Array(items) => items.iter().flat_map(|item| if item.is_array() { Vec::new() } else { named_paths(item) }).collect(),
        Value::Object(fields) => {
            let own = ["source", "path"].iter().filter_map(|key| fields.get(*key)?.as_str());
            let inner = fields.values().filter_map(Value::as_object);
            let inner = inner.flat_map(|fields| ["source", "path"].iter().filter_map(|key| fields.get(*key)?.as_str()));
            own.chain(inner).collect()
        }
        _ => Vec::new(),
    }
}

/// `path` from the folder `root`; `None` where it leads above the repository, to the machine or to the network.
fn join(root: &str, path: &str) -> Option<String> {
    let path = ["${CLAUDE_PLUGIN_ROOT}/", "${extensionPath}/", "${extensionPath}${/}"]
        .iter()
        .find_map(|variable| path.strip_prefix(variable))
        .unwrap_or(path);
    if path.starts_with(['/', '~', '$']) || path.contains("://") {
        return None;
    }
    let mut steps: Vec<&str> = root.split('/').filter(|step| !step.is_empty()).collect();
    for step in path.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{loaded_in, touched};

    fn plugins(path: &str, text: &str) -> Plugins {
        let mut plugins = Plugins::of_paths([path]);
        plugins.read(path, text.as_bytes());
        plugins
    }

    fn found(plugins: &Plugins, path: &str) -> Option<(&'static str, Loads)> {
        loaded_in(plugins, path).map(|loaded| (loaded.harness.id, loaded.loads))
    }

    #[test]
    fn a_plugin_loads_what_its_manifest_names() {
        let text = r#"{"name": "p", "commands": ["./custom/", "./one.md"], "hooks": "config/Hooks.json", "mcpServers": {"a": {"command": "x"}},
            "experimental": {"monitors": "./watch.json"}, "outputStyles": "./styles", "unknown": "./x"}"#;
        let plugins = plugins("p/.claude-plugin/plugin.json", text);
        for (path, loads) in [
            ("p/custom/deploy.md", Loads::Command),
            ("p/Custom/team/deploy.md", Loads::Command),
            ("p/one.md", Loads::Command),
            ("p/config/hooks.json", Loads::Hook),
            ("p/watch.json", Loads::Hook),
            ("p/styles/x.md", Loads::Prompt),
        ] {
            assert_eq!(found(&plugins, path), Some(("claude-code", loads)), "{path}");
        }
        for path in ["p/custom/data.bin", "p/two.md", "p/x", "custom/deploy.md"] {
            assert_eq!(found(&plugins, path), None, "{path}");
        }
        assert!(touched(&plugins, "p/custom").is_some() && touched(&plugins, "p/config").is_some());
        assert!(touched(&plugins, "p/custom/anything").is_some() && touched(&plugins, "p/docs").is_none());
    }

    #[test]
    fn a_marketplace_makes_plugins_of_the_folders_that_it_lists() {
        let text = r#"{"metadata": {"pluginRoot": "./more"}, "plugins": [
            {"name": "a", "source": "./tools/a", "strict": false, "commands": "./cmd"},
            {"name": "b", "source": {"source": "local", "path": "./tools/b"}},
            {"name": "c", "source": "c"},
            {"name": "d", "source": {"source": "git-subdir", "url": "https://example.org/x", "path": "tools/d"}},
            {"name": "e", "source": "../outside"}]}"#;
        let plugins = plugins(".claude-plugin/marketplace.json", text);
        assert_eq!(
            plugins.roots().iter().collect::<Vec<_>>(),
            ["c", "more/c", "more/tools/a", "more/tools/b", "outside", "tools/a", "tools/b"]
        );
        assert_eq!(found(&plugins, "tools/a/cmd/x.md"), Some(("claude-code", Loads::Command)));
        assert_eq!(found(&plugins, "tools/b/hooks/hooks.json").map(|found| found.1), Some(Loads::Hook));
        assert_eq!(found(&plugins, "tools/d/hooks/hooks.json"), None);
    }

    #[test]
    fn a_manifest_of_any_program_names_only_what_is_written_as_a_path() {
        let plugins = plugins("p/plugin.json", r#"{"commands": "build", "skills": "./lab/csv", "rules": ["strict"]}"#);
        assert_eq!(found(&plugins, "p/build"), None);
        assert!(touched(&plugins, "p/lab/csv").is_some() && touched(&plugins, "p/strict").is_none());
    }

    #[test]
    fn editor_settings_count_when_they_concern_an_agent() {
        let path = "web/.vscode/settings.json";
        assert_eq!(found(&plugins(path, r#"{"editor.tabSize": 4}"#), path), None);
        let settings = "// ours\n{\"editor.tabSize\": 4, \"chat.tools.autoApprove\": true,}";
        assert_eq!(found(&plugins(path, settings), path), Some(("vscode", Loads::Settings)));
    }

    #[test]
    fn what_a_strict_reader_refuses_is_read_all_the_same() {
        let twice = plugins("p/.claude-plugin/plugin.json", r#"{"commands": "./a.md", "commands": "./b.md"}"#);
        assert!(found(&twice, "p/b.md").is_some(), "as readers do that take the last one");
        let mut large = Plugins::default();
        large.unread("p/.claude-plugin/plugin.json");
        assert_eq!(found(&large, "p/any/file"), Some(("claude-code", Loads::Plugin)));
        assert_eq!(found(&large, "q"), None);
    }

    #[test]
    fn no_path_leads_out_of_the_repository() {
        for path in ["../../x", "/etc/passwd", "~/x", "https://example.org/x.md", "${HOME}/x"] {
            assert_eq!(join("p", path), None, "{path}");
        }
        assert_eq!(join("p", "${CLAUDE_PLUGIN_ROOT}/x").as_deref(), Some("p/x"));
        assert_eq!(join("p", "../q\\r").as_deref(), Some("q/r"));
    }
}
