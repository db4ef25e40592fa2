//! Pi. Source: the project's documentation.

use super::{Harness, Loads, project, user};

/// Pi.
pub const HARNESS: Harness = Harness {
    id: "pi",
    name: "Pi",
    looks: "the working folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".pi/skills/**/SKILL.md", Loads::Skill),
        project(".pi/prompts/**/*.md", Loads::Prompt),
        project(".pi/extensions/**/*", Loads::Extension),
        project(".pi/settings.json", Loads::Settings),
        project("AGENTS.md", Loads::Instructions),
        user(".pi/agent/skills/**/SKILL.md", Loads::Skill),
        user(".pi/agent/extensions/**/*", Loads::Extension),
        user(".pi/agent/settings.json", Loads::Settings),
        project(".pi/mcp.json", Loads::Servers),
        user(".pi/agent/mcp.json", Loads::Servers),
    ],
};
