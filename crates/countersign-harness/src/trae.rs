//! Trae. Source: docs.trae.ai.

use super::{Harness, Loads, project, user};

/// Trae.
pub const HARNESS: Harness = Harness {
    id: "trae",
    name: "Trae",
    looks: "the opened folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".trae/skills/*/SKILL.md", Loads::Skill),
        project(".trae/mcp.json", Loads::Servers),
        project(".trae/rules/**/*.md", Loads::Instructions),
        user(".trae/skills/*/SKILL.md", Loads::Skill),
        user(".trae-cn/skills/*/SKILL.md", Loads::Skill),
    ],
};
