//! OpenCode. Source: opencode.ai/docs; places tested with 1.18.33.

use super::{Harness, HarnessPlace, Loads, machine, project, user};
use crate::settings::Values::Text;
use crate::settings::{SettingsKey, disables, plain, redirects, runs, widens};

/// OpenCode.
pub const HARNESS: Harness = Harness {
    id: "opencode",
    name: "OpenCode",
    looks: "the working folder and every folder above it up to the repository's root, with no notion of trust",
    servers: &["mcp"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 36] = [
    project(".opencode/skills/**/SKILL.md", Loads::Skill),
    project(".opencode/skill/**/SKILL.md", Loads::Skill),
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".claude/skills/**/SKILL.md", Loads::Skill),
    project(".opencode/commands/**/*.md", Loads::Command),
    project(".opencode/command/**/*.md", Loads::Command),
    project(".opencode/agents/**/*.md", Loads::Agent),
    project(".opencode/agent/**/*.md", Loads::Agent),
    project(".opencode/modes/**/*.md", Loads::Agent),
    project(".opencode/mode/**/*.md", Loads::Agent),
    project(".opencode/plugins/**/*", Loads::Plugin),
    project(".opencode/plugin/**/*", Loads::Plugin),
    project(".opencode/tools/**/*", Loads::Extension),
    project(".opencode/tool/**/*", Loads::Extension),
    project(".opencode/package.json", Loads::Extension),
    project(".opencode/opencode.json", Loads::Settings),
    project(".opencode/opencode.jsonc", Loads::Settings),
    project("opencode.json", Loads::Settings),
    project("opencode.jsonc", Loads::Settings),
    project("AGENTS.md", Loads::Instructions),
    project("CLAUDE.md", Loads::Instructions),
    user(".config/opencode/skills/**/SKILL.md", Loads::Skill),
    user(".config/opencode/skill/**/SKILL.md", Loads::Skill),
    user(".opencode/skills/**/SKILL.md", Loads::Skill),
    user(".claude/skills/**/SKILL.md", Loads::Skill),
    user(".agents/skills/**/SKILL.md", Loads::Skill),
    user(".config/opencode/commands/**/*.md", Loads::Command),
    user(".config/opencode/agents/**/*.md", Loads::Agent),
    user(".config/opencode/plugins/**/*", Loads::Plugin),
    user(".config/opencode/plugin/**/*", Loads::Plugin),
    user(".config/opencode/tools/**/*", Loads::Extension),
    user(".config/opencode/opencode.json", Loads::Settings),
    user(".config/opencode/opencode.jsonc", Loads::Settings),
    user(".config/opencode/AGENTS.md", Loads::Instructions),
    machine("/etc/opencode/opencode.json", Loads::Settings),
    machine("/etc/opencode/opencode.jsonc", Loads::Settings),
];

const SETTINGS: [SettingsKey; 13] = [
    disables(
        "permission/*/*",
        Text(&["allow"]),
        "runs this without asking",
    ),
    disables(
        "agent/*/permission",
        Text(&["allow"]),
        "runs every tool of this agent without asking",
    ),
    disables(
        "agent/*/permission/*",
        Text(&["allow"]),
        "runs this tool of the agent without asking",
    ),
    disables(
        "permission",
        Text(&["allow"]),
        "runs every tool without asking",
    ),
    disables(
        "permission/*",
        Text(&["allow"]),
        "runs this tool without asking",
    ),
    runs("plugin"),
    runs("mcp"),
    runs("formatter"),
    runs("lsp"),
    redirects("provider"),
    widens("permission"),
    plain("model"),
    plain("theme"),
];
