//! The frontmatter of a prompt: a Markdown file, or the PROMPT.md of a folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::state::Risk;

/// The keys of a prompt's frontmatter that this tool reads.
pub const PROMPT_KEYS: [&str; 6] = ["name", "description", "version", "owner", "risk", "tags"];
/// Keys that harnesses read when a prompt is also one of their commands.
pub const HARNESS_KEYS: [&str; 9] = [
    "agent",
    "allowed-tools",
    "argument-hint",
    "disable-model-invocation",
    "license",
    "metadata",
    "mode",
    "model",
    "tools",
];

/// Frontmatter of a prompt. Other keys are kept and warned about, because other tools may read
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Countersign prompt frontmatter")]
pub struct PromptInput {
    /// A name for people; the subject's name comes from the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the prompt is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Semantic version without build metadata, such as `1.2.0`.
    pub version: String,
    /// A principal or team that the policy lists as owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// May only raise the risk that the policy sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}
