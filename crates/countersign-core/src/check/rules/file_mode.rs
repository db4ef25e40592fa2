//! `file-mode`: a governed file has a mode other than 100644 or 100755.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::FileMode,
    summary: "A governed file has a mode other than 100644 or 100755",
    message: "the mode `{mode}` may not be governed",
    why: "Other modes are either not files or are changed by Git on checkout. What is installed then differs from what was checked.",
    help: "Set the mode with `git update-index --chmod=-x` (or `+x`) and commit.",
    weight: Weight::always(Level::Error),
};
