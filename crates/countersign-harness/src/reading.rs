//! What the content of a manifest names: a plugin's own paths, the plugins that a marketplace
//! lists, the places in settings.

use std::collections::BTreeSet;

use super::editors;
use super::json::{Json, ManifestContent};
use super::manifests::{Manifest, ManifestKind};
use super::test_folder::folder_of_test_data;
use super::{Harness, Loads};
use countersign_model::document::paths::{self, path_on_disk};

/// If a manifest names more, everything in its folder counts as loaded.
const MOST_NAMES: usize = 10_000;
/// No system allows a longer path.
const MOST_PATH_BYTES: usize = 4096;

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

/// Fields that Copilot documents for a `plugin.json`, which may belong to any program otherwise.
const OF_COPILOT: [&str; 6] = [
    "agents",
    "commands",
    "hooks",
    "lspservers",
    "mcpservers",
    "skills",
];
/// Fields that are unlikely in another program's `plugin.json`.
const TELLING: [&str; 4] = ["agents", "lspservers", "mcpservers", "skills"];
/// Fields that may define what is started, instead of naming a file.
const STARTED: [&str; 3] = ["hooks", "lspservers", "mcpservers"];
/// Kinds of sources that are other repositories or packages.
const REMOTE: [&str; 3] = ["url", "repo", "package"];
/// Kinds of sources that are folders and files of this repository.
const LOCAL: [&str; 4] = ["directory", "file", "local", "path"];

/// What a manifest loads, and whose manifest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LoadedByManifest {
    pub loads: Loads,
    pub harness: &'static Harness,
    /// Whether both the manifest and what it names are in one folder of test data.
    pub in_test_data: bool,
}

/// What a manifest names, in the form of the most generous file system.
#[derive(Debug)]
pub(super) struct Names {
    harness: &'static Harness,
    /// The folder of test data that the manifest is in.
    test_data: Option<String>,
    /// Files and folders.
    pub named: BTreeSet<(String, LoadedByManifest)>,
    /// Folders that it turns into plugins.
    pub roots: BTreeSet<String>,
    /// Marketplaces at other paths.
    pub marketplaces: BTreeSet<String>,
    too_many: bool,
}

/// What the manifest at `path` names; `None` when it cannot be read, or names too much.
pub(super) fn names(
    manifest: &Manifest<'_>,
    path: &str,
    content: &ManifestContent,
) -> Option<Names> {
    let test_data = folder_of_test_data(path).map(path_on_disk);
    let mut names = Names {
        harness: manifest.harness,
        test_data,
        named: BTreeSet::new(),
        roots: BTreeSet::new(),
        marketplaces: BTreeSet::new(),
        too_many: false,
    };
    let unmarked = matches!(
        manifest.kind,
        ManifestKind::Unmarked | ManifestKind::UnmarkedMarketplace
    );
    let Some(json) = &content.json else {
        return (unmarked && !content.may_name).then_some(names);
    };
    match manifest.kind {
        ManifestKind::Plugin | ManifestKind::Unmarked => {
            names.components(unmarked, manifest.root, json);
            if json.fields().any(|(field, value)| {
                STARTED.contains(&&*field.to_ascii_lowercase()) && value.holds_object()
            }) {
                names.name("", path, Loads::Plugin);
            }
        }
        ManifestKind::UnmarkedMarketplace if !lists_plugins(json) => {}
        ManifestKind::Marketplace | ManifestKind::UnmarkedMarketplace => {
            names.name("", path, Loads::Plugin);
            names.marketplace(manifest.root, json);
        }
        ManifestKind::EditorSettings => names.settings(path, &[manifest.root.to_owned()], json),
        ManifestKind::Workspace => {
            let places = json
                .all("folders")
                .flat_map(Json::items)
                .flat_map(|folder| folder.all("path"))
                .filter_map(Json::text);
            let mut roots: BTreeSet<String> = places
                .filter_map(|place| join(manifest.root, place))
                .collect();
            roots.insert(manifest.root.to_owned());
            let roots: Vec<String> = roots.into_iter().collect();
            json.all("settings")
                .for_each(|settings| names.settings(path, &roots, settings));
            if json.all("mcp").next().is_some() {
                names.name("", path, Loads::Servers);
            }
        }
        ManifestKind::Container => {
            let roots = [manifest.root.to_owned()];
            json.all("settings")
                .for_each(|settings| names.settings(path, &roots, settings));
            for (_, editor) in json.all("customizations").flat_map(Json::fields) {
                editor
                    .all("settings")
                    .for_each(|settings| names.settings(path, &roots, settings));
                if editor.all("mcp").next().is_some() {
                    names.name("", path, Loads::Servers);
                }
            }
        }
        ManifestKind::HarnessSettings => {
            for (_, known) in json.all("extraKnownMarketplaces").flat_map(Json::fields) {
                for place in known.all("source").flat_map(local_paths) {
                    names.known_marketplace(manifest.root, place);
                }
            }
        }
    }
    (!names.too_many).then_some(names)
}

impl Names {
    fn settings(&mut self, path: &str, roots: &[String], settings: &Json) {
        if editors::concern_agent(settings) {
            self.name("", path, Loads::Settings);
        }
        for (place, loads) in editors::locations(settings) {
            for root in roots {
                if loads == Loads::Plugin {
                    self.roots
                        .extend(join(root, &place).map(|root| path_on_disk(&root)));
                } else {
                    self.name(root, &place, loads);
                }
            }
        }
    }

    /// A marketplace that settings name: a file, or the folder above its usual place.
    fn known_marketplace(&mut self, root: &str, place: &str) {
        if paths::name_on_disk(place).ends_with(".json") {
            self.name(root, place, Loads::Plugin);
            self.marketplaces
                .extend(join(root, place).map(|path| path_on_disk(&path)));
        } else {
            self.name(
                root,
                &format!("{place}/.claude-plugin/marketplace.json"),
                Loads::Plugin,
            );
        }
    }

    fn marketplace(&mut self, root: &str, list: &Json) {
        let bases = list
            .all("metadata")
            .flat_map(|about| about.all("pluginRoot"))
            .filter_map(Json::text);
        let bases: BTreeSet<String> = bases
            .filter_map(|base| join(root, base))
            .chain([root.to_owned()])
            .collect();
        for plugin in list.all("plugins").flat_map(Json::items) {
            let sources = plugin.all("source").flat_map(local_paths);
            for root in
                sources.flat_map(|source| bases.iter().filter_map(move |base| join(base, source)))
            {
                self.components(false, &root, plugin);
                self.roots.insert(path_on_disk(&root));
                self.too_many |= self.roots.len() > MOST_NAMES;
            }
        }
    }

    fn components(&mut self, unmarked: bool, root: &str, fields: &Json) {
        let is_telling = fields
            .fields()
            .any(|(field, _)| TELLING.contains(&&*field.to_ascii_lowercase()));
        for (field, value) in fields.fields() {
            if self.too_many {
                return;
            }
            let field = field.to_ascii_lowercase();
            if field == "experimental" {
                self.components(unmarked, root, value);
                continue;
            }
            let Some((_, loads)) = FIELDS.iter().find(|(name, _)| *name == field) else {
                continue;
            };
            // A path in any program's `plugin.json` counts; a bare word counts only next to fields
            // of a harness.
            let is_path = |path: &str| {
                let of_copilot = OF_COPILOT.contains(&&*field)
                    && (path.contains('/') || is_telling && STARTED.contains(&&*field));
                !unmarked || path.starts_with("./") || path.starts_with("../") || of_copilot
            };
            for path in named_paths(value).into_iter().filter(|path| is_path(path)) {
                self.name(root, path, *loads);
            }
        }
    }

    fn name(&mut self, root: &str, path: &str, loads: Loads) {
        if self.too_many {
            return;
        }
        let Some(path) = join(root, path).map(|path| path_on_disk(&path)) else {
            return;
        };
        let in_test_data = self
            .test_data
            .as_ref()
            .is_some_and(|folder| is_in(&path, folder));
        self.named.insert((
            path,
            LoadedByManifest {
                loads,
                harness: self.harness,
                in_test_data,
            },
        ));
        self.too_many |= self.named.len() > MOST_NAMES;
    }

    /// Whether the manifest is test data, and so is what it names at `path`.
    pub fn is_test_data(&self, path: &str) -> bool {
        self.test_data
            .as_ref()
            .is_some_and(|folder| is_in(path, folder))
    }
}

/// Whether `path` is `folder`, or in it.
pub(super) fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a `marketplace.json` of an unknown program lists plugins the way harnesses do.
fn lists_plugins(json: &Json) -> bool {
    let is_plugin = |plugin: &Json| {
        plugin.all("name").next().is_some() && plugin.all("source").next().is_some()
    };
    json.all("plugins").flat_map(Json::items).any(is_plugin)
}

/// The paths in a source that is in this repository.
fn local_paths(source: &Json) -> Vec<&str> {
    if let Some(path) = source.text() {
        return vec![path];
    }
    let says =
        |key: &str, is: &dyn Fn(&str) -> bool| source.all(key).filter_map(Json::text).any(is);
    let is_local = says("source", &|kind| LOCAL.contains(&kind));
    if !is_local
        && REMOTE
            .iter()
            .any(|key| says(key, &|place| !place.is_empty()))
    {
        return Vec::new();
    }
    source.all("path").filter_map(Json::text).collect()
}

/// The paths in a field: one, a list of them, or an object of things with a `source` or `path`.
fn named_paths(value: &Json) -> Vec<&str> {
    match value {
        Json::Text(path) => vec![path],
        Json::List(items) => items.iter().flat_map(named_paths).collect(),
        Json::Object(_) => {
            let own = |value| {
                ["source", "path"]
                    .into_iter()
                    .flat_map(move |key| Json::all(value, key))
                    .filter_map(Json::text)
            };
            own(value)
                .chain(value.fields().flat_map(|(_, inner)| own(inner)))
                .collect()
        }
        Json::Other => Vec::new(),
    }
}

/// `path` from the folder `root`; `None` where it leads above the repository, to the machine or to
/// the network, or is too long for a path.
pub(super) fn join(root: &str, path: &str) -> Option<String> {
    let variables = [
        "${CLAUDE_PLUGIN_ROOT}/",
        "${extensionPath}/",
        "${extensionPath}${/}",
        "${workspaceFolder}/",
    ];
    let path = variables
        .iter()
        .find_map(|variable| path.strip_prefix(variable))
        .unwrap_or(path);
    if path.starts_with(['/', '~', '$']) || path.contains("://") || path.len() > MOST_PATH_BYTES {
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

    #[test]
    fn no_path_leads_out_of_the_repository() {
        for path in [
            "../../x",
            "/etc/passwd",
            "~/x",
            "https://example.org/x.md",
            "${HOME}/x",
        ] {
            assert_eq!(join("p", path), None, "{path}");
        }
        assert_eq!(join("p", "${CLAUDE_PLUGIN_ROOT}/x").as_deref(), Some("p/x"));
        assert_eq!(join("p", "../q\\r").as_deref(), Some("q/r"));
        assert_eq!(join("p", &"x".repeat(5000)), None);
    }

    #[test]
    fn a_source_is_local_when_it_says_so() {
        let paths = |text: &str| {
            let json = ManifestContent::of(text.as_bytes()).json.expect("JSON");
            local_paths(&json)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(r#""./a""#), ["./a"]);
        assert_eq!(
            paths(r#"{"source": "local", "path": "./a", "url": ""}"#),
            ["./a"]
        );
        assert_eq!(
            paths(r#"{"source": "local", "path": "./a", "url": "https://example.org"}"#),
            ["./a"]
        );
        assert_eq!(paths(r#"{"path": "./a", "repo": null}"#), ["./a"]);
        assert!(
            paths(r#"{"source": "git-subdir", "url": "https://example.org/x", "path": "a"}"#)
                .is_empty()
        );
    }
}
