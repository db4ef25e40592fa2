//! `server-invalid`: an MCP server document does not fit the registry's format.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ServerInvalid,
    summary: "An MCP server document does not fit the registry's format",
    message: "this server document does not fit the MCP registry's server.json[: {why}]",
    why: "Clients install what the document says. A version range, `latest` or a malformed package entry installs something other than \
          what was reviewed.",
    help: "Correct the document at the place shown, and name exact versions.",
    weight: Weight::always(Level::Error),
};
