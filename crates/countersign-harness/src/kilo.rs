//! Kilo Code. Source: kilo.ai/docs; places of Skills and servers tested with 7.7.9.

use super::{Harness, HarnessPlace, Loads, project, user};

/// Kilo Code.
pub const HARNESS: Harness = Harness {
    id: "kilo",
    name: "Kilo Code",
    looks: "the working folder and every folder above it up to the repository's root",
    servers: &["mcp", "mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &PLACES,
};

const PLACES: [HarnessPlace; 28] = [
    project(".kilo/skills/**/SKILL.md", Loads::Skill),
    project(".kilocode/skills/**/SKILL.md", Loads::Skill),
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".claude/skills/**/SKILL.md", Loads::Skill),
    project(".kilo/commands/**/*.md", Loads::Command),
    project(".kilo/command/**/*.md", Loads::Command),
    project(".kilocode/workflows/**/*.md", Loads::Command),
    project(".kilo/agents/**/*.md", Loads::Agent),
    project(".kilo/agent/**/*.md", Loads::Agent),
    project(".kilocodemodes", Loads::Agent),
    project(".kilo/plugins/**/*", Loads::Plugin),
    project(".kilo/plugin/**/*", Loads::Plugin),
    project(".kilo/tools/**/*", Loads::Extension),
    project(".kilo/tool/**/*", Loads::Extension),
    project("kilo.json", Loads::Settings),
    project("kilo.jsonc", Loads::Settings),
    project(".kilo/kilo.json", Loads::Settings),
    project(".kilo/kilo.jsonc", Loads::Settings),
    project(".kilocode/mcp.json", Loads::Servers),
    project(".kilocode/rules/**/*.md", Loads::Instructions),
    project("AGENTS.md", Loads::Instructions),
    user(".kilo/skills/**/SKILL.md", Loads::Skill),
    user(".kilocode/skills/**/SKILL.md", Loads::Skill),
    user(".config/kilo/skills/**/SKILL.md", Loads::Skill),
    user(".config/kilo/kilo.json", Loads::Settings),
    user(
        ".config/Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "Library/Application Support/Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
        Loads::Servers,
    ),
    user(
        "AppData/Roaming/Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
        Loads::Servers,
    ),
];
