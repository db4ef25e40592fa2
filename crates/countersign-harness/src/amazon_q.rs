//! Amazon Q Developer, the command line. Sources: github.com/aws/amazon-q-developer-cli
//! (docs/agent-file-locations.md, docs/default-agent-behavior.md); docs.aws.amazon.com/amazonq
//! (project rules, prompts, MCP configuration).

use super::{Harness, Loads, project, user};

/// Amazon Q Developer.
pub const HARNESS: Harness = Harness {
    id: "amazon-q",
    name: "Amazon Q Developer",
    looks: "the working folder",
    servers: &["mcpServers"],
    moved_by: &[],
    settings: &[],
    places: &[
        project(".amazonq/cli-agents/**/*.json", Loads::Agent),
        project(".amazonq/prompts/**/*.md", Loads::Prompt),
        project(".amazonq/mcp.json", Loads::Servers),
        project(".amazonq/rules/**/*.md", Loads::Instructions),
        project("AmazonQ.md", Loads::Instructions),
        user(".aws/amazonq/cli-agents/**/*.json", Loads::Agent),
        user(".aws/amazonq/prompts/**/*.md", Loads::Prompt),
        user(".aws/amazonq/mcp.json", Loads::Servers),
    ],
};
