//! Where agent harnesses look for Skills and settings in a repository, as of late 2026.
//!
//! Sources: the registries of the GitHub command line (`internal/skills/registry`) and of the `skills` command (`src/agents.ts`), and the
//! harnesses' own documentation. Comparison ignores ASCII case, because the file systems of most laptops do.

/// A folder from which harnesses load Skills, relative to any folder of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkillFolder {
    /// Such as `.claude/skills`.
    pub path: &'static str,
    /// The harness for which it is native, as `install.harnesses` names it.
    pub harness: &'static str,
}

const fn folder(path: &'static str, harness: &'static str) -> SkillFolder {
    SkillFolder { path, harness }
}

/// Every folder from which a harness loads Skills without being told to. `skills/` alone is not here: a repository of Skills has it, and
/// what lies there is only offered to be installed.
pub const SKILL_FOLDERS: [SkillFolder; 22] = [
    folder(".claude/skills", "claude-code"),
    folder(".agents/skills", "codex"),
    folder(".agent/skills", "antigravity"),
    folder(".github/skills", "copilot"),
    folder(".codex/skills", "codex"),
    folder(".copilot/skills", "copilot"),
    folder(".cursor/skills", "cursor"),
    folder(".gemini/skills", "gemini-cli"),
    folder(".opencode/skills", "opencode"),
    folder(".opencode/skill", "opencode"),
    folder(".windsurf/skills", "windsurf"),
    folder(".codeium/windsurf/skills", "windsurf"),
    folder(".kiro/skills", "kiro"),
    folder(".goose/skills", "goose"),
    folder(".junie/skills", "junie"),
    folder(".roo/skills", "roo"),
    folder(".factory/skills", "droid"),
    folder(".openclaw/skills", "openclaw"),
    folder(".qwen/skills", "qwen"),
    folder(".trae/skills", "trae"),
    folder(".pi/skills", "pi"),
    folder(".grok/skills", "grok"),
];

// Folders whose whole content is a harness's own. `.github` and `.vscode` hold other things too, so only parts of them are listed.
const LOADED_FOLDERS: [&str; 26] = [
    ".claude",
    ".claude-plugin",
    ".agents",
    ".agent",
    ".codex",
    ".codex-plugin",
    ".copilot",
    ".cursor",
    ".gemini",
    ".opencode",
    ".windsurf",
    ".codeium",
    ".kiro",
    ".goose",
    ".junie",
    ".roo",
    ".factory",
    ".openclaw",
    ".qwen",
    ".trae",
    ".pi",
    ".grok",
    ".github/skills",
    ".github/agents",
    ".github/prompts",
    ".github/hooks",
];

/// A settings file that gives a harness tools, servers, hooks or plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// Path relative to any folder of the repository.
    pub path: &'static str,
    /// The harness that reads it.
    pub harness: &'static str,
}

const fn settings(path: &'static str, harness: &'static str) -> SettingsFile {
    SettingsFile { path, harness }
}

/// Every settings file that must be governed or ignored. Instructions such as AGENTS.md are not here: they are prose that every
/// repository has, and a policy may list them as prompts.
pub const SETTINGS_FILES: [SettingsFile; 27] = [
    settings(".mcp.json", "claude-code"),
    settings(".claude/settings.json", "claude-code"),
    settings(".claude/settings.local.json", "claude-code"),
    settings(".claude-plugin/plugin.json", "claude-code"),
    settings(".claude-plugin/marketplace.json", "claude-code"),
    settings(".codex/config.toml", "codex"),
    settings(".codex/hooks.json", "codex"),
    settings(".codex-plugin/plugin.json", "codex"),
    settings(".agents/mcp_config.json", "antigravity"),
    settings(".cursor/mcp.json", "cursor"),
    settings(".cursor/hooks.json", "cursor"),
    settings(".cursor-plugin/plugin.json", "cursor"),
    settings(".cursor-plugin/marketplace.json", "cursor"),
    settings(".vscode/mcp.json", "vscode"),
    settings(".github/mcp.json", "copilot"),
    settings(".github/plugin/plugin.json", "copilot"),
    settings(".github/plugin/marketplace.json", "copilot"),
    settings(".gemini/settings.json", "gemini-cli"),
    settings("gemini-extension.json", "gemini-cli"),
    settings("opencode.json", "opencode"),
    settings("opencode.jsonc", "opencode"),
    settings(".opencode/opencode.json", "opencode"),
    settings(".windsurf/mcp.json", "windsurf"),
    settings(".kiro/settings/mcp.json", "kiro"),
    settings(".roo/mcp.json", "roo"),
    settings(".junie/mcp/mcp.json", "junie"),
    settings(".factory/mcp.json", "droid"),
];

// Folders whose files are run by a harness on its own account.
const HOOK_FOLDERS: [(&str, &str); 4] =
    [(".claude/hooks", "claude-code"), (".cursor/hooks", "cursor"), (".github/hooks", "copilot"), (".kiro/hooks", "kiro")];

/// The harness that reads the file at `path` as settings or hooks, wherever in the repository the file lies.
pub fn settings_file(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    let named = SETTINGS_FILES.iter().find(|file| ends_with_steps(&path, file.path)).map(|file| file.harness);
    named.or_else(|| HOOK_FOLDERS.iter().find(|(folder, _)| has_steps_inside(&path, folder)).map(|(_, harness)| *harness))
}

/// Whether a harness loads what lies at `path` by itself. Drafts may not lie there.
pub fn is_loaded(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    LOADED_FOLDERS.iter().any(|folder| path == *folder || has_steps_inside(&path, folder)) || settings_file(&path).is_some()
}

/// The harness whose Skill folder holds the Skill at `path`, a Skill's folder or a file in it.
pub fn skill_harness(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    SKILL_FOLDERS.iter().find(|folder| has_steps_inside(&path, folder.path)).map(|folder| folder.harness)
}

/// Whether `path` is a Skill's main file in any spelling: its last step is `skill.md` when case is ignored.
pub fn is_skill_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("SKILL.md"))
}

fn ends_with_steps(path: &str, steps: &str) -> bool {
    path.strip_suffix(steps).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn has_steps_inside(path: &str, steps: &str) -> bool {
    let begins = std::iter::once(0).chain(path.match_indices('/').map(|(slash, _)| slash + 1));
    begins.map(|begin| &path[begin..]).any(|rest| rest.strip_prefix(steps).is_some_and(|inside| inside.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_settings_at_any_depth_and_in_any_case() {
        assert_eq!(settings_file(".mcp.json"), Some("claude-code"));
        assert_eq!(settings_file("plugins/x/.mcp.json"), Some("claude-code"));
        assert_eq!(settings_file(".Claude/Settings.JSON"), Some("claude-code"));
        assert_eq!(settings_file(".claude/hooks/pre-tool.sh"), Some("claude-code"));
        assert_eq!(settings_file("docs/x.mcp.json"), None);
        assert_eq!(settings_file("AGENTS.md"), None);
        assert_eq!(settings_file(".vscode/settings.json"), None);
    }

    #[test]
    fn knows_what_is_loaded_and_what_is_only_offered() {
        assert!(is_loaded(".claude/skills/x"));
        assert!(is_loaded("packages/a/.agents/skills/x/SKILL.md"));
        assert!(is_loaded(".GitHub/Skills/x"));
        assert!(!is_loaded("skills/x"));
        assert!(!is_loaded(".github/workflows/x.yml"));
        assert!(!is_loaded("my.claude/skills/x"));
        assert_eq!(skill_harness("a/.cursor/skills/x/SKILL.md"), Some("cursor"));
        assert_eq!(skill_harness("skills/x"), None);
    }

    #[test]
    fn a_skill_file_is_known_in_any_case() {
        assert!(is_skill_file("a/Skill.md") && is_skill_file("SKILL.MD"));
        assert!(!is_skill_file("a/skills.md") && !is_skill_file("SKILL.md/x"));
    }
}
