//! `governance-starts`: governance starts with this change.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::GovernanceStarts,
    summary: "Governance starts with this change",
    message: "governance starts here: this landing will be the anchor",
    why: "The first policy judges itself, which is the one step of trust on first use. Everybody who verifies later should pin the \
          commit.",
    help: "Publish the commit id as the anchor once it has landed.",
    weight: Weight::always(Level::Info),
};
