//! Grok CLI. Source: the registry of the `skills` command.

use super::{Harness, Loads, project, user};

/// Grok CLI.
pub const HARNESS: Harness = Harness {
    id: "grok",
    name: "Grok CLI",
    looks: "the working folder",
    servers: &["mcp_servers", "mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".grok/skills/*/SKILL.md", Loads::Skill),
        project(".grok/settings.json", Loads::Settings),
        project(".grok/GROK.md", Loads::Instructions),
        user(".grok/skills/*/SKILL.md", Loads::Skill),
        project(".grok/config.toml", Loads::Settings),
        user(".grok/config.toml", Loads::Settings),
    ],
};
