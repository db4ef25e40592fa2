//! Goose. Source: the project's documentation (Skills, plugins, hooks, recipes, hints,
//! configuration).

use super::{Harness, HarnessPlace, Loads, plugin, project, user};
use crate::settings::Values::Text;
use crate::settings::{SettingsKey, disables};

/// Goose.
pub const HARNESS: Harness = Harness {
    id: "goose",
    name: "Goose",
    looks: "the working folder; hints also in the folders above it",
    servers: &["extensions"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 20] = [
    project(".goose/skills/**/SKILL.md", Loads::Skill),
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".claude/skills/**/SKILL.md", Loads::Skill),
    project(".goose/recipes/**/*", Loads::Command),
    project(".goose/agents/**/*.md", Loads::Agent),
    project(".agents/agents/**/*.md", Loads::Agent),
    project(".goose/plugins/**/*", Loads::Plugin),
    project(".agents/plugins/**/*", Loads::Plugin),
    project(".goose/hooks/**/*", Loads::Hook),
    project(".goosehints", Loads::Instructions),
    project(".goosehints.local", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("hooks/hooks.json", Loads::Hook),
    user(".config/goose/skills/**/SKILL.md", Loads::Skill),
    user(".agents/skills/**/SKILL.md", Loads::Skill),
    user(".config/goose/recipes/**/*", Loads::Command),
    user(".config/goose/config.yaml", Loads::Settings),
    user(".config/goose/permission.yaml", Loads::Settings),
    user(".config/goose/.goosehints", Loads::Instructions),
];

const SETTINGS: [SettingsKey; 1] = [disables(
    "GOOSE_MODE",
    Text(&["auto"]),
    "runs every tool without asking",
)];
