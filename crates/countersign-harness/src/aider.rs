//! Aider. Source: aider.chat/docs/config (YAML config file, advanced model settings).

use super::{Harness, Loads, project};

/// Aider.
pub const HARNESS: Harness = Harness {
    id: "aider",
    name: "Aider",
    looks: "the repository's root, the working folder and the home folder",
    servers: &[],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".aider.conf.yml", Loads::Settings),
        project(".aider.model.settings.yml", Loads::Settings),
        project(".aider.model.metadata.json", Loads::Settings),
    ],
};
