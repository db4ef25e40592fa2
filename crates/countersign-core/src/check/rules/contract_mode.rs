//! `contract-mode`: a contract's modes contradict each other.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ContractMode,
    summary: "A contract's modes contradict each other",
    message: "the modes of this contract do not fit together[: {why}]",
    why: "The default must be allowed, and the mode to fall back to may not permit more than the default. Otherwise a timeout or an \
          incident makes the tool more powerful instead of less.",
    help: "Correct `defaultMode`, `allowedModes`, `rollback.safestMode` or `approval.timeoutFallback`.",
    weight: Weight::always(Level::Error),
};
