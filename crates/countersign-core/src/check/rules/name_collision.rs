//! `name-collision`: two subjects or governed paths are the same on some systems.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::NameCollision,
    summary: "Two subjects or governed paths are the same on some systems",
    message: "{what} and `{with}` differ only in case or Unicode form",
    why: "On systems that ignore case one overwrites the other. People cannot tell them apart when they approve.",
    help: "Rename one of the two.",
    weight: Weight::always(Level::Error),
};
