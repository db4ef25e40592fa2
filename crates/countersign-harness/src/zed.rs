//! Zed. Source: zed.dev/docs.

use super::{Harness, Loads, project, user};
use crate::settings::Values::True;
use crate::settings::{SettingsKey, disables, runs};

/// Zed.
pub const HARNESS: Harness = Harness {
    id: "zed",
    name: "Zed",
    looks: "the opened folders",
    servers: &["context_servers"],
    moved_by: &[],
    settings: &SETTINGS,
    places: &[
        project(".zed/settings.json", Loads::Settings),
        project(".rules", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        user(".config/zed/settings.json", Loads::Settings),
    ],
};

const SETTINGS: [SettingsKey; 2] = [
    disables(
        "agent/always_allow_tool_actions",
        True,
        "runs every tool without asking",
    ),
    runs("context_servers"),
];
