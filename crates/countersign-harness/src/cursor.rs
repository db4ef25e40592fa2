//! Cursor. Source: cursor.com/docs (rules, Skills, commands, sub-agents, hooks, plugins, MCP, CLI
//! configuration).

use super::{Harness, HarnessPlace, Loads, plugin, project, user};
use crate::settings::Values::Text;
use crate::settings::{SettingsKey, disables, plain, widens};

/// Cursor, the editor and its command line.
pub const HARNESS: Harness = Harness {
    id: "cursor",
    name: "Cursor",
    looks: "the opened folders and their subfolders",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 32] = [
    project(".cursor/skills/**/SKILL.md", Loads::Skill),
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".claude/skills/**/SKILL.md", Loads::Skill),
    project(".codex/skills/**/SKILL.md", Loads::Skill),
    project(".cursor/commands/**/*.md", Loads::Command),
    project(".cursor/agents/**/*.md", Loads::Agent),
    project(".cursor/hooks/**/*", Loads::Hook),
    project(".cursor/hooks.json", Loads::Hook),
    project(".cursor/mcp.json", Loads::Servers),
    project(".cursor/cli.json", Loads::Settings),
    project(".cursor/environment.json", Loads::Settings),
    project(".cursor/permissions.json", Loads::Settings),
    project(".cursor/sandbox.json", Loads::Settings),
    project(".cursor/worktrees.json", Loads::Hook),
    project(".cursor-plugin/plugin.json", Loads::Plugin),
    project(".cursor-plugin/marketplace.json", Loads::Plugin),
    project(".cursor/rules/**/*.mdc", Loads::Instructions),
    project(".cursor/rules/**/*.md", Loads::Instructions),
    project(".cursorrules", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("commands/**/*.md", Loads::Command),
    plugin("agents/**/*.md", Loads::Agent),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin("mcp.json", Loads::Servers),
    plugin("rules/**/*.mdc", Loads::Instructions),
    user(".cursor/skills/**/SKILL.md", Loads::Skill),
    user(".cursor/commands/**/*.md", Loads::Command),
    user(".cursor/agents/**/*.md", Loads::Agent),
    user(".cursor/hooks.json", Loads::Hook),
    user(".cursor/mcp.json", Loads::Servers),
    user(".cursor/cli-config.json", Loads::Settings),
];

const SETTINGS: [SettingsKey; 3] = [
    disables(
        "approvalMode",
        Text(&["unrestricted"]),
        "runs every command without asking",
    ),
    widens("permissions/allow"),
    plain("permissions/deny"),
];
