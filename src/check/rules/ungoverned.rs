//! `ungoverned`: something that a harness loads is outside every entry of the policy.

use super::{Level, Rule, Weight};
use crate::model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Ungoverned,
    summary: "Something that a harness loads is outside every entry of the policy",
    message: "a harness loads {path} as {as}, and no entry of the policy governs it",
    why: "A Skill or harness file beside the governed ones is used just like them, without anybody's approval. That is the way around \
          every rule.",
    help: "Add `{add}` under `subjects` in countersign.yaml, or list it under `ignore` when it is nobody's business.",
    weight: Weight::always(Level::Error),
};
