//! `baseline-content`: bytes that were there before governance began are not approved.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::BaselineContent,
    summary: "Bytes that were there before governance began are not approved",
    message: "{what} was there when governance began and nobody has approved it",
    why: "`baseline: allow` lets a repository start without approving everything first. Nobody has answered for these bytes, and who \
          wrote them is unknown.",
    help: "Run `countersign approve {subject} --reason …` once somebody has read it.",
    weight: Weight::always(Level::Info),
};
