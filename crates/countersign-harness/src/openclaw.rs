//! OpenClaw. Source: docs.openclaw.ai.

use super::{Harness, Loads, project, user};

/// OpenClaw.
pub const HARNESS: Harness = Harness {
    id: "openclaw",
    name: "OpenClaw",
    looks: "its workspace folder",
    servers: &["mcp/servers", "mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".openclaw/skills/*/SKILL.md", Loads::Skill),
        project(".openclaw/openclaw.json", Loads::Settings),
        user(".openclaw/skills/*/SKILL.md", Loads::Skill),
        user(".openclaw/openclaw.json", Loads::Settings),
    ],
};
