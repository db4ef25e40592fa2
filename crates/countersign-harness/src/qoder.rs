//! Qoder and its command line. Source: docs.qoder.com (rules, memory, sub-agents, plugins).

use super::{Harness, Loads, plugin, project, user};

/// Qoder.
pub const HARNESS: Harness = Harness {
    id: "qoder",
    name: "Qoder",
    looks: "the opened folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".qoder/skills/**/SKILL.md", Loads::Skill),
        project(".qoder/commands/**/*.md", Loads::Command),
        project(".qoder/agents/**/*.md", Loads::Agent),
        project(".qoder-plugin/plugin.json", Loads::Plugin),
        project(".qoder/settings.json", Loads::Settings),
        project(".qoder/settings.local.json", Loads::Settings),
        project(".qoder/rules/**/*.md", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        plugin("skills/*/SKILL.md", Loads::Skill),
        plugin("commands/**/*.md", Loads::Command),
        plugin("agents/**/*.md", Loads::Agent),
        plugin("hooks/hooks.json", Loads::Hook),
        plugin(".mcp.json", Loads::Servers),
        user(".qoder/skills/*/SKILL.md", Loads::Skill),
        user(".qoder-cn/skills/*/SKILL.md", Loads::Skill),
    ],
};
