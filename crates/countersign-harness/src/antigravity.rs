//! Google Antigravity. Sources: antigravity.google/docs and the registries that install for it.

use super::{Harness, HarnessPlace, Loads, project, user};

/// Google Antigravity.
pub const HARNESS: Harness = Harness {
    id: "antigravity",
    name: "Antigravity",
    looks: "the opened folders",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 16] = [
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".agent/skills/*/SKILL.md", Loads::Skill),
    project(".agents/workflows/**/*.md", Loads::Command),
    project(".agent/workflows/**/*.md", Loads::Command),
    project(".agents/hooks.json", Loads::Hook),
    project(".agents/hooks/**/*", Loads::Hook),
    project(".agents/mcp_config.json", Loads::Servers),
    project(".agent/mcp_config.json", Loads::Servers),
    project(".agents/rules/**/*.md", Loads::Instructions),
    project(".agent/rules/**/*.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    project("GEMINI.md", Loads::Instructions),
    user(".gemini/antigravity/skills/*/SKILL.md", Loads::Skill),
    user(".gemini/antigravity/global_workflows/*.md", Loads::Command),
    user(".gemini/antigravity/mcp_config.json", Loads::Servers),
    user(".gemini/config/mcp_config.json", Loads::Servers),
];
