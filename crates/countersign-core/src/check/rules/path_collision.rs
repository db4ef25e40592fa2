//! `path-collision`: two paths of a package are the same file on some systems.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PathCollision,
    summary: "Two paths of a package are the same file on some systems",
    message: "this path and `{other}` collide on systems that ignore case or Unicode form",
    why: "On macOS and Windows one overwrites the other at checkout, and which one wins is chance. The approved digest then matches \
          nothing that is installed.",
    help: "Rename one of the two.",
    weight: Weight::always(Level::Error),
};
