//! `path-name`: a path cannot exist safely on every system.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PathName,
    summary: "A path cannot exist safely on every system",
    message: "this path is not allowed[: {why}]",
    why: "Control characters, `..`, spellings of `.git` and reserved Windows names make a checkout write somewhere else, or nothing. \
          Then the files in use are not the files that were approved.",
    help: "Rename the file.",
    weight: Weight::always(Level::Error),
};
