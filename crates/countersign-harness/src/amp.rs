//! Amp. Source: ampcode.com/manual.

use super::{Harness, Loads, project, user};

/// Amp.
pub const HARNESS: Harness = Harness {
    id: "amp",
    name: "Amp",
    looks: "the working folder and every folder above it",
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
    ],
};
