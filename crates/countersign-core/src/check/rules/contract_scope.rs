//! `contract-scope`: a contract's scopes are unlimited or contradict each other.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContractScope,
    summary: "A contract's scopes are unlimited or contradict each other",
    message: "the scopes of this contract do not bound anything[: {why}]",
    why: "A wildcard grants whatever is added later. A scope that is both granted and blocked is decided by chance of implementation.",
    help: "List each scope by name, and keep `apiScope` and `blockedScopes` apart.",
    weight: Weight::always(Level::Error),
};
