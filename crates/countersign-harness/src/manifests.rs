//! Which files can make a harness load something from elsewhere, and are read for that: plugin
//! manifests, marketplaces, and settings that name paths.

use super::short_name::is_name;
use super::{
    Harness, Loads, claude_code, codebuddy, codex, copilot, cursor, droid, gemini_cli, qoder, qwen,
    vscode,
};
use countersign_model::document::paths;

/// A larger manifest is not read: everything in its folder counts as loaded.
pub const MOST_MANIFEST_BYTES: u64 = 4 << 20;

/// Manifests that make a folder a plugin, relative to it, in lower case.
///
/// A bare `plugin.json` may belong to any program: it makes its folder a plugin, but counts as a
/// harness's own file only when it starts something.
pub const MANIFESTS: [&str; 10] = [
    "plugin.json",
    ".plugin/plugin.json",
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
    ".factory-plugin/plugin.json",
    ".github/plugin/plugin.json",
    ".qoder-plugin/plugin.json",
    "gemini-extension.json",
    "qwen-extension.json",
];

/// A manifest by its path.
pub(super) struct Manifest<'p> {
    pub kind: ManifestKind,
    /// The folder that its paths are relative to.
    pub root: &'p str,
    pub harness: &'static Harness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ManifestKind {
    Plugin,
    /// A `plugin.json` that may belong to any program.
    Unmarked,
    Marketplace,
    /// A `marketplace.json` that may belong to any program.
    UnmarkedMarketplace,
    /// `.vscode/settings.json`.
    EditorSettings,
    /// A `*.code-workspace` with settings in it.
    Workspace,
    /// A `devcontainer.json` with settings of editors in it.
    Container,
    /// A harness's settings, which may name marketplaces.
    HarnessSettings,
}

impl ManifestKind {
    /// Whether it holds settings of an editor.
    pub const fn is_of_editor(self) -> bool {
        matches!(
            self,
            Self::EditorSettings | Self::Workspace | Self::Container
        )
    }

    /// What such a file is when it is loaded itself.
    pub const fn loads(self) -> Loads {
        match self {
            Self::Plugin | Self::Unmarked | Self::Marketplace | Self::UnmarkedMarketplace => {
                Loads::Plugin
            }
            Self::EditorSettings | Self::Workspace | Self::Container | Self::HarnessSettings => {
                Loads::Settings
            }
        }
    }
}

/// Every such file relative to the folder that its paths start from, in lower case; the most
/// specific first.
const KNOWN: [(&str, ManifestKind, &Harness); 25] = [
    (
        ".claude-plugin/plugin.json",
        ManifestKind::Plugin,
        &claude_code::HARNESS,
    ),
    (
        ".codex-plugin/plugin.json",
        ManifestKind::Plugin,
        &codex::HARNESS,
    ),
    (
        ".cursor-plugin/plugin.json",
        ManifestKind::Plugin,
        &cursor::HARNESS,
    ),
    (
        ".factory-plugin/plugin.json",
        ManifestKind::Plugin,
        &droid::HARNESS,
    ),
    (
        ".qoder-plugin/plugin.json",
        ManifestKind::Plugin,
        &qoder::HARNESS,
    ),
    (
        ".github/plugin/plugin.json",
        ManifestKind::Plugin,
        &copilot::HARNESS,
    ),
    (
        ".plugin/plugin.json",
        ManifestKind::Plugin,
        &copilot::HARNESS,
    ),
    (
        "gemini-extension.json",
        ManifestKind::Plugin,
        &gemini_cli::HARNESS,
    ),
    ("qwen-extension.json", ManifestKind::Plugin, &qwen::HARNESS),
    (
        ".claude-plugin/marketplace.json",
        ManifestKind::Marketplace,
        &claude_code::HARNESS,
    ),
    (
        ".agents/plugins/marketplace.json",
        ManifestKind::Marketplace,
        &codex::HARNESS,
    ),
    (
        ".cursor-plugin/marketplace.json",
        ManifestKind::Marketplace,
        &cursor::HARNESS,
    ),
    (
        ".factory-plugin/marketplace.json",
        ManifestKind::Marketplace,
        &droid::HARNESS,
    ),
    (
        ".github/plugin/marketplace.json",
        ManifestKind::Marketplace,
        &copilot::HARNESS,
    ),
    (
        ".plugin/marketplace.json",
        ManifestKind::Marketplace,
        &copilot::HARNESS,
    ),
    (
        ".vscode/settings.json",
        ManifestKind::EditorSettings,
        &vscode::HARNESS,
    ),
    (
        ".claude/settings.json",
        ManifestKind::HarnessSettings,
        &claude_code::HARNESS,
    ),
    (
        ".claude/settings.local.json",
        ManifestKind::HarnessSettings,
        &claude_code::HARNESS,
    ),
    (
        ".codebuddy/settings.json",
        ManifestKind::HarnessSettings,
        &codebuddy::HARNESS,
    ),
    (
        ".factory/settings.json",
        ManifestKind::HarnessSettings,
        &droid::HARNESS,
    ),
    (
        ".github/copilot/settings.json",
        ManifestKind::HarnessSettings,
        &copilot::HARNESS,
    ),
    (
        ".devcontainer/devcontainer.json",
        ManifestKind::Container,
        &vscode::HARNESS,
    ),
    (
        ".devcontainer.json",
        ManifestKind::Container,
        &vscode::HARNESS,
    ),
    ("plugin.json", ManifestKind::Unmarked, &copilot::HARNESS),
    (
        "marketplace.json",
        ManifestKind::UnmarkedMarketplace,
        &copilot::HARNESS,
    ),
];

/// Whether the file at `path` may make a harness load something from elsewhere, so that its content
/// has to be read.
pub fn is_manifest(path: &str) -> bool {
    manifest(path).is_some()
}

/// The folder that the paths in the manifest at `path` are relative to; `None` when the file is not
/// a manifest.
pub fn manifest_root(path: &str) -> Option<&str> {
    manifest(path).map(|manifest| manifest.root)
}

/// The folder that the manifest at `path` makes a plugin; the repository's root is empty. `None`
/// when the file is not a plugin manifest.
pub fn plugin_root(path: &str) -> Option<&str> {
    let is_plugins = |manifest: &Manifest<'_>| {
        matches!(manifest.kind, ManifestKind::Plugin | ManifestKind::Unmarked)
    };
    manifest(path)
        .filter(is_plugins)
        .map(|manifest| manifest.root)
}

/// Whether a link at `path` may be a manifest, or a folder between a manifest and the folder it
/// describes.
pub fn may_lead_to_manifest(path: &str) -> bool {
    let on_the_way = |(pattern, ..): &(&str, ManifestKind, &Harness)| {
        let ends = pattern
            .match_indices('/')
            .map(|(slash, _)| slash)
            .chain([pattern.len()]);
        ends.into_iter()
            .any(|end| below(path, &pattern[..end]).is_some())
    };
    KNOWN.iter().any(on_the_way)
        || is_manifest(path)
        || below(parent(path), ".devcontainer").is_some()
}

pub(super) fn manifest(path: &str) -> Option<Manifest<'_>> {
    let last = paths::name_on_disk(path.rsplit('/').next().unwrap_or_default());
    if last.ends_with(".code-workspace") {
        return Some(Manifest {
            kind: ManifestKind::Workspace,
            root: parent(path),
            harness: &vscode::HARNESS,
        });
    }
    if !last.ends_with(".json") && !last.contains('~') {
        return None;
    }
    let known = |(pattern, kind, harness): &(&str, ManifestKind, &'static Harness)| {
        Some(Manifest {
            kind: *kind,
            root: below(path, pattern)?,
            harness,
        })
    };
    KNOWN.iter().find_map(known).or_else(|| {
        // One of several containers: `.devcontainer/NAME/devcontainer.json`.
        let root = below(parent(below(path, "devcontainer.json")?), ".devcontainer")?;
        Some(Manifest {
            kind: ManifestKind::Container,
            root,
            harness: &vscode::HARNESS,
        })
    })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder above `end`, if `path` ends with it.
fn below<'p>(path: &'p str, end: &str) -> Option<&'p str> {
    let mut rest = Some(path);
    for wanted in end.rsplit('/') {
        let path = rest?;
        let (before, step) = path
            .rsplit_once('/')
            .map_or((None, path), |(before, step)| (Some(before), step));
        if !is_name(wanted, &paths::name_on_disk(step)) {
            return None;
        }
        rest = before;
    }
    Some(rest.unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_makes_its_folder_a_plugin() {
        assert_eq!(
            plugin_root("plugins/pdf/.claude-plugin/plugin.json"),
            Some("plugins/pdf")
        );
        assert_eq!(
            plugin_root("plugins/pdf/.Claude-Plugin/PLUGIN.json"),
            Some("plugins/pdf")
        );
        assert_eq!(plugin_root(".codex-plugin/plugin.json"), Some(""));
        assert_eq!(plugin_root("x/.github/plugin/plugin.json"), Some("x"));
        assert_eq!(plugin_root("a/plugin.json"), Some("a"));
        assert_eq!(plugin_root("plugin.json"), Some(""));
        assert_eq!(plugin_root("a/my-plugin.json"), None);
        assert_eq!(plugin_root("a/package.json"), None);
        assert_eq!(plugin_root("a/marketplace.json"), None);
        assert!(
            MANIFESTS
                .iter()
                .all(|manifest| plugin_root(manifest) == Some(""))
        );
    }

    #[test]
    fn settings_that_may_concern_an_agent_are_read() {
        for (path, root) in [
            ("web/.vscode/settings.json", "web"),
            (".VSCode./SETTIN~1.JSO", ""),
            ("a/x.code-workspace", "a"),
            ("a/.devcontainer/devcontainer.json", "a"),
            ("a/.devcontainer/py/devcontainer.json", "a"),
            (".devcontainer.json", ""),
            (".claude/settings.json", ""),
        ] {
            assert_eq!(manifest_root(path), Some(root), "{path}");
        }
        for path in [
            "settings.json",
            "web/vscode/settings.json",
            "a/devcontainer.json",
            "code-workspace",
        ] {
            assert_eq!(manifest_root(path), None, "{path}");
        }
    }

    #[test]
    fn a_link_on_the_way_to_a_manifest_is_known() {
        for path in [
            "p/.claude-plugin",
            ".agents",
            ".agents/plugins",
            "p/plugin.json",
            ".vscode",
            ".devcontainer/py",
            "p/.github/plugin",
        ] {
            assert!(may_lead_to_manifest(path), "{path}");
        }
        for path in ["p", "p/plugin", "plugins", "docs/settings.json", "a/b"] {
            assert!(!may_lead_to_manifest(path), "{path}");
        }
    }
}
