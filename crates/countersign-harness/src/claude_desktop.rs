//! Claude Desktop. Source: modelcontextprotocol.io, and where `add-mcp` writes.

use super::{Harness, Loads, user};

/// Claude Desktop.
pub const HARNESS: Harness = Harness {
    id: "claude-desktop",
    name: "Claude Desktop",
    looks: "the home folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        user(".config/Claude/claude_desktop_config.json", Loads::Servers),
        user(
            "Library/Application Support/Claude/claude_desktop_config.json",
            Loads::Servers,
        ),
        user(
            "AppData/Roaming/Claude/claude_desktop_config.json",
            Loads::Servers,
        ),
    ],
};
