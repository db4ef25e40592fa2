//! `administrators-too-few`: the policy can never be changed, or not once one administrator is gone.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::AdministratorsTooFew,
    summary: "The policy cannot be changed, or could not be once one administrator is gone",
    message: "a change of the policy takes {count} of {available} administrators who can sign[: {why}]",
    why: "Only administrators can change the policy. Without enough of them nothing can be added or corrected, not even an administrator, and what is left is a new beginning with `restart`.",
    help: "Add an administrator with a key: `countersign people add @LOGIN`, then add the name to `roles.administrators`; or lower `policy_changes.count`.",
    weight: Weight::except(Level::Warning, Condition::Unchangeable, Level::Error),
};
