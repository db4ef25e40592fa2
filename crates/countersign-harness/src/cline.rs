//! Cline. Source: docs.cline.bot/customization; places of Skills tested with 3.0.65.

use super::{Harness, HarnessPlace, Loads, project, user};

/// Cline.
pub const HARNESS: Harness = Harness {
    id: "cline",
    name: "Cline",
    looks: "the opened folders",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 18] = [
    project(".cline/skills/*/SKILL.md", Loads::Skill),
    project(".clinerules/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".clinerules/workflows/**/*.md", Loads::Command),
    project(".cline/workflows/**/*.md", Loads::Command),
    project(".clinerules/hooks/**/*", Loads::Hook),
    project(".cline/hooks/**/*", Loads::Hook),
    project(".cline/plugins/**/*", Loads::Plugin),
    project(".cline/agents/**/*", Loads::Agent),
    project(".clinerules", Loads::Instructions),
    project(".clinerules/**/*.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    user(".cline/skills/*/SKILL.md", Loads::Skill),
    user(".agents/skills/*/SKILL.md", Loads::Skill),
    user(
        ".cline/data/settings/cline_mcp_settings.json",
        Loads::Servers,
    ),
    user(
        ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "AppData/Roaming/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        Loads::Servers,
    ),
];
