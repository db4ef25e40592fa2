//! Codex. Sources: developers.openai.com/codex; places tested with 0.171.0.

use super::{Harness, HarnessPlace, Loads, machine, plugin, project, user};
use crate::settings::Values::{False, Text};
use crate::settings::{SettingsKey, disables, plain, redirects, runs, widens};

/// Codex.
pub const HARNESS: Harness = Harness {
    id: "codex",
    name: "Codex",
    looks: "the working folder and every folder above it up to the repository's root; Skills also in untrusted projects, the rest in trusted ones",
    servers: &["mcp_servers", "mcpServers"],
    moved_by: &[("CODEX_HOME", ".codex")],
    settings: &SETTINGS,
    places: &PLACES,
};

const PLACES: [HarnessPlace; 26] = [
    project(".agents/skills/**/SKILL.md", Loads::Skill),
    project(".codex/skills/**/SKILL.md", Loads::Skill),
    project(".codex/agents/**/*.toml", Loads::Agent),
    project(".codex/prompts/**/*.md", Loads::Prompt),
    project(".codex/rules/**/*.rules", Loads::Settings),
    project(".codex/hooks/**/*", Loads::Hook),
    project(".codex/hooks.json", Loads::Hook),
    project(".codex/config.toml", Loads::Settings),
    project(".codex-plugin/plugin.json", Loads::Plugin),
    project(".agents/plugins/marketplace.json", Loads::Plugin),
    project("AGENTS.md", Loads::Instructions),
    project("AGENTS.override.md", Loads::Instructions),
    plugin("skills/*/SKILL.md", Loads::Skill),
    plugin("hooks/hooks.json", Loads::Hook),
    plugin(".mcp.json", Loads::Servers),
    user(".agents/skills/**/SKILL.md", Loads::Skill),
    user(".codex/skills/**/SKILL.md", Loads::Skill),
    user(".codex/prompts/**/*.md", Loads::Prompt),
    user(".codex/rules/**/*.rules", Loads::Settings),
    user(".codex/hooks.json", Loads::Hook),
    user(".codex/config.toml", Loads::Settings),
    user(".codex/*.config.toml", Loads::Settings),
    user(".codex/AGENTS.md", Loads::Instructions),
    machine("/etc/codex/skills/**/SKILL.md", Loads::Skill),
    machine("/etc/codex/config.toml", Loads::Settings),
    machine("/etc/codex/requirements.toml", Loads::Settings),
];

const SETTINGS: [SettingsKey; 19] = [
    disables(
        "profiles/*/approval_policy",
        Text(&["never"]),
        "never asks before a command runs, in this profile",
    ),
    disables(
        "profiles/*/sandbox_mode",
        Text(&["danger-full-access"]),
        "runs commands outside the sandbox, in this profile",
    ),
    disables(
        "approval_policy",
        Text(&["never"]),
        "never asks before a command runs",
    ),
    disables(
        "sandbox_mode",
        Text(&["danger-full-access"]),
        "runs commands outside the sandbox",
    ),
    disables(
        "features/hooks",
        False,
        "turns off every hook, also those that check tool calls",
    ),
    runs("hooks"),
    runs("notify"),
    runs("mcp_servers"),
    redirects("model_providers"),
    redirects("model_provider"),
    redirects("chatgpt_base_url"),
    redirects("shell_environment_policy"),
    widens("approval_policy"),
    widens("sandbox_mode"),
    widens("sandbox_workspace_write"),
    widens("projects"),
    plain("model"),
    plain("model_reasoning_effort"),
    plain("personality"),
];
