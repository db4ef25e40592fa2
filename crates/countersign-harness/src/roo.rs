//! Roo Code. Source: docs.roocode.com (Skills, commands, custom modes, custom tools, MCP, custom
//! instructions).

use super::{Harness, HarnessPlace, Loads, project, user};

/// Roo Code.
pub const HARNESS: Harness = Harness {
    id: "roo",
    name: "Roo Code",
    looks: "the opened folders",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 17] = [
    project(".roo/skills/*/SKILL.md", Loads::Skill),
    project(".roo/skills-*/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".roo/commands/*.md", Loads::Command),
    project(".roo/tools/*", Loads::Extension),
    project(".roomodes", Loads::Agent),
    project(".roo/mcp.json", Loads::Servers),
    project(".roo/rules/**/*", Loads::Instructions),
    project(".roo/rules-*/**/*", Loads::Instructions),
    project(".roorules", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    user(".roo/skills/*/SKILL.md", Loads::Skill),
    user(".roo/commands/*.md", Loads::Command),
    user(".roo/rules/**/*", Loads::Instructions),
    user(
        ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "AppData/Roaming/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        Loads::Servers,
    ),
];
