//! Windsurf. Source: docs.windsurf.com (Cascade Skills, workflows, rules, hooks, MCP).

use super::{Harness, HarnessPlace, Loads, machine, project, user};

/// Windsurf.
pub const HARNESS: Harness = Harness {
    id: "windsurf",
    name: "Windsurf",
    looks: "the opened folders, their subfolders, and the folders above them up to the repository's root",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 18] = [
    project(".windsurf/skills/*/SKILL.md", Loads::Skill),
    project(".agents/skills/*/SKILL.md", Loads::Skill),
    project(".claude/skills/*/SKILL.md", Loads::Skill),
    project(".windsurf/workflows/**/*.md", Loads::Command),
    project(".windsurf/hooks/**/*", Loads::Hook),
    project(".windsurf/hooks.json", Loads::Hook),
    project(".windsurf/mcp.json", Loads::Servers),
    project(".windsurf/mcp_config.json", Loads::Servers),
    project(".windsurf/rules/**/*.md", Loads::Instructions),
    project(".windsurfrules", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    user(".codeium/windsurf/skills/*/SKILL.md", Loads::Skill),
    user(".codeium/windsurf/global_workflows/*.md", Loads::Command),
    user(".codeium/windsurf/hooks.json", Loads::Hook),
    user(".codeium/windsurf/mcp_config.json", Loads::Servers),
    user(
        ".codeium/windsurf/memories/global_rules.md",
        Loads::Instructions,
    ),
    machine("/etc/windsurf/skills/*/SKILL.md", Loads::Skill),
    machine("/etc/windsurf/hooks.json", Loads::Hook),
];
