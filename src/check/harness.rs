//! Which paths an agent harness loads just because they are there.

use std::collections::BTreeSet;

/// Files that harnesses read wherever they lie, in lower case.
const FILES: &[&str] = &["agents.md", "claude.md", "gemini.md", "opencode.json", "opencode.jsonc", "mcp.json"];

/// Folders of a plugin that its harness loads.
const PLUGIN_FOLDERS: &[&str] = &["skills", "commands", "agents", "hooks"];

/// Whether a harness loads a package at `path`: below any dotted folder (`.claude/skills`, `.agents/skills`, `.github/skills`, `.cursor` and
/// whatever comes next: guessing too much only asks for an approval), in a plugin (a folder of `plugin_roots` has a plugin manifest; the
/// repository's root is the empty path), or a file that harnesses read by its name.
pub fn loads(path: &str, plugin_roots: &BTreeSet<String>) -> bool {
    let dotted = path.split('/').any(|step| step.starts_with('.'));
    let file = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    dotted || FILES.contains(&file.as_str()) || plugin_roots.iter().any(|root| in_plugin(path, root))
}

fn in_plugin(path: &str, root: &str) -> bool {
    let inside = if root.is_empty() { Some(path) } else { path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) };
    inside.is_some_and(|inside| {
        let first = inside.split('/').next().unwrap_or(inside);
        PLUGIN_FOLDERS.iter().any(|folder| folder.eq_ignore_ascii_case(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_harnesses_look() {
        let plugins = BTreeSet::from(["plugins/pdf".to_owned()]);
        for loaded in
            [".claude/skills/x", "app/.agents/skills/x", ".cursor/rules/x.md", "CLAUDE.md", "docs/agents.md", "plugins/pdf/skills/x"]
        {
            assert!(loads(loaded, &plugins), "{loaded}");
        }
        for quiet in ["lab/x", "skills/x", "plugins/pdfs/skills/x", "plugins/pdf/docs/x", "claude/skills/x"] {
            assert!(!loads(quiet, &plugins), "{quiet}");
        }
        assert!(loads("skills/x", &BTreeSet::from([String::new()])), "the repository is a plugin itself");
    }
}
