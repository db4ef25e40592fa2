//! GitHub Copilot: its command line and its cloud agent. Source: docs.github.com/copilot (plugins:
//! copilot-cli-reference/cli-plugin-reference); places tested with Copilot CLI 1.0.102.
//!
//! It also reads a `plugin.json` or `marketplace.json` in the root of a plugin or marketplace. Any
//! program may have such a file, so they are not in this list; their content decides.

use super::{Harness, HarnessPlace, Loads, machine, plugin, project, user};
use crate::settings::Values::True;
use crate::settings::{SettingsKey, disables, redirects, runs, widens};

/// GitHub Copilot CLI and cloud agent.
pub const HARNESS: Harness = Harness {
    id: "copilot",
    name: "GitHub Copilot",
    looks: "the working folder and every folder above it; Skills without trust, hooks and servers in trusted folders, everything in the cloud",
    servers: &["mcpServers"],
    moved_by: &[("COPILOT_HOME", ".copilot")],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 40] = [
    project(".github/skills/**/SKILL.md", Loads::Skill),
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".claude/skills/**/SKILL.md", Loads::Skill),
    project(".github/agents/**/*.md", Loads::Agent),
    project(".claude/agents/**/*.md", Loads::Agent),
    project(".claude/commands/**/*.md", Loads::Command),
    project(".github/hooks/**/*", Loads::Hook),
    project(".claude/settings.json", Loads::Hook),
    project(".mcp.json", Loads::Servers),
    project(".github/mcp.json", Loads::Servers),
    project(".github/lsp.json", Loads::Servers),
    project(".github/copilot/settings.json", Loads::Settings),
    project(".github/copilot/settings.local.json", Loads::Settings),
    project(".github/workflows/copilot-setup-steps.yml", Loads::Hook),
    project(".github/workflows/copilot-setup-steps.yaml", Loads::Hook),
    project(".plugin/plugin.json", Loads::Plugin),
    project(".plugin/marketplace.json", Loads::Plugin),
    project(".github/plugin/plugin.json", Loads::Plugin),
    project(".github/plugin/marketplace.json", Loads::Plugin),
    project(".github/extensions/**/*", Loads::Extension),
    project(".github/copilot-instructions.md", Loads::Instructions),
    project(
        ".github/instructions/**/*.instructions.md",
        Loads::Instructions,
    ),
    project("AGENTS.md", Loads::Instructions),
    project("CLAUDE.md", Loads::Instructions),
    project("GEMINI.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("agents/**/*.md", Loads::Agent),
    plugin("commands/**/*.md", Loads::Command),
    plugin("hooks.json", Loads::Hook),
    plugin("lsp.json", Loads::Servers),
    plugin(".mcp.json", Loads::Servers),
    plugin("hooks/hooks.json", Loads::Hook),
    user(".copilot/skills/**/SKILL.md", Loads::Skill),
    user(".agents/skills/**/SKILL.md", Loads::Skill),
    user(".copilot/agents/**/*.md", Loads::Agent),
    user(".copilot/hooks/**/*", Loads::Hook),
    user(".copilot/settings.json", Loads::Settings),
    user(".copilot/config.json", Loads::Settings),
    user(".copilot/mcp-config.json", Loads::Servers),
    machine("/etc/github-copilot/policy.d/*.json", Loads::Hook),
];

const SETTINGS: [SettingsKey; 6] = [
    disables(
        "disableAllHooks",
        True,
        "turns off every hook, also those that check tool calls",
    ),
    runs("hooks"),
    runs("enabledPlugins"),
    redirects("extraKnownMarketplaces"),
    widens("trustedFolders"),
    widens("trusted_folders"),
];
