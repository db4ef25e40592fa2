//! Zed. Source: zed.dev/docs.

use super::{Harness, Loads, project, user};

/// Zed.
pub const HARNESS: Harness = Harness {
    id: "zed",
    name: "Zed",
    looks: "the opened folders",
    places: &[
        project(".zed/settings.json", Loads::Settings),
        project(".rules", Loads::Instructions),
        project("AGENTS.md", Loads::Instructions),
        user(".config/zed/settings.json", Loads::Settings),
    ],
};
