//! `path-collision`: two paths are the same file or folder on some systems.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::PathCollision,
    summary: "Two paths are the same file or folder on some systems",
    message: "this path and `{other}` collide on systems that ignore case or Unicode form",
    why: "On macOS and Windows one overwrites the other at checkout, and which one wins is chance. The approved digest then matches \
          nothing that is installed. A folder beside a governed one, such as `Skills` beside `skills`, puts its files into it.",
    help: "Rename one of the two; a governed path keeps its name.",
    weight: Weight::always(Level::Error),
};
