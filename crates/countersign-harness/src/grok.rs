//! Grok CLI. Source: the registry of the `skills` command.

use super::{Harness, Loads, project, user};

/// Grok CLI.
pub const HARNESS: Harness = Harness {
    id: "grok",
    name: "Grok CLI",
    looks: "the working folder",
    places: &[
        project(".grok/skills/*/SKILL.md", Loads::Skill),
        project(".grok/settings.json", Loads::Settings),
        project(".grok/GROK.md", Loads::Instructions),
        user(".grok/skills/*/SKILL.md", Loads::Skill),
    ],
};
