//! `contract-invalid`: a tool-governance contract does not fit its schema.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContractInvalid,
    summary: "A tool-governance contract does not fit its schema",
    message: "this contract is not valid[: {why}]",
    why: "Runtimes enforce what the contract says. A field that cannot be read is a boundary that is not enforced.",
    help: "Correct the document at the place shown; `countersign schema contract` prints what is allowed.",
    weight: Weight::always(Level::Error),
};
