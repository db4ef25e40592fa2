//! Augment and its command line, Auggie. Source: docs.augmentcode.com (settings, rules, custom
//! commands, sub-agents, hooks); rules also
//! www.augmentcode.com/changelog/introducing-augment-rules.

use super::{Harness, Loads, machine, project, user};

/// Augment.
pub const HARNESS: Harness = Harness {
    id: "augment",
    name: "Augment",
    looks: "the opened folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".augment/commands/**/*.md", Loads::Command),
        project(".augment/agents/**/*.md", Loads::Agent),
        project(".augment/settings.json", Loads::Settings),
        project(".augment/settings.local.json", Loads::Settings),
        project(".augment/rules/**/*", Loads::Instructions),
        project(".augment-guidelines", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        project("CLAUDE.md", Loads::Instructions),
        user(".augment/commands/**/*.md", Loads::Command),
        user(".augment/agents/**/*.md", Loads::Agent),
        user(".augment/settings.json", Loads::Settings),
        user(".augment/rules/**/*", Loads::Instructions),
        machine("/etc/augment/settings.json", Loads::Settings),
        project(".augment/skills/*/SKILL.md", Loads::Skill),
        user(".augment/skills/*/SKILL.md", Loads::Skill),
    ],
};
