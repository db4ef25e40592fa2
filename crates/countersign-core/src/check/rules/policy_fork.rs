//! `policy-fork`: two approved policies continue the history in two ways.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PolicyFork,
    summary: "Two approved policies continue the history in two ways",
    message: "an approved policy on a merged branch (serial {serial}, {digest}) replaces one that was in force and is not part of this line",
    why: "This shows when the governed line was swapped by a merge: two groups hold approved policies for one repository. No landing can \
          be trusted until that is settled.",
    help: "Find out which line is right. On that line, let the administrators of both policies reject the other one: each runs \
           `countersign reject policy/countersign@{digest-start} --reason …`.",
    weight: Weight::always(Level::Error),
};
