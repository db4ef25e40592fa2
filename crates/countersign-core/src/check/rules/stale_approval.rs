//! `stale-approval`: an approval names this version with other bytes.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::StaleApproval,
    summary: "An approval names this version with other bytes",
    message: "the approval by {principal} is for {approved}[ as {approved-version}], while {what} is {found}",
    why: "The package changed after it was approved, be it by one byte. The approval is for what was read, not for what is here now.",
    help: "Review the change and run `countersign approve {subject} --reason …` again.",
    weight: Weight::always(Level::Warning),
};
