//! Claude Code. Sources: code.claude.com/docs (skills, sub-agents, hooks, plugins reference,
//! marketplace reference, settings, memory); places tested with 2.1.332.

use super::{Harness, HarnessPlace, Loads, machine, plugin, project, user};
use crate::settings::Values::{False, Text, True};
use crate::settings::{SettingsKey, disables, plain, redirects, runs, widens};

/// Claude Code.
pub const HARNESS: Harness = Harness {
    id: "claude-code",
    name: "Claude Code",
    looks: "the working folder and every folder above it, without asking for trust under `-p`",
    servers: &["mcpServers", "projects/*/mcpServers"],
    moved_by: &[
        ("CLAUDE_CONFIG_DIR", ".claude"),
        ("CLAUDE_CONFIG_DIR", ".claude.json"),
    ],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 41] = [
    project(".claude/skills/*/SKILL.md", Loads::Skill),
    project(".claude/commands/**/*.md", Loads::Command),
    project(".claude/agents/**/*.md", Loads::Agent),
    project(".claude/hooks/**/*", Loads::Hook),
    project(".claude/workflows/**/*", Loads::Command),
    project(".claude/settings.json", Loads::Settings),
    project(".claude/settings.local.json", Loads::Settings),
    project(".claude/output-styles/**/*.md", Loads::Prompt),
    project(".claude/rules/**/*.md", Loads::Instructions),
    project(".claude/CLAUDE.md", Loads::Instructions),
    project("CLAUDE.md", Loads::Instructions),
    project("CLAUDE.local.md", Loads::Instructions),
    project(".mcp.json", Loads::Servers),
    project(".claude-plugin/plugin.json", Loads::Plugin),
    project(".claude-plugin/marketplace.json", Loads::Plugin),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("commands/**/*.md", Loads::Command),
    plugin("agents/**/*.md", Loads::Agent),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin("output-styles/**/*.md", Loads::Prompt),
    plugin("monitors/monitors.json", Loads::Hook),
    plugin("bin/**/*", Loads::Extension),
    plugin("settings.json", Loads::Settings),
    plugin(".lsp.json", Loads::Servers),
    plugin(".mcp.json", Loads::Servers),
    user(".claude/skills/*/SKILL.md", Loads::Skill),
    user(".claude/commands/**/*.md", Loads::Command),
    user(".claude/agents/**/*.md", Loads::Agent),
    user(".claude/settings.json", Loads::Settings),
    user(".claude/output-styles/**/*.md", Loads::Prompt),
    user(".claude/rules/**/*.md", Loads::Instructions),
    user(".claude/CLAUDE.md", Loads::Instructions),
    user(".claude/plugins/installed_plugins.json", Loads::Plugin),
    user(".claude/plugins/known_marketplaces.json", Loads::Plugin),
    user(".claude.json", Loads::Servers),
    machine("/etc/claude-code/managed-settings.json", Loads::Settings),
    machine(
        "/etc/claude-code/managed-settings.d/*.json",
        Loads::Settings,
    ),
    machine("/etc/claude-code/managed-mcp.json", Loads::Servers),
    machine("/etc/claude-code/CLAUDE.md", Loads::Instructions),
    machine(
        "/Library/Application Support/ClaudeCode/managed-settings.json",
        Loads::Settings,
    ),
    machine(
        "C:/Program Files/ClaudeCode/managed-settings.json",
        Loads::Settings,
    ),
];

const SETTINGS: [SettingsKey; 26] = [
    disables(
        "disableAllHooks",
        True,
        "turns off every hook, also those that check tool calls",
    ),
    disables(
        "enableAllProjectMcpServers",
        True,
        "starts every server of a project without asking",
    ),
    disables(
        "skipDangerousModePermissionPrompt",
        True,
        "does not ask before permission checks are turned off",
    ),
    disables(
        "permissions/defaultMode",
        Text(&["bypassPermissions"]),
        "runs every tool without asking",
    ),
    disables(
        "permissions/skipDangerousModePermissionPrompt",
        True,
        "does not ask before permission checks are turned off",
    ),
    disables(
        "sandbox/enabled",
        False,
        "runs commands outside the sandbox",
    ),
    runs("hooks"),
    runs("apiKeyHelper"),
    runs("awsAuthRefresh"),
    runs("awsCredentialExport"),
    runs("otelHeadersHelper"),
    runs("statusLine"),
    runs("enabledPlugins"),
    runs("mcpServers"),
    redirects("env"),
    redirects("extraKnownMarketplaces"),
    widens("permissions/allow"),
    widens("permissions/additionalDirectories"),
    widens("permissions/defaultMode"),
    widens("enabledMcpjsonServers"),
    plain("permissions/ask"),
    plain("permissions/deny"),
    plain("model"),
    plain("outputStyle"),
    plain("includeCoAuthoredBy"),
    plain("cleanupPeriodDays"),
];
