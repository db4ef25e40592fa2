//! The fields of agent, contract, server, Skill and prompt documents, as people write them. Their
//! JSON Schemas are generated from here.
//!
//! Agent and contract are this tool's own formats and refuse unknown fields. Skill frontmatter
//! follows the Agent Skills specification and server.json the MCP registry's schema of 2025-12-11:
//! both stay as their owners defined them.

pub mod agent;
pub mod contract;
pub mod prompt;
pub mod server;
pub mod skill;

pub use agent::AgentInput;
pub use contract::{ContractInput, Mode};
pub use prompt::PromptInput;
pub use server::ServerInput;
pub use skill::SkillInput;
