//! `policy-previous`: a policy change does not build on the policy in force.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyPrevious,
    summary: "A policy change does not build on the policy in force",
    message: "policy {serial} does not name the policy in force, {digest-in-force}, as its `previous`",
    why: "Each policy names the one it replaces. Without that, an old approved policy could be brought back, with rights that were since \
          taken away.",
    help: "Run `countersign policy bump`, which writes `previous` and `serial`, and have the change approved again.",
    weight: Weight::always(Level::Error),
};
