//! Kiro. Source: kiro.dev/docs (Skills, steering, hooks, custom agents, powers, MCP).

use super::{Harness, HarnessPlace, Loads, project, user};

/// Kiro, the editor and its command line.
pub const HARNESS: Harness = Harness {
    id: "kiro",
    name: "Kiro",
    looks: "the opened folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 15] = [
    project(".kiro/skills/*/SKILL.md", Loads::Skill),
    project(".kiro/prompts/**/*.md", Loads::Prompt),
    project(".kiro/agents/**/*", Loads::Agent),
    project(".kiro/hooks/**/*", Loads::Hook),
    project(".kiro/powers/**/*", Loads::Extension),
    project(".kiro/settings/*.json", Loads::Settings),
    project(".kiro/settings/mcp.json", Loads::Servers),
    project(".kiro/steering/**/*.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    user(".kiro/skills/*/SKILL.md", Loads::Skill),
    user(".kiro/agents/**/*", Loads::Agent),
    user(".kiro/hooks/**/*", Loads::Hook),
    user(".kiro/powers/**/*", Loads::Extension),
    user(".kiro/settings/mcp.json", Loads::Servers),
    user(".kiro/steering/**/*.md", Loads::Instructions),
];
