//! `symlink`: a symbolic link is at, above or inside a governed path.

use super::{Level, Rule, Weight};
use countersign_model::RuleId;

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Symlink,
    summary: "A symbolic link is at, above or inside a governed path",
    message: "a symbolic link may not be governed[: {target}]",
    why: "What a link points to is not in the checksum. It can change, or leave the repository, without any approval becoming void.",
    help: "Replace the link with the file it points to.",
    weight: Weight::always(Level::Error),
};
