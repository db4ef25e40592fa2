//! JetBrains Junie. Source: junie.jetbrains.com/docs.

use super::{Harness, Loads, project, user};

/// JetBrains Junie.
pub const HARNESS: Harness = Harness {
    id: "junie",
    name: "Junie",
    looks: "the opened project",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".junie/skills/*/SKILL.md", Loads::Skill),
        project(".junie/commands/**/*.md", Loads::Command),
        project(".junie/agents/**/*.md", Loads::Agent),
        project(".junie/mcp/mcp.json", Loads::Servers),
        project(".junie/guidelines.md", Loads::Instructions),
        project(".junie/AGENTS.md", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        user(".junie/skills/*/SKILL.md", Loads::Skill),
        user(".junie/mcp/mcp.json", Loads::Servers),
    ],
};
