//! Factory Droid. Source: docs.factory.ai.

use super::{Harness, HarnessPlace, Loads, plugin, project, user};
use crate::settings::Values::True;
use crate::settings::{SettingsKey, disables, runs, widens};

/// Factory Droid.
pub const HARNESS: Harness = Harness {
    id: "droid",
    name: "Factory Droid",
    looks: "the working folder and every folder above it up to the repository's root",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 22] = [
    project(".factory/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".factory/commands/**/*", Loads::Command),
    project(".factory/droids/**/*.md", Loads::Agent),
    project(".factory/hooks/**/*", Loads::Hook),
    project(".factory/hooks.json", Loads::Hook),
    project(".factory/settings.json", Loads::Settings),
    project(".factory/settings.local.json", Loads::Settings),
    project(".factory/mcp.json", Loads::Servers),
    project(".factory-plugin/plugin.json", Loads::Plugin),
    project(".factory-plugin/marketplace.json", Loads::Plugin),
    project(".factory/rules/**/*.md", Loads::Instructions),
    project(".factory/AGENTS.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    plugin("commands/**/*.md", Loads::Command),
    plugin("droids/**/*.md", Loads::Agent),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin("mcp.json", Loads::Servers),
    user(".factory/skills/*/SKILL.md", Loads::Skill),
    user(".factory/droids/**/*.md", Loads::Agent),
    user(".factory/settings.json", Loads::Settings),
    user(".factory/mcp.json", Loads::Servers),
];

const SETTINGS: [SettingsKey; 3] = [
    disables(
        "hooksDisabled",
        True,
        "turns off every hook, also those that check tool calls",
    ),
    runs("hooks"),
    widens("commandAllowlist"),
];
