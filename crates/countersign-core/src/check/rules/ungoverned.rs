//! `ungoverned`: something that a harness loads is outside every entry of the policy.

use super::{Condition, Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Ungoverned,
    summary: "Something that a harness loads is outside every entry of the policy",
    message: "a harness loads {path} as {as}[ through {through}], and no entry of the policy governs it\
              [{?ignored}; `ignore` cannot cover what a harness loads]",
    why: "A Skill or harness file beside the governed ones is used just like them, without anyone's approval. That is the way around \
          every rule. docs/harnesses.md lists the places.",
    help: "Govern it[: add `{add}` under `subjects` in countersign.yaml], or remove it[{?ignorable}, or list it under `ignore` if no one uses \
           it][{?through}; a link must lead to something in the repository that the policy governs whole].",
    weight: Weight::except(Level::Error, Condition::Instructions, Level::Warning),
};
