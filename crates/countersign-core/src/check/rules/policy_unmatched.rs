//! `policy-unmatched`: an entry of the policy matches nothing.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyUnmatched,
    summary: "An entry of the policy matches nothing",
    message: "this entry matches nothing[: {entry}]",
    why: "Usually it is a typing mistake. What the entry was meant to protect is then not protected.",
    help: "Correct the pattern in countersign.yaml, or remove the entry.",
    weight: Weight::always(Level::Warning),
};
