//! Warp. Source: docs.warp.dev.

use super::{Harness, Loads, project, user};

/// Warp.
pub const HARNESS: Harness = Harness {
    id: "warp",
    name: "Warp",
    looks: "the working folder and every folder above it up to the repository's root",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".agents/skills/*/SKILL.md", Loads::Skill),
        project(".warp/skills/*/SKILL.md", Loads::Skill),
        project(".warp/workflows/*", Loads::Command),
        project(".warp/.mcp.json", Loads::Servers),
        project("WARP.md", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        user(".agents/skills/*/SKILL.md", Loads::Skill),
    ],
};
