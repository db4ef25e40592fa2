//! Crush. Source: the project's documentation.

use super::{Harness, Loads, project, user};
use crate::settings::Values::True;
use crate::settings::{SettingsKey, disables, runs, widens};

/// Crush.
pub const HARNESS: Harness = Harness {
    id: "crush",
    name: "Crush",
    looks: "the working folder and every folder above it up to the repository's root",
    servers: &["mcp"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &[
        project(".crush/skills/*/SKILL.md", Loads::Skill),
        project(".agents/skills/*/SKILL.md", Loads::Skill),
        project(".crush/commands/**/*.md", Loads::Command),
        project("crush.json", Loads::Settings),
        project(".crush.json", Loads::Settings),
        project("CRUSH.md", Loads::Instructions),
        user(".config/crush/skills/*/SKILL.md", Loads::Skill),
        user(".config/crush/crush.json", Loads::Settings),
    ],
};

const SETTINGS: [SettingsKey; 4] = [
    disables(
        "permissions/skip_requests",
        True,
        "runs every tool without asking",
    ),
    widens("permissions/allowed_tools"),
    runs("mcp"),
    runs("lsp"),
];
