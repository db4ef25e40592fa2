//! Qwen Code. Source: the project's documentation; places tested with 0.24.4.

use super::{Harness, HarnessPlace, Loads, plugin, project, user};

/// Qwen Code.
pub const HARNESS: Harness = Harness {
    id: "qwen",
    name: "Qwen Code",
    looks: "the working folder",
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
