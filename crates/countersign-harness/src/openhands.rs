//! OpenHands. Source: docs.openhands.dev (repository customization, hooks, Skills, microagents). A
//! microagent may start MCP servers.

use super::{Harness, Loads, project, user};

/// OpenHands.
pub const HARNESS: Harness = Harness {
    id: "openhands",
    name: "OpenHands",
    looks: "the root of the repository, without asking for trust",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".openhands/skills/**/SKILL.md", Loads::Skill),
        project(".openhands/skills/**/*.md", Loads::Agent),
        project(".openhands/microagents/**/*.md", Loads::Agent),
        project(".openhands/setup.sh", Loads::Hook),
        project(".openhands/pre-commit.sh", Loads::Hook),
        project(".openhands/hooks.json", Loads::Hook),
        project(".openhands/hooks/**/*", Loads::Hook),
        project("AGENTS.md", Loads::Instructions),
        user(".openhands/microagents/**/*.md", Loads::Agent),
        user(".openhands/skills/*/SKILL.md", Loads::Skill),
    ],
};
