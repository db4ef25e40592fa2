//! The frontmatter of a SKILL.md: <https://agentskills.io/specification>.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest name and folder name, in characters.
pub const NAME_LIMIT: usize = 64;
/// Longest description, in code points.
pub const DESCRIPTION_LIMIT: usize = 1024;
/// Longest compatibility note, in code points.
pub const COMPATIBILITY_LIMIT: usize = 500;
/// The six top-level keys of the specification.
pub const SKILL_KEYS: [&str; 6] = [
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
];

/// Frontmatter of a SKILL.md that follows the Agent Skills specification: six keys and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Agent Skill frontmatter")]
pub struct SkillInput {
    /// 1 to 64 of `a-z 0-9 -`, no hyphen at either end and no two in a row; equal to the folder
    /// name.
    #[schemars(
        length(min = 1, max = 64),
        regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$")
    )]
    pub name: String,
    /// What the Skill does and when to use it, 1 to 1024 characters.
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"\S"))]
    pub description: String,
    /// Name of the license, or of a bundled license file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Requirements on the environment, 1 to 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub compatibility: Option<String>,
    /// Further facts, strings to strings. `version`, `owner` and `risk` are read by this tool.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Tools that need no confirmation, separated by spaces.
    #[serde(
        default,
        rename = "allowed-tools",
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_tools: Option<String>,
}
