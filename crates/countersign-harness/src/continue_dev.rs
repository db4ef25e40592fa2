//! Continue. Source: docs.continue.dev.

use super::{Harness, Loads, project, user};

/// Continue.
pub const HARNESS: Harness = Harness {
    id: "continue",
    name: "Continue",
    looks: "the opened folders",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".continue/skills/*/SKILL.md", Loads::Skill),
        project(".continue/prompts/**/*", Loads::Prompt),
        project(".continue/agents/**/*", Loads::Agent),
        project(".continue/mcpServers/**/*", Loads::Servers),
        project(".continue/config.yaml", Loads::Settings),
        project(".continuerc.json", Loads::Settings),
        project(".continue/rules/**/*.md", Loads::Instructions),
        user(".continue/config.yaml", Loads::Settings),
        user(".continue/skills/*/SKILL.md", Loads::Skill),
        user(".continue/mcpServers/**/*", Loads::Servers),
    ],
};
