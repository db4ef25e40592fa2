//! `commit-evidence-refused`: the commit that brought a decision does not prove who made it.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::CommitEvidenceRefused,
    summary: "The commit that brought a decision does not prove who made it",
    message: "the commit that brought this record is no evidence[: {why}]",
    why: "A signed commit proves a decision only if it holds nothing but that person's records and comes from that person. Otherwise \
          whoever rebases a branch would sign what others slipped into it.",
    help: "Sign the record itself instead, which is what countersign does without `--no-sign`.",
    weight: Weight::always(Level::Error),
};
