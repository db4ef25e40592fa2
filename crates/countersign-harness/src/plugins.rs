//! Plugins and extensions in the repository: someone who installs one gets what its folders contain, as the branch has it.

use std::collections::BTreeSet;

use super::manifests::below;
use countersign_model::document::paths;

/// Manifests that make a folder a plugin, relative to it, in lower case.
///
/// A `plugin.json` alone may belong to any program: it makes its folder a plugin, and is not a harness's file itself.
pub const MANIFESTS: [&str; 9] = [
    "plugin.json",
    ".plugin/plugin.json",
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
    ".factory-plugin/plugin.json",
    ".github/plugin/plugin.json",
    "gemini-extension.json",
    "qwen-extension.json",
];

/// The folder that the manifest at `path` makes a plugin; the repository's root is empty. `None` when the file is not a manifest.
pub fn plugin_root(path: &str) -> Option<&str> {
    let last = path.rsplit('/').next().unwrap_or_default();
    if !paths::name_on_disk(last).ends_with(".json") {
        return None;
    }
    let fits = |manifest: &&str| below(path, manifest);
    MANIFESTS.iter().filter_map(fits).min_by_key(|root| root.len())
}

/// What `path` is called within each of the plugins at `roots` that holds it.
pub(super) fn within<'p>(roots: &BTreeSet<String>, path: &'p str) -> impl Iterator<Item = &'p str> {
    let inside = |root: &str| if root.is_empty() { Some(path) } else { path.strip_prefix(root)?.strip_prefix('/') };
    let begins = std::iter::once("").chain(path.match_indices('/').map(|(slash, _)| &path[..slash]));
    begins.filter(|begin| roots.contains(*begin)).filter_map(inside).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_makes_its_folder_a_plugin() {
        assert_eq!(plugin_root("plugins/pdf/.claude-plugin/plugin.json"), Some("plugins/pdf"));
        assert_eq!(plugin_root("plugins/pdf/.Claude-Plugin/PLUGIN.json"), Some("plugins/pdf"));
        assert_eq!(plugin_root(".codex-plugin/plugin.json"), Some(""));
        assert_eq!(plugin_root("a/plugin.json"), Some("a"));
        assert_eq!(plugin_root("plugin.json"), Some(""));
        assert_eq!(plugin_root("a/my-plugin.json"), None);
        assert_eq!(plugin_root("a/package.json"), None);
    }

    #[test]
    fn knows_what_is_within_a_plugin() {
        let roots = BTreeSet::from(["plugins/pdf".to_owned()]);
        assert_eq!(within(&roots, "plugins/pdf/skills/x").collect::<Vec<_>>(), ["skills/x"]);
        assert_eq!(within(&roots, "plugins/pdfs/skills/x").count(), 0);
        assert_eq!(within(&BTreeSet::from([String::new()]), "skills/x").collect::<Vec<_>>(), ["skills/x"]);
    }
}
