//! `includes-missing`: a commit that must be part of the history is not.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::IncludesMissing,
    summary: "A commit that must be part of the history is not",
    message: "the commit {includes} is not on the first-parent line of HEAD",
    why: "Somebody has seen this commit on the branch before. If it is gone, the branch was rewritten or swapped, and decisions may be \
          gone with it.",
    help: "Find out who rewrote the branch, and restore the line that has the commit.",
    weight: Weight::always(Level::Error),
};
