//! `policy-missing`: the policy is gone from the tree.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyMissing,
    summary: "The policy is gone from the tree",
    message: "countersign.yaml is not in the tree; the policy in force stays",
    why: "Deleting or renaming the file does not end governance, since otherwise one commit could. The policy in force goes on to judge \
          every landing.",
    help: "Restore countersign.yaml.",
    weight: Weight::always(Level::Error),
};
