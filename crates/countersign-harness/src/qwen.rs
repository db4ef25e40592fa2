//! Qwen Code. Source: the project's documentation; places tested with 0.24.4.

use super::{Harness, HarnessPlace, Loads, plugin, project, user};
use crate::settings::Values::{False, Text, True};
use crate::settings::{SettingsKey, disables, runs, widens};

/// Qwen Code.
pub const HARNESS: Harness = Harness {
    id: "qwen",
    name: "Qwen Code",
    looks: "the working folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 18] = [
    project(".qwen/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".qwen/commands/**/*", Loads::Command),
    project(".qwen/agents/**/*.md", Loads::Agent),
    project(".qwen/hooks/**/*", Loads::Hook),
    project(".qwen/extensions/**/*", Loads::Extension),
    project(".qwen/settings.json", Loads::Settings),
    project(".qwen/.env", Loads::Settings),
    project("qwen-extension.json", Loads::Extension),
    project("QWEN.md", Loads::Instructions),
    project(".qwen/QWEN.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    plugin("commands/**/*.toml", Loads::Command),
    plugin("agents/**/*.md", Loads::Agent),
    user(".qwen/skills/*/SKILL.md", Loads::Skill),
    user(".agents/skills/*/SKILL.md", Loads::Skill),
    user(".qwen/settings.json", Loads::Settings),
    user(".qwen/QWEN.md", Loads::Instructions),
];

const SETTINGS: [SettingsKey; 7] = [
    disables(
        "disableAllHooks",
        True,
        "turns off every hook, also those that check tool calls",
    ),
    disables("security/folderTrust/enabled", False, "trusts every folder"),
    disables(
        "tools/approvalMode",
        Text(&["yolo"]),
        "runs every tool without asking",
    ),
    disables("tools/autoAccept", True, "runs tools without asking"),
    runs("hooks"),
    runs("mcpServers"),
    widens("tools/allowed"),
];
