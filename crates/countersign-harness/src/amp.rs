//! Amp. Source: ampcode.com/manual.

use super::{Harness, Loads, machine, project, user};
use crate::settings::Values::True;
use crate::settings::{SettingsKey, disables, runs, widens};

/// Amp.
pub const HARNESS: Harness = Harness {
    id: "amp",
    name: "Amp",
    looks: "the working folder and every folder above it",
    servers: &["amp.mcpServers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &[
        project(".agents/skills/*/SKILL.md", Loads::Skill),
        project(".claude/skills/*/SKILL.md", Loads::Skill),
        project(".agents/commands/**/*", Loads::Command),
        project(".agents/checks/**/*.md", Loads::Agent),
        project(".amp/plugins/**/*", Loads::Plugin),
        project(".amp/settings.json", Loads::Settings),
        project("AGENTS.md", Loads::Instructions),
        project("AGENT.md", Loads::Instructions),
        user(".config/agents/skills/*/SKILL.md", Loads::Skill),
        user(".config/amp/settings.json", Loads::Settings),
        project(".amp/settings.jsonc", Loads::Settings),
        user(".config/amp/settings.jsonc", Loads::Settings),
        user(".config/amp/AGENTS.md", Loads::Instructions),
        machine("/etc/ampcode/managed-settings.json", Loads::Settings),
    ],
};

const SETTINGS: [SettingsKey; 3] = [
    disables(
        "amp.dangerouslyAllowAll",
        True,
        "runs every tool without asking",
    ),
    runs("amp.mcpServers"),
    widens("amp.permissions"),
];
