//! Plugins in the repository: whoever installs one gets what lies in its folders, as the branch has it.

use std::collections::BTreeSet;

/// Manifests that make a folder a plugin, relative to it, in lower case.
const MANIFESTS: &[&str] = &[
    "plugin.json",
    ".claude-plugin/plugin.json",
    ".codex-plugin/plugin.json",
    ".cursor-plugin/plugin.json",
    ".github/plugin/plugin.json",
    "gemini-extension.json",
];

/// Folders of a plugin that its harness loads.
const FOLDERS: &[&str] = &["skills", "commands", "agents", "hooks"];

/// The folder that the manifest at `path` makes a plugin; the repository's root is empty. `None` when the file is no manifest.
pub fn root(path: &str) -> Option<&str> {
    let folded = path.to_ascii_lowercase();
    let longest = MANIFESTS.iter().filter(|manifest| folded.ends_with(*manifest)).max_by_key(|manifest| manifest.len())?;
    let root = &path[..path.len() - longest.len()];
    if root.is_empty() { Some(root) } else { root.strip_suffix('/') }
}

/// Whether `path` lies where one of the plugins at `roots` is loaded from.
pub fn contains(roots: &BTreeSet<String>, path: &str) -> bool {
    roots.iter().any(|root| {
        let inside = if root.is_empty() { Some(path) } else { path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix('/')) };
        let first = inside.and_then(|inside| inside.split('/').next());
        first.is_some_and(|first| FOLDERS.iter().any(|folder| folder.eq_ignore_ascii_case(first)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_makes_its_folder_a_plugin() {
        assert_eq!(root("plugins/pdf/.claude-plugin/plugin.json"), Some("plugins/pdf"));
        assert_eq!(root(".codex-plugin/plugin.json"), Some(""));
        assert_eq!(root("a/plugin.json"), Some("a"));
        assert_eq!(root("a/my-plugin.json"), None);
        assert_eq!(root("a/package.json"), None);
    }

    #[test]
    fn knows_what_lies_in_a_plugin() {
        let roots = BTreeSet::from(["plugins/pdf".to_owned()]);
        assert!(contains(&roots, "plugins/pdf/skills/x") && contains(&roots, "plugins/pdf/Commands/x.md"));
        assert!(!contains(&roots, "plugins/pdfs/skills/x") && !contains(&roots, "plugins/pdf/docs/x") && !contains(&roots, "skills/x"));
        assert!(contains(&BTreeSet::from([String::new()]), "skills/x"), "the repository is a plugin itself");
    }
}
