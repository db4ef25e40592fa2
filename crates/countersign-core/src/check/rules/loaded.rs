//! What harnesses load outside the policy's entries.

use countersign_model::RuleId;

use super::Rule;
use super::weight::{Condition, Level, Weight};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: RuleId::Ungoverned,
        summary: "A harness loads something that no entry of the policy governs",
        message: "a harness loads {path} as {as}[ through {through}], and no entry of the policy governs it\
                  [{?ignored}; `ignore` cannot cover what a harness loads]",
        why: "A Skill or harness file beside the governed ones is used just like them, without anyone's \
              approval. That is the way around every rule. docs/harnesses.md lists the places.",
        help: "Govern it[: add `{add}` under `subjects` in countersign.yaml], or remove it\
               [{?ignorable}, or list it under `ignore` if no one uses it]\
               [{?through}; a link must point to something in the repository that the policy governs as a whole].",
        detected_in: "countersign_core::replay::loaded",
        weight: Weight::except(Level::Error, Condition::Instructions, Level::Warning),
    },
    Rule {
        id: RuleId::Ignored,
        summary: "The policy's `ignore` hides something that would be governed or reported",
        message: "`ignore` hides[ {count} with {entry}][: {paths}]",
        why: "What `ignore` covers can change without anyone's approval. A reader of the report should see \
              how much that is.",
        help: "Remove the entry from `ignore` in countersign.yaml if these files matter.",
        detected_in: "countersign_core::replay::loaded",
        weight: Weight::always(Level::Info),
    },
];
