//! Kimi Code. Source: what `add-mcp` 2.4.0 writes for it (2026-12-01).

use super::{Harness, Loads, project, user};

/// Kimi Code.
pub const HARNESS: Harness = Harness {
    id: "kimi-code",
    name: "Kimi Code",
    looks: "the working folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".kimi-code/mcp.json", Loads::Servers),
        user(".kimi-code/mcp.json", Loads::Servers),
    ],
};
