//! `approved-under-earlier-rule`: a version was approved under a rule that asked for less.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::ApprovedUnderEarlierRule,
    summary: "A version was approved under a rule that asked for less",
    message: "{what} was approved under an earlier policy, and the one in force asks for more",
    why: "Grants stay when a policy is tightened, so that old versions do not all break at once. Whoever needs the stricter rule can see \
          here what it was not applied to.",
    help: "Run `countersign approve {subject} --reason …` as the people now required if the new rule should cover this version.",
    weight: Weight::always(Level::Info),
};
