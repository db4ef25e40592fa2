//! `rules-overlap`: several approval rules apply to one subject.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::RulesOverlap,
    summary: "Several approval rules apply to one subject",
    message: "several rules apply to {subject}, and each must be met[: {why}]",
    why: "Every matching rule counts and the strictest part of each holds. Together they can ask for more people than any one of them \
          shows.",
    help: "Read `countersign explain {subject}` for what holds in sum, and merge the rules if that is not meant.",
    weight: Weight::always(Level::Info),
};
