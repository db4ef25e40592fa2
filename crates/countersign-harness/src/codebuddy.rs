//! Tencent CodeBuddy Code. Sources: www.codebuddy.ai/docs/cli (codebuddy-dir, sub-agents);
//! github.github.io/spec-kit (commands); docs of the crate agent-config (settings, hooks, Skills).

use super::{Harness, Loads, project, user};

/// CodeBuddy Code.
pub const HARNESS: Harness = Harness {
    id: "codebuddy",
    name: "CodeBuddy",
    looks: "the root of the project",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".codebuddy/skills/**/SKILL.md", Loads::Skill),
        project(".codebuddy/commands/**/*.md", Loads::Command),
        project(".codebuddy/agents/**/*.md", Loads::Agent),
        project(".codebuddy/settings.json", Loads::Settings),
        project(".codebuddy/settings.local.json", Loads::Settings),
        project(".codebuddy/rules/**/*", Loads::Instructions),
        project("CODEBUDDY.md", Loads::Instructions),
        user(".codebuddy/skills/**/SKILL.md", Loads::Skill),
        user(".codebuddy/agents/**/*.md", Loads::Agent),
        user(".codebuddy/settings.json", Loads::Settings),
        user(".codebuddy/mcp.json", Loads::Servers),
        user(".codebuddy/CODEBUDDY.md", Loads::Instructions),
    ],
};
