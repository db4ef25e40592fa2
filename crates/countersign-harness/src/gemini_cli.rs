//! Gemini CLI. Source: geminicli.com/docs; places tested with 0.61.0.

use super::{Harness, HarnessPlace, Loads, machine, plugin, project, user};
use crate::settings::Values::{False, Text, True};
use crate::settings::{SettingsKey, disables, plain, redirects, runs, widens};

/// Gemini CLI.
pub const HARNESS: Harness = Harness {
    id: "gemini-cli",
    name: "Gemini CLI",
    looks: "the working folder alone, if it is trusted; instructions also above and below it",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 26] = [
    project(".gemini/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".gemini/commands/**/*.toml", Loads::Command),
    project(".gemini/agents/**/*.md", Loads::Agent),
    project(".gemini/hooks/**/*", Loads::Hook),
    project(".gemini/extensions/**/*", Loads::Extension),
    project(".gemini/policies/**/*.toml", Loads::Settings),
    project(".gemini/settings.json", Loads::Settings),
    project(".gemini/.env", Loads::Settings),
    project(".gemini/system.md", Loads::Prompt),
    project("gemini-extension.json", Loads::Extension),
    project("GEMINI.md", Loads::Instructions),
    project(".gemini/GEMINI.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("commands/**/*.toml", Loads::Command),
    plugin("agents/**/*.md", Loads::Agent),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin("policies/**/*.toml", Loads::Settings),
    user(".gemini/skills/*/SKILL.md", Loads::Skill),
    user(".agents/skills/*/SKILL.md", Loads::Skill),
    user(".gemini/commands/**/*.toml", Loads::Command),
    user(".gemini/extensions/**/*", Loads::Extension),
    user(".gemini/settings.json", Loads::Settings),
    user(".gemini/GEMINI.md", Loads::Instructions),
    machine("/etc/gemini-cli/settings.json", Loads::Settings),
    machine("/etc/gemini-cli/system-defaults.json", Loads::Settings),
];

const SETTINGS: [SettingsKey; 16] = [
    disables("security/folderTrust/enabled", False, "trusts every folder"),
    disables(
        "general/defaultApprovalMode",
        Text(&["yolo"]),
        "runs every tool without asking",
    ),
    disables(
        "tools/approvalMode",
        Text(&["yolo"]),
        "runs every tool without asking",
    ),
    disables("autoAccept", True, "runs tools without asking"),
    disables("tools/autoAccept", True, "runs tools without asking"),
    disables(
        "hooksConfig/enabled",
        False,
        "turns off every hook, also those that check tool calls",
    ),
    runs("hooks"),
    runs("mcpServers"),
    runs("tools/discoveryCommand"),
    runs("tools/callCommand"),
    redirects("telemetry"),
    widens("tools/allowed"),
    widens("tools/sandbox"),
    plain("tools/exclude"),
    plain("model"),
    plain("ui"),
];
