//! Visual Studio Code with Copilot. Source: code.visualstudio.com/docs/copilot/customization.
//!
//! `.vscode/settings.json`, `*.code-workspace` and `devcontainer.json` can change what the agent
//! asks permission for. Many repositories have them for other reasons, so they are not in this
//! list; their content decides.

use super::{Harness, HarnessPlace, Loads, plugin, project, user};
use crate::settings::Values::{False, True};
use crate::settings::{SettingsKey, disables, runs, widens};

/// Visual Studio Code.
pub const HARNESS: Harness = Harness {
    id: "vscode",
    name: "Visual Studio Code",
    looks: "the opened folders, and by a setting the folders above them; what runs needs a trusted workspace",
    servers: &[
        "servers",
        "mcp/servers",
        "mcp.servers",
        "settings/mcp/servers",
        "customizations/vscode/mcp/servers",
    ],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 32] = [
    project(".github/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".claude/skills/*/SKILL.md", Loads::Skill),
    project(".github/agents/**/*.md", Loads::Agent),
    project(".claude/agents/**/*.md", Loads::Agent),
    project(".github/chatmodes/**/*.chatmode.md", Loads::Agent),
    project(".github/prompts/**/*.prompt.md", Loads::Prompt),
    project(".github/hooks/**/*", Loads::Hook),
    project(".claude/settings.json", Loads::Hook),
    project(".claude/settings.local.json", Loads::Hook),
    project(".vscode/mcp.json", Loads::Servers),
    project(".github/copilot-instructions.md", Loads::Instructions),
    project(
        ".github/instructions/**/*.instructions.md",
        Loads::Instructions,
    ),
    project(".claude/rules/**/*.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    project("CLAUDE.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("agents/**/*.md", Loads::Agent),
    plugin("commands/**/*.md", Loads::Command),
    plugin("hooks.json", Loads::Hook),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin(".mcp.json", Loads::Servers),
    user(".copilot/skills/*/SKILL.md", Loads::Skill),
    user(".copilot/agents/**/*.md", Loads::Agent),
    user(".copilot/hooks/**/*", Loads::Hook),
    user(
        ".copilot/instructions/**/*.instructions.md",
        Loads::Instructions,
    ),
    user(".config/Code/User/mcp.json", Loads::Servers),
    user(
        "Library/Application Support/Code/User/mcp.json",
        Loads::Servers,
    ),
    user("AppData/Roaming/Code/User/mcp.json", Loads::Servers),
    user(".config/Code/User/settings.json", Loads::Settings),
    user(
        "Library/Application Support/Code/User/settings.json",
        Loads::Settings,
    ),
    user("AppData/Roaming/Code/User/settings.json", Loads::Settings),
];

const SETTINGS: [SettingsKey; 6] = [
    disables(
        "chat.tools.autoApprove",
        True,
        "runs every tool without asking",
    ),
    disables(
        "chat.tools.global.autoApprove",
        True,
        "runs every tool without asking",
    ),
    disables(
        "security.workspace.trust.enabled",
        False,
        "trusts every folder",
    ),
    runs("chat.mcp.autostart"),
    widens("chat.tools.terminal.autoApprove"),
    widens("chat.tools.edits.autoApprove"),
];
